//! The pages of the dashboard: one file each, what a page shows and how it comes about.

pub mod account;
pub mod activity;
pub mod audit;
pub mod customer;
pub mod customers;
pub mod error;
pub mod event;
pub mod event_acts;
mod event_calls;
pub mod event_found;
pub mod event_head;
pub mod event_keys;
pub mod event_outcome;
pub mod event_story;
pub mod event_ways;
pub mod failure;
pub mod license;
pub mod licenses;
pub mod machines;
pub mod no_page;
pub mod overview;
pub mod overview_headline;
pub mod overview_numbers;
pub mod overview_standing;
pub mod own_password;
pub mod product;
pub mod product_fields;
pub mod product_form;
pub mod products;
pub mod prove;
pub mod setup;
pub mod shell;
pub mod sign_in;
pub mod sign_up;
pub mod store;
pub mod store_new;
pub mod store_shop;
pub mod store_shop_fields;
pub mod store_words;
pub mod to_fix;
pub mod tokens;
pub mod wish;

#[cfg(test)]
mod preview;
