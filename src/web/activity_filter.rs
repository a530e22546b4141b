//! The filters of the activity list, as its address and its form spell them.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::effect::EventState;
use crate::domain::id::TenantId;
use crate::domain::news::News;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::store::events::EventFilter;
use crate::store::{Db, StoreError};
use crate::vault::TenantKeys;
use crate::web::filter::EventQuery;
use crate::web::query::Query;

/// The names that an address of the list may use, beside the cursor.
pub const NAMES: [&str; 11] = [
    "q",
    "state",
    "store",
    "kind",
    "live",
    "after",
    "before",
    "reason",
    "about",
    "order",
    "subscription",
];

/// A filter, and what of it could not be read.
#[derive(Debug, Default)]
pub struct ActivityFilter {
    query: EventQuery,
    /// What is wrong with the first day.
    pub after_error: Option<String>,
    /// What is wrong with the last day.
    pub before_error: Option<String>,
}

impl ActivityFilter {
    /// Reads an address; what makes no sense in it is left out, and said of the days that people write by hand.
    pub fn read(query: &Query) -> Self {
        let text = |name: &str| {
            query
                .get(name)
                .and_then(|text| text.to_owned().try_into().ok())
        };
        let (after, after_error) = day(query.get("after"), "From");
        let (before, before_error) = day(query.get("before"), "Until");
        let states = query.get("state").unwrap_or_default().split(',');
        Self {
            after_error,
            before_error,
            query: EventQuery {
                storefront_id: query.get("store").and_then(|id| id.parse().ok()),
                state: states.filter_map(EventState::parse).collect(),
                kind: query.get("kind").and_then(News::parse),
                order_id: text("order"),
                subscription_id: text("subscription"),
                live: query.get("live").and_then(|yes| yes.parse().ok()),
                received_after: after,
                // The last day is meant as a whole.
                received_before: before.map(|day| day.plus(SignedDuration::from_hours(24))),
                reason_code: query.get("reason").and_then(ReasonCode::parse),
                reason_subject: text("about"),
                q: text("q"),
                ..EventQuery::default()
            },
        }
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.query.is_empty()
    }

    /// As the store filters.
    pub fn look_up(
        self,
        db: &mut Db,
        (tenant, keys): (TenantId, &TenantKeys),
        now: Timestamp,
    ) -> Result<EventFilter, StoreError> {
        self.query.look_up(db, (tenant, keys), now)
    }
}

fn day(text: Option<&str>, label: &str) -> (Option<Timestamp>, Option<String>) {
    let Some(text) = text else {
        return (None, None);
    };
    let day = text
        .trim()
        .parse::<Date>()
        .and_then(|date| date.to_zoned(TimeZone::UTC));
    match day {
        Ok(day) => (Some(Timestamp::new(day.timestamp())), None),
        Err(_) => (
            None,
            Some(format!("{label}: write the day like 2026-12-03.")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_last_day_is_meant() {
        let filter = ActivityFilter::read(&Query::parse(b"after=2026-12-03&before=2026-12-03"));

        let query = filter.query;
        assert_eq!(
            query.received_after.unwrap().to_string(),
            "2026-12-03T00:00:00Z"
        );
        assert_eq!(
            query.received_before.unwrap().to_string(),
            "2026-12-04T00:00:00Z"
        );
    }

    #[test]
    fn a_day_that_makes_no_sense_is_named_and_left_out() {
        let filter = ActivityFilter::read(&Query::parse(b"after=yesterday&state=lost,parked"));

        assert_eq!(filter.query.received_after, None);
        assert_eq!(
            filter.after_error.as_deref(),
            Some("From: write the day like 2026-12-03.")
        );
        assert_eq!(filter.query.state, [EventState::Parked]);
    }
}
