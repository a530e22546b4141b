//! Situations in, plans out; and lives of subscriptions played against a model of a license server.

mod consent;
mod histories;
mod life;
mod lives;
mod model;
mod natively;
mod natively_in_any_order;
mod orders;
mod parts;
mod quantities;
mod renewals;
mod returns;
pub(crate) mod shop;
mod subscriptions;
pub(crate) mod world;
