//! Records a request for keys: its line, its place among the licenses, and the event that makes them.

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
use crate::pipeline::keys::request::{ShopCall, VerifiedRequest};
use crate::pipeline::queue::internal_event::{self, KEYS_REQUESTED};
use crate::pipeline::queue::leases::LEASE;
use crate::store::calls::{self, Call};
use crate::store::events::{self, Event};
use crate::store::key_requests::{self, Row};
use crate::store::{Db, ProcessId, StoreError, leases, licenses};
use crate::vault::Field;

/// The state of a request.
pub enum Registered {
    /// Its first license is made and all are recorded: deliver the keys.
    Ready(Row),
    /// Its event is ours to process, under a lease.
    Claimed(Row, Box<Event>),
    /// Somebody else is working on it just now.
    Busy(Row),
    /// Its event has an outcome, without a license.
    Settled(Row, Box<Event>),
    /// Nothing of it may be made.
    Refused(Reason),
}

/// Who tries to claim the event, when, and whether one with an outcome is requeued.
#[derive(Debug, Clone, Copy)]
pub struct ClaimAttempt {
    /// The process, as owner of leases.
    pub owner: ProcessId,
    pub now: Timestamp,
    /// Whether an event that came to rest is requeued.
    pub is_first: bool,
}

/// Finds or records the request, and claims its event where there is still something to issue.
pub fn register(
    db: &mut Db,
    request: &VerifiedRequest,
    attempt: ClaimAttempt,
) -> Result<Registered, StoreError> {
    let registered = find_or_create(db, request, attempt)?;
    if let Some(asked) = &request.asked
        && let Some(row) = registered.row()
    {
        record_call(db, request, event_id(request, row), asked)?;
    }
    Ok(registered)
}

impl Registered {
    const fn row(&self) -> Option<&Row> {
        match self {
            Self::Ready(row) | Self::Claimed(row, _) | Self::Busy(row) | Self::Settled(row, _) => {
                Some(row)
            }
            Self::Refused(_) => None,
        }
    }
}

/// The call to the shop about the product is recorded beside the calls of the request's event.
fn record_call(
    db: &mut Db,
    request: &VerifiedRequest,
    event: EventId,
    asked: &ShopCall,
) -> Result<(), StoreError> {
    let of = CallContext {
        tenant: request.tenant,
        event,
        server: request.server,
        keys: &request.keys,
    };
    let call = call_row(of, asked.at, &asked.exchange)
        .map_err(|error| StoreError::corrupt("calls.response_sealed", error))?;
    let storefront_id = Some(request.storefront);
    let call = Call {
        storefront_id,
        ..call
    };
    calls::create(db, &[call])
}

fn find_or_create(
    db: &mut Db,
    request: &VerifiedRequest,
    attempt: ClaimAttempt,
) -> Result<Registered, StoreError> {
    let wanted = row(request, attempt.now)?;
    key_requests::lock(db, request.storefront, &wanted.names())?;
    let known = key_requests::find(db, &wanted)?;
    if let Some(row) = &known
        && is_ready(db, request, row)?
    {
        return Ok(Registered::Ready(row.clone()));
    }
    if let Err(reason) = &request.units {
        return Ok(Registered::Refused(reason.clone()));
    }
    if let Some(reason) = held_back(request) {
        return Ok(Registered::Refused(reason));
    }
    let row = match known {
        Some(mut row) => {
            row.parameters_sealed = sealed_parameters(request, row.id)?;
            let sealed = row.parameters_sealed.as_deref();
            key_requests::set_parameters(db, request.tenant, row.id, sealed)?;
            row
        }
        None => create(db, request, wanted)?,
    };
    claim_event(db, request, attempt, row)
}

/// Only a store that is on makes licenses, and only made licenses have keys to hand out.
fn held_back(request: &VerifiedRequest) -> Option<Reason> {
    match request.mode {
        Mode::Live => None,
        Mode::Shadow => Some(Reason::new(ReasonCode::ShadowMode)),
        Mode::Paused => Some(Reason::new(ReasonCode::StorefrontPaused)),
    }
}

