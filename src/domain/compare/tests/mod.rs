//! Situations in, plans out; and lives of subscriptions played against a model of a license server.

mod lives;
mod orders;
pub mod shop;
pub mod world;
