//! Brings events to rest, and wakes those that wait.

use diesel::prelude::*;
use diesel::update;

use crate::domain::effect::EventState;
use crate::domain::id::{CustomerId, EventId, StorefrontId, TenantId};
use crate::domain::news::News;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::store::db::Db;
use crate::store::error::StoreError;
use crate::store::kept;
use crate::store::schema::events;
use crate::store::tenants::present;

/// How an event comes to rest for now.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Where it stands from now on.
    pub state: EventState,
    /// Why; another's words in it are not stored unless they are [sealed](Settlement::sealed).
    pub reason: Option<Reason>,
    /// Those words.
    pub words_sealed: Option<Vec<u8>>,
    /// What the reason is about, such as a product path, so that alike ones are one problem.
    pub reason_subject: Option<String>,
    /// When to work it again; `None` = not by itself.
    pub due_at: Option<Timestamp>,
    /// Failed tries so far.
    pub attempts: i32,
    /// Now.
    pub at: Timestamp,
}

/// What became known of an event while it was worked; `None` leaves it as it is.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = events)]
pub struct Links {
    /// What is worked one at a time with it.
    pub subject: Option<String>,
    /// The order it concerns.
    pub order_id: Option<String>,
    /// The receipt number of that order.
    pub order_reference: Option<String>,
    /// The subscription it concerns.
    pub subscription_id: Option<String>,
    /// The person it concerns.
    pub customer_id: Option<CustomerId>,
    /// One sentence without personal data.
    pub headline: Option<String>,
    /// What kind of news it is.
    pub news: Option<News>,
}

/// How an event is written when it comes to rest; it counts as claimed no longer.
#[derive(AsChangeset)]
#[diesel(table_name = events, treat_none_as_null = true)]
struct Rest<'a> {
    state: EventState,
    reason_code: Option<ReasonCode>,
    reason_subject: Option<&'a str>,
    reason_details: Option<String>,
    words_sealed: Option<&'a [u8]>,
    due_at: Option<Timestamp>,
    attempts: i32,
    claims: i32,
    settled_at: Option<Timestamp>,
}

impl<'a> Rest<'a> {
    fn of(settlement: &'a Settlement) -> Result<Self, StoreError> {
        let mut reason = settlement.reason.clone();
        if let Some(reason) = &mut reason {
            reason.take_words();
        }
        let reason = reason.as_ref();
        let details = reason
            .filter(|reason| !reason.details.is_empty())
            .map(|reason| serde_json::to_string(&reason.details))
            .transpose()
            .map_err(|error| StoreError::corrupt("events.reason_details", error))?;
        Ok(Self {
            state: settlement.state,
            reason_code: reason.map(|reason| reason.code),
            reason_subject: settlement.reason_subject.as_deref(),
            reason_details: details,
            words_sealed: settlement.words_sealed.as_deref(),
            due_at: settlement.due_at,
            attempts: settlement.attempts,
            claims: 0,
            settled_at: settlement.state.is_settled().then_some(settlement.at),
        })
    }
}

/// Writes how an event came to rest.
pub fn settle(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    let changed = kept::execute(
        db,
        update(events::table.find((tenant, event))).set(Rest::of(settlement)?),
    )?;
    present(changed)
}

/// Both at once.
pub fn settle_and_link(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    settlement: &Settlement,
    links: &Links,
) -> Result<(), StoreError> {
    let changed = kept::execute(
        db,
        update(events::table.find((tenant, event))).set((Rest::of(settlement)?, links)),
    )?;
    present(changed)
}

