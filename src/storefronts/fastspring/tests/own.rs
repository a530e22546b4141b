//! Our own bodies: the story of an invented vendor, one file per event type and variant.

use super::essentials::lines_of;
use super::json_files;

/// One line per event: its file, and what it says.
const EXPECTED: &str = r#"
account.created | New customer
account.updated | Customer details changed
batch.activated-payout-order | Subscription began · studio-pro, Active, x1, P1M, next 2026-12-03
batch.activated-payout-order | Payout note
batch.activated-payout-order | New order · studio-pro, 1xstudio-pro subscribed, total 19900, 1 subscriptions
chargeback.created | Chargeback
fulfillment.failed | Key not delivered · studio-pro
invoice.reminder.email | Invoice reminder sent
mailingListEntry.updated | Mailing list changed
order.approval.pending | Waiting for your approval
order.canceled | Order canceled before payment
order.completed.addon-later.unexpanded | New order · reverb, 1xreverb added, total 4900, 0 subscriptions
order.completed.bundle.expanded | New order · creator-bundle and 2 more, 1xcreator-bundle, 1xreverb bundled, 2xsample-pack bundled, total 8900, 0 subscriptions
order.completed.free-trial.unexpanded | New order · studio-lite, 1xstudio-lite subscribed, total 0, 0 subscriptions, 1 missing
order.completed.odd-numbers-empty-objects | New order · studio-lite × 2 and 1 more, 2xstudio-lite bare, 3xreverb, total 10000, 0 subscriptions
order.completed.one-time-quantity-gift.unexpanded | New order · reverb × 3, 3xreverb delivered, total 14700, 0 subscriptions
order.completed.one-time.expanded | New order · reverb, 1xreverb, total 4900, 0 subscriptions
order.completed.quantity-addon.expanded | New order · studio-pro-team × 5 and 1 more, 5xstudio-pro-team subscribed, 5xsample-pack added, total 97500, 1 subscriptions
order.completed.subscription.expanded | New order · studio-pro, 1xstudio-pro subscribed, total 19900, 1 subscriptions
order.failed | Checkout payment declined
order.payment.pending | Waiting for payment
payoutEntry.created.order | Payout note
payoutEntry.created.return | Payout note
quote.created | Quote
return.created.full | Refunded in full · reverb, back 4900, of 4900, 0 subscriptions, 1xreverb full
return.created.partial | Refunded in part · reverb, back 4900, of 14700, 0 subscriptions, 1xreverb partial
return.created.renewal | Refunded in full · studio-pro, back 19900, of 19900, 1 subscriptions, 1xstudio-pro full
return.created.unlabeled.unexpanded | Refunded · reverb, back 3000, of 14700, 0 subscriptions, 0xreverb unlabeled
subscription.activated.addon.unexpanded | Subscription began · studio-pro-team, Active, x5, P1Y, next 2027-11-10, +5xsample-pack, 1 missing
subscription.activated.expanded | Subscription began · studio-pro, Active, x1, P1M, next 2026-12-03
subscription.activated.free-trial.unexpanded | Free trial began · studio-lite, Trial, x1, P1M, next 2026-11-30, 1 missing
subscription.activated.managed.unexpanded | Subscription began · studio-pro-team, Active, x1, ad hoc, next 2027-11-18, 1 missing
subscription.activated.paid-trial.expanded | Paid trial began · studio-pro, Trial, x1, P1M, next 2026-12-15
subscription.canceled.expanded | Subscription canceled, ends later · studio-pro, Canceled, x1, P1M, next 2027-01-03, deactivation 2027-01-02
subscription.charge.completed.proration.expanded | Renewal paid · studio-pro-team, total 53748, Active, x8, P1Y, next 2027-11-10, +8xsample-pack
subscription.charge.completed.renewal.expanded | Renewal paid · studio-pro, total 19900, Active, x1, P1M, next 2027-01-03
subscription.charge.completed.renewal.unexpanded | Renewal paid, total unknown, 1 missing
subscription.charge.failed.trial.expanded | Payment failed · studio-pro, total unknown, EXPIRED_CARD, Trial, x1, P1M, next 2026-12-15, deactivation 2026-12-22
subscription.charge.failed.unexpanded | Payment failed, total unknown, INSUFFICIENT_FUNDS, 1 missing
subscription.deactivated.immediate.expanded | Subscription ended · studio-pro, Deactivated, x1, P1M, next 2026-12-15, end 2026-12-18, deactivation 2026-12-18
subscription.deactivated.overdue.expanded | Subscription ended · studio-lite, Deactivated, x2, P1M, next 2026-12-05, end 2027-01-09, deactivation 2027-01-09
subscription.deactivated.period-end.unexpanded | Subscription ended · studio-pro, Deactivated, x1, P1M, next 2027-01-03, deactivation 2027-01-03, 1 missing
subscription.group.created | Subscription group changed · 2 subscriptions, Active, x1, P1M, next 2026-12-10, Active, x1, P1M, next 2026-12-10
subscription.group.deactivated | Subscription group ended · 2 subscriptions, 2 missing
subscription.group.payment.charge.completed | Renewals paid together · 2 subscriptions, Active, x1, P1M, next 2027-01-10, Active, x1, P1M, next 2027-01-10
subscription.group.payment.charge.failed | Payment of a group failed · 2 subscriptions, Overdue, x1, P1M, next 2027-01-10, Overdue, x1, P1M, next 2027-01-10
subscription.group.payment.overdue | Payment of a group overdue · 2 subscriptions, Overdue, x1, P1M, next 2027-01-10, Overdue, x1, P1M, next 2027-01-10
subscription.group.payment.reminder | Payment reminder sent for a group
subscription.group.prorated | Subscription group changed · 2 subscriptions, Active, x1, P1M, next 2026-12-10, Active, x1, P1M, next 2026-12-10
subscription.group.updated | Subscription group changed · 2 subscriptions, Active, x1, P1M, next 2026-12-10, Active, x1, P1M, next 2026-12-10
subscription.paused.unexpanded | Subscription paused · studio-lite, Paused, x1, P1M, next 2027-03-30, pause 2026-12-30, 1 missing
subscription.payment.overdue.expanded | Payment overdue · studio-lite, Overdue, x2, P1M, next 2026-12-05
subscription.payment.reminder | Payment reminder sent
subscription.resumed.unexpanded | Subscription resumed · studio-lite, Active, x1, P1M, next 2027-02-15, 1 missing
subscription.trial.reminder.expanded | Trial reminder sent
subscription.uncanceled.expanded | Cancellation withdrawn · studio-pro, Active, x1, P1M, next 2027-01-03
subscription.updated.addon-removed.unexpanded | Subscription changed · studio-pro-team, Active, x8, P1Y, next 2027-11-10, 1 missing
subscription.updated.pause-scheduled.unexpanded | Subscription changed · studio-lite, Active, x1, P1M, next 2026-12-30, pause 2026-12-30, 1 missing
subscription.updated.plan.expanded | Subscription changed · studio-pro, Active, x1, P1M, next 2027-02-15
subscription.updated.quantity.expanded | Subscription changed · studio-pro-team, Active, x8, P1Y, next 2027-11-10, +8xsample-pack
subscription.updated.quantity.unexpanded | Subscription changed · studio-pro-team, Active, x8, P1Y, next 2027-11-10, +8xsample-pack, 1 missing
unknown.type | Unknown message
"#;

#[test]
fn every_body_of_ours_says_what_it_should() {
    let files = json_files("tests/fixtures/fastspring");

    let lines: Vec<_> = files.iter().flat_map(|file| lines_of(file)).collect();

    assert_eq!(lines, EXPECTED.trim().lines().collect::<Vec<_>>());
}
