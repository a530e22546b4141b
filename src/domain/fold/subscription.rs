//! News of a subscription: which side of its record each kind writes.

use crate::domain::fact::{Addon, ShopState, SubscriptionNews, SubscriptionSnapshot};
use crate::domain::record::{AddonRecord, PaidThrough, Records, SubscriptionRecord};
use crate::domain::shop_id::OrderId;
use crate::domain::time::Timestamp;

/// Folds news; a snapshot without a date of its own counts from when the message was sent.
pub fn news(
    records: &mut Records,
    news: SubscriptionNews,
    snapshot: &SubscriptionSnapshot,
    occurred_at: Timestamp,
) {
    let version = snapshot.changed.unwrap_or(occurred_at);
    let record = records
        .subscriptions
        .entry(snapshot.id.clone())
        .or_default();
    standing_data(record, snapshot, version);
    if let Some(order) = &snapshot.initial_order_id {
        // That order may never be seen: it was lost, or another system served it.
        let order = records.orders.entry(order.clone()).or_default();
        order.began.insert(snapshot.id.clone());
    }
    match news {
        SubscriptionNews::Activated => purchased(record, snapshot, version),
        SubscriptionNews::Updated => {
            runs(record, snapshot, version);
            terms(record, snapshot, version);
            if let Some(paid) = paid_through(snapshot) {
                record.moved.put(version, paid);
            }
        }
        SubscriptionNews::Canceled => {
            let end = snapshot.deactivation_date.or(snapshot.next);
            record.cancellation.put(version, end);
        }
        SubscriptionNews::Uncanceled => {
            runs(record, snapshot, version);
            record.cancellation.put(version, None);
            if let Some(paid) = paid_through(snapshot) {
                record.moved.put(version, paid);
            }
        }
        SubscriptionNews::Paused => {
            let from = snapshot.pause_date.unwrap_or(version);
            record.pause.put(version, Some(from));
        }
        SubscriptionNews::Resumed => record.pause.put(version, None),
        SubscriptionNews::Overdue => {
            // A notice that shows another state was overtaken before it was sent.
            if matches!(snapshot.state, None | Some(ShopState::Overdue)) {
                record.overdue_at = record.overdue_at.max(Some(version));
            }
        }
        SubscriptionNews::Ended => {
            record.endings.insert(version);
        }
    }
}

/// An edit says whether it runs; an edit of what had ended may set it going again.
fn runs(record: &mut SubscriptionRecord, snapshot: &SubscriptionSnapshot, version: Timestamp) {
    match snapshot.state {
        Some(ShopState::Deactivated) => {
            record.endings.insert(version);
        }
        Some(_) | None if snapshot.is_active == Some(true) => {
            record.ran_at = record.ran_at.max(Some(version));
        }
        Some(_) | None => {}
    }
}

/// What a purchase says of the subscription it began: terms and the first paid-through date.
pub fn purchased(
    record: &mut SubscriptionRecord,
    snapshot: &SubscriptionSnapshot,
    version: Timestamp,
) {
    terms(record, snapshot, version);
    if let Some(paid) = paid_through(snapshot) {
        record.paid.put(version, paid);
        record.first = Some(record.first.map_or(paid, |first| first.min(paid)));
    }
}

/// A payment: the paid-through date, and that money came in.
pub fn charged(
    records: &mut Records,
    snapshot: &SubscriptionSnapshot,
    order: Option<&OrderId>,
    charged_at: Timestamp,
) {
    let version = snapshot.changed.unwrap_or(charged_at);
    let record = records
        .subscriptions
        .entry(snapshot.id.clone())
        .or_default();
    standing_data(record, snapshot, version);
    record.charged_at = record.charged_at.max(Some(charged_at));
    // Paid for after it had ended, and running: the payment and the end had crossed.
    if snapshot.state != Some(ShopState::Deactivated) && snapshot.is_active == Some(true) {
        record.ran_at = record.ran_at.max(Some(version));
    }
    let paid = paid_through(snapshot);
    if let Some(paid) = paid {
        record.paid.put(version, paid);
    }
    if let Some(order) = order.filter(|order| record.initial_order.as_ref() != Some(order)) {
        let charge = record.charges.entry(order.clone()).or_default();
        charge.through = charge.through.max(paid.map(|paid| paid.next));
    }
}

/// What any snapshot tells that no license hangs on by itself.
pub fn standing_data(
    record: &mut SubscriptionRecord,
    snapshot: &SubscriptionSnapshot,
    version: Timestamp,
) {
    if record.initial_order.is_none() {
        record.initial_order.clone_from(&snapshot.initial_order_id);
    }
    if record.initial_reference.is_none() {
        record
            .initial_reference
            .clone_from(&snapshot.initial_order_reference);
    }
    if let Some(product) = &snapshot.product {
        record.named_path.put(version, product.path.clone());
    }
    if let Some(interval) = snapshot.interval {
        record.interval.put(version, interval);
    }
    if let Some(begin) = snapshot.begin {
        record.begin.put(version, begin);
    }
}

fn terms(record: &mut SubscriptionRecord, snapshot: &SubscriptionSnapshot, version: Timestamp) {
    if let Some(product) = &snapshot.product {
        record.product_path.put(version, product.path.clone());
    }
    if let Some(quantity) = snapshot.quantity {
        record.quantity.put(version, quantity);
    }
    if let Some(addons) = &snapshot.addons {
        let addons = addons.iter().map(addon).collect();
        record.addons.put(version, addons);
    }
}

fn addon(addon: &Addon) -> AddonRecord {
    AddonRecord {
        product_path: addon.product.path.clone(),
        quantity: addon.quantity,
    }
}

/// The paid-through date of a snapshot; `None` in states in which the next date is not paid time.
pub fn paid_through(snapshot: &SubscriptionSnapshot) -> Option<PaidThrough> {
    let is_paid = match snapshot.state {
        Some(ShopState::Active | ShopState::Trial | ShopState::Canceled) => true,
        Some(ShopState::Overdue | ShopState::Paused | ShopState::Deactivated) => false,
        None => snapshot.is_active != Some(false),
    };
    let next = snapshot.next.filter(|_| is_paid)?;
    Some(PaidThrough {
        next,
        is_trial: snapshot.state == Some(ShopState::Trial) || snapshot.trial.is_some(),
    })
}
