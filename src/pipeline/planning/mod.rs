//! What follows from an event: it is applied to the records, compared with the licenses, and the next action is chosen.
//!
//! In comes the context of an event; out go records, effects that are planned, and what is next. Nothing here is sent
//! before its transaction has committed.

pub mod apply_event;
pub mod approvals;
pub mod buyer_changes;
pub mod load_records;
pub mod lookups;
pub mod next_action;
pub mod progress;
pub mod read_again;
pub mod read_licenses;
pub mod record_plan;
pub mod scheduled_events;
pub mod shop_keys;
