//! Money that goes back: in full, in part, once more, before its order, for renewals, by the bank.

use latchkey_sandbox::sample::ids;
use latchkey_sandbox::snapshot::HandEdit;
use serde_json::json;

use crate::shop::{Subscription, order, subscription};
use crate::world::{Vendor, World};

on_both! {
    refunds_by_amount_add_up_to_a_full_one,
    a_refund_of_quantity_zero_is_judged_by_its_amount,
    an_old_message_without_a_type_is_judged_by_the_orders_total,
    a_price_adjustment_is_noted,
    a_credit_for_a_smaller_plan_ends_nothing,
    which_partial_refunds_count_is_a_rule,
    a_refund_ends_a_license_as_the_rule_says,
    a_license_that_expires_by_a_refund_ends_when_the_money_went_back,
    a_refund_before_its_order_lets_the_license_be_born_suspended,
    a_refund_beside_the_end_of_the_subscription_does_both,
    a_refunded_renewal_takes_its_period_back,
    a_refunded_renewal_that_comes_before_its_charge_gives_nothing,
    a_refunded_feature_is_taken_off_at_once,
    a_chargeback_of_a_renewal_suspends_the_subscription,
    a_chargeback_before_its_renewal_waits_for_it,
    a_chargeback_is_lifted_by_a_person_only,
}

async fn refunds_by_amount_add_up_to_a_full_one(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1);
    world.tell(&vendor, &bought.completed()).await;

    let first = bought.half_refunded(&["reverb"], "2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &first).await, "ignored nothing_to_do");
    assert!(!world.license_server.license().is_suspended);

    let second = bought.refunded_again(&["reverb"], 0.5, "2027-01-15T09:30:00Z");
    assert_eq!(world.tell(&vendor, &second).await, "done");
    assert!(world.license_server.license().is_suspended);
}

async fn a_refund_of_quantity_zero_is_judged_by_its_amount(world: &World) {
    for (id, share, is_suspended) in [("A", 0.4, false), ("B", 1.0, true)] {
        let vendor = world.vendor().await;
        let bought = order(id).line("reverb", 1);
        world.tell(&vendor, &bought.completed()).await;

        let refund = bought
            .refunded(&["reverb"], "2027-01-15T09:30:00Z")
            .with("totalReturn", json!(10.0 * share))
            .with(
                "items",
                json!([{ "product": "reverb", "quantity": 0, "subtotal": 10.0 * share }]),
            );
        world.tell(&vendor, &refund).await;

        let license = world.license_server.licenses().pop().unwrap();
        assert_eq!(license.is_suspended, is_suspended, "{share}");
    }
}

async fn an_old_message_without_a_type_is_judged_by_the_orders_total(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1).line("studio-lite", 1);
    world.tell(&vendor, &bought.completed()).await;

    let lines = json!([
        { "product": "reverb", "quantity": 1 }, { "product": "studio-lite", "quantity": 1 },
    ]);
    let refund = bought
        .refunded(&["reverb", "studio-lite"], "2027-01-15T09:30:00Z")
        .with("items", lines);
    assert_eq!(world.tell(&vendor, &refund).await, "done");

    assert_eq!(suspended(world), [true, true]);
}

async fn a_price_adjustment_is_noted(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 2);
    world.tell(&vendor, &bought.completed()).await;
    let writes = world.license_server.writes();

    let adjusted = bought.refunded_again(&["reverb"], 0.1, "2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &adjusted).await,
        "ignored nothing_to_do"
    );

    assert_eq!(world.license_server.writes(), writes);
}

async fn a_credit_for_a_smaller_plan_ends_nothing(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let credit = order("A-S")
        .subscribed(&bought)
        .half_refunded(&["studio-pro"], "2027-01-15T09:31:00Z");
    let smaller = bought.next("2027-02-15").updated("2027-01-15T09:30:00Z");

    vendor.post_together(&[smaller, credit]).await;
    world.work().await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-25T00:00 runs"]
    );
}

async fn which_partial_refunds_count_is_a_rule(world: &World) {
    for (rule, attribute, expected) in [
        ("full_lines", "false", [false, false]),
        ("lines", "false", [true, false]),
        ("order", "false", [true, true]),
        ("ignore", "false", [false, false]),
        ("lines", "true", [false, false]),
    ] {
        let vendor = world
            .vendor_by("recommended", json!({ "partial_refund": rule }))
            .await;
        for (path, product) in [("reverb", ids::REVERB), ("studio-lite", ids::STUDIO_LITE)] {
            let attributes = json!({ "suspend_only_on_full_refund": attribute });
            let mapping = json!({ "license_product_id": product, "attributes": attributes });
            vendor.map(path, &mapping).await;
        }
        let bought = order(&format!("{rule}-{attribute}"))
            .line("reverb", 1)
            .line("studio-lite", 1);
        world.tell(&vendor, &bought.completed()).await;

        let part = bought.half_refunded(&["reverb"], "2027-01-15T09:30:00Z");
        world.tell(&vendor, &part).await;

        let all = suspended(world);
        assert_eq!(all[all.len() - 2..], expected, "{rule} {attribute}");
    }
}

