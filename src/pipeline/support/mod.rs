//! What a person asks for: one license, one event, a look ahead, a story made up.
//!
//! In come requests from pages and the API; out go internal events, requeued events, and answers. Nothing here
//! changes a license by itself: that is left to the event.

pub mod admission;
pub mod dry_run;
pub mod license_requests;
pub mod link;
pub mod machines;
pub mod pick;
pub mod real_account;
pub mod replay;
pub mod simulate;
pub mod token_check;
