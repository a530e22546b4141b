//! One store: its webhook, whether it is on, and its rules.

use actix_web::web::Path;
use askama::Template;
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::accounts::setup::storefront_secrets::{self, OVERLAP_HOURS, hook_token};
use crate::accounts::setup::storefronts::{self, StorefrontEdit, policy_of};
use crate::accounts::setup::{FieldError, SetUpError, license_servers};
use crate::domain::effect::EventState;
use crate::domain::id::{JobId, StorefrontId};
use crate::domain::reason::ReasonCode;
use crate::domain::rules::Mode;
use crate::pipeline::jobs::{self, Listed, Request, TakeoverProgress};
use crate::store::events::{self, EventFilter};
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::once::{self, Once};
use crate::web::pages::failure::PageError;
use crate::web::pages::own_password;
use crate::web::pages::shell::{Area, Shell};
use crate::web::pages::store_words::{RuleText, preset_name, rules, standing};
use crate::web::partials::{Choices, CopyField, FormField, Headline, Icon, Moment, Way};
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, forms, words};

/// A store's page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/store.html")]
pub struct StorePage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub title: String,
    /// Whether it works.
    pub standing: Headline,
    /// Its URL, what its forms post to below.
    pub href: String,
    /// The address to paste at FastSpring.
    pub webhook_url: CopyField,
    /// The secret, shown once after it was made.
    pub new_secret: Option<CopyField>,
    /// Until when a secret of before is still accepted.
    pub previous_until: Option<Moment>,
    /// The license server that they are made at.
    pub service: &'static str,
    /// The account its licenses are made in, and its page.
    pub account: (String, String),
    /// On, watch only, hold.
    pub mode: Choices,
    /// The starting set of rules.
    pub preset: Choices,
    /// What a change of the rules means for the licenses that are there.
    pub rules_note: String,
    /// Every rule in words.
    pub rules: Vec<RuleText>,
    /// FastSpring's secret, when it is to be theirs; empty = one is made.
    pub webhook_secret: FormField,
    /// The person's password, asked before a secret is changed.
    pub password: FormField,
    /// Where to see its calls and products.
    pub ways: Vec<Way>,
    /// What another system made, beside what Latchkey would have made.
    pub takeover: TakeoverReport,
}

/// The latest comparison with another system's licenses.
#[derive(Debug, Clone, Default)]
pub struct TakeoverReport {
    /// What it found, or how far it is; empty before the first.
    pub text: String,
    /// What differs, one sentence each.
    pub differences: Vec<String>,
}

/// `GET /setup/stores/{store}`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let shown = Shown {
        once: once::take(&visitor, &href(id)).await?,
        ..Shown::default()
    };
    page(&store(&visitor, id, shown).await?)
}

/// `POST /setup/stores/{store}/mode`.
pub async fn set_mode(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let mode = Mode::parse(sent.text("mode")).ok_or_else(PageError::not_found)?;
    let vendor = sent.visitor.vendor().await?;
    let before = storefronts::get(&vendor, id).await?.mode;
    let edit = StorefrontEdit {
        mode: Some(mode),
        ..StorefrontEdit::default()
    };
    storefronts::change(&vendor, id, edit).await?;
    sent.visitor.state.storefront_changed();
    let done = if before == Mode::Paused && mode != Mode::Paused {
        "resumed"
    } else {
        "mode-set"
    };
    Ok(see(&format!("/setup/stores/{id}?done={done}")))
}

/// `POST /setup/stores/{store}/compare`: looks up what another system made; changes nothing there.
pub async fn compare(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let vendor = sent.visitor.vendor().await?;
    storefronts::get(&vendor, id).await?;
    let state = &sent.visitor.state;
    let job = JobId::from_uuid(state.clock.id());
    let request = Request::Takeover { storefront_id: id };
    jobs::enqueue(&state.store, vendor.author(), job, request).await?;
    Ok(see(&format!("/setup/stores/{id}?done=compare")))
}

