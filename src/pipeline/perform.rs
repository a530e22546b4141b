//! Sends one question to the license server. No transaction and no lock is held meanwhile.

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::SecretString;

use crate::domain::action::Action;
use crate::domain::fact::Person;
use crate::domain::id::{CallId, EffectId, EventId, LicenseServerId, TenantId};
use crate::domain::policy::UserUpdate;
use crate::domain::time::Timestamp;
use crate::license_servers::LicenseServer;
use crate::license_servers::order::{NewLicense, NewUser};
use crate::license_servers::remote::{Catalog, RemoteUser};
use crate::license_servers::reply::{Exchange, Failure, FailureClass, Reply};
use crate::outbound::Leave;
use crate::pipeline::case::{Case, People};
use crate::pipeline::clock::{Clock, id_at};
use crate::pipeline::conversation::{Ask, Heard};
use crate::pipeline::current::Current;
use crate::pipeline::perform_people;
use crate::pipeline::user_fields::UserFields;
use crate::pipeline::work::Work;
use crate::store::calls;
use crate::vault::{Field, TenantKeys, VaultError};

/// Characters of the password of a user that nobody will ever be told.
const PASSWORD_CHARACTERS: usize = 24;

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
}

/// Sends `ask` in the name of the license in work; `key` is the license's own. Nothing is sent without leave.
pub async fn send(
    clock: &Clock,
    (case, work): (&Case, &Work),
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
    (case, work): (&Case, &Work),
    key: &SecretString,
    ask: &Ask,
) -> Reply<Heard> {
    let Some(current) = &work.current else {
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
        | Ask::FindPerson(_) => perform_people::reply(client, work, current, ask).await,
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
    current: &Current,
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
    case: &Case,
    effect: Option<EffectId>,
    made: &Made,
) -> Result<calls::Call, VaultError> {
    Ok(calls::Call {
        effect_id: effect,
        ..call_row(CallOf::of(case), made.at, &made.exchange)?
    })
}

/// The event that a call is made for.
#[derive(Clone, Copy)]
pub struct CallOf<'a> {
    /// Whose it is.
    pub tenant: TenantId,
    /// The event.
    pub event: EventId,
    /// The account that its licenses live in.
    pub server: LicenseServerId,
    /// The tenant's keys.
    pub keys: &'a TenantKeys,
}

impl<'a> CallOf<'a> {
    /// The event of a case.
    pub fn of(case: &'a Case) -> Self {
        Self {
            tenant: case.tenant,
            event: case.event.id,
            server: case.server.id,
            keys: &case.keys,
        }
    }
}

/// A call's row, bodies sealed.
pub fn call_row(
    of: CallOf<'_>,
    at: Timestamp,
    exchange: &Exchange,
) -> Result<calls::Call, VaultError> {
    let id = CallId::from_uuid(id_at(at));
    let seal = |field: Field, body: &Option<String>| {
        body.as_ref()
            .map(|body| of.keys.seal_compressed(field.place(), body.as_bytes()))
            .transpose()
    };
    Ok(calls::Call {
        tenant_id: of.tenant,
        id,
        event_id: of.event,
        effect_id: None,
        license_server_id: of.server,
        at,
        method: exchange.method.to_owned(),
        url: exchange.url.clone(),
        status: exchange.status.map(i32::from),
        duration_ms: i64::try_from(exchange.duration.as_millis()).unwrap_or(i64::MAX),
        request_sealed: seal(Field::CallRequest(id), &exchange.request)?,
        response_sealed: seal(Field::CallResponse(id), &exchange.response)?,
        error: exchange.error.clone(),
        storefront_id: None,
    })
}

/// Empty when the license has none yet, which the client refuses to ask for.
fn remote_id(work: &Work, current: &Current) -> String {
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
fn holder<'a>(people: &'a People, current: &Current) -> Option<&'a Person> {
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

fn new_user(people: &People, current: &Current) -> Option<NewUser> {
    let person = holder(people, current)?.clone();
    Some(NewUser {
        person,
        password: random_password(),
        administers: None,
    })
}

/// A password that nobody will ever be told.
pub fn random_password() -> SecretString {
    let password = Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_CHARACTERS);
    password.into()
}

/// No request: what is asked makes no sense.
pub fn unsent(why: &str) -> Reply<Heard> {
    Reply {
        exchange: Exchange {
            method: "GET",
            url: String::new(),
            status: None,
            duration: std::time::Duration::ZERO,
            request: None,
            response: None,
            error: Some(format!("not sent: {why}")),
        },
        result: Err(Failure {
            class: FailureClass::Rejected,
            text: why.to_owned(),
            after: None,
            may_have_applied: false,
        }),
    }
}
