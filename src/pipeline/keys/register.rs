//! Puts a request for keys on record: its line, its place among the licenses, and the event that makes them.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::effect::EventState;
use crate::domain::fact::KeysRequested;
use crate::domain::id::{EventId, KeyRequestId};
use crate::domain::lane::Lane;
use crate::domain::license::Root;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Mode;
use crate::domain::time::Timestamp;
use crate::pipeline::calls::record::{CallContext, call_row};
use crate::pipeline::clock::id_at;
use crate::pipeline::keys::place::create;
use crate::pipeline::keys::request::{AskedShop, Believed};
use crate::pipeline::queue::internal_event::{self, KEYS_REQUESTED};
use crate::pipeline::queue::leases::LEASE;
use crate::store::calls::{self, Call};
use crate::store::events::{self, Event};
use crate::store::key_requests::{self, Row};
use crate::store::{Db, ProcessId, StoreError, leases, licenses};
use crate::vault::Field;

/// Where a request stands.
pub enum Registered {
    /// Its first license is made and all are on record: hand out the keys.
    Ready(Row),
    /// Its event is ours to work, under a lease.
    Taken(Row, Box<Event>),
    /// Somebody else is working on it just now.
    Busy(Row),
    /// Its event came to rest without a license.
    Left(Row, Box<Event>),
    /// Nothing of it may be made.
    Refused(Reason),
}

/// Who looks, when, and whether what came to rest is to be tried once more.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The process, as owner of leases.
    pub owner: ProcessId,
    /// Now.
    pub now: Timestamp,
    /// Whether an event that came to rest is put back in line.
    pub is_first: bool,
}

/// Finds the request or puts it on record, and takes its event where there is still something to make.
pub fn register(db: &mut Db, believed: &Believed, look: Look) -> Result<Registered, StoreError> {
    let registered = find_or_create(db, believed, look)?;
    if let Some(asked) = &believed.asked
        && let Some(row) = registered.row()
    {
        note_asked(db, believed, event_id(believed, row), asked)?;
    }
    Ok(registered)
}

impl Registered {
    const fn row(&self) -> Option<&Row> {
        match self {
            Self::Ready(row) | Self::Taken(row, _) | Self::Busy(row) | Self::Left(row, _) => {
                Some(row)
            }
            Self::Refused(_) => None,
        }
    }
}

/// What the shop was asked about the product stands beside the calls of the request's event.
fn note_asked(
    db: &mut Db,
    believed: &Believed,
    event: EventId,
    asked: &AskedShop,
) -> Result<(), StoreError> {
    let of = CallContext {
        tenant: believed.tenant,
        event,
        server: believed.server,
        keys: &believed.keys,
    };
    let call = call_row(of, asked.at, &asked.exchange)
        .map_err(|error| StoreError::corrupt("calls.response_sealed", error))?;
    let storefront_id = Some(believed.storefront);
    let call = Call {
        storefront_id,
        ..call
    };
    calls::create(db, &[call])
}

fn find_or_create(db: &mut Db, believed: &Believed, look: Look) -> Result<Registered, StoreError> {
    let wanted = row(believed, look.now)?;
    key_requests::lock(db, believed.storefront, &wanted.names())?;
    let known = key_requests::find(db, &wanted)?;
    if let Some(row) = &known
        && is_ready(db, believed, row)?
    {
        return Ok(Registered::Ready(row.clone()));
    }
    if let Err(reason) = &believed.units {
        return Ok(Registered::Refused(reason.clone()));
    }
    if let Some(reason) = held_back(believed) {
        return Ok(Registered::Refused(reason));
    }
    let row = match known {
        Some(mut row) => {
            row.parameters_sealed = sealed_parameters(believed, row.id)?;
            let sealed = row.parameters_sealed.as_deref();
            key_requests::set_parameters(db, believed.tenant, row.id, sealed)?;
            row
        }
        None => create(db, believed, wanted)?,
    };
    take(db, believed, look, row)
}

/// Only a store that is on makes licenses, and only made licenses have keys to hand out.
fn held_back(believed: &Believed) -> Option<Reason> {
    match believed.mode {
        Mode::Live => None,
        Mode::Shadow => Some(Reason::new(ReasonCode::ShadowMode)),
        Mode::Paused => Some(Reason::new(ReasonCode::StorefrontPaused)),
    }
}

/// Whether every license is on record and the first one is made.
fn is_ready(db: &mut Db, believed: &Believed, row: &Row) -> Result<bool, StoreError> {
    let root = row.root()?;
    let rows = licenses::list_of_roots(db, believed.tenant, believed.storefront, &[root])?;
    let of_line = || rows.iter().filter(|license| license.slot == row.slot);
    let units: BTreeSet<i32> = of_line().map(|license| license.unit).collect();
    let is_first_made = of_line().any(|license| license.unit == 1 && license.remote_id.is_some());
    let wanted = believed.units.as_ref().copied().unwrap_or(1);
    let wanted = i32::try_from(wanted).unwrap_or(i32::MAX);
    Ok(is_first_made && (1..=wanted).all(|unit| units.contains(&unit)))
}

