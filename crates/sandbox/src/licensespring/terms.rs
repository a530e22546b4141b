//! When a license begins and ends.
//!
//! A subscription runs from the day it is made; whatever else has a length begins with the first activation.

use jiff::Timestamp;
use serde_json::Value;

use crate::calendar;
use crate::collection::{Document, flag, number, text};
use crate::licensespring::dates;

/// A new license with its end, where it is known already.
pub fn begun(license: Document, now: Timestamp) -> Document {
    match text(&license, "license_type") {
        "subscription" => counted(license, now),
        _ => match dates::day(text(&license, "start_date")) {
            Some(day) => counted(license, dates::start_of(day)),
            None => license,
        },
    }
}

/// A license whose first device begins to use it.
pub fn activated(mut license: Document, now: Timestamp) -> Document {
    license.insert("time_activated".to_owned(), dates::moment(now));
    counted(license, now)
}

/// A license whose length was changed: counted anew where it has begun, else waiting for its first activation.
pub fn recounted(mut license: Document) -> Document {
    license.insert("validity_period".to_owned(), Value::Null);
    let begin = match text(&license, "license_type") {
        "subscription" => "created_at",
        _ => "time_activated",
    };
    match calendar::time(text(&license, begin)) {
        Ok(start) => counted(license, start),
        Err(_) => license,
    }
}

/// Whether it is past its end; the day of the end is not included, and hours of grace are for subscriptions alone.
pub fn is_expired(license: &Document, now: Timestamp) -> bool {
    let Some(end) = dates::day(text(license, "validity_period")) else {
        return false;
    };
    let has_grace =
        text(license, "license_type") == "subscription" && flag(license, "allow_grace_period");
    let grace = match has_grace {
        true => number(license, "grace_period"),
        false => 0,
    };
    let grace = jiff::SignedDuration::from_hours(grace.min(1_000_000));
    calendar::plus(dates::start_of(end), grace) <= now
}

/// The ends that its lengths give it from `start`, where it has none yet.
fn counted(mut license: Document, start: Timestamp) -> Document {
    let trial_days = number(&license, "trial_days");
    let length = match flag(&license, "is_trial") && trial_days > 0 {
        true => format!("{trial_days}d"),
        false => text(&license, "valid_duration").to_owned(),
    };
    let is_perpetual = text(&license, "license_type") == "perpetual";
    if !is_perpetual || flag(&license, "is_trial") {
        set_end(&mut license, "validity_period", &length, start);
    }
    if flag(&license, "enable_maintenance_period") {
        let length = text(&license, "maintenance_duration").to_owned();
        set_end(&mut license, "maintenance_period", &length, start);
    }
    license
}

fn set_end(license: &mut Document, name: &str, length: &str, start: Timestamp) {
    let is_open = text(license, name).is_empty();
    if let Some(length) = dates::duration(length).filter(|_| is_open) {
        license.insert(name.to_owned(), dates::day_after(start, length));
    }
}
