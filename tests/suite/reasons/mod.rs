//! Every reason that an event can have is reached: by a test of its name, or in a file of its own.

mod messages;
mod purchases;
mod servers;

use jiff::SignedDuration;
use strum::VariantArray as _;

use latchkey::domain::reason::ReasonCode;
use latchkey_sandbox::snapshot::HandEdit;
use serde_json::Value;

use crate::shop::{Event, Subscription, moment, subscription};
use crate::world::{Vendor, World};

/// Reasons that have a file of their own: its text, and a test in it that reaches them.
const ELSEWHERE: [(ReasonCode, &str, &str); 9] = [
    (
        ReasonCode::Brake,
        include_str!("../brake.rs"),
        "the_twenty_first_deletion_of_an_hour_waits_for_a_person",
    ),
    (
        ReasonCode::KeptByChoice,
        include_str!("../brake.rs"),
        "what_the_brake_stopped_stays_after_a_no",
    ),
    (
        ReasonCode::ShopApiUnauthorized,
        include_str!("../shop_api.rs"),
        "refused_credentials_are_one_problem_until_they_are_replaced",
    ),
    (
        ReasonCode::ShopApiUnreachable,
        include_str!("../shop_api.rs"),
        "a_shop_that_turns_us_away_is_asked_again_when_it_says",
    ),
    (
        ReasonCode::ShopKeyNotAdopted,
        include_str!("../shop_keys.rs"),
        "a_key_that_cannot_be_adopted_waits_for_a_person",
    ),
    (
        ReasonCode::RefundBeforeChange,
        include_str!("../stories.rs"),
        "i_gave_the_first_payment_back_after_a_change_of_product_and_nothing_happened",
    ),
    (
        ReasonCode::WhichLicense,
        include_str!("../stories.rs"),
        "nobody_could_say_which_of_two_licenses_was_given_back",
    ),
    (
        ReasonCode::TooManyLicenses,
        include_str!("../quantity_great.rs"),
        "a_great_quantity_waits_for_a_person_and_the_rest_is_served",
    ),
    (
        ReasonCode::TooManyLines,
        include_str!("../quantity_great.rs"),
        "an_order_of_very_many_lines_waits_for_a_person",
    ),
];

#[test]
fn every_reason_is_reached_by_a_test() {
    let here = [
        include_str!("messages.rs"),
        include_str!("purchases.rs"),
        include_str!("servers.rs"),
    ]
    .concat();
    for code in ReasonCode::VARIANTS.iter().copied() {
        let name = code.as_str();
        let of_its_name = here.contains(&format!("\nasync fn {name}_"));
        let elsewhere = ELSEWHERE.iter().any(|(other, source, test)| {
            *other == code
                && source.contains(&format!("async fn {test}("))
                && source.contains(&format!(" {name}\""))
        });

        assert!(of_its_name || elsewhere, "no test reaches {name}");
    }
}

async fn subscribed(world: &World) -> (Vendor, Subscription) {
    let vendor = world.vendor().await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

fn move_end_by_hand(world: &World, end: &str) {
    let by_hand = HandEdit {
        expires_at: Some(Some(moment(end))),
        ..HandEdit::default()
    };
    let id = world.license_server.license().id;
    world.license_server.edit_by_hand(&id, by_hand);
    world.clock.advance(SignedDuration::from_mins(10));
}

/// The sentence that an event's reason shows.
async fn text(vendor: &Vendor, event: &Event) -> String {
    let event: Value = vendor.event(event).await;
    event["reason"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
