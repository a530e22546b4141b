//! HTTP in: hooks, dashboard, API, the sandbox's socket. Every URL is on this page, grouped by who calls it.

mod activity_filter;
mod actor_names;
mod answer;
pub mod api;
mod asked;
mod assets;
pub mod auth;
mod bodies;
mod body;
mod budget_use;
mod buyer;
mod catalog;
mod change_words;
pub mod client_address;
mod connection;
mod connections;
mod cookies;
pub mod error;
mod event_words;
pub mod filter;
mod findings;
mod forms;
mod health;
mod hooks;
mod keys;
mod kinds;
mod mend;
pub mod metrics;
mod names;
mod notices;
mod pages;
mod partials;
mod query;
mod remembered;
pub mod sandbox;
pub mod search;
mod security;
mod sent;
pub mod server;
pub mod serving;
pub mod state;
mod to_fix;
mod visitor;
mod waits;
mod wishes;
mod words;

use actix_web::middleware::Compress;
use actix_web::web::{Data, ServiceConfig, post, resource, route, scope, to};
use actix_web::{Route, guard};

use crate::web::pages::{
    account, activity, audit, customer, customers, error as error_page, event, event_acts, license,
    licenses, machines, overview, product, products, prove, setup, sign_in, sign_up, store,
    store_new, store_shop, to_fix as to_fix_page, tokens, wish,
};
use crate::web::remembered::Remembered;
use crate::web::state::State;

/// Every URL of a process that serves HTTP; for [`actix_web::App::configure`].
pub fn configure(config: &mut ServiceConfig, state: &State) {
    config
        .configure(|config| configure_probes(config, state))
        .configure(for_shops)
        .configure(|config| api::configure(config, state))
        .configure(|config| for_browsers(config, state));
}

/// The URLs of a process that only works on events: what probes ask.
pub fn configure_probes(config: &mut ServiceConfig, state: &State) {
    config
        .app_data(Data::new(state.clone()))
        .route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready));
}

/// For reading: what GET answers, HEAD answers without the body.
fn get() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// What FastSpring calls.
fn for_shops(config: &mut ServiceConfig) {
    config.service(
        scope("/hooks")
            .service(resource("/{token}").route(post().to(hooks::receive)))
            .service(resource("/{token}/license").route(post().to(keys::give)))
            .service(resource("/{token}/license/{product_path}").route(post().to(keys::give)))
            .default_service(to(hooks::unknown)),
    );
}

/// What people look at. Takes every address that is nobody else's, so it comes last.
fn for_browsers(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("")
            .wrap(Compress::default())
            .wrap(security::headers(state))
            .app_data(Data::new(Remembered::default()))
            .route("/static/{name}", get().to(assets::serve))
            .configure(for_strangers)
            .configure(for_daily_work)
            .configure(for_set_up)
            .default_service(to(error_page::not_found)),
    );
}

/// Coming and going.
fn for_strangers(config: &mut ServiceConfig) {
    config
        .route("/sign-in", get().to(sign_in::show))
        .route("/sign-in", post().to(sign_in::send))
        .route("/sign-up", get().to(sign_up::show))
        .route("/sign-up", post().to(sign_up::send))
        .route("/prove/{secret}", get().to(prove::show))
        .route("/prove/{secret}", post().to(prove::send))
        .route("/sign-out", post().to(sign_in::sign_out))
        .route("/company", post().to(sign_in::choose_company))
        .route("/theme", post().to(sign_in::set_theme));
}

/// What came, what was made of it, what needs a person.
fn for_daily_work(config: &mut ServiceConfig) {
    config
        .route("/", get().to(overview::show))
        .route("/overview/live", get().to(overview::live))
        .route("/activity", get().to(activity::show))
        .route("/activity/live", get().to(activity::live))
        .route("/activity/run-again", post().to(activity::run_many_again))
        .route("/activity/{event}", get().to(event::show))
        .route("/activity/{event}/live/head", get().to(event::live_head))
        .route("/activity/{event}/live/steps", get().to(event::live_steps))
        .route(
            "/activity/{event}/run-again",
            post().to(event_acts::send_again),
        )
        .route(
            "/activity/{event}/set-aside",
            post().to(event_acts::set_aside),
        )
        .route("/activity/{event}/pick", post().to(event_acts::pick))
        .route("/activity/{event}/keys", post().to(event_acts::show_keys))
        .route("/activity/{event}/approve", post().to(event_acts::approve))
        .route("/activity/{event}/drop", post().to(event_acts::drop))
        .route("/find", get().to(customers::find))
        .route("/customers", get().to(customers::show))
        .route("/customers/{customer}", get().to(customer::show))
        .route("/licenses", get().to(licenses::show))
        .route("/licenses/{license}", get().to(license::show))
        .route("/licenses/{license}/machines", get().to(machines::show))
        .route("/licenses/{license}/more-days", post().to(wish::more_days))
        .route("/licenses/{license}/lift", post().to(wish::lift))
        .route("/to-fix", get().to(to_fix_page::show))
        .route("/to-fix/{problem}/approve", post().to(to_fix_page::approve))
        .route("/to-fix/{problem}/drop", post().to(to_fix_page::drop));
}

/// What products give, where they are sold, where licenses are made.
fn for_set_up(config: &mut ServiceConfig) {
    config
        .route("/products", get().to(products::show))
        .route("/products/{store}", get().to(product::show))
        .route("/products/{store}", post().to(product::save))
        .route("/products/{store}/never", post().to(product::never))
        .route("/products/{store}/forget", post().to(product::forget))
        .route("/setup", get().to(setup::show))
        .route("/setup/prove", post().to(prove::send_again))
        .route("/setup/who-did-what", get().to(audit::show))
        .route("/setup/tokens", get().to(tokens::show))
        .route("/setup/tokens", post().to(tokens::create))
        .route("/setup/tokens/{token}/revoke", post().to(tokens::revoke))
        .route("/setup/stores/new", get().to(store_new::new))
        .route("/setup/stores", post().to(store_new::create))
        .route("/setup/stores/{store}", get().to(store::show))
        .route("/setup/stores/{store}/mode", post().to(store::set_mode))
        .route("/setup/stores/{store}/compare", post().to(store::compare))
        .route("/setup/stores/{store}/shop", get().to(store_shop::show))
        .route("/setup/stores/{store}/shop", post().to(store_shop::save))
        .route(
            "/setup/stores/{store}/shop/check",
            post().to(store_shop::check_api),
        )
        .route(
            "/setup/stores/{store}/shop/pretend",
            post().to(store_shop::pretend),
        )
        .route("/setup/stores/{store}/rules", post().to(store::set_rules))
        .route(
            "/setup/stores/{store}/rotate-secret",
            post().to(store::rotate_secret),
        )
        .route("/setup/accounts/new", get().to(account::new))
        .route("/setup/accounts", post().to(account::create))
        .route("/setup/accounts/{account}", get().to(account::show))
        .route("/setup/accounts/{account}/check", post().to(account::check))
        .route(
            "/setup/accounts/{account}/token",
            post().to(account::replace_token),
        );
}
