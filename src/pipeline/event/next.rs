//! What is next for an event in work.

use crate::domain::id::LicenseId;
use crate::domain::plan::Need;
use crate::pipeline::event::outcome::EventOutcome;
use crate::pipeline::protocol::Request;

/// What a transaction decided.
pub enum Next {
    /// Send this; all is on record.
    Send(Request),
    /// Answer these questions first.
    LookUp(Vec<Need>),
    /// Read these licenses first, in one call.
    ReadLicenses(Vec<LicenseId>),
    /// Another worker was faster: begin again from what is stored.
    Restart,
    /// Nothing more to do now: this is the event's outcome.
    Finished(EventOutcome),
}