/// Writes what became known of an event.
pub fn link(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    links: &Links,
) -> Result<(), StoreError> {
    match update(events::table.find((tenant, event)))
        .set(links)
        .execute(db)
    {
        // Nothing to write is no statement.
        Ok(_) | Err(diesel::result::Error::QueryBuilderError(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Sets when an event is to be worked; `None` takes it out of line.
pub fn set_due(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    due_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let changed = kept::execute(
        db,
        update(events::table.find((tenant, event))).set(events::due_at.eq(due_at)),
    )?;
    present(changed)
}

/// Writes how far an event is; `None` = from the beginning, and in one go.
pub fn set_progress(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    progress: Option<&str>,
) -> Result<(), StoreError> {
    let changed = update(events::table.find((tenant, event)))
        .set(events::progress.eq(progress))
        .execute(db)?;
    present(changed)
}

/// Gives an event back to the line for then, as if it had not been claimed.
pub fn unclaim(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let changed = kept::execute(
        db,
        update(events::table.find((tenant, event))).set((
            events::state.eq(EventState::Received),
            events::due_at.eq(due_at),
            events::claims.eq(0),
        )),
    )?;
    present(changed)
}

/// Puts an event back in line as if it had just come; an error when it is not there.
pub fn replay(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let settlement = Settlement {
        state: EventState::Received,
        reason: None,
        words_sealed: None,
        reason_subject: None,
        due_at: Some(now),
        attempts: 0,
        at: now,
    };
    settle(db, tenant, event, &settlement)
}

/// Sets an event aside for good; an error when it is not there.
pub fn discard(
    db: &mut Db,
    tenant: TenantId,
    event: EventId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let settlement = Settlement {
        state: EventState::Discarded,
        reason: None,
        words_sealed: None,
        reason_subject: None,
        due_at: None,
        attempts: 0,
        at: now,
    };
    settle(db, tenant, event, &settlement)
}

/// Makes waiting events of a subject due now, and tells how many.
pub fn wake_subject(
    db: &mut Db,
    tenant: TenantId,
    subject: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::subject.eq(subject))
        .filter(events::state.eq(EventState::Waiting))
        .filter(events::reason_code.is_not_null())
        .filter(events::reason_code.ne(ReasonCode::StorefrontPaused))
        .filter(events::reason_code.ne(ReasonCode::NotDueYet))
        .set(events::due_at.eq(now))
        .execute(db)?)
}

/// Makes events that wait for the order of one of these orders or subscriptions due now, and tells how many.
pub fn wake_waiting_for(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    names: &[String],
    now: Timestamp,
) -> Result<usize, StoreError> {
    let woken = kept::execute(
        db,
        update(events::table)
            .filter(events::tenant_id.eq(tenant))
            .filter(events::storefront_id.eq(storefront))
            .filter(events::state.eq(EventState::Waiting))
            .filter(events::reason_code.eq(ReasonCode::WaitingForOrder))
            .filter(
                events::order_id
                    .eq_any(names)
                    .or(events::subscription_id.eq_any(names))
                    .assume_not_null(),
            )
            .set(events::due_at.eq(now)),
    )?;
    Ok(woken)
}

/// Puts parked events of these receipts or subscriptions back in line: those that are parked for this reason.
pub fn unpark_of(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    (code, names): (ReasonCode, &[String]),
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::storefront_id.eq(storefront))
        .filter(events::state.eq(EventState::Parked))
        .filter(events::reason_code.eq(code))
        .filter(
            events::order_reference
                .eq_any(names)
                .or(events::subscription_id.eq_any(names))
                .assume_not_null(),
        )
        .set((
            events::state.eq(EventState::Received),
            events::due_at.eq(now),
            events::attempts.eq(0),
        ))
        .execute(db)?)
}

/// Makes events that wait for this reason and subject of the reason due now, such as those of a license server.
pub fn wake_reason(
    db: &mut Db,
    tenant: TenantId,
    code: ReasonCode,
    reason_subject: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::state.eq(EventState::Waiting))
        .filter(events::reason_code.eq(code))
        .filter(events::reason_subject.eq(reason_subject))
        .set(events::due_at.eq(now))
        .execute(db)?)
}

/// Makes events due now that wait or were tried in vain for this reason; what was tried does not count against them.
pub fn forgive_reason(
    db: &mut Db,
    tenant: TenantId,
    code: ReasonCode,
    reason_subject: &str,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::state.eq_any([EventState::Waiting, EventState::Retrying]))
        .filter(events::reason_code.eq(code))
        .filter(events::reason_subject.eq(reason_subject))
        .set((events::due_at.eq(now), events::attempts.eq(0)))
        .execute(db)?)
}

/// Puts parked events of a storefront back in line: those that are parked for this reason and subject of the reason.
///
/// Where an event names no subject, it may be that one.
pub fn unpark(
    db: &mut Db,
    tenant: TenantId,
    storefront: StorefrontId,
    parked_for: (ReasonCode, &str),
    now: Timestamp,
) -> Result<usize, StoreError> {
    let (code, reason_subject) = parked_for;
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::state.eq(EventState::Parked))
        .filter(events::storefront_id.eq(storefront))
        .filter(events::reason_code.eq(code))
        .filter(
            events::reason_subject
                .eq(reason_subject)
                .or(events::reason_subject.is_null()),
        )
        .set((
            events::state.eq(EventState::Received),
            events::due_at.eq(now),
            events::attempts.eq(0),
        ))
        .execute(db)?)
}

/// Makes events of a storefront that wait for this reason due now, such as that it was paused.
pub fn wake_storefront(
    db: &mut Db,
    (tenant, storefront): (TenantId, StorefrontId),
    code: ReasonCode,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(update(events::table)
        .filter(events::tenant_id.eq(tenant))
        .filter(events::state.eq(EventState::Waiting))
        .filter(events::storefront_id.eq(storefront))
        .filter(events::reason_code.eq(code))
        .set(events::due_at.eq(now))
        .execute(db)?)
}
