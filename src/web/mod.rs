//! HTTP in: hooks, dashboard, API. Every URL is on this page, grouped by who calls it.

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
mod json_text;
mod keys;
mod license_names;
mod mend;
pub mod metrics;
mod names;
mod notices;
mod once;
mod pages;
mod partials;
mod query;
mod remembered;
pub mod search;
mod security;
mod sent;
pub mod server;
mod services;
pub mod serving;
pub mod state;
mod to_fix;
mod visitor;
mod wishes;
mod words;
mod wrong_method;

use actix_web::middleware::Compress;
use actix_web::web::{Data, ServiceConfig, resource, route, scope, to};
use actix_web::{FromRequest, Handler, Resource, Responder, guard};

use crate::web::pages::{
    account, activity, audit, customer, customers, event, event_acts, license, licenses, machines,
    no_page, overview, product, products, prove, setup, sign_in, sign_up, store, store_new,
    store_shop, to_fix as to_fix_page, tokens, wish,
};
use crate::web::remembered::PageCaches;
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
        .service(read("/healthz", health::alive))
        .service(read("/readyz", health::ready));
}

/// An address for reading: what GET answers, HEAD answers without the body.
fn read<F, Arguments>(path: &str, handler: F) -> Resource
where
    F: Handler<Arguments>,
    Arguments: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let is_read = guard::Any(guard::Get()).or(guard::Head());
    resource(path).route(route().guard(is_read).to(handler))
}

/// What FastSpring calls.
fn for_shops(config: &mut ServiceConfig) {
    config.service(
        scope("/hooks")
            .wrap(wrong_method::answered_with(hooks::wrong_method))
            .service(resource("/{token}").post(hooks::receive))
            .service(resource("/{token}/license").post(keys::give))
            .service(resource("/{token}/license/{product_path}").post(keys::give))
            .default_service(to(hooks::unknown)),
    );
}

/// What people look at. Takes every address that is nobody else's, so it comes last.
fn for_browsers(config: &mut ServiceConfig, state: &State) {
    config.service(
        scope("")
            .wrap(wrong_method::answered_with(no_page::wrong_method))
            .wrap(Compress::default())
            .wrap(security::headers(state))
            .app_data(Data::new(PageCaches::default()))
            .service(read("/static/{name}", assets::serve))
            .configure(for_strangers)
            .configure(for_daily_work)
            .configure(for_set_up)
            .default_service(to(no_page::not_found)),
    );
}

/// Coming and going.
fn for_strangers(config: &mut ServiceConfig) {
    config
        .service(read("/sign-in", sign_in::show).post(sign_in::send))
        .service(read("/sign-up", sign_up::show).post(sign_up::send))
        .service(read("/prove/{secret}", prove::show).post(prove::send))
        .service(resource("/sign-out").post(sign_in::sign_out))
        .service(resource("/company").post(sign_in::choose_company))
        .service(resource("/theme").post(sign_in::set_theme));
}

/// What came, what was made of it, what needs a person.
fn for_daily_work(config: &mut ServiceConfig) {
    config
        .service(read("/", overview::show))
        .service(read("/overview/live", overview::live))
        .service(read("/activity", activity::show))
        .service(read("/activity/live", activity::live))
        .service(resource("/activity/run-again").post(activity::run_many_again))
        .service(read("/activity/{event}", event::show))
        .service(read("/activity/{event}/live/head", event::live_head))
        .service(read("/activity/{event}/live/steps", event::live_steps))
        .service(resource("/activity/{event}/run-again").post(event_acts::send_again))
        .service(resource("/activity/{event}/set-aside").post(event_acts::set_aside))
        .service(resource("/activity/{event}/pick").post(event_acts::pick))
        .service(resource("/activity/{event}/keys").post(event_acts::show_keys))
        .service(resource("/activity/{event}/approve").post(event_acts::approve))
        .service(resource("/activity/{event}/drop").post(event_acts::drop))
        .service(read("/find", customers::find))
        .service(read("/customers", customers::show))
        .service(read("/customers/{customer}", customer::show))
        .service(read("/licenses", licenses::show))
        .service(read("/licenses/{license}", license::show))
        .service(read("/licenses/{license}/machines", machines::show))
        .service(resource("/licenses/{license}/more-days").post(wish::more_days))
        .service(resource("/licenses/{license}/lift").post(wish::lift))
        .service(read("/to-fix", to_fix_page::show))
        .service(resource("/to-fix/{problem}/approve").post(to_fix_page::approve))
        .service(resource("/to-fix/{problem}/drop").post(to_fix_page::drop));
}

/// What products give, where they are sold, where licenses are made.
fn for_set_up(config: &mut ServiceConfig) {
    config
        .service(read("/products", products::show))
        .service(read("/products/{store}", product::show).post(product::save))
        .service(resource("/products/{store}/never").post(product::never))
        .service(resource("/products/{store}/forget").post(product::forget))
        .service(read("/setup", setup::show))
        .service(resource("/setup/prove").post(prove::send_again))
        .service(read("/setup/who-did-what", audit::show))
        .service(read("/setup/tokens", tokens::show).post(tokens::create))
        .service(resource("/setup/tokens/{token}/revoke").post(tokens::revoke))
        .service(read("/setup/stores/new", store_new::new))
        .service(resource("/setup/stores").post(store_new::create))
        .service(read("/setup/stores/{store}", store::show))
        .service(resource("/setup/stores/{store}/mode").post(store::set_mode))
        .service(resource("/setup/stores/{store}/compare").post(store::compare))
        .service(read("/setup/stores/{store}/shop", store_shop::show).post(store_shop::save))
        .service(resource("/setup/stores/{store}/shop/check").post(store_shop::check_api))
        .service(resource("/setup/stores/{store}/shop/pretend").post(store_shop::pretend))
        .service(resource("/setup/stores/{store}/rules").post(store::set_rules))
        .service(resource("/setup/stores/{store}/rotate-secret").post(store::rotate_secret))
        .service(read("/setup/accounts/new", account::new))
        .service(resource("/setup/accounts").post(account::create))
        .service(read("/setup/accounts/{account}", account::show))
        .service(resource("/setup/accounts/{account}/check").post(account::check))
        .service(resource("/setup/accounts/{account}/token").post(account::replace_token));
}