async fn a_refund_ends_a_license_as_the_rule_says(world: &World) {
    for (rule, expected) in [
        ("suspend", "Reverb for ever suspended"),
        ("revoke", "Reverb for ever revoked"),
        ("expire", "Reverb until 2027-01-15T09:30 runs"),
        ("ignore", "Reverb for ever runs"),
    ] {
        let vendor = world
            .vendor_by("recommended", json!({ "refund": rule }))
            .await;
        let bought = order(rule).line("reverb", 1);
        world.tell(&vendor, &bought.completed()).await;

        let refund = bought.refunded(&["reverb"], "2027-01-15T09:30:00Z");
        world.tell(&vendor, &refund).await;

        assert_eq!(world.license_server.shown().pop().unwrap(), expected);
    }
    let vendor = world
        .vendor_by("recommended", json!({ "refund": "delete" }))
        .await;
    let bought = order("delete").line("reverb", 1);
    world.tell(&vendor, &bought.completed()).await;
    world
        .tell(
            &vendor,
            &bought.refunded(&["reverb"], "2027-01-15T09:30:00Z"),
        )
        .await;
    assert_eq!(world.license_server.deleted().len(), 1);
}

async fn a_license_that_expires_by_a_refund_ends_when_the_money_went_back(world: &World) {
    let vendor = world
        .vendor_by("recommended", json!({ "refund": "expire" }))
        .await;
    let bought = order("A").line("reverb", 1);
    let refund = bought.refunded(&["reverb"], "2027-01-15T09:30:00Z");
    world.may_leave("waiting");

    // The return overtakes its order, and both are sent again a day later.
    world.tell(&vendor, &refund).await;
    world.tell(&vendor, &bought.completed()).await;
    world.go_to("2027-01-16T10:00:00Z").await;
    world.tell(&vendor, &refund.resent_as("by hand")).await;

    assert_eq!(
        world.license_server.shown(),
        ["Reverb until 2027-01-15T09:30 runs"]
    );
}

async fn a_refund_before_its_order_lets_the_license_be_born_suspended(world: &World) {
    let vendor = world.vendor().await;
    let bought = order("A").line("reverb", 1);

    let refund = bought.refunded(&["reverb"], "2027-01-15T09:30:00Z");
    assert_eq!(
        world.tell(&vendor, &refund).await,
        "waiting waiting_for_order"
    );
    world.tell(&vendor, &bought.completed()).await;

    assert!(world.license_server.license().is_suspended);
    assert_eq!(world.license_server.calls("patch"), 0);
    assert!(!vendor.outcome(&refund).await.starts_with("waiting"));
}

async fn a_refund_beside_the_end_of_the_subscription_does_both(world: &World) {
    for (rule, expected) in [
        ("expire", "Pro until 2027-01-15T09:30 suspended"),
        ("suspend", "Pro until 2027-02-25T00:00 suspended"),
    ] {
        let vendor = world
            .vendor_by("recommended", json!({ "deactivation": rule }))
            .await;
        let bought = subscription(rule);
        world.begin(&vendor, &bought).await;
        let refund = order(&format!("A-{rule}"))
            .subscribed(&bought)
            .refunded(&["studio-pro"], "2027-01-15T09:30:01Z");

        vendor
            .post_together(&[bought.deactivated("2027-01-15T09:30:00Z"), refund.clone()])
            .await;
        world.work().await;

        assert_eq!(vendor.outcome(&refund).await, "done");
        assert_eq!(world.license_server.shown().pop().unwrap(), expected);
    }
}

async fn a_refunded_renewal_takes_its_period_back(world: &World) {
    for (preset, before, after) in [
        ("cryptlex", "2027-03-15T10:00", "2027-02-15T23:59"),
        ("recommended", "2027-03-25T00:00", "2027-02-25T00:00"),
        ("licensespring", "2027-03-17T00:00", "2027-02-17T00:00"),
    ] {
        let vendor = world.vendor_by(preset, json!({})).await;
        let bought = subscription(preset);
        world.begin(&vendor, &bought).await;
        let renewal = order(&format!("B-{preset}")).line("studio-pro", 1);
        let renewed = bought.next("2027-03-15");
        world
            .tell(&vendor, &renewed.charged(&renewal, "2027-01-15T09:40:00Z"))
            .await;
        let shown = world.license_server.shown().pop().unwrap();
        assert_eq!(shown, format!("Pro until {before} runs"), "{preset}");

        let refund = renewal.refunded(&["studio-pro"], "2027-01-15T09:50:00Z");
        assert_eq!(world.tell(&vendor, &refund).await, "done");

        let shown = world.license_server.shown().pop().unwrap();
        assert_eq!(shown, format!("Pro until {after} runs"), "{preset}");
    }
}

