//! The pages of the dashboard: one file each, what a page shows and how it comes about.

pub mod account;
pub mod activity;
pub mod error;
pub mod event;
pub mod license;
pub mod licenses;
pub mod overview;
pub mod overview_headline;
pub mod product;
pub mod products;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod store;
pub mod to_fix;

#[cfg(test)]
mod preview;
