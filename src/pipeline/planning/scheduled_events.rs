//! Scheduled events: dates of our own, recorded once however many events ask for them.

use uuid::Uuid;

use crate::domain::effect::EventState;
use crate::domain::fact::DueDate;
use crate::domain::id::{EventId, StorefrontId, TenantId};
use crate::domain::lane::Lane;
use crate::domain::plan::Timer;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::pipeline::event::context::EventContext;
use crate::pipeline::queue::internal_event;
use crate::store::events::Event;
use crate::store::{Db, StoreError};
use crate::vault::TenantKeys;

/// Where dates belong, and how urgent they are.
pub struct ScheduleContext<'a> {
    pub tenant: TenantId,
    /// The store at the shop.
    pub storefront: StorefrontId,
    /// Whether real money moved.
    pub is_live: bool,
    /// How urgent the calls are that come of them.
    pub lane: Lane,
    pub keys: &'a TenantKeys,
    /// The event that asks for them; `None` when no event does.
    pub cause: Option<&'a Event>,
    pub now: Timestamp,
}

/// Schedules the dates that an event asks for.
pub fn schedule_all(
    db: &mut Db,
    context: &EventContext,
    timers: &[Timer],
) -> Result<(), StoreError> {
    let opened = &context.opened;
    let context = ScheduleContext {
        tenant: opened.tenant,
        storefront: opened.storefront,
        is_live: opened.event.live,
        lane: opened.lane,
        keys: &opened.keys,
        cause: Some(&opened.event),
        now: context.now,
    };
    timers
        .iter()
        .try_for_each(|timer| schedule(db, &context, timer))
}

/// Schedules a date; one that is scheduled already stays as it is.
pub fn schedule(
    db: &mut Db,
    context: &ScheduleContext<'_>,
    timer: &Timer,
) -> Result<(), StoreError> {
    let event = event(context, timer);
    internal_event::create(db, context.keys, &event, &timer.due).map(drop)
}

fn event(context: &ScheduleContext<'_>, timer: &Timer) -> Event {
    let cause = context.cause;
    let subscription = timer.due.subscription().map(|id| id.as_str().to_owned());
    Event {
        tenant_id: context.tenant,
        id: id(context, timer),
        storefront_id: context.storefront,
        delivery_id: None,
        source_event_id: None,
        event_type: name(&timer.due).to_owned(),
        live: context.is_live,
        lane: context.lane,
        subject: subscription
            .clone()
            .or_else(|| cause.map(|event| event.subject.clone()))
            .unwrap_or_else(|| about(&timer.due)),
        state: EventState::Waiting,
        reason_code: Some(ReasonCode::NotDueYet),
        reason_subject: None,
        reason_details: Some(format!(r#"{{"date":"{}"}}"#, timer.at.long_day())),
        order_id: None,
        order_reference: cause
            .filter(|_| subscription.is_none())
            .and_then(|event| event.order_reference.clone()),
        subscription_id: subscription
            .or_else(|| cause.and_then(|event| event.subscription_id.clone())),
        customer_id: None,
        news: None,
        headline: Some(headline(&timer.due).to_owned()),
        occurred_at: timer.at,
        received_at: context.now,
        settled_at: None,
        attempts: 0,
        claims: 0,
        due_at: Some(timer.at),
        progress: None,
        words_sealed: None,
    }
}

/// The same date of the same subscription has the same id.
fn id(context: &ScheduleContext<'_>, timer: &Timer) -> EventId {
    let name = format!(
        "{}/{}/{}/{}",
        context.storefront,
        name(&timer.due),
        about(&timer.due),
        timer.at
    );
    let namespace = context.tenant.as_uuid();
    EventId::from_uuid(Uuid::new_v5(&namespace, name.as_bytes()))
}

/// What a date is about, for its id.
fn about(due: &DueDate) -> String {
    match due {
        DueDate::OrderMissing(id)
        | DueDate::GraceOver(id)
        | DueDate::PauseBegins(id)
        | DueDate::DeletionDue(id)
        | DueDate::DatesFollowed(id) => id.to_string(),
        DueDate::KeysWithoutOrder(id) => id.to_string(),
    }
}

const fn name(due: &DueDate) -> &'static str {
    match due {
        DueDate::OrderMissing(_) => "due.order_missing",
        DueDate::GraceOver(_) => "due.grace_over",
        DueDate::PauseBegins(_) => "due.pause_begins",
        DueDate::DeletionDue(_) => "due.deletion",
        DueDate::DatesFollowed(_) => "due.dates_followed",
        DueDate::KeysWithoutOrder(_) => "due.keys_without_order",
    }
}

const fn headline(due: &DueDate) -> &'static str {
    match due {
        DueDate::OrderMissing(_) => "A look whether a new subscription got its order",
        DueDate::GraceOver(_) => "A look whether a missed payment was made up",
        DueDate::PauseBegins(_) => "A look whether a pause begins",
        DueDate::DeletionDue(_) => "A look whether an ended subscription stays ended",
        DueDate::DatesFollowed(_) => "A look whether licenses follow the store's dates",
        DueDate::KeysWithoutOrder(_) => "A look whether keys in a receipt were paid for",
    }
}
