//! What a store has besides its webhook: API credentials, the key of its receipts, a test account, pretended orders.

use actix_web::web::Path;
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};

use crate::accounts::setup::arrivals::arrivals;
use crate::accounts::setup::storefront_secrets::hook_token;
use crate::accounts::setup::storefronts::{self, StorefrontEdit};
use crate::accounts::setup::{FieldError, SetUpError, license_servers};
use crate::domain::id::{LicenseServerId, StorefrontId};
use crate::pipeline::shop::check;
use crate::pipeline::simulate::{NotPlayed, Wish, prepare};
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
use crate::web::partials::{Choice, CopyField, Field, Headline, Icon, Moment, Select, Tone, Way};
use crate::web::sent::Sent;
use crate::web::visitor::Visitor;
use crate::web::{assets, forms};

/// Each story with its words.
const SCENARIOS: [(Scenario, &str); 6] = [
    (Scenario::OneTime, "Somebody buys once"),
    (
        Scenario::Subscription,
        "A subscription: bought, renewed, failed, healed, refunded",
    ),
    (
        Scenario::Trial,
        "A free trial: converted, then unpaid and ended",
    ),
    (
        Scenario::PlanChange,
        "A subscription gets one unit more, and is renewed",
    ),
    (Scenario::Pause, "A subscription is paused and goes on"),
    (Scenario::Bundle, "A bundle with this product in it"),
];

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
    /// Asks FastSpring now; `None` without credentials.
    pub check: Option<Way>,
    /// When events that never came were last fetched.
    pub fetched: Option<Moment>,
    /// Name for the API; empty = stays.
    pub api_username: Field,
    /// Password for the API; empty = stays.
    pub api_password: Field,
    /// Where FastSpring asks for keys while an order is placed.
    pub receipt_address: CopyField,
    /// What those requests are signed with; empty = stays.
    pub fulfillment_key: Field,
    /// Where licenses of test orders live.
    pub test_account: Select,
    /// The person's password, asked before a secret is changed.
    pub password: Field,
    /// Which story.
    pub scenario: Select,
    /// Of which product.
    pub product: Field,
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
}

/// `GET /setup/stores/{store}/shop`.
pub async fn show(visitor: Visitor, id: Path<String>) -> Answer {
    page(&build(&visitor, store_id(&id)?, Wrong::default()).await?)
}

/// `POST /setup/stores/{store}/shop`: what is left empty stays.
pub async fn save(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    if let Some(password) = own_password::refusal(&sent).await? {
        let wrong = Wrong {
            password: Some(password),
            ..Wrong::default()
        };
        return page_to_mend(&build(&sent.visitor, id, wrong).await?);
    }
    let given = |name: &str| -> Option<Option<SecretString>> { sent.secret(name).map(Some) };
    let test_account = sent.text("test_license_server_id");
    let edit = StorefrontEdit {
        api_username: given("api_username"),
        api_password: given("api_password"),
        fulfillment_key: given("fulfillment_key"),
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
    let keys = visitor.state.vaults.of(visitor.tenant).await?;
    let asker = visitor.state.asker(visitor.tenant, &keys);
    check::check(asker, &visitor.state.shops, id)
        .await
        .map_err(Problem::from)?;
    visitor.state.wake.notify_one();
    Ok(see(&format!("/setup/stores/{id}/shop?done=shop-checked")))
}

/// `POST /setup/stores/{store}/shop/pretend`: never into an account of real licenses; the API can say otherwise.
pub async fn pretend(sent: Sent, id: Path<String>) -> Answer {
    let id = store_id(&id)?;
    let visitor = &sent.visitor;
    let keys = visitor.state.vaults.of(visitor.tenant).await?;
    let wish = Wish {
        scenario: Scenario::parse(sent.text("scenario")).unwrap_or(Scenario::OneTime),
        product_path: sent.text("product_path").to_owned(),
        other_product_path: None,
        quantity: 1,
        is_yearly: false,
        is_confirmed: false,
    };
    let error = match prepare(visitor.state.stage(), (visitor.tenant, &keys), id, wish).await {
        Ok(play) => {
            tokio::spawn(play.run());
            return Ok(see(&format!("/activity?store={id}&done=pretended")));
        }
        Err(NotPlayed::RealAccount) => {
            "Your Cryptlex account holds real licenses. Choose a test account here and let your rules send test orders there, or switch the store to Watch only.".to_owned()
        }
        Err(NotPlayed::Invalid { message, .. }) => format!("Product: {message}."),
        Err(error) => return Err(Problem::from(error).into()),
    };
    let wrong = Wrong {
        pretend: Some(error),
        ..Wrong::default()
    };
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
        secret(name, label, sealed.is_some()).error(forms::error(&wrong.errors, name, label))
    };
    Ok(StoreShop {
        standing: standing(&store, shop_api.as_ref()),
        check: storefronts::has_credentials(&store)
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
        test_account: test_account(&store, &accounts, &wrong.errors),
        password: Field::own_password().error(wrong.password),
        scenario: scenarios(),
        product: Field::text("product_path", "Product")
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

/// A secret that stays when nothing is written.
fn secret(name: &'static str, label: &'static str, is_there: bool) -> Field {
    let hint = if is_there {
        "One is kept here; empty: it stays."
    } else {
        "None is kept here."
    };
    Field::secret(name, label).optional().hint(hint)
}

fn test_account(store: &Storefront, accounts: &[LicenseServer], errors: &[FieldError]) -> Select {
    const NAME: &str = "test_license_server_id";
    let current = store.test_license_server_id;
    let current = current.map_or_else(String::new, |id| id.to_string());
    let none = Choice::new("", "the same account as real ones", "", &current);
    let others = accounts
        .iter()
        .map(|account| Choice::new(&account.id.to_string(), &account.name, "", &current));
    let choices = std::iter::once(none).chain(others).collect();
    Select {
        hint: "Used where your rules send test orders to a test account.".to_owned(),
        error: forms::error(errors, "policy.test_events", "Test account")
            .or_else(|| forms::error(errors, NAME, "Test account")),
        ..Select::plain(NAME, "Licenses of test orders are made in", choices)
    }
}

fn scenarios() -> Select {
    let usual = Scenario::OneTime.as_str();
    let choices = SCENARIOS
        .iter()
        .map(|(scenario, label)| Choice::new(scenario.as_str(), label, "", usual));
    Select::plain("scenario", "What happens", choices.collect())
}

fn standing(store: &Storefront, shop_api: Option<&ShopApi>) -> Headline {
    let (tone, title, text) = match (
        storefronts::has_credentials(store),
        shop_api.map(|row| row.state),
    ) {
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
