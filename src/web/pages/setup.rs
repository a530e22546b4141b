//! Setup: the Cryptlex accounts and the stores, and what is still missing.

use askama::Template;

use crate::domain::kind::ServiceNames;
use crate::domain::rules::Mode;
use crate::store::license_servers::{LicenseServer, ServerState};
use crate::store::storefronts::Storefront;
use crate::store::{StoreError, license_servers, mappings, storefronts};
use crate::web::answer::{Answer, page};
use crate::web::assets;
use crate::web::pages::shell::{Area, Shell};
use crate::web::partials::{Badge, Icon, Moment, Tone, Way};
use crate::web::visitor::Visitor;

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/setup.html")]
pub struct Setup {
    /// The frame.
    pub shell: Shell,
    /// Has the link sent that proves the person's address; `None` once it is proved.
    pub proof: Option<Way>,
    /// The steps from nothing to the first license; empty when all are done.
    pub steps: Vec<SetupStep>,
    /// The license servers where accounts are, or can be.
    pub services: ServiceNames,
    /// The accounts there.
    pub accounts: Vec<SetupRow>,
    /// The stores.
    pub stores: Vec<SetupRow>,
}

/// One step of the set-up.
#[derive(Debug, Clone)]
pub struct SetupStep {
    /// Whether it is done.
    pub is_done: bool,
    /// What it is.
    pub title: String,
    /// What it is for, or what is known of it.
    pub text: String,
    /// Does it; `None` when it is done or its turn has not come.
    pub way: Option<Way>,
}

/// A store or an account.
#[derive(Debug, Clone)]
pub struct SetupRow {
    /// Its name.
    pub name: String,
    /// Its address, or which account it uses.
    pub detail: String,
    /// Whether it works.
    pub state: Badge,
    /// When it was last checked or heard of; `None` when never.
    pub last: Option<Moment>,
    /// Its page.
    pub href: String,
}

/// `GET /setup`.
pub async fn show(visitor: Visitor) -> Answer {
    let (tenant, now) = (visitor.tenant, visitor.now);
    let (accounts, stores, has_products) = visitor
        .read(move |db| {
            let stores = storefronts::list(db, tenant)?;
            let mut has_products = false;
            for store in &stores {
                has_products |= !mappings::list(db, tenant, store.id)?.is_empty();
            }
            Ok::<_, StoreError>((license_servers::list(db, tenant)?, stores, has_products))
        })
        .await?;
    page(&Setup {
        shell: visitor.shell("Setup", Area::Setup).await?,
        proof: (!visitor.session.is_proved).then(|| {
            let csrf = &visitor.session.csrf_token;
            Way::post("Send the link again", "/setup/prove", csrf)
        }),
        steps: steps(&accounts, &stores, has_products),
        services: services(&accounts),
        accounts: accounts
            .iter()
            .map(|server| SetupRow {
                name: server.name.clone(),
                detail: server.base_url.clone(),
                state: account_state(server),
                last: server.checked_at.map(|at| Moment::relative(at, now)),
                href: format!("/setup/accounts/{}", server.id),
            })
            .collect(),
        stores: stores
            .iter()
            .map(|store| SetupRow {
                name: store.name.clone(),
                detail: accounts
                    .iter()
                    .find(|server| server.id == store.license_server_id)
                    .map_or_else(String::new, |server| format!("licenses in {}", server.name)),
                state: store_state(store),
                last: store.last_event_at.map(|at| Moment::relative(at, now)),
                href: format!("/setup/stores/{}", store.id),
            })
            .collect(),
    })
}

/// Whether an account works.
pub fn account_state(server: &LicenseServer) -> Badge {
    match server.state {
        ServerState::Ok if server.missing_scopes.is_empty() => {
            Badge::new(Tone::Good, "Token works")
        }
        ServerState::Ok => Badge::new(Tone::Act, "Token may not do everything"),
        ServerState::Unauthorized => Badge::new(Tone::Bad, "Token refused"),
        ServerState::Unreachable => Badge::new(Tone::Wait, "Does not answer"),
        ServerState::Unchecked => Badge::new(Tone::Quiet, "Not checked yet"),
    }
}

/// Whether a store is on.
pub fn store_state(store: &Storefront) -> Badge {
    match (store.mode, store.last_event_at) {
        (Mode::Shadow, _) => Badge::new(Tone::Quiet, "Watch only"),
        (Mode::Paused, _) => Badge::new(Tone::Wait, "Hold"),
        (Mode::Live, None) => Badge::new(Tone::Wait, "On, waiting for the first call"),
        (Mode::Live, Some(_)) => Badge::new(Tone::Good, "On"),
    }
}

fn services(accounts: &[LicenseServer]) -> ServiceNames {
    ServiceNames::and(accounts.iter().map(|server| server.kind))
}

/// The way from nothing to the first license; empty when it has been gone.
fn steps(accounts: &[LicenseServer], stores: &[Storefront], has_products: bool) -> Vec<SetupStep> {
    let (has_account, addable) = (!accounts.is_empty(), ServiceNames::addable());
    let first_store = stores.first();
    let has_heard = stores.iter().any(|store| store.last_event_at.is_some());
    if has_account && has_heard && has_products {
        return Vec::new();
    }
    let step = |is_done, title: &str, text: &str, way: Option<Way>| SetupStep {
        is_done,
        title: title.to_owned(),
        text: text.to_owned(),
        way: way.filter(|_| !is_done),
    };
    vec![
        step(
            has_account,
            &format!("{} account", services(accounts)),
            "Latchkey makes licenses there, with an access token of yours.",
            Some(Way::link(format!("Add your {addable} account"), "/setup/accounts/new").primary()),
        ),
        step(
            first_store.is_some(),
            "Store",
            "Gives you an address and a secret to paste at FastSpring.",
            has_account.then(|| Way::link("Add your store", "/setup/stores/new").primary()),
        ),
        step(
            has_heard,
            "First call",
            "Place a test order in your store; no card is charged. It appears under Activity by itself. No time now? The store's page “FastSpring's API and test orders” sends a pretend order.",
            first_store.map(|store| {
                Way::link(
                    "How to set up the webhook",
                    format!("/setup/stores/{}", store.id),
                )
                .primary()
            }),
        ),
        step(
            has_products,
            "Products",
            "Say which license each product gives, unless its attributes at FastSpring say so already.",
            first_store.map(|_| Way::link("What each product gives", "/products")),
        ),
    ]
}
