//! The real program as operators run it: killed, stopped, doubled, refused, examined.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "processes/doctor.rs"]
mod doctor;
#[path = "processes/kills.rs"]
mod kills;
#[path = "processes/license_server.rs"]
mod license_server;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "processes/program.rs"]
mod program;
#[path = "processes/refusals.rs"]
mod refusals;
#[path = "processes/replicas.rs"]
mod replicas;
#[path = "processes/shop.rs"]
mod shop;
#[path = "processes/stops.rs"]
mod stops;
#[path = "processes/vendor.rs"]
mod vendor;
