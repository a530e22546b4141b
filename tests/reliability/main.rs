//! The promises under load and failure: nothing acknowledged is lost, nothing is done twice.
//!
//! Each scenario has a short size, for every run of the tests, and a full one (`scripts/reliability --full`).
//! All end with the oracle, which compares what was acknowledged, stored and made, event by event.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod asking;
mod difference;
mod evidence;
mod history;
mod instrument;
mod leases;
mod oracle;
mod postbook;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/processes/mod.rs"]
#[expect(dead_code, reason = "shared with the suite of processes")]
mod processes;
mod questions;
mod schedule;
mod sender;
#[path = "../support/shop/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the other suites")]
mod shop;
mod size;
mod stage;
mod traffic;
mod verdict;
mod wire;
#[path = "../support/world/mod.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the other suites")]
mod world;

mod budget;
mod clocks;
mod crowd;
mod database_kills;
mod day_away;
mod deliveries;
mod disk_full;
mod fairness;
mod flood;
mod forgeries;
mod kills;
mod lies;
mod lost_answers;
mod outages;
mod plans;
mod poison;
mod quantities;
mod replicas;
mod resends;
mod restarts;
mod strangers;
mod way_back;
