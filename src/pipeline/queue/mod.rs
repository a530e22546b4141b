//! The queue of events: claimed in leases, processed so many at once, released, and measured.
//!
//! In come the rows of events; out go subjects leased to this process. Nothing here opens a payload or calls anybody.

pub(crate) mod claim;
pub(crate) mod concurrency;
pub mod gauges;
pub(crate) mod internal_event;
pub(crate) mod leases;
pub(crate) mod maintenance;
pub mod readiness;
