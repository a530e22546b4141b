//! Sends requests about people beyond the holder of a license. Addresses are filled in here, so that no request holds one.

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::SecretString;

use crate::domain::action::Action;
use crate::domain::fact::Person;
use crate::license_servers::LicenseServer;
use crate::license_servers::order::{NewOrganization, NewUser, UserChange};
use crate::license_servers::remote::RemoteUser;
use crate::license_servers::reply::Reply;
use crate::license_servers::reply::{Exchange, Failure, FailureClass};
use crate::pipeline::event::in_flight::InFlight;
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::protocol::{Manager, Request, Response};

/// Characters of the password of a new user, which is stored nowhere.
const PASSWORD_CHARACTERS: usize = 24;

/// Sends a request about the manager or a further user of the license under way.
pub async fn reply(
    client: Box<dyn LicenseServer>,
    state: &ProcessingState,
    in_flight: &InFlight,
    request: &Request,
) -> Reply<Response> {
    if let Request::CreateFurtherUser(place) | Request::FindFurtherUser(place) = request {
        return match further_user(state, in_flight, *place) {
            Some(email) => reply_about_user(client, email, request).await,
            None => unsent("no address stands there"),
        };
    }
    match state.people.manager() {
        Some(buyer) => reply_about_manager(client, buyer, request).await,
        None => unsent("the buyer has no address"),
    }
}

async fn reply_about_user(
    client: Box<dyn LicenseServer>,
    email: String,
    request: &Request,
) -> Reply<Response> {
    if let Request::FindFurtherUser(_) = request {
        let found = client.find_user(&email).await;
        return found.map(|user| Response::User(user.map(|user| user.id)));
    }
    let person = Person {
        email: Some(email),
        ..Person::default()
    };
    let new = new_user(person, None);
    let attempted = client.create_user(&new).await;
    attempted.map(|user| Response::User(Some(user.id)))
}

async fn reply_about_manager(
    client: Box<dyn LicenseServer>,
    buyer: &Person,
    request: &Request,
) -> Reply<Response> {
    let email = buyer.email.as_deref().unwrap_or_default();
    match request {
        Request::FindManager => {
            let found = client.find_user(email).await;
            found.map(|user| Response::Manager(user.map(manager)))
        }
        Request::FindOrganization => {
            let found = client.find_organization(email).await;
            found.map(|found| Response::Organization(found.map(|found| found.id)))
        }
        Request::CreateOrganization { with_address } => {
            let plain = name(buyer);
            let new = NewOrganization {
                name: match with_address {
                    true => format!("{plain} ({email})"),
                    false => plain,
                },
                email: email.to_owned(),
            };
            let attempted = client.create_organization(&new).await;
            attempted.map(|attempted| Response::Organization(Some(attempted.id)))
        }
        Request::CreateManager { organization_id } => {
            let new = new_user(buyer.clone(), Some(organization_id.clone()));
            let attempted = client.create_user(&new).await;
            attempted.map(|user| Response::User(Some(user.id)))
        }
        Request::MakeManager {
            user_id,
            organization_id,
        } => {
            let change = UserChange {
                administers: Some(organization_id.clone()),
                ..UserChange::default()
            };
            let changed = client.update_user(user_id, &change).await;
            changed.map(|user| Response::User(Some(user.id)))
        }
        _ => unsent("it is not about people"),
    }
}

fn further_user(state: &ProcessingState, in_flight: &InFlight, place: usize) -> Option<String> {
    match &in_flight.planned.action {
        Action::Assign {
            users_from: Some(tag),
            ..
        } => state.people.further_users(tag).into_iter().nth(place),
        _ => None,
    }
}

fn manager(user: RemoteUser) -> Manager {
    Manager {
        user_id: user.id,
        organization_id: user.organization_id,
        standing: user.standing,
    }
}

fn new_user(person: Person, administers: Option<String>) -> NewUser {
    NewUser {
        person,
        password: random_password(),
        administers,
    }
}

/// The company, else the person, else the address.
fn name(buyer: &Person) -> String {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let names = [&buyer.first_name, &buyer.last_name];
    let person: Vec<String> = names.into_iter().filter_map(given).collect();
    given(&buyer.company)
        .or_else(|| (!person.is_empty()).then(|| person.join(" ")))
        .or_else(|| given(&buyer.email))
        .unwrap_or_default()
}

/// A random password; it is stored nowhere.
pub fn random_password() -> SecretString {
    let password = Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_CHARACTERS);
    password.into()
}

/// The reply to a request that cannot be sent.
pub fn unsent(why: &str) -> Reply<Response> {
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
