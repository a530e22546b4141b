//! A new store: its name, where its licenses are made, its starting set of rules.

use askama::Template;
use serde_json::json;

use crate::accounts::setup::storefronts::{self, ConnectStorefront};
use crate::accounts::setup::{FieldError, SetUpError, license_servers};
use crate::domain::id::LicenseServerId;
use crate::domain::kind::ServiceNames;
use crate::domain::kind::StorefrontKind;
use crate::domain::rules::Mode;
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::pages::failure::PageError;
use crate::web::pages::shell::{Area, Shell};
use crate::web::pages::store::href;
use crate::web::partials::{Choices, FieldChoice, FormField, Icon, PageNotice, Select};
use crate::web::query::Query;
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, forms, once, words};

/// The form for a new store.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/store_new.html")]
pub struct NewStore {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: FormField,
    /// Which Cryptlex account its licenses are made in.
    pub account: Select,
    /// The starting set of rules.
    pub preset: Choices,
    /// On, watch only, hold.
    pub mode: Choices,
    /// FastSpring's secret, when one exists; empty = one is made.
    pub webhook_secret: FormField,
}

/// `GET /setup/stores/new`.
pub async fn new(visitor: Visitor) -> Answer {
    let vendor = visitor.vendor().await?;
    // Licenses have to be made somewhere.
    if license_servers::list(&vendor).await?.is_empty() {
        return Ok(see("/setup/accounts/new"));
    }
    page(&form(&visitor, &Query::default(), &[]).await?)
}

/// `POST /setup/stores`: the store's page shows a secret that was made here once.
pub async fn create(sent: Sent) -> Answer {
    let visitor = &sent.visitor;
    let Ok(license_server_id) = sent.text("license_server_id").parse::<LicenseServerId>() else {
        let error = FieldError::new("license_server_id", "choose one of your accounts");
        return page_to_mend(&form(visitor, &sent.query(), &[error]).await?);
    };
    let new = ConnectStorefront {
        kind: StorefrontKind::Fastspring,
        name: sent.text("name").to_owned(),
        license_server_id,
        test_license_server_id: None,
        webhook_secret: sent.secret("webhook_secret"),
        fulfillment_key: None,
        api_username: None,
        api_password: None,
        mode: Mode::parse(sent.text("mode")).unwrap_or(Mode::Live),
        takeover_at: None,
        policy: Some(json!({ "preset": sent.text("preset") })),
    };
    match storefronts::create(&visitor.vendor().await?, new).await {
        Ok(created) => {
            let page = href(created.storefront.id);
            let once = match &created.generated_secret {
                Some(secret) => once::keep(visitor, &page, secret).await?,
                None => Query::default(),
            };
            Ok(see(&once.with("done", "store-made").at(&page)))
        }
        Err(SetUpError::Invalid(errors)) => {
            page_to_mend(&form(visitor, &sent.query(), &errors).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn form(
    visitor: &Visitor,
    filled: &Query,
    errors: &[FieldError],
) -> Result<NewStore, PageError> {
    const SHOWN: [&str; 3] = ["name", "license_server_id", "webhook_secret"];
    let text = |name: &str, usual: &str| filled.get(name).unwrap_or(usual).to_owned();
    let accounts = license_servers::list(&visitor.vendor().await?).await?;
    let services = ServiceNames::or(accounts.iter().map(|server| server.kind));
    let first = accounts.first().map(|server| server.id.to_string());
    let current = text("license_server_id", &first.unwrap_or_default());
    let choices = accounts
        .iter()
        .map(|server| FieldChoice::new(&server.id.to_string(), &server.name, "", &current))
        .collect();
    let mut shell = visitor.shell("Add a store", Area::Setup).await?;
    if let Some(sentence) = forms::other_errors(errors, &SHOWN) {
        shell.notice = Some(PageNotice::failed(sentence));
    }
    Ok(NewStore {
        shell,
        name: FormField::text("name", "Name")
            .hint("As you call it, for example its address at FastSpring.")
            .value(text("name", ""))
            .error(forms::error(errors, "name", "Name")),
        account: Select {
            error: forms::error(errors, "license_server_id", "Licenses are made in"),
            ..Select::plain("license_server_id", "Licenses are made in", choices)
        },
        preset: Choices {
            name: "preset",
            label: "Starting set of rules",
            choices: words::presets(&text("preset", "recommended")),
        },
        mode: Choices {
            name: "mode",
            label: "What Latchkey does",
            choices: words::modes(&text("mode", "live"), &services.to_string()),
        },
        webhook_secret: FormField::secret("webhook_secret", "Its HMAC SHA256 secret")
            .optional()
            .error(forms::error(errors, "webhook_secret", "Secret")),
    })
}
