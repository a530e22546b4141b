//! The JSON API: every URL on this page.

mod audit;
mod catalog;
mod catalog_check;
mod check_api;
mod consent;
mod customers;
mod deliveries;
mod docs;
mod docs_schemas;
mod event_view;
mod events;
mod evidence;
mod extract;
mod fields;
mod jobs;
mod license_history;
mod license_servers;
mod license_view;
mod licenses;
mod limit;
mod listing;
mod long_work;
mod mappings;
mod me;
mod openapi;
mod orders;
mod plan;
mod problems;
mod products;
mod reason;
mod rotate_secret;
mod run_again;
mod schema;
mod secret;
mod simulate;
mod stats;
mod storefront_view;
mod storefronts;
mod timeline;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{ServiceConfig, scope, to};

use crate::web::error::Problem;
use crate::web::security;
use crate::web::state::State;

/// Everything below `/api`.
pub fn configure(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("/api")
            .wrap(Compress::default())
            .wrap(security::headers(state).add((CACHE_CONTROL, "no-store")))
            .service(openapi::serve)
            .service(docs::show)
            .service(
                scope("/v1")
                    .wrap(from_fn(limit::tell))
                    .configure(for_set_up)
                    .configure(for_events)
                    .configure(for_licenses)
                    .default_service(to(unknown)),
            )
            .default_service(to(unknown)),
    );
}

/// What a vendor sets up.
fn for_set_up(config: &mut ServiceConfig) {
    config
        .service(me::show)
        .service(audit::list)
        .service(license_servers::create)
        .service(license_servers::list)
        .service(license_servers::show)
        .service(license_servers::change)
        .service(license_servers::remove)
        .service(license_servers::check)
        .service(catalog::products)
        .service(catalog::templates)
        .service(catalog::entitlement_sets)
        .service(catalog::features)
        .service(storefronts::create)
        .service(storefronts::list)
        .service(storefronts::show)
        .service(storefronts::change)
        .service(storefronts::remove)
        .service(rotate_secret::rotate_secret)
        .service(check_api::check_api)
        .service(simulate::simulate)
        .service(products::list)
        .service(mappings::list)
        .service(mappings::put)
        .service(mappings::remove)
        .service(catalog_check::check)
        .service(plan::show);
}

/// What the shop sent, and what came of it.
fn for_events(config: &mut ServiceConfig) {
    config
        .service(events::list)
        .service(run_again::replay_many)
        .service(events::show)
        .service(run_again::replay)
        .service(run_again::discard)
        .service(run_again::link)
        .service(consent::approve_event)
        .service(consent::drop_event)
        .service(problems::list)
        .service(consent::approve_problem)
        .service(consent::drop_problem)
        .service(deliveries::list)
        .service(jobs::show)
        .service(long_work::reconcile)
        .service(long_work::follow_dates)
        .service(long_work::take_over)
        .service(long_work::takeovers)
        .service(stats::show);
}

/// What was made of it.
fn for_licenses(config: &mut ServiceConfig) {
    config
        .service(licenses::list)
        .service(licenses::show)
        .service(licenses::show_key)
        .service(license_history::history)
        .service(orders::show_licenses)
        .service(customers::list)
        .service(customers::show);
}

async fn unknown() -> Result<&'static str, Problem> {
    Err(Problem::not_found())
}