/// `POST /setup/stores/{store}/rules`: a starting set, whole.
pub async fn set_rules(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let edit = StorefrontEdit {
        policy: Some(json!({ "preset": sent.text("preset") })),
        ..StorefrontEdit::default()
    };
    let vendor = sent.visitor.vendor().await?;
    match storefronts::change(&vendor, id, edit).await {
        Ok(_) => Ok(see(&format!("/setup/stores/{id}?done=rules-set"))),
        Err(SetUpError::Invalid(errors)) => {
            let shown = Shown {
                errors,
                ..Shown::default()
            };
            page_to_mend(&store(&sent.visitor, id, shown).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /setup/stores/{store}/rotate-secret`: the store's page shows the new secret once.
pub async fn rotate_secret(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    if let Some(error) = own_password::refusal(&sent).await? {
        let shown = Shown {
            password_error: Some(error),
            ..Shown::default()
        };
        return page_to_mend(&store(&sent.visitor, id, shown).await?);
    }
    let given = sent.secret("webhook_secret");
    let vendor = sent.visitor.vendor().await?;
    match storefront_secrets::rotate(&vendor, id, given, OVERLAP_HOURS).await {
        Ok(secret) => {
            sent.visitor.state.storefront_changed();
            let page = href(id);
            let once = once::keep(&sent.visitor, &page, &secret).await?;
            Ok(see(&once.with("done", "secret-made").at(&page)))
        }
        Err(SetUpError::Invalid(errors)) => {
            let shown = Shown {
                errors,
                ..Shown::default()
            };
            page_to_mend(&store(&sent.visitor, id, shown).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a store's page shows beside the store.
#[derive(Default)]
struct Shown {
    /// A secret that was made just now.
    once: Once,
    /// What is wrong with a form.
    errors: Vec<FieldError>,
    /// What is wrong with the person's password.
    password_error: Option<String>,
}

async fn store(visitor: &Visitor, id: StorefrontId, shown: Shown) -> Result<StorePage, PageError> {
    let vendor = visitor.vendor().await?;
    let store = storefronts::get(&vendor, id).await?;
    let account = license_servers::get(&vendor, store.license_server_id).await?;
    let policy = policy_of(&store)?;
    let token = hook_token(&vendor, &store)?;
    let webhook_url = format!(
        "{}/hooks/{}",
        visitor.state.public_url,
        token.expose_secret()
    );
    let mut shell = visitor.shell(store.name.clone(), Area::Setup).await?;
    shell.notice = shown.once.notice().or(shell.notice);
    let copy = |label: &str, text: String| CopyField {
        label: label.to_owned(),
        text,
    };
    Ok(StorePage {
        shell,
        title: store.name.clone(),
        standing: standing(visitor, &store).await?,
        href: href(id),
        webhook_url: copy("Webhook address", webhook_url),
        new_secret: shown
            .once
            .shown()
            .map(|secret| copy("Secret", secret.to_owned())),
        previous_until: storefront_secrets::believed_until(&vendor, &store)
            .await?
            .map(Moment::point),
        service: account.kind.name(),
        account: (account.name, format!("/setup/accounts/{}", account.id)),
        mode: Choices {
            name: "mode",
            label: "What Latchkey does",
            choices: words::modes(store.mode.as_str(), account.kind.name()),
        },
        preset: Choices {
            name: "preset",
            label: "Starting set of rules",
            choices: words::presets(preset_name(&policy)),
        },
        rules_note: words::rules_note(storefronts::count_licenses(&vendor, id).await?),
        rules: rules(&policy, account.kind),
        webhook_secret: FormField::secret("webhook_secret", "Secret")
            .optional()
            .hint("Empty: a good one is made for you.")
            .error(forms::error(&shown.errors, "webhook_secret", "Secret")),
        password: FormField::own_password().error(shown.password_error),
        ways: ways(visitor, id, store.mode).await?,
        takeover: takeover(visitor, id).await?,
    })
}

/// Its lists; once it is on, what was only watched can be run.
async fn ways(visitor: &Visitor, id: StorefrontId, mode: Mode) -> Result<Vec<Way>, PageError> {
    let mut ways = vec![
        Way::link("Its activity", format!("/activity?store={id}")),
        Way::link("Its products", format!("/products?store={id}")),
        Way::link(
            "FastSpring's API and test orders",
            format!("/setup/stores/{id}/shop"),
        ),
    ];
    let watched = EventFilter {
        storefront_id: Some(id),
        states: vec![EventState::Ignored],
        reason_code: Some(ReasonCode::ShadowMode),
        ..EventFilter::default()
    };
    let tenant = visitor.tenant;
    let count = visitor
        .read(move |db| events::count(db, tenant, &watched))
        .await?;
    if mode == Mode::Live && count > 0 {
        let again = Way::post(
            format!("Run what was only watched ({count})"),
            "/activity/run-again",
            &visitor.session.csrf_token,
        );
        ways.push(
            again
                .with("reason", ReasonCode::ShadowMode.as_str())
                .with("store", id.to_string()),
        );
    }
    Ok(ways)
}

async fn takeover(visitor: &Visitor, id: StorefrontId) -> Result<TakeoverReport, PageError> {
    let kind = Request::Takeover { storefront_id: id }.kind();
    let Some(job) = jobs::latest(&visitor.state.store, visitor.tenant, kind, id).await? else {
        return Ok(TakeoverReport::default());
    };
    // What another version wrote is not told here; the API shows it as it is.
    let found: Option<TakeoverProgress> = job
        .result
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(match found {
        None => TakeoverReport {
            text: format!("Comparing: {} of {} purchases so far.", job.done, job.total),
            differences: Vec::new(),
        },
        Some(found) => TakeoverReport {
            text: format!(
                "Of {} purchases, {} are as Latchkey would have them and {} are not. {} licenses were adopted.",
                found.purchases, found.alike, found.different, found.adopted
            ),
            differences: found.differences.iter().map(difference).collect(),
        },
    })
}

fn difference(listed: &Listed) -> String {
    let purchase = listed
        .subscription_id
        .as_ref()
        .or(listed.order_id.as_ref())
        .cloned()
        .unwrap_or_default();
    format!("{purchase}: {}.", listed.text)
}

/// Where a store's page is.
pub fn href(id: StorefrontId) -> String {
    format!("/setup/stores/{id}")
}

/// The id of a store in an address.
pub fn store_id(text: &str) -> Result<StorefrontId, PageError> {
    text.parse().map_err(|_no_id| PageError::not_found())
}
