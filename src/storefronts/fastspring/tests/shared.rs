//! Bodies and vectors that are kept beside the repository; every test skips where they are absent.

use serde_json::Value;

use super::essentials::lines_of;
use super::{json_files, name_of};
use crate::storefronts::fastspring::{fulfillment, signature};

const FOLDER: &str = "../shared/fixtures/fastspring";

/// One line per event: its file, and what it says.
const EXPECTED: &str = r#"
account.created.docs | New customer
account.updated.docs | Customer details changed
batch.docs-overview-skeleton | the event's `subscription` is absent or cannot be read
batch.docs-overview-skeleton | the event's `subscription` is absent or cannot be read
batch.subscription-activated+order-completed.unexpanded | Subscription began · test-subscription-variation, Active, x1, P1M, next 2021-10-08, 1 missing
batch.subscription-activated+order-completed.unexpanded | New order · test-subscription-variation, 1xtest-subscription-variation subscribed bare, total 10000, 0 subscriptions, 1 missing
chargeback.created.docs | Chargeback
fulfillment.failed.docs | Key not delivered · example-subscription-annual
order.approval.pending.docs-expanded | Waiting for your approval
order.canceled.docs-expanded | Order canceled before payment
order.completed.addon-parentSubscription.expanded.composed | New order · test-subscription × 5 and 1 more, 5xtest-subscription subscribed, 3xextra-seats added, total 456000, 1 subscriptions
order.completed.bundle.composed | New order · studio-bundle and 2 more, 1xstudio-bundle, 1xstudio-editor bundled, 2xstudio-effects bundled, total 818600, 0 subscriptions
order.completed.onetime-license.auto-retry-same-event-id.composed | New order · test-123, 1xtest-123 delivered, total 818600, 0 subscriptions
order.completed.onetime-license.resent-new-event-id.composed | New order · test-123, 1xtest-123 delivered, total 818600, 0 subscriptions
order.completed.onetime-license.unexpanded | New order · test-123, 1xtest-123 delivered, total 818600, 0 subscriptions
order.completed.onetime.docs-expanded | New order · cloud-storage, 1xcloud-storage bare, total 6000, 0 subscriptions
order.completed.onetime.unexpanded-2017 | New order · sample-stuff, 1xsample-stuff bare, total 10000, 0 subscriptions
order.completed.subscription-qty5.expanded | New order · test-subscription × 5, 5xtest-subscription subscribed, total 456000, 1 subscriptions
order.completed.tags-coupon.unexpanded.composed | New order · test-123, 1xtest-123, total 818600, 0 subscriptions
order.failed.docs-expanded | Checkout payment declined
order.payment.pending.docs-expanded | Waiting for payment
payoutEntry.created.order.docs-expanded | Payout note
payoutEntry.created.return-partial.docs-expanded | Payout note
return.created.full.docs-expanded | Refunded in full · furious-falcon, back 1495, of 1495, 0 subscriptions, 1xfurious-falcon full
return.created.partial-quantity0.batch-with-payout.unexpanded | Refunded · test-fastspring-return, back 1500, of 2000, 0 subscriptions, 0xtest-fastspring-return unlabeled
return.created.partial-quantity0.batch-with-payout.unexpanded | Payout note
subscription.activated.addon-setupfee.docs-expanded | Subscription began · example-subscription-annual, Active, x1, P1Y, next 2026-07-01, end 2027-07-02, deactivation 2027-07-03, +1xexample-addon-product
subscription.activated.addon-setupfee.docs-unexpanded | Subscription began · example-subscription-annual, Active, x1, P1Y, next 2021-04-03, +1xexample-product-1, 1 missing
subscription.activated.free-trial.unexpanded.composed | Free trial began · furious-falcon, Trial, x1, P1M, next 2025-06-08, 1 missing
subscription.canceled.docs-expanded | Subscription canceled, ends later · example-subscription-annual, Canceled, x1, P1Y, next 2026-07-01, end 2027-07-02, deactivation 2027-07-03
subscription.charge.completed.coterm.docs-expanded | Renewal paid · example-coterm-product-1, total 3704, Active, x1, P1M, next 2025-07-11
subscription.charge.completed.partial-author-trimmed | Renewal paid, total unknown, 1 missing
subscription.charge.completed.rebill.expanded-2019 | Renewal paid · radar-monthly, total 1495, Active, x1, P1M, next 2019-03-09
subscription.charge.completed.rebill.unexpanded.composed | Renewal paid, total unknown, 1 missing
subscription.charge.failed.docs-unexpanded | Payment failed, total unknown, EXPIRED_CARD, 1 missing
subscription.charge.failed.paid-trial.docs-expanded | Payment failed · furious-falcon, total unknown, EXPIRED_CARD, Trial, x1, P1M, next 2025-06-08, deactivation 2025-06-15
subscription.deactivated.immediate.expanded | Subscription ended · test-subscription, Deactivated, x1, P1M, next 2025-02-28, end 2025-01-29, deactivation 2025-01-29
subscription.group.created.docs-expanded | Subscription group changed · 2 subscriptions, Active, x1, P1M, next 2025-08-31, +1xdata-backup, Active, x1, P1M, next 2025-08-31, +1xextended-support
subscription.group.deactivated.docs-expanded | Subscription group ended · 2 subscriptions, 2 missing
subscription.group.payment.charge.completed.docs-expanded | Renewals paid together · 2 subscriptions, Active, x1, P1W, next 2025-02-25, Active, x1, P1W, next 2025-02-25
subscription.group.payment.charge.failed.docs-expanded | Payment of a group failed · 2 subscriptions, Overdue, x1, P1M, next 2025-04-11, Overdue, x1, P1M, next 2025-04-11
subscription.group.payment.overdue.docs-expanded | Payment of a group overdue · 2 subscriptions, Overdue, x1, P1M, next 2025-04-11, Overdue, x1, P1M, next 2025-04-11
subscription.paused.unexpanded.composed | Subscription paused · example-subscription-annual, Paused, x1, P1Y, next 2021-04-03, pause 2021-04-03, +1xexample-product-1, 1 missing
subscription.payment.overdue.qty2.expanded | Payment overdue · example-subscription-monthly, Overdue, x2, P1M, next 2020-06-10
subscription.payment.reminder.docs-expanded | Payment reminder sent
subscription.resumed.unexpanded.composed | Subscription resumed · example-subscription-annual, Active, x1, P1Y, next 2021-04-03, +1xexample-product-1, 1 missing
subscription.trial.reminder.docs-expanded | Trial reminder sent
subscription.uncanceled.docs-expanded | Cancellation withdrawn · furious-falcon-annual-subscription, Active, x1, P1W, next 2025-01-27
subscription.updated.payment-method.docs-expanded | Subscription changed · example-subscription-monthly, Active, x2, P1M, next 2020-06-10
subscription.updated.quantity-increase.unexpanded.composed | Subscription changed · test-subscription-variation, Active, x7, P1M, next 2021-10-09, 1 missing
unknown.event-type.composed | Unknown message
"#;

