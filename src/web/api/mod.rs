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
use actix_web::web::{ServiceConfig, resource, scope, to};
use actix_web::{HttpResponse, ResponseError as _};

use crate::web::error::Problem;
use crate::web::state::State;
use crate::web::{read, security, wrong_method};

/// Everything below `/api`.
pub fn configure(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("/api")
            .wrap(wrong_method::answered_with(refuse_method))
            .wrap(Compress::default())
            .wrap(security::headers(state).add((CACHE_CONTROL, "no-store")))
            .service(read("/openapi.json", openapi::serve))
            .service(read("/docs", docs::show))
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
        .service(resource("/me").get(me::show))
        .service(resource("/audit").get(audit::list))
        .service(
            resource("/license-servers")
                .post(license_servers::create)
                .get(license_servers::list),
        )
        .service(
            resource("/license-servers/{id}")
                .get(license_servers::show)
                .patch(license_servers::change)
                .delete(license_servers::remove),
        )
        .service(resource("/license-servers/{id}/check").post(license_servers::check))
        .service(resource("/license-servers/{id}/products").get(catalog::products))
        .service(resource("/license-servers/{id}/templates").get(catalog::templates))
        .service(resource("/license-servers/{id}/entitlement-sets").get(catalog::entitlement_sets))
        .service(resource("/license-servers/{id}/features").get(catalog::features))
        .service(
            resource("/storefronts")
                .post(storefronts::create)
                .get(storefronts::list),
        )
        .service(
            resource("/storefronts/{id}")
                .get(storefronts::show)
                .patch(storefronts::change)
                .delete(storefronts::remove),
        )
        .service(resource("/storefronts/{id}/rotate-secret").post(rotate_secret::rotate_secret))
        .service(resource("/storefronts/{id}/check-api").post(check_api::check_api))
        .service(resource("/storefronts/{id}/simulate").post(simulate::simulate))
        .service(resource("/storefronts/{id}/products").get(products::list))
        .service(resource("/storefronts/{id}/mappings").get(mappings::list))
        .service(
            resource("/storefronts/{id}/mappings/{product_path}")
                .put(mappings::put)
                .delete(mappings::remove),
        )
        .service(resource("/storefronts/{id}/catalog-check").get(catalog_check::check))
        .service(resource("/storefronts/{id}/plan").post(plan::show));
}

/// What the shop sent, and what came of it.
fn for_events(config: &mut ServiceConfig) {
    config
        .service(resource("/events").get(events::list))
        .service(resource("/events/replay").post(run_again::replay_many))
        .service(resource("/events/{id}").get(events::show))
        .service(resource("/events/{id}/replay").post(run_again::replay))
        .service(resource("/events/{id}/discard").post(run_again::discard))
        .service(resource("/events/{id}/link").post(run_again::link))
        .service(resource("/events/{id}/approve").post(consent::approve_event))
        .service(resource("/events/{id}/drop").post(consent::drop_event))
        .service(resource("/problems").get(problems::list))
        .service(resource("/problems/{id}/approve").post(consent::approve_problem))
        .service(resource("/problems/{id}/drop").post(consent::drop_problem))
        .service(resource("/deliveries").get(deliveries::list))
        .service(resource("/jobs/{id}").get(jobs::show))
        .service(resource("/reconciliations").post(long_work::reconcile))
        .service(resource("/interval-migrations").post(long_work::follow_dates))
        .service(
            resource("/takeovers")
                .post(long_work::take_over)
                .get(long_work::takeovers),
        )
        .service(resource("/stats").get(stats::show));
}

/// What was made of it.
fn for_licenses(config: &mut ServiceConfig) {
    config
        .service(resource("/licenses").get(licenses::list))
        .service(resource("/licenses/{id}").get(licenses::show))
        .service(resource("/licenses/{id}/key").get(licenses::show_key))
        .service(resource("/licenses/{id}/history").get(license_history::history))
        .service(resource("/orders/{id}/licenses").get(orders::show_licenses))
        .service(resource("/customers").get(customers::list))
        .service(resource("/customers/{id}").get(customers::show));
}

fn refuse_method() -> HttpResponse {
    Problem::wrong_method().error_response()
}

async fn unknown() -> Result<&'static str, Problem> {
    Err(Problem::not_found())
}
