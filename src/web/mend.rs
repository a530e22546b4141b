//! Where a person mends what messages wait for; for the page *To fix* and for each message's own.

use crate::domain::id::StorefrontId;
use crate::domain::reason::ReasonCode;
use crate::web::partials::Way;
use crate::web::query::Query;

/// The page that mends a reason; `None` where only running the message again can help.
///
/// `subject` is what the reason is about: a product path, an account.
pub fn way(store: StorefrontId, code: ReasonCode, subject: Option<&str>) -> Option<Way> {
    let way = match (code, subject) {
        (ReasonCode::ProductNotMapped, Some(path)) => {
            Way::link("Choose the license", product(store, path))
        }
        (ReasonCode::MappingInvalid | ReasonCode::IntervalMismatch, Some(path)) => {
            Way::link("Correct it", product(store, path))
        }
        (ReasonCode::TooManyLicenses, Some(path)) => {
            Way::link("Choose seats instead", product(store, path))
        }
        (ReasonCode::LicenseServerRejected, Some(path)) => {
            Way::link("Change the product’s settings", product(store, path))
        }
        (ReasonCode::LicenseServerUnauthorized, Some(account)) => {
            Way::link("Replace the token", account_page(account))
        }
        (ReasonCode::LicenseServerMissingScope, Some(account)) => {
            Way::link("See which ticks are missing", account_page(account))
        }
        (ReasonCode::ShopApiUnauthorized, _) => Way::link("Replace them", shop_page(store)),
        (ReasonCode::ExpansionOff, _) => Way::link("Give API access", shop_page(store)),
        (ReasonCode::TestEventIgnored, _) => Way::link("Change the rule", store_page(store)),
        (ReasonCode::ShadowMode, _) => Way::link("Go live", store_page(store)),
        (ReasonCode::StorefrontPaused, _) => Way::link("Resume", store_page(store)),
        (ReasonCode::DuplicateConnection, _) => Way::link("See your stores", "/setup"),
        (ReasonCode::NoLicensedProduct, _) => Way::link("This product should", "/products"),
        _ => return None,
    };
    Some(way)
}

/// Whether what waited runs by itself once the cause is mended; else it may also be mended elsewhere, and run again.
pub const fn runs_by_itself(code: ReasonCode) -> bool {
    !matches!(
        code,
        ReasonCode::ExpansionOff
            | ReasonCode::LicenseServerMissingScope
            | ReasonCode::LicenseServerRejected
            | ReasonCode::DuplicateConnection
    )
}

/// The page on which a product's license is chosen.
fn product(store: StorefrontId, path: &str) -> String {
    Query::default()
        .with("path", path)
        .at(&format!("/products/{store}"))
}

fn store_page(store: StorefrontId) -> String {
    format!("/setup/stores/{store}")
}

fn shop_page(store: StorefrontId) -> String {
    format!("{}/shop", store_page(store))
}

fn account_page(account: &str) -> String {
    format!("/setup/accounts/{account}")
}
