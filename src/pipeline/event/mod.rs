//! One event in work: what it says, the settings it is worked by, what is known of its licenses, and how it is left.
//!
//! In comes a claimed row; out go its context, its state in memory and its outcome. Nothing here plans or sends.

pub mod adopt;
pub mod context;
pub mod effects;
pub mod in_flight;
pub mod license_row;
pub mod new_license;
pub mod next;
pub mod open;
pub mod outcome;
pub mod people;
pub mod prefetch;
pub mod retry;
pub mod state;
pub mod stop;
pub mod store_settings;
