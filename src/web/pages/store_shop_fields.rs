//! The fields of what a store has besides its webhook.

use crate::accounts::setup::FieldError;
use crate::accounts::setup::shop_credentials::has_credentials;
use crate::store::license_servers::LicenseServer;
use crate::store::storefronts::Storefront;
use crate::storefronts::pretend::Scenario;
use crate::web::forms;
use crate::web::partials::{FieldChoice, FormField, Select, Ticks};

/// Takes the API credentials away.
pub const FORGET_API: &str = "forget_api";
/// Takes the key of the receipts away.
pub const FORGET_KEY: &str = "forget_fulfillment_key";
/// Lets a pretend order make a license beside real ones.
pub const CONFIRM: &str = "confirm_real_account";

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

/// A secret that stays when nothing is written.
pub fn secret(name: &'static str, label: &'static str, is_there: bool) -> FormField {
    let hint = if is_there {
        "One is kept here; empty: it stays."
    } else {
        "None is kept here."
    };
    FormField::secret(name, label).optional().hint(hint)
}

/// Where licenses of test orders are made.
pub fn test_account(
    store: &Storefront,
    accounts: &[LicenseServer],
    errors: &[FieldError],
) -> Select {
    const NAME: &str = "test_license_server_id";
    let current = store.test_license_server_id;
    let current = current.map_or_else(String::new, |id| id.to_string());
    let none = FieldChoice::new("", "the same account as real ones", "", &current);
    let others = accounts
        .iter()
        .map(|account| FieldChoice::new(&account.id.to_string(), &account.name, "", &current));
    let choices = std::iter::once(none).chain(others).collect();
    Select {
        hint: "Used where your rules send test orders to a test account.".to_owned(),
        error: forms::error(errors, "policy.test_events", "Test account")
            .or_else(|| forms::error(errors, NAME, "Test account")),
        ..Select::plain(NAME, "Licenses of test orders are made in", choices)
    }
}

/// What may be told.
pub fn scenarios() -> Select {
    let usual = Scenario::OneTime.as_str();
    let choices = SCENARIOS
        .iter()
        .map(|(scenario, label)| FieldChoice::new(scenario.as_str(), label, "", usual));
    Select::plain("scenario", "What happens", choices.collect())
}

/// What may be taken away; `None` while nothing is kept.
pub fn forget(store: &Storefront) -> Option<Ticks> {
    let kept = [
        (
            has_credentials(store),
            FieldChoice::new(
                FORGET_API,
                "Take the API credentials away",
                "Calls that leave details out need you again, and one that never comes is not noticed.",
                "",
            ),
        ),
        (
            store.fulfillment_key_sealed.is_some(),
            FieldChoice::new(
                FORGET_KEY,
                "Take the private key away",
                "FastSpring gets no keys for receipts any more, unless a product has a key of its own.",
                "",
            ),
        ),
    ];
    let choices: Vec<FieldChoice> = kept
        .into_iter()
        .filter_map(|(is_kept, choice)| is_kept.then_some(choice))
        .collect();
    (!choices.is_empty()).then_some(Ticks {
        label: "No longer wanted".into(),
        choices,
        error: None,
    })
}

/// Asked before a pretend order makes a license in an account of real ones at that service.
pub fn confirm(service: &str, error: Option<String>) -> Ticks {
    Ticks {
        label: format!("Your {service} account holds real licenses").into(),
        choices: vec![FieldChoice::new(
            CONFIRM,
            "Make the pretended license there all the same",
            "It counts there like any other until you delete it. A test account, chosen on this page, or Watch only avoids that.",
            "",
        )],
        error,
    }
}