async fn a_refunded_renewal_that_comes_before_its_charge_gives_nothing(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let renewal = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&renewal, "2027-01-15T09:40:00Z");
    let refund = renewal.refunded(&["studio-pro"], "2027-01-15T09:50:00Z");

    assert_eq!(
        world.tell(&vendor, &refund).await,
        "waiting waiting_for_order"
    );
    world.tell(&vendor, &charge).await;

    assert_eq!(
        world.license_server.shown(),
        ["Pro until 2027-02-25T00:00 runs"]
    );
    assert_eq!(vendor.outcome(&refund).await, "ignored nothing_to_do");
}

async fn a_refunded_feature_is_taken_off_at_once(world: &World) {
    let vendor = world.vendor_by("recommended", json!({})).await;
    let feature = json!({
        "license_product_id": ids::STUDIO_PRO,
        "attributes": { "is_feature": "true", "feature_surround": "7.1" },
    });
    vendor.map("surround-option", &feature).await;
    let bought = subscription("S").with_addon("surround-option", 1);
    let once = order("B").line("reverb", 1).line("surround-option", 1);
    let first = order("A")
        .subscribed(&bought)
        .addon("surround-option", 1, &bought);
    world.tell(&vendor, &bought.activated()).await;
    world.tell(&vendor, &first.completed()).await;
    world.tell(&vendor, &once.completed()).await;
    assert_eq!(features(world), [1, 1]);

    for (number, bought) in [&first, &once].into_iter().enumerate() {
        let refund = bought.refunded(&["surround-option"], "2027-01-15T09:30:00Z");
        assert_eq!(world.tell(&vendor, &refund).await, "done", "{number}");
    }
    assert_eq!(features(world), [0, 0]);
    assert_eq!(suspended(world), [false, false]);

    // The subscription still lists it; the money is back all the same.
    world
        .tell(&vendor, &bought.updated("2027-01-15T09:40:00Z"))
        .await;
    assert_eq!(features(world), [0, 0]);
}

async fn a_chargeback_of_a_renewal_suspends_the_subscription(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let renewal = order("B").line("studio-pro", 1);
    let charge = bought
        .next("2027-03-15")
        .charged(&renewal, "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    let chargeback = renewal.charged_back("2027-01-15T09:50:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");

    assert!(world.license_server.license().is_suspended);
}

async fn a_chargeback_before_its_renewal_waits_for_it(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let renewal = order("B").line("studio-pro", 1);
    let chargeback = renewal.charged_back("2027-01-15T09:50:00Z");
    assert_eq!(
        world.tell(&vendor, &chargeback).await,
        "waiting waiting_for_order"
    );

    let charge = bought
        .next("2027-03-15")
        .charged(&renewal, "2027-01-15T09:40:00Z");
    world.tell(&vendor, &charge).await;

    assert_eq!(vendor.outcome(&chargeback).await, "done");
    assert!(world.license_server.license().is_suspended);
}

async fn a_chargeback_is_lifted_by_a_person_only(world: &World) {
    let (vendor, bought) = subscribed(world, "recommended").await;
    let chargeback = order("A-S").charged_back("2027-01-15T09:20:00Z");
    assert_eq!(world.tell(&vendor, &chargeback).await, "done");

    let paid = bought.clone().next("2027-03-15");
    let charge = paid.charged(&order("B").line("studio-pro", 1), "2027-01-15T09:30:00Z");
    world.tell(&vendor, &charge).await;
    world
        .tell(&vendor, &paid.updated("2027-01-15T09:40:00Z"))
        .await;
    world
        .tell(&vendor, &paid.resumed("2027-01-15T09:45:00Z"))
        .await;
    let license = world.license_server.license();
    assert!(license.is_suspended);

    let lifted = HandEdit {
        is_suspended: Some(false),
        ..HandEdit::default()
    };
    world.license_server.edit_by_hand(&license.id, lifted);
    let later = paid.next("2027-04-15");
    let charge = later.charged(&order("C").line("studio-pro", 1), "2027-01-15T09:50:00Z");
    world.tell(&vendor, &charge).await;
    assert!(!world.license_server.license().is_suspended);
}

async fn subscribed(world: &World, preset: &str) -> (Vendor, Subscription) {
    let vendor = world.vendor_by(preset, json!({})).await;
    let bought = subscription("S");
    world.begin(&vendor, &bought).await;
    (vendor, bought)
}

fn suspended(world: &World) -> Vec<bool> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .map(|license| license.is_suspended)
        .collect()
}

fn features(world: &World) -> Vec<usize> {
    let licenses = world.license_server.licenses();
    licenses
        .iter()
        .map(|license| world.license_server.features(license).len())
        .collect()
}
