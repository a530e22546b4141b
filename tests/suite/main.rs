//! Everything through the front door: webhooks, API calls and page views in, calls at a license server out.
//!
//! Each test runs on SQLite and on PostgreSQL, in a world of its own whose time moves only when told to.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "shared with the other suites")]
mod postgres;
#[path = "../support/shop/mod.rs"]
#[expect(dead_code, reason = "shared with the other suites")]
mod shop;
#[path = "../support/world/mod.rs"]
mod world;

/// Makes two tests of each function, one per database; `in` names a function that says how their worlds differ.
macro_rules! on_both {
    (in $options:ident: $($test:ident),+ $(,)?) => {
        mod on_sqlite {
            use crate::world::{Backend, World};

            $(
                #[tokio::test]
                async fn $test() {
                    let world = World::with(Backend::Sqlite, super::$options()).await;
                    let world = world.expect("SQLite is always there");
                    super::$test(&world).await;
                    world.finish().await;
                }
            )+
        }

        mod on_postgres {
            use crate::world::{Backend, World};

            $(
                #[tokio::test]
                async fn $test() {
                    let Some(world) = World::with(Backend::Postgres, super::$options()).await else {
                        return;
                    };
                    super::$test(&world).await;
                    world.finish().await;
                }
            )+
        }
    };
    ($($test:ident),+ $(,)?) => {
        use crate::world::usual_options;

        on_both! { in usual_options: $($test),+ }
    };
}

mod account_address;
mod account_health;
mod accounts;
mod addresses;
mod api;
mod attributes;
mod audit;
mod audit_chain;
mod brake;
mod budget;
mod buyers;
mod by_hand;
mod calls;
mod catalog;
mod confirmations;
mod consent;
mod cookies;
mod customers;
mod empty_ids;
mod endings;
mod every_route;
mod faults;
mod fixtures;
mod fulfillment;
mod groups;
mod held;
mod hooks;
mod hooks_on_the_wire;
mod key_delivery;
mod left_out;
mod licensespring;
mod limits;
mod lives;
mod long_work;
mod masked;
mod measures;
mod newer;
mod odd_texts;
mod orderings;
mod orders;
mod orders_of_others;
mod pages;
mod payments;
mod plans;
mod presets;
mod proofs;
mod proxies;
mod quantity;
mod quantity_great;
mod read_back;
mod reasons;
mod receipt_orders;
mod receipt_refusals;
mod receipt_shop_api;
mod redirects;
mod reloads;
mod returns;
mod sealing;
mod shares;
mod shop_api;
mod shop_details;
mod shop_gaps;
mod shop_keys;
mod simulate;
mod situations;
mod spelled;
mod stats;
mod still;
mod stories;
mod suspended;
mod takeover;
mod terms;
mod throttles;
mod tokens;
mod unreadable;
mod ways_out;
mod wishes;
