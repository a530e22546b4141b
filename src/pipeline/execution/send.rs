//! Sends one question to the license server. No transaction and no lock is held meanwhile.

use metrics::{counter, histogram};
use secrecy::SecretString;

use crate::domain::action::Action;
use crate::domain::fact::Person;
use crate::domain::id::EffectId;
use crate::domain::lane::Lane;
use crate::domain::policy::UserUpdate;
use crate::domain::time::Timestamp;
use crate::license_servers::LicenseServer;
use crate::license_servers::order::{NewLicense, NewUser};
use crate::license_servers::remote::{Catalog, RemoteUser};
use crate::license_servers::reply::{Exchange, Failure, Reply};
use crate::outbound::Leave;
use crate::pipeline::calls::record::call_row;
use crate::pipeline::clock::Clock;
use crate::pipeline::event::context::{OpenedEvent, People};
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::execution::send_people;
use crate::pipeline::execution::send_people::{random_password, unsent};
use crate::pipeline::protocol::user_fields::UserFields;
use crate::pipeline::protocol::{Ask, Heard};
use crate::store::calls;
use crate::telemetry::names;
use crate::vault::VaultError;

/// One call made: what went over the wire, and what was understood.
pub struct Made {
    /// When it left.
    pub at: Timestamp,
    /// When its answer came, or hope was given up.
    pub answered_at: Timestamp,
    /// For the record.
    pub exchange: Exchange,
    /// For the conversation.
    pub heard: Result<Heard, Failure>,
}

impl Made {
    /// Whether a request left at all; one that was refused before is no call.
    pub fn is_sent(&self) -> bool {
        !self
            .exchange
            .error
            .as_deref()
            .is_some_and(|error| error.starts_with("not sent:"))
    }

    /// Measures a call of that lane; one that was refused before it left is none.
    pub fn measure(&self, lane: Lane) {
        if !self.is_sent() {
            return;
        }
        let status = self.exchange.status;
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        let seconds = self.exchange.duration.as_secs_f64();
        counter!(names::CALLS, "lane" => lane.as_str(), "status" => status).increment(1);
        histogram!(names::CALL_SECONDS, "lane" => lane.as_str()).record(seconds);
    }
}

/// Sends `ask` in the name of the license in work; `key` is the license's own. Nothing is sent without leave.
pub async fn send(
    clock: &Clock,
    (case, work): (&OpenedEvent, &ProcessingState),
    (leave, key): (Option<Leave>, &SecretString),
    ask: &Ask,
) -> Made {
    let at = clock.now();
    let reply = match leave {
        Some(leave) => reply(case.server.account.ask(leave), (case, work), key, ask).await,
        None => unsent("nobody granted leave to send it"),
    };
    Made {
        at,
        answered_at: clock.now(),
        exchange: reply.exchange,
        heard: reply.result,
    }
}

async fn reply(
    client: Box<dyn LicenseServer>,
    (case, work): (&OpenedEvent, &ProcessingState),
    key: &SecretString,
    ask: &Ask,
) -> Reply<Heard> {
    let Some(current) = &work.in_flight else {
        return unsent("nothing is under way");
    };
    let remote_id = remote_id(work, current);
    match ask {
        Ask::FindByKey => client.find_by_key(key).await.map(Heard::Found),
        Ask::CreateUser => match new_user(&work.people, current) {
            Some(user) => client
                .create_user(&user)
                .await
                .map(|user| Heard::User(Some(user.id))),
            None => unsent("nobody with an address is known"),
        },
        Ask::FindUser => {
            let person = holder(&work.people, current);
            let email = person.and_then(|person| person.email.as_deref());
            client
                .find_user(email.unwrap_or_default())
                .await
                .map(|user| found(case.rules.policy.user_update, person, user))
        }
        Ask::UpdateUser { user_id, fields } => match holder(&work.people, current) {
            Some(person) => client
                .update_user(user_id, &fields.change(person))
                .await
                .map(|user| Heard::User(Some(user.id))),
            None => unsent("nobody with an address is known"),
        },
        Ask::Issue { user_id } => match new_license(current, key, user_id.as_ref()) {
            Some(license) => client.issue(&license).await.map(Heard::License),
            None => unsent("only an issue makes a license"),
        },
        Ask::Read => client.read(&remote_id).await.map(Heard::License),
        Ask::ReadLog => client.renewal_log(&remote_id).await.map(Heard::Log),
        Ask::Renew => client.renew(&remote_id).await.map(Heard::License),
        Ask::Set(setting) => client.set(&remote_id, setting).await.map(Heard::License),
        Ask::Delete => client.delete(&remote_id).await.map(|()| Heard::Nothing),
        Ask::FindManager
        | Ask::FindOrganization
        | Ask::CreateOrganization { .. }
        | Ask::CreateManager { .. }
        | Ask::MakeManager { .. }
        | Ask::CreatePerson(_)
        | Ask::FindPerson(_) => send_people::reply(client, work, current, ask).await,
        Ask::ListMachines
        | Ask::FreeMachine(_)
        | Ask::ListFeatureValues { .. }
        | Ask::ListFeatures { .. }
        | Ask::AddFeature { .. }
        | Ask::ChangeFeature { .. }
        | Ask::RemoveFeature { .. } => reply_about_parts(client, &remote_id, ask).await,
    }
}

