//! Sends one request to the license server. No transaction and no lock is held meanwhile.

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
use crate::pipeline::protocol::{Request, Response};
use crate::store::calls;
use crate::telemetry::names;
use crate::vault::VaultError;

/// A call that was attempted: what went over the wire, and what was understood of it.
pub struct AttemptedCall {
    /// When it left.
    pub at: Timestamp,
    /// When its response came, or the wait for it ended.
    pub answered_at: Timestamp,
    /// What went over the wire.
    pub exchange: Exchange,
    /// What was understood, or how the call failed.
    pub result: Result<Response, Failure>,
}

impl AttemptedCall {
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

/// The action under way, in whose name requests are sent.
#[derive(Clone, Copy)]
pub struct SendContext<'a> {
    /// The event that it belongs to.
    pub opened: &'a OpenedEvent,
    /// What is known of it.
    pub state: &'a ProcessingState,
    /// The key of its license; `None` where it has none.
    pub key: Option<&'a SecretString>,
}

/// Sends `request`; nothing is sent without leave.
#[tracing::instrument(name = "send_request", level = "debug", skip_all)]
pub async fn send(
    clock: &Clock,
    leave: Option<Leave>,
    send_context: SendContext<'_>,
    request: &Request,
) -> AttemptedCall {
    let at = clock.now();
    let account = &send_context.opened.server.account;
    let reply = match leave {
        Some(leave) => reply(account.ask(leave), send_context, request).await,
        None => unsent("nobody granted leave to send it"),
    };
    AttemptedCall {
        at,
        answered_at: clock.now(),
        exchange: reply.exchange,
        result: reply.result,
    }
}

async fn reply(
    client: Box<dyn LicenseServer>,
    SendContext { opened, state, key }: SendContext<'_>,
    request: &Request,
) -> Reply<Response> {
    let Some(in_flight) = &state.in_flight else {
        return unsent("nothing is under way");
    };
    let remote_id = remote_id(state, in_flight);
    match request {
        Request::FindByKey => find_by_key(client, key).await,
        Request::CreateUser => match new_user(&state.people, in_flight) {
            Some(user) => client
                .create_user(&user)
                .await
                .map(|user| Response::User(Some(user.id))),
            None => unsent("nobody with an address is known"),
        },
        Request::FindUser => {
            let person = holder(&state.people, in_flight);
            let email = person.and_then(|person| person.email.as_deref());
            client
                .find_user(email.unwrap_or_default())
                .await
                .map(|user| found(opened.rules.policy.user_update, person, user))
        }
        Request::UpdateUser { user_id, fields } => match holder(&state.people, in_flight) {
            Some(person) => client
                .update_user(user_id, &fields.change(person))
                .await
                .map(|user| Response::User(Some(user.id))),
            None => unsent("nobody with an address is known"),
        },
        Request::Issue { user_id } => match new_license(in_flight, key, user_id.as_ref()) {
            Some(license) => client.issue(&license).await.map(Response::License),
            None => unsent("only an issue makes a license"),
        },
        Request::Read => client.read(&remote_id).await.map(Response::License),
        Request::ReadLog => client.renewal_log(&remote_id).await.map(Response::Log),
        Request::Renew => client.renew(&remote_id).await.map(Response::License),
        Request::Set(setting) => client
            .set(&remote_id, setting)
            .await
            .map(|set| set.map_or(Response::Nothing, Response::License)),
        Request::Delete => client.delete(&remote_id).await.map(|()| Response::Nothing),
        Request::FindManager
        | Request::FindOrganization
        | Request::CreateOrganization { .. }
        | Request::CreateManager { .. }
        | Request::MakeManager { .. }
        | Request::CreateFurtherUser(_)
        | Request::FindFurtherUser(_) => {
            send_people::reply(client, state, in_flight, request).await
        }
        Request::ListMachines
        | Request::FreeMachine(_)
        | Request::ListFeatureValues { .. }
        | Request::ListFeatures { .. }
        | Request::AddFeature { .. }
        | Request::ChangeFeature { .. }
        | Request::RemoveFeature { .. } => reply_about_parts(client, &remote_id, request).await,
    }
}

