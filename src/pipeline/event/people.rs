//! The people of an event: noted, sealed, and found again for licenses that are issued later.

use std::collections::BTreeSet;

use crate::domain::fact::{Fact, Person};
use crate::domain::id::CustomerId;
use crate::pipeline::clock::id_at;
use crate::pipeline::event::context::{EventContext, OpenedEvent, People};
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::event::state::UserLookup;
use crate::store::customers::{self, KnownAs};
use crate::store::{Db, StoreError};
use crate::vault::{Field, TermHash};

/// Whom an event concerns.
pub struct RecordedPeople {
    /// Those that a license may be linked to.
    pub people: People,
    pub customer_id: Option<CustomerId>,
    /// Who the buyer is at the license server, as far as that was looked up.
    pub user: Option<UserLookup>,
}

/// Records the buyer whom the event names; else it is whoever is `known` from its order or subscription.
pub fn record(
    db: &mut Db,
    context: &EventContext,
    known: Option<CustomerId>,
) -> Result<RecordedPeople, StoreError> {
    if let Fact::AccountChanged(person) = &*context.opened.fact {
        return record_changed_account(db, context, person);
    }
    let people = People::of(&context.opened.fact);
    if let Some(buyer) = people.buyer.as_ref().filter(|buyer| buyer.email.is_some()) {
        let (customer_id, user) = upsert(db, context, buyer)?;
        return Ok(RecordedPeople {
            people,
            customer_id: Some(customer_id),
            user,
        });
    }
    Ok(RecordedPeople {
        people,
        customer_id: known,
        user: None,
    })
}

/// The rows of an account: one for each address that its purchases named.
pub fn list_of_account(
    db: &mut Db,
    opened: &OpenedEvent,
    person: &Person,
) -> Result<Vec<CustomerId>, StoreError> {
    let Some(account) = &person.account_id else {
        return Ok(Vec::new());
    };
    let words = [vec![opened.keys.account_term(account)]];
    customers::search(db, opened.tenant, &words, ADDRESSES)
}

/// Addresses of one account that are looked at.
const ADDRESSES: i64 = 20;

/// Records new details of somebody who bought before; those of anybody else are not kept.
fn record_changed_account(
    db: &mut Db,
    context: &EventContext,
    person: &Person,
) -> Result<RecordedPeople, StoreError> {
    let opened = &context.opened;
    let known = match person.email.as_deref() {
        Some(email) => known_as(db, opened, &opened.keys.email_term(email))?.customer_id,
        None => None,
    };
    let is_known = known.is_some() || !list_of_account(db, opened, person)?.is_empty();
    if !is_known || person.email.is_none() {
        return Ok(RecordedPeople {
            people: People::default(),
            customer_id: known,
            user: None,
        });
    }
    let (id, user) = upsert(db, context, person)?;
    let text = serde_json::to_vec(person)
        .map_err(|error| StoreError::corrupt("customers.person", error))?;
    let sealed = opened.keys.seal(Field::Person(id).place(), &text);
    customers::change(db, opened.tenant, id, &sealed, context.now)?;
    customers::add_terms(db, opened.tenant, id, &terms(opened, person))?;
    Ok(RecordedPeople {
        people: People::default(),
        customer_id: Some(id),
        user,
    })
}

fn known_as(db: &mut Db, opened: &OpenedEvent, email: &TermHash) -> Result<KnownAs, StoreError> {
    customers::known_as(db, opened.tenant, opened.server.id, &email.0)
}

/// The row of a person, made where there is none; and who they are at the license server.
fn upsert(
    db: &mut Db,
    context: &EventContext,
    person: &Person,
) -> Result<(CustomerId, Option<UserLookup>), StoreError> {
    let opened = &context.opened;
    let email = person.email.as_deref();
    let hash = email.map(|email| opened.keys.email_term(email));
    let mut user = None;
    if let Some(email) = hash {
        let KnownAs {
            customer_id,
            user_id,
        } = known_as(db, opened, &email)?;
        user = Some(UserLookup { email, user_id });
        if let Some(id) = customer_id {
            if let (Fact::OrderCompleted(_), Some(account)) = (&*opened.fact, &person.account_id) {
                // The first purchase may have named no account.
                let term = [opened.keys.account_term(account)];
                customers::add_terms(db, opened.tenant, id, &term)?;
            }
            return Ok((id, user));
        }
    }
    let id = CustomerId::from_uuid(id_at(context.now));
    let text = serde_json::to_vec(person)
        .map_err(|error| StoreError::corrupt("customers.person", error))?;
    let customer = customers::Customer {
        tenant_id: opened.tenant,
        id,
        storefront_id: Some(opened.storefront),
        email_hash: hash.map(|hash| hash.0.to_vec()),
        person_sealed: opened.keys.seal(Field::Person(id).place(), &text),
        created_at: context.now,
        updated_at: context.now,
    };
    let accepted = customers::accept(db, &customer)?;
    if accepted == id {
        customers::add_terms(db, opened.tenant, id, &terms(opened, person))?;
    }
    Ok((accepted, user))
}

/// The hashed words by which a person is found, the shop's account among them.
fn terms(opened: &OpenedEvent, person: &Person) -> BTreeSet<TermHash> {
    let email = person.email.as_deref();
    let mut terms = opened.keys.terms_of_person(email, &names(person));
    let account = person.account_id.as_deref();
    terms.extend(account.map(|account| opened.keys.account_term(account)));
    terms
}

/// Finds the buyer whom the event itself does not name; only actions that link people need to know.
pub fn load_buyer(
    db: &mut Db,
    context: &EventContext,
    state: &mut ProcessingState,
) -> Result<(), StoreError> {
    let has_buyer = state
        .people
        .buyer
        .as_ref()
        .is_some_and(|buyer| buyer.email.is_some());
    if let (Some(id), false) = (state.customer_id, has_buyer) {
        state.people.buyer = find_person(db, context, id)?;
    }
    Ok(())
}

fn find_person(
    db: &mut Db,
    context: &EventContext,
    id: CustomerId,
) -> Result<Option<Person>, StoreError> {
    let Some(row) = customers::find(db, context.opened.tenant, id)? else {
        return Ok(None);
    };
    let text = context
        .opened
        .keys
        .open(Field::Person(id).place(), &row.person_sealed)
        .map_err(|error| StoreError::corrupt("customers.person", error))?;
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| StoreError::corrupt("customers.person", error))
}

fn names(person: &Person) -> Vec<&str> {
    [&person.first_name, &person.last_name, &person.company]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect()
}
