//! What a store has besides its webhook: API credentials, the key of its receipts, a test account, pretended orders.

use actix_web::web::Path;
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::setup::arrivals::arrivals;
use crate::accounts::setup::shop_credentials::has_credentials;
use crate::accounts::setup::storefront_secrets::hook_token;
use crate::accounts::setup::storefronts::{self, StorefrontEdit};
use crate::accounts::setup::{FieldError, SetUpError, license_servers};
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::pipeline::shop::check;
use crate::pipeline::support::real_account::makes_real_licenses;
use crate::pipeline::support::simulate::{SimulationError, SimulationPlan, prepare};
use crate::store::license_servers::{LicenseServer, ServerState};
use crate::store::mappings;
use crate::store::shop_apis::ShopApi;
use crate::store::storefronts::Storefront;
use crate::storefronts::pretend::Scenario;
use crate::web::answer::{Answer, page, page_to_mend, see};
use crate::web::error::Problem;
use crate::web::pages::failure::PageError;
use crate::web::pages::own_password;
use crate::web::pages::shell::{Area, Shell};
use crate::web::pages::store::store_id;
use crate::web::pages::store_shop_fields::{self as fields, CONFIRM, FORGET_API, FORGET_KEY};
use crate::web::partials::{
    CopyField, FormField, Headline, Icon, Moment, Select, Ticks, Tone, Way,
};
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, forms};

/// The page.
#[derive(Debug, Clone, Template)]
#[template(path = "setup/store_shop.html")]
pub struct StoreShop {
    /// The frame.
    pub shell: Shell,
    /// The store's name.
    pub title: String,
    /// The store's page.
    pub back: String,
    /// Its URL, what its forms post to.
    pub href: String,
    /// Whether FastSpring accepts the credentials.
    pub standing: Headline,
    /// What may be taken away; `None` while nothing is kept.
    pub forget: Option<Ticks>,
    /// Asks FastSpring now; `None` without credentials.
    pub check: Option<Way>,
    /// When events that never came were last fetched.
    pub fetched: Option<Moment>,
    /// Name for the API; empty = stays.
    pub api_username: FormField,
    /// Password for the API; empty = stays.
    pub api_password: FormField,
    /// Where FastSpring asks for keys while an order is placed.
    pub receipt_address: CopyField,
    /// What those requests are signed with; empty = stays.
    pub fulfillment_key: FormField,
    /// Where licenses of test orders live.
    pub test_account: Select,
    /// The person's password, asked before a secret is changed.
    pub password: FormField,
    /// Which story.
    pub scenario: Select,
    /// Of which product.
    pub product: FormField,
    /// Asked where its license would be made beside real ones.
    pub confirm: Option<Ticks>,
    /// Why no story was told.
    pub pretend_error: Option<String>,
    /// Types of messages that never came.
    pub never_seen: Vec<&'static str>,
}

/// What is wrong with a form.
#[derive(Default)]
struct Wrong {
    errors: Vec<FieldError>,
    password: Option<String>,
    pretend: Option<String>,
    confirm: Option<String>,
}

/// `GET /setup/stores/{store}/shop`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    page(&build(&visitor, store_id(&id)?, Wrong::default()).await?)
}

