//! HTTP in: hooks, dashboard, API, the sandbox's socket. Every URL is on this page, grouped by who calls it.

#![expect(dead_code, reason = "pages are drawn before their handlers come")]
#![cfg_attr(
    not(test),
    expect(unused_imports, reason = "pages are drawn before their handlers come")
)]

pub mod api;
mod assets;
pub mod auth;
pub mod error;
pub mod filter;
mod hooks;
mod pages;
mod partials;
pub mod sandbox;
pub mod search;
pub mod state;
mod words;

use actix_web::web::{Data, ServiceConfig, post, resource, scope, to};

use crate::web::state::State;

/// Every URL of a process that serves HTTP; for [`actix_web::App::configure`].
pub fn configure(config: &mut ServiceConfig, state: &State) {
    config
        .app_data(Data::new(state.clone()))
        .configure(for_shops)
        .configure(api::configure);
}

/// What FastSpring calls.
fn for_shops(config: &mut ServiceConfig) {
    config.service(
        scope("/hooks")
            .service(resource("/{token}").route(post().to(hooks::receive)))
            .default_service(to(hooks::unknown)),
    );
}
