//! Follows a buyer whose details changed at the shop: by the rules, the user at the license server does too.
//!
//! Only users that Latchkey linked itself are followed, and no license is moved from one user to another.

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::fact::{Fact, Person};
use crate::domain::masked;
use crate::domain::policy::{TestEvents, UserUpdate};
use crate::domain::reason::{Reason, ReasonCode, WORDS};
use crate::domain::rules::Mode;
use crate::license_servers::remote::RemoteUser;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::Pipeline;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::event::context::OpenedEvent;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::event::people;
use crate::pipeline::event::stop::Stop;
use crate::pipeline::planning::lookups::NoAnswer;
use crate::pipeline::protocol::user_fields::UserFields;
use crate::store::remembered::{self, RemoteUser as UserRow};
use crate::store::{Db, Scope, StoreError, customers};
use crate::vault::Field;

/// A user that was linked to licenses of the account, under the address it had then.
struct Linked {
    remote_id: String,
    email: SecretString,
}

impl Pipeline {
    /// Updates the user of a changed account, where the event is about one; then that decides the event's outcome.
    pub(in crate::pipeline) async fn sync_user(&self, opened: &OpenedEvent) -> Result<(), Stop> {
        let Some(person) = changed_person(opened) else {
            return Ok(());
        };
        let Some(linked) = self.find_linked(opened, person).await? else {
            return Ok(());
        };
        let found = self
            .get(opened, |client| {
                client.find_user(linked.email.expose_secret())
            })
            .await?;
        let user = found.flatten();
        let Some(user) = user.filter(|user| user.id == linked.remote_id) else {
            // Gone, or another by now: whoever buys next is looked up anew.
            return Ok(());
        };
        let fields = UserFields::behind(opened.rules.policy.user_update, person, &user);
        if fields.is_empty() {
            return Ok(());
        }
        Err(self
            .update_user(opened, person, &user, fields)
            .await?
            .into())
    }

    async fn update_user(
        &self,
        opened: &OpenedEvent,
        person: &Person,
        user: &RemoteUser,
        fields: UserFields,
    ) -> Result<EventOutcome, Stop> {
        let change = fields.change(person);
        let failure = match self
            .call(opened, |client| client.update_user(&user.id, &change))
            .await
        {
            Ok(_updated) => {
                if fields.email {
                    self.remember_address(opened, person, &user.id).await?;
                }
                return Ok(EventOutcome::done(None));
            }
            Err(NoAnswer::Failure(failure)) => failure,
            Err(NoAnswer::Stop(stop)) => return Err(stop),
        };
        Ok(match refused(fields, &failure) {
            Some(reason) => EventOutcome::parked(reason),
            None => self.failure_outcome(opened, &failure),
        })
    }

    async fn find_linked(
        &self,
        opened: &OpenedEvent,
        person: &Person,
    ) -> Result<Option<Linked>, ProcessingError> {
        let (opened, person) = (opened.clone(), person.clone());
        Ok(self
            .store
            .read(Scope::Tenant(opened.tenant), move |db| {
                find_linked(db, &opened, &person)
            })
            .await?)
    }

    /// The address of before stays remembered beside the new one: older orders still name it.
    async fn remember_address(
        &self,
        opened: &OpenedEvent,
        person: &Person,
        user_id: &str,
    ) -> Result<(), StoreError> {
        let Some(email) = &person.email else {
            return Ok(());
        };
        let row = UserRow {
            tenant_id: opened.tenant,
            license_server_id: opened.server.id,
            email_hash: opened.keys.email_term(email).0.to_vec(),
            remote_id: user_id.to_owned(),
        };
        self.store
            .write(Scope::Tenant(opened.tenant), move |db| {
                remembered::put_user(db, &row)
            })
            .await
    }
}

/// The person whose user is to follow by mode and rules.
fn changed_person(opened: &OpenedEvent) -> Option<&Person> {
    let policy = &opened.rules.policy;
    let is_left_alone = policy.user_update == UserUpdate::Never
        || opened.mode == Mode::Shadow
        || (!opened.event.live && policy.test_events == TestEvents::Ignore);
    match &*opened.fact {
        Fact::AccountChanged(person) if !is_left_alone => Some(person),
        _ => None,
    }
}

/// The user remembered for the account's address, else for one that the account had before.
fn find_linked(
    db: &mut Db,
    opened: &OpenedEvent,
    person: &Person,
) -> Result<Option<Linked>, StoreError> {
    let (tenant, server) = (opened.tenant, opened.server.id);
    if let Some(email) = &person.email {
        let hash = opened.keys.email_term(email);
        if let Some(remote_id) = remembered::find_user(db, tenant, server, &hash.0)? {
            return Ok(Some(Linked {
                remote_id,
                email: email.as_str().into(),
            }));
        }
    }
    let ids = people::list_of_account(db, opened, person)?;
    for row in customers::list(db, tenant, &ids)? {
        let Some(hash) = &row.email_hash else {
            continue;
        };
        let Some(remote_id) = remembered::find_user(db, tenant, server, hash)? else {
            continue;
        };
        let field = Field::Person(row.id);
        let text = opened
            .keys
            .open(field.place(), &row.person_sealed)
            .map_err(|error| StoreError::corrupt("customers.person", error))?;
        let known: Person = serde_json::from_slice(&text)
            .map_err(|error| StoreError::corrupt("customers.person", error))?;
        if let Some(email) = known.email {
            return Ok(Some(Linked {
                remote_id,
                email: email.into(),
            }));
        }
    }
    Ok(None)
}

/// The reason where the new address is what was refused.
fn refused(fields: UserFields, failure: &Failure) -> Option<Reason> {
    let is_refused = matches!(
        failure.class,
        FailureClass::Conflict | FailureClass::Rejected
    );
    (fields.email && is_refused)
        .then(|| Reason::new(ReasonCode::UserNotCreated).with(WORDS, masked::words(&failure.text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_address_is_told_from_other_failures() {
        let address = UserFields {
            email: true,
            ..UserFields::default()
        };
        let name = UserFields {
            last_name: true,
            ..UserFields::default()
        };
        for (fields, class, is_refused) in [
            (address, FailureClass::Conflict, true),
            (address, FailureClass::Rejected, true),
            (address, FailureClass::Transient, false),
            (address, FailureClass::Unauthorized, false),
            (name, FailureClass::Rejected, false),
        ] {
            let failure = Failure {
                class,
                text: "taken: a@example.com is in use".to_owned(),
                after: None,
                may_have_applied: false,
            };

            let reason = refused(fields, &failure);

            assert_eq!(reason.is_some(), is_refused, "{fields:?} {failure:?}");
            let words = reason.and_then(|reason| reason.details.get("words").cloned());
            assert!(words.is_none_or(|words| words == "taken: … is in use"));
        }
    }
}