async fn find_by_key(
    client: Box<dyn LicenseServer>,
    key: Option<&SecretString>,
) -> Reply<Response> {
    match key {
        Some(key) => client.find_by_key(key).await.map(Response::Found),
        None => unsent("the license has no key"),
    }
}

/// The license that the action under way makes; `None` when it makes none.
fn new_license(
    in_flight: &InFlight,
    key: Option<&SecretString>,
    user_id: Option<&String>,
) -> Option<NewLicense> {
    let Action::Issue(issue) = &in_flight.planned.action else {
        return None;
    };
    Some(NewLicense {
        key: key.cloned(),
        issue: issue.as_ref().clone(),
        user_id: user_id.cloned(),
    })
}

/// Sends a request about the machines of a license, or about its own features.
async fn reply_about_parts(
    client: Box<dyn LicenseServer>,
    remote_id: &str,
    request: &Request,
) -> Reply<Response> {
    match request {
        Request::ListMachines => client.list_activations(remote_id, 1).await.map(|page| {
            Response::Machines(page.items.into_iter().map(|machine| machine.id).collect())
        }),
        Request::FreeMachine(machine) => client
            .delete_activation(machine)
            .await
            .map(|()| Response::Nothing),
        Request::ListFeatureValues { page } => client
            .list_feature_values(remote_id, *page)
            .await
            .map(Response::FeatureValues),
        Request::ListFeatures { page } => client
            .list_catalog(Catalog::Features, *page)
            .await
            .map(Response::Features),
        Request::AddFeature { feature_id, value } => client
            .add_feature_value(remote_id, feature_id, value)
            .await
            .map(|_set| Response::Nothing),
        Request::ChangeFeature { value_id, value } => client
            .change_feature_value(remote_id, value_id, value)
            .await
            .map(|_set| Response::Nothing),
        Request::RemoveFeature { value_id } => client
            .remove_feature_value(remote_id, value_id)
            .await
            .map(|()| Response::Nothing),
        _ => unsent("it is no part of a license"),
    }
}

/// The row of a call to the license server.
pub fn record(
    opened: &OpenedEvent,
    effect: Option<EffectId>,
    attempted: &AttemptedCall,
) -> Result<calls::Call, VaultError> {
    Ok(calls::Call {
        effect_id: effect,
        ..call_row(opened.call_context(), attempted.at, &attempted.exchange)?
    })
}

/// The license's id at the license server; empty when it has none yet, and the client refuses that.
fn remote_id(state: &ProcessingState, in_flight: &InFlight) -> String {
    if let Some(id) = in_flight.conversation.found_id() {
        return id.to_owned();
    }
    state
        .licenses
        .iter()
        .find(|loaded| loaded.license.id == in_flight.license_id)
        .and_then(|loaded| loaded.license.remote_id.clone())
        .unwrap_or_default()
}

/// The person whom the license under way is to be linked to.
fn holder<'a>(people: &'a People, in_flight: &InFlight) -> Option<&'a Person> {
    people.holder(in_flight.planned.action.holder()?)
}

/// The user that was found for the holder, and the details in which it is behind the purchase.
fn found(rule: UserUpdate, person: Option<&Person>, user: Option<RemoteUser>) -> Response {
    let Some(user) = user else {
        return Response::User(None);
    };
    let fields = person.map(|person| UserFields::behind(rule, person, &user));
    match fields.filter(|fields| !fields.is_empty()) {
        Some(fields) => Response::UserBehind {
            id: user.id,
            fields,
        },
        None => Response::User(Some(user.id)),
    }
}

fn new_user(people: &People, in_flight: &InFlight) -> Option<NewUser> {
    let person = holder(people, in_flight)?.clone();
    Some(NewUser {
        person,
        password: random_password(),
        administers: None,
    })
}