/// The license that the action under way makes; `None` when it makes none.
fn new_license(
    current: &InFlight,
    key: &SecretString,
    user_id: Option<&String>,
) -> Option<NewLicense> {
    let Action::Issue(issue) = &current.planned.action else {
        return None;
    };
    Some(NewLicense {
        key: key.clone(),
        issue: issue.as_ref().clone(),
        user_id: user_id.cloned(),
    })
}

/// What a license has below it: machines, and features of its own.
async fn reply_about_parts(
    client: Box<dyn LicenseServer>,
    remote_id: &str,
    ask: &Ask,
) -> Reply<Heard> {
    match ask {
        Ask::ListMachines => client.list_activations(remote_id, 1).await.map(|page| {
            Heard::Machines(page.items.into_iter().map(|machine| machine.id).collect())
        }),
        Ask::FreeMachine(machine) => client
            .delete_activation(machine)
            .await
            .map(|()| Heard::Nothing),
        Ask::ListFeatureValues { page } => client
            .list_feature_values(remote_id, *page)
            .await
            .map(Heard::FeatureValues),
        Ask::ListFeatures { page } => client
            .list_catalog(Catalog::Features, *page)
            .await
            .map(Heard::Features),
        Ask::AddFeature { feature_id, value } => client
            .add_feature_value(remote_id, feature_id, value)
            .await
            .map(|_set| Heard::Nothing),
        Ask::ChangeFeature { value_id, value } => client
            .change_feature_value(remote_id, value_id, value)
            .await
            .map(|_set| Heard::Nothing),
        Ask::RemoveFeature { value_id } => client
            .remove_feature_value(remote_id, value_id)
            .await
            .map(|()| Heard::Nothing),
        _ => unsent("it is no part of a license"),
    }
}

/// The row of a call to the license server.
pub fn record(
    case: &OpenedEvent,
    effect: Option<EffectId>,
    made: &Made,
) -> Result<calls::Call, VaultError> {
    Ok(calls::Call {
        effect_id: effect,
        ..call_row(case.call_context(), made.at, &made.exchange)?
    })
}

/// Empty when the license has none yet, which the client refuses to ask for.
fn remote_id(work: &ProcessingState, current: &InFlight) -> String {
    if let Some(id) = current.conversation.found_id() {
        return id.to_owned();
    }
    work.licenses
        .iter()
        .find(|held| held.license.id == current.license_id)
        .and_then(|held| held.license.remote_id.clone())
        .unwrap_or_default()
}

/// Whom the license under way is to be linked to.
fn holder<'a>(people: &'a People, current: &InFlight) -> Option<&'a Person> {
    people.holder(current.planned.action.holder()?)
}

/// What a search for the holder brought, and in what the user is behind the purchase.
fn found(rule: UserUpdate, person: Option<&Person>, user: Option<RemoteUser>) -> Heard {
    let Some(user) = user else {
        return Heard::User(None);
    };
    let fields = person.map(|person| UserFields::behind(rule, person, &user));
    match fields.filter(|fields| !fields.is_empty()) {
        Some(fields) => Heard::UserBehind {
            id: user.id,
            fields,
        },
        None => Heard::User(Some(user.id)),
    }
}

fn new_user(people: &People, current: &InFlight) -> Option<NewUser> {
    let person = holder(people, current)?.clone();
    Some(NewUser {
        person,
        password: random_password(),
        administers: None,
    })
}