fn row(believed: &Believed, now: Timestamp) -> Result<Row, StoreError> {
    let form = &believed.form;
    let id = KeyRequestId::from_uuid(id_at(now));
    let mut row = Row {
        tenant_id: believed.tenant,
        id,
        storefront_id: believed.storefront,
        reference: form.reference.clone(),
        subscription_id: form.subscription.clone(),
        product_path: believed.product_path.clone(),
        quantity: i32::try_from(form.quantity).unwrap_or(i32::MAX),
        root_kind: String::new(),
        root: String::new(),
        slot: String::new(),
        order_id: None,
        parameters_sealed: sealed_parameters(believed, id)?,
        live: !form.is_test,
        requested_at: now,
        answered_at: None,
    };
    let root = match (&form.subscription, &form.reference) {
        (Some(id), _) => Root::Subscription(id.clone()),
        (None, reference) => Root::Reference(reference.clone().unwrap_or_default()),
    };
    row.set_place(&root, &believed.product_path);
    Ok(row)
}

fn sealed_parameters(believed: &Believed, id: KeyRequestId) -> Result<Option<Vec<u8>>, StoreError> {
    if believed.parameters.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_vec(&believed.parameters)
        .map_err(|error| StoreError::corrupt("key_requests.parameters", error))?;
    let place = Field::KeyRequestParameters(id);
    Ok(Some(believed.keys.seal(place.place(), &text)))
}

/// Takes the request's event, made anew or put back in line.
fn take(db: &mut Db, believed: &Believed, look: Look, row: Row) -> Result<Registered, StoreError> {
    let new = event(believed, &row, look.now);
    let found = match events::find(db, believed.tenant, new.id)? {
        Some(found) => found,
        None => {
            put_event(db, believed, &row, &new)?;
            new
        }
    };
    let is_at_rest = !matches!(found.state, EventState::Received | EventState::Working);
    if is_at_rest && !look.is_first {
        return Ok(Registered::Left(row, Box::new(found)));
    }
    let subject = BTreeSet::from([(believed.tenant, found.subject.clone())]);
    let until = look.now.plus(LEASE);
    let taken = leases::take(db, look.owner, &subject, look.now, until)?;
    if taken.is_empty() {
        return Ok(Registered::Busy(row));
    }
    if is_at_rest {
        events::replay(db, believed.tenant, found.id, look.now)?;
    }
    let event = events::find(db, believed.tenant, found.id)?.ok_or(StoreError::NotFound)?;
    Ok(Registered::Taken(row, Box::new(event)))
}

fn put_event(db: &mut Db, believed: &Believed, row: &Row, event: &Event) -> Result<(), StoreError> {
    let requested = KeysRequested {
        id: row.id,
        product_path: row.product_path.clone(),
        quantity: believed.form.quantity,
        person: believed.form.person.clone(),
    };
    internal_event::create(db, &believed.keys, event, &requested).map(drop)
}

fn event(believed: &Believed, row: &Row, now: Timestamp) -> Event {
    let form = &believed.form;
    let subject = form
        .subscription
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| form.reference.clone())
        .unwrap_or_default();
    Event {
        tenant_id: believed.tenant,
        id: event_id(believed, row),
        storefront_id: believed.storefront,
        delivery_id: None,
        source_event_id: None,
        event_type: KEYS_REQUESTED.to_owned(),
        live: !form.is_test,
        lane: Lane::Fulfillment,
        subject,
        state: EventState::Received,
        reason_code: None,
        reason_subject: None,
        reason_details: None,
        order_id: row.order_id.as_ref().map(ToString::to_string),
        order_reference: form.reference.clone(),
        subscription_id: form.subscription.as_ref().map(ToString::to_string),
        customer_id: None,
        headline: None,
        news: None,
        occurred_at: now,
        received_at: now,
        settled_at: None,
        attempts: 0,
        claims: 0,
        due_at: Some(now),
        progress: None,
        words_sealed: None,
    }
}

/// The same request has the same event: a repetition is no news.
fn event_id(believed: &Believed, row: &Row) -> EventId {
    let form = &believed.form;
    let said = format!("{:?} {} {:?}", form.reference, form.quantity, form.is_test);
    let digest = hex::encode(Sha256::digest(said));
    let name = format!(
        "{}/{KEYS_REQUESTED}/{}/{digest}",
        believed.storefront, row.id
    );
    EventId::from_uuid(Uuid::new_v5(&believed.tenant.as_uuid(), name.as_bytes()))
}
