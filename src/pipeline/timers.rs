//! Dates of our own: events that become due later, noted once however many events ask for them.

use uuid::Uuid;

use crate::domain::effect::EventState;
use crate::domain::fact::DueDate;
use crate::domain::id::EventId;
use crate::domain::plan::Timer;
use crate::domain::reason::ReasonCode;
use crate::pipeline::advance::Desk;
use crate::store::events::{self, Event};
use crate::store::payloads::{self, Payload};
use crate::store::{Db, StoreError};
use crate::vault::Field;

/// Notes the dates; one that is noted already stays as it is.
pub fn note(db: &mut Db, desk: &Desk<'_>, timers: &[Timer]) -> Result<(), StoreError> {
    for timer in timers {
        let event = event(desk, timer);
        let text = serde_json::to_vec(&timer.due)
            .map_err(|error| StoreError::corrupt("payloads.sealed", error))?;
        if events::create(db, &event)? {
            let sealed = desk
                .case
                .keys
                .seal_compressed(Field::Payload(event.id).place(), &text)
                .map_err(|error| StoreError::corrupt("payloads.sealed", error))?;
            payloads::create(
                db,
                &Payload {
                    tenant_id: event.tenant_id,
                    event_id: event.id,
                    received_at: event.received_at,
                    sealed: &sealed,
                },
            )?;
        }
    }
    Ok(())
}

fn event(desk: &Desk<'_>, timer: &Timer) -> Event {
    let case = desk.case;
    let subscription = timer.due.subscription().as_str().to_owned();
    Event {
        tenant_id: case.tenant,
        id: id(desk, timer),
        storefront_id: case.storefront,
        delivery_id: None,
        source_event_id: None,
        event_type: name(&timer.due).to_owned(),
        live: case.event.live,
        lane: case.event.lane,
        subject: subscription.clone(),
        state: EventState::Waiting,
        reason_code: Some(ReasonCode::NotDueYet),
        reason_subject: None,
        reason_details: Some(format!(r#"{{"date":"{}"}}"#, timer.at.long_day())),
        order_id: None,
        order_reference: None,
        subscription_id: Some(subscription),
        customer_id: None,
        headline: Some(headline(&timer.due).to_owned()),
        occurred_at: timer.at,
        received_at: desk.now,
        settled_at: None,
        attempts: 0,
        claims: 0,
        due_at: Some(timer.at),
    }
}

/// The same date of the same subscription has the same id.
fn id(desk: &Desk<'_>, timer: &Timer) -> EventId {
    let name = format!(
        "{}/{}/{}/{}",
        desk.case.storefront,
        name(&timer.due),
        timer.due.subscription(),
        timer.at
    );
    let namespace = desk.case.tenant.as_uuid();
    EventId::from_uuid(Uuid::new_v5(&namespace, name.as_bytes()))
}

const fn name(due: &DueDate) -> &'static str {
    match due {
        DueDate::OrderMissing(_) => "due.order_missing",
        DueDate::GraceOver(_) => "due.grace_over",
        DueDate::PauseBegins(_) => "due.pause_begins",
        DueDate::DeletionDue(_) => "due.deletion",
    }
}

const fn headline(due: &DueDate) -> &'static str {
    match due {
        DueDate::OrderMissing(_) => "A look whether a new subscription got its order",
        DueDate::GraceOver(_) => "A look whether a missed payment was made up",
        DueDate::PauseBegins(_) => "A look whether a pause begins",
        DueDate::DeletionDue(_) => "A look whether an ended subscription stays ended",
    }
}