fn read(name: &str) -> Option<Vec<u8>> {
    let files = json_files(&format!("{FOLDER}/_vectors"));
    let file = files.iter().find(|file| name_of(file) == name)?;
    Some(std::fs::read(file).unwrap())
}

#[test]
fn every_signature_vector_holds() {
    let Some(vectors) = read("signatures") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&vectors).unwrap();

    for (group, is_valid) in [("valid", true), ("invalid", false)] {
        for case in vectors[group].as_array().unwrap() {
            let body = case["body_file"].as_str().map_or_else(
                || case["body"].as_str().unwrap().as_bytes().to_vec(),
                |file| {
                    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
                    std::fs::read(folder.join("_vectors").join(file)).unwrap()
                },
            );
            let values: Vec<&[u8]> = case["signature"]
                .as_str()
                .iter()
                .map(|text| text.as_bytes())
                .collect();
            let secret = case["secret"].as_str().unwrap().as_bytes();

            let verdict = signature::verify(&values, &body, &[secret]);

            assert_eq!(verdict.is_ok(), is_valid, "{case}");
        }
    }
}

#[test]
fn every_license_request_vector_holds() {
    let Some(vectors) = read("license-request") else {
        return;
    };
    let vectors: Value = serde_json::from_slice(&vectors).unwrap();

    for (group, is_valid) in [("valid", true), ("invalid", false)] {
        for case in vectors[group].as_array().unwrap() {
            let form = case["body"].as_str().unwrap().as_bytes();
            let key = case["private_key"].as_str().unwrap().as_bytes();

            assert_eq!(
                fulfillment::verify(form, &[key]).is_ok(),
                is_valid,
                "{case}"
            );
            let request = fulfillment::read(form).unwrap();
            if let Some(quantity) = case["params"]["quantity"].as_str() {
                assert_eq!(request.quantity.to_string(), quantity);
            }
        }
    }
}

#[test]
fn every_shared_body_says_what_it_should() {
    let files = json_files(FOLDER);
    if files.is_empty() {
        return;
    }

    let lines: Vec<_> = files.iter().flat_map(|file| lines_of(file)).collect();

    assert_eq!(lines, EXPECTED.trim().lines().collect::<Vec<_>>());
}
