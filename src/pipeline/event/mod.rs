//! One event: what it says, the settings that apply, what is known of its licenses, and its outcome.
//!
//! In comes a claimed row; out go its context, its state in memory and its outcome. Nothing here plans or sends.

pub(crate) mod adopt;
pub(crate) mod context;
pub(crate) mod effects;
pub(crate) mod in_flight;
pub(crate) mod license_row;
pub(crate) mod new_license;
pub(crate) mod next;
pub(crate) mod open;
pub(crate) mod outcome;
pub(crate) mod people;
pub(crate) mod prefetch;
pub mod retry;
pub(crate) mod state;
pub(crate) mod stop;
pub(crate) mod store_settings;
