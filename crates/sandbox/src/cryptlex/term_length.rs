//! How long a license lasts, and where the term of a new one ends.

use jiff::{SignedDuration, Span, Timestamp};
use serde_json::Value;

use crate::calendar::{self, spell};
use crate::collection::{Document, number, text, time};
use crate::cryptlex::state::State;

/// How long a term is: what a license is given when it is made, and what a renewal adds.
pub enum Length {
    /// A period of the calendar.
    Calendar(Span),
    /// So many seconds, back when negative.
    Seconds(i64),
}

impl Length {
    /// The document's period, else its older validity in seconds; `None` = perpetual.
    pub fn of(document: &Document) -> Option<Self> {
        let period = calendar::period(text(document, "subscriptionInterval"));
        let seconds = Some(number(document, "validity")).filter(|seconds| *seconds > 0);
        period.map(Self::Calendar).or(seconds.map(Self::Seconds))
    }

    /// That of the maintenance policy which the license names; `None` where it names none.
    pub fn of_maintenance(state: &State, license: &Document) -> Option<Self> {
        let id = text(license, "maintenancePolicyId");
        if id.is_empty() {
            return None;
        }
        match state.maintenance_policies.find(id) {
            Some(policy) => Self::of(policy),
            // In an open catalog any policy is known, and a year long.
            None => calendar::period("P1Y").map(Self::Calendar),
        }
    }

    /// Where a term of this length ends.
    pub fn after(&self, start: Timestamp) -> Timestamp {
        match self {
            Self::Calendar(period) => calendar::plus_period(start, *period),
            Self::Seconds(seconds) => calendar::plus(start, SignedDuration::from_secs(*seconds)),
        }
    }
}

/// Gives a new license its end: the explicit one, else one period after `start`, else none
/// (perpetual, or not begun until it is activated).
pub fn begin(license: &mut Document, start: Timestamp, explicit_end: Option<Timestamp>) {
    let length = Length::of(license);
    let end = match (&explicit_end, &length) {
        (None, Some(length)) if !waits_for_activation(license) => Some(length.after(start)),
        _ => explicit_end,
    };
    set_end(license, end);
    license.insert(
        "perpetual".to_owned(),
        Value::Bool(end.is_none() && length.is_none()),
    );
}

/// The first activation begins a term that waited for it.
pub fn begin_at_activation(license: &mut Document, now: Timestamp) {
    if license.get("activatedAt").is_none_or(Value::is_null) {
        license.insert("activatedAt".to_owned(), spell(now));
        let is_open = time(license, "expiresAt").is_none();
        if let Some(length) =
            Length::of(license).filter(|_| is_open && waits_for_activation(license))
        {
            set_end(license, Some(length.after(now)));
        }
    }
}

/// Gives a new license with a maintenance policy the end of its maintenance.
pub fn begin_maintenance(state: &State, license: &mut Document, start: Timestamp) {
    if let Some(length) = Length::of_maintenance(state, license) {
        license.insert(
            "maintenanceExpiresAt".to_owned(),
            spell(length.after(start)),
        );
    }
}

fn set_end(license: &mut Document, end: Option<Timestamp>) {
    license.insert("expiresAt".to_owned(), end.map_or(Value::Null, spell));
}

fn waits_for_activation(license: &Document) -> bool {
    if text(license, "subscriptionInterval").is_empty() {
        matches!(text(license, "expirationStrategy"), "delayed" | "rolling")
    } else {
        text(license, "subscriptionStartTrigger") == "activation"
    }
}