/// Whether every license is recorded and the first one is issued.
fn is_ready(db: &mut Db, request: &VerifiedRequest, row: &Row) -> Result<bool, StoreError> {
    let root = row.root()?;
    let rows = licenses::list_of_roots(db, request.tenant, request.storefront, &[root])?;
    let of_line = || rows.iter().filter(|license| license.slot == row.slot);
    let units: BTreeSet<i32> = of_line().map(|license| license.unit).collect();
    let is_first_made = of_line().any(|license| license.unit == 1 && license.remote_id.is_some());
    let wanted = request.units.as_ref().copied().unwrap_or(1);
    let wanted = i32::try_from(wanted).unwrap_or(i32::MAX);
    Ok(is_first_made && (1..=wanted).all(|unit| units.contains(&unit)))
}

fn row(request: &VerifiedRequest, now: Timestamp) -> Result<Row, StoreError> {
    let form = &request.form;
    let id = KeyRequestId::from_uuid(id_at(now));
    let mut row = Row {
        tenant_id: request.tenant,
        id,
        storefront_id: request.storefront,
        reference: form.reference.clone(),
        subscription_id: form.subscription.clone(),
        product_path: request.product_path.clone(),
        quantity: i32::try_from(form.quantity).unwrap_or(i32::MAX),
        root_kind: String::new(),
        root: String::new(),
        slot: String::new(),
        order_id: None,
        parameters_sealed: sealed_parameters(request, id)?,
        live: !form.is_test,
        requested_at: now,
        answered_at: None,
    };
    let root = match (&form.subscription, &form.reference) {
        (Some(id), _) => Root::Subscription(id.clone()),
        (None, reference) => Root::Reference(reference.clone().unwrap_or_default()),
    };
    row.set_place(&root, &request.product_path);
    Ok(row)
}

fn sealed_parameters(
    request: &VerifiedRequest,
    id: KeyRequestId,
) -> Result<Option<Vec<u8>>, StoreError> {
    if request.parameters.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_vec(&request.parameters)
        .map_err(|error| StoreError::corrupt("key_requests.parameters", error))?;
    let place = Field::KeyRequestParameters(id);
    Ok(Some(request.keys.seal(place.place(), &text)))
}

/// Claims the request's event, made anew or requeued.
fn claim_event(
    db: &mut Db,
    request: &VerifiedRequest,
    attempt: ClaimAttempt,
    row: Row,
) -> Result<Registered, StoreError> {
    let new = event(request, &row, attempt.now);
    let found = match events::find(db, request.tenant, new.id)? {
        Some(found) => found,
        None => {
            create_event(db, request, &row, &new)?;
            new
        }
    };
    let is_at_rest = !matches!(found.state, EventState::Received | EventState::Working);
    if is_at_rest && !attempt.is_first {
        return Ok(Registered::Settled(row, Box::new(found)));
    }
    let subject = BTreeSet::from([(request.tenant, found.subject.clone())]);
    let until = attempt.now.plus(LEASE);
    let taken = leases::take(db, attempt.owner, &subject, attempt.now, until)?;
    if taken.is_empty() {
        return Ok(Registered::Busy(row));
    }
    if is_at_rest {
        events::replay(db, request.tenant, found.id, attempt.now)?;
    }
    let event = events::find(db, request.tenant, found.id)?.ok_or(StoreError::NotFound)?;
    Ok(Registered::Claimed(row, Box::new(event)))
}

fn create_event(
    db: &mut Db,
    request: &VerifiedRequest,
    row: &Row,
    event: &Event,
) -> Result<(), StoreError> {
    let requested = KeysRequested {
        id: row.id,
        product_path: row.product_path.clone(),
        quantity: request.form.quantity,
        person: request.form.person.clone(),
    };
    internal_event::create(db, &request.keys, event, &requested).map(drop)
}

fn event(request: &VerifiedRequest, row: &Row, now: Timestamp) -> Event {
    let form = &request.form;
    let subject = form
        .subscription
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| form.reference.clone())
        .unwrap_or_default();
    Event {
        tenant_id: request.tenant,
        id: event_id(request, row),
        storefront_id: request.storefront,
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

/// The same request has the same event, so that a repetition creates none.
fn event_id(request: &VerifiedRequest, row: &Row) -> EventId {
    let form = &request.form;
    let said = format!("{:?} {} {:?}", form.reference, form.quantity, form.is_test);
    let digest = hex::encode(Sha256::digest(said));
    let name = format!(
        "{}/{KEYS_REQUESTED}/{}/{digest}",
        request.storefront, row.id
    );
    EventId::from_uuid(Uuid::new_v5(&request.tenant.as_uuid(), name.as_bytes()))
}
