//! The real program as operators run it: stopped, refused, examined.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "support/addresses.rs"]
mod addresses;
#[path = "processes/audit.rs"]
mod audit;
#[path = "processes/canaries/mod.rs"]
mod canaries;
#[path = "processes/doctor.rs"]
mod doctor;
#[path = "processes/garbage.rs"]
mod garbage;
#[path = "support/postgres.rs"]
#[expect(dead_code, reason = "shared with the other suites")]
mod postgres;
#[path = "support/processes/mod.rs"]
#[expect(dead_code, reason = "shared with the reliability suite")]
mod processes;
#[path = "processes/rebinding.rs"]
mod rebinding;
#[path = "processes/refusals.rs"]
mod refusals;
#[path = "processes/roles.rs"]
mod roles;
#[path = "processes/sandboxes.rs"]
mod sandboxes;
#[path = "processes/servers.rs"]
mod servers;
#[path = "support/shop/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the other suites")]
mod shop;
#[path = "processes/stops.rs"]
mod stops;
#[path = "processes/traces.rs"]
mod traces;
