//! Keys in the receipt: a shop asks for them while an order is being placed.
//!
//! The line, its keys and an internal event are recorded first; then the first license is made while the shop
//! waits, which proves token, product and template; then all keys are answered. The workers make the rest.

pub mod answer;
mod ask_shop;
mod give;
mod hand_out;
mod place;
pub mod record_licenses;
pub mod records;
mod register;
mod request;