/// `POST /setup/stores/{store}/shop`: what is left empty stays, save what is to be taken away.
pub async fn save(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    if let Some(password) = own_password::refusal(&sent).await? {
        let wrong = Wrong {
            password: Some(password),
            ..Wrong::default()
        };
        return page_to_mend(&build(&sent.visitor, id, wrong).await?);
    }
    let given = |name: &str, forget: &str| -> Option<Option<SecretString>> {
        match sent.is_ticked(forget) {
            true => Some(None),
            false => sent.secret(name).map(Some),
        }
    };
    let test_account = sent.text("test_license_server_id");
    let edit = StorefrontEdit {
        api_username: given("api_username", FORGET_API),
        api_password: given("api_password", FORGET_API),
        fulfillment_key: given("fulfillment_key", FORGET_KEY),
        test_license_server_id: Some(test_account.parse::<LicenseServerId>().ok()),
        ..StorefrontEdit::default()
    };
    let vendor = sent.visitor.vendor().await?;
    match storefronts::change(&vendor, id, edit).await {
        Ok(_) => {
            sent.visitor.state.storefront_changed();
            Ok(see(&format!("/setup/stores/{id}/shop?done=shop-saved")))
        }
        Err(SetUpError::Invalid(errors)) => {
            let wrong = Wrong {
                errors,
                ..Wrong::default()
            };
            page_to_mend(&build(&sent.visitor, id, wrong).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /setup/stores/{store}/shop/check`.
pub async fn check_api(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let visitor = &sent.visitor;
    let vendor = visitor.vendor().await?;
    let caller = visitor.state.caller(&vendor);
    check::check(caller, &visitor.state.shops, id)
        .await
        .map_err(Problem::from)?;
    visitor.state.wake.notify_one();
    Ok(see(&format!("/setup/stores/{id}/shop?done=shop-checked")))
}

/// `POST /setup/stores/{store}/shop/pretend`: into an account of real licenses only when that is ticked.
pub async fn pretend(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let visitor = &sent.visitor;
    let keys = visitor.state.tenant_keys.of(visitor.tenant).await?;
    let simulation = SimulationPlan {
        scenario: Scenario::parse(sent.text("scenario")).unwrap_or(Scenario::OneTime),
        product_path: sent.text("product_path").to_owned(),
        other_product_path: None,
        quantity: 1,
        is_yearly: false,
        is_confirmed: sent.is_ticked(CONFIRM),
    };
    let mut wrong = Wrong::default();
    match prepare(visitor.state.stage(), visitor.tenant, &keys, id, simulation).await {
        Ok(play) => {
            tokio::spawn(play.run());
            return Ok(see(&format!("/activity?store={id}&done=pretended")));
        }
        Err(SimulationError::RealAccount) => {
            wrong.confirm = Some("Nothing was sent: tick this if you mean it.".to_owned());
        }
        Err(SimulationError::Invalid { message, .. }) => {
            wrong.pretend = Some(format!("Product: {message}."));
        }
        Err(error) => return Err(Problem::from(error).into()),
    }
    page_to_mend(&build(visitor, id, wrong).await?)
}

async fn build(visitor: &Visitor, id: StorefrontId, wrong: Wrong) -> Result<StoreShop, PageError> {
    let vendor = visitor.vendor().await?;
    let store = storefronts::get(&vendor, id).await?;
    let (shop_api, never_seen) = arrivals(&vendor, (id, store.kind)).await?;
    let accounts = license_servers::list(&vendor).await?;
    let tenant = visitor.tenant;
    let mapped = visitor
        .read(move |db| mappings::list(db, tenant, id))
        .await?;
    let href = format!("/setup/stores/{id}/shop");
    let token = hook_token(&vendor, &store)?;
    let receipt_address = format!(
        "{}/hooks/{}/license",
        visitor.state.public_url,
        token.expose_secret()
    );
    let shell = visitor.shell(store.name.clone(), Area::Setup).await?;
    let secret = |name, label, sealed: &Option<Vec<u8>>| {
        fields::secret(name, label, sealed.is_some()).error(forms::error(
            &wrong.errors,
            name,
            label,
        ))
    };
    Ok(StoreShop {
        standing: standing(&store, shop_api.as_ref()),
        forget: fields::forget(&store),
        confirm: real_account(&store, &accounts)?
            .map(|account| fields::confirm(account.kind.name(), wrong.confirm)),
        check: has_credentials(&store)
            .then(|| Way::post("Check now", format!("{href}/check"), &shell.csrf)),
        fetched: shop_api
            .and_then(|row| row.fetched_at)
            .map(|at| Moment::relative(at, visitor.now)),
        api_username: secret("api_username", "API user name", &store.api_username_sealed),
        api_password: secret("api_password", "API password", &store.api_password_sealed),
        receipt_address: CopyField {
            label: "Address of “Key in the receipt”".to_owned(),
            text: receipt_address,
        },
        fulfillment_key: secret(
            "fulfillment_key",
            "Private key of “Key in the receipt”",
            &store.fulfillment_key_sealed,
        ),
        test_account: fields::test_account(&store, &accounts, &wrong.errors),
        password: FormField::own_password().error(wrong.password),
        scenario: fields::scenarios(),
        product: FormField::text("product_path", "Product")
            .hint("Its path at FastSpring.")
            .value(mapped.first().map_or("", |mapping| &mapping.product_path)),
        pretend_error: wrong.pretend,
        never_seen,
        title: store.name,
        back: format!("/setup/stores/{id}"),
        href,
        shell,
    })
}

/// Whether a pretend order would make a license beside real ones.
fn real_account<'a>(
    store: &Storefront,
    accounts: &'a [LicenseServer],
) -> Result<Option<&'a LicenseServer>, PageError> {
    let mut accounts = accounts.iter();
    let account = accounts.find(|account| account.id == store.license_server_id);
    Ok(match account {
        Some(account) if makes_real_licenses(store, account)? => Some(account),
        _ => None,
    })
}

fn standing(store: &Storefront, shop_api: Option<&ShopApi>) -> Headline {
    let (tone, title, text) = match (has_credentials(store), shop_api.map(|row| row.state)) {
        (false, _) | (_, None) => (
            Tone::Quiet,
            "No API credentials.",
            "They are optional. Without them a call that leaves details out needs you, and one that never comes is not noticed here.",
        ),
        (_, Some(ServerState::Ok)) => (Tone::Good, "FastSpring accepts your API credentials.", ""),
        (_, Some(ServerState::Unauthorized)) => (
            Tone::Bad,
            "FastSpring refuses your API credentials.",
            "What needs them waits safely and runs by itself once you replace them.",
        ),
        (_, Some(ServerState::Unreachable)) => (
            Tone::Wait,
            "FastSpring's API does not answer.",
            "Not your move; it is asked again by itself.",
        ),
        (_, Some(ServerState::Unchecked)) => (
            Tone::Quiet,
            "API credentials are kept here.",
            "FastSpring was not asked yet whether it accepts them.",
        ),
    };
    Headline::new(tone, title, text)
}
