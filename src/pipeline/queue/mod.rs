//! The queue of events: claimed in leases, worked so many at once, given back, and measured.
//!
//! In come the rows of events; out go subjects leased to this process. Nothing here opens a payload or calls anybody.

pub mod claim;
pub mod concurrency;
pub mod gauges;
pub mod internal_event;
pub mod leases;
pub mod maintenance;
pub mod readiness;
