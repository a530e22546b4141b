//! Folds facts into records: `record' = fold(record, fact)`.
//!
//! Each side of a record is written only by the facts that speak of it, and the newest word stays;
//! so every order of arrival, with any repetition, ends in the same record.

mod keys;
mod order;
mod returns;
mod subscription;
#[cfg(test)]
mod tests;

pub use order::numbered;

use crate::domain::fact::{Charge, Fact, Group, GroupNews, SubscriptionNews};
use crate::domain::record::Records;
use crate::domain::time::Timestamp;

/// The records after a fact; an older or repeated fact changes nothing. `occurred_at` is the version of what
/// the message does not date itself.
#[must_use]
pub fn fold(mut records: Records, fact: &Fact, occurred_at: Timestamp) -> Records {
    match fact {
        Fact::OrderCompleted(snapshot) => order::completed(&mut records, snapshot, occurred_at),
        Fact::Subscription(news, snapshot) => {
            subscription::news(&mut records, *news, snapshot, occurred_at);
        }
        Fact::Charged(charge) => charged(&mut records, charge, occurred_at),
        Fact::ChargeFailed(charge) => {
            if let Some(id) = &charge.subscription_id {
                let record = records.subscriptions.entry(id.clone()).or_default();
                let failed_at = charge.charged_at.unwrap_or(occurred_at);
                record.failed_at = record.failed_at.max(Some(failed_at));
            }
        }
        Fact::Group(news, told) => group(&mut records, *news, told, occurred_at),
        Fact::Returned(returned) => returns::returned(&mut records, returned, occurred_at),
        Fact::ChargedBack(chargeback) => {
            if let Some(id) = &chargeback.order_id {
                let record = records.orders.entry(id.clone()).or_default();
                record.is_charged_back = true;
                returns::settle(&mut records, id);
            }
        }
        Fact::FulfillmentFailed(_)
        | Fact::KeysRequested(_)
        | Fact::AccountChanged(_)
        | Fact::Notice(_)
        | Fact::Unknown
        | Fact::DateCame(_)
        | Fact::Wished(_) => {}
    }
    keys::place(&mut records);
    records
}

/// A group's news, for each of its members; the order that charges it charges them all.
fn group(records: &mut Records, news: GroupNews, group: &Group, occurred_at: Timestamp) {
    let order = group.order_id.as_ref();
    for member in &group.members {
        let news = match news {
            GroupNews::Charged => {
                subscription::charged(records, member, order, occurred_at);
                continue;
            }
            GroupNews::ChargeFailed => {
                let record = records.subscriptions.entry(member.id.clone()).or_default();
                record.failed_at = record.failed_at.max(Some(occurred_at));
                continue;
            }
            GroupNews::Updated => SubscriptionNews::Updated,
            GroupNews::Overdue => SubscriptionNews::Overdue,
            GroupNews::Ended => SubscriptionNews::Ended,
        };
        subscription::news(records, news, member, occurred_at);
    }
    let Some(order_id) = order.filter(|_| news == GroupNews::Charged) else {
        return;
    };
    let began = |id| {
        let record = records.subscriptions.get(id);
        record.is_some_and(|record| record.initial_order.as_ref() == Some(order_id))
    };
    let ids = group.members.iter().map(|member| &member.id);
    let renewed: Vec<_> = ids.filter(|id| !began(id)).collect();
    let record = records.orders.entry(order_id.clone()).or_default();
    for id in renewed {
        record.charge(id);
    }
    record.total = record.total.or(group.total);
    if record.reference.is_none() {
        record.reference.clone_from(&group.order_reference);
    }
    returns::settle(records, order_id);
}

fn charged(records: &mut Records, charge: &Charge, occurred_at: Timestamp) {
    let Some(id) = &charge.subscription_id else {
        return;
    };
    let charged_at = charge.charged_at.unwrap_or(occurred_at);
    match &charge.subscription {
        Some(snapshot) => {
            let order = charge.order_id.as_ref();
            subscription::charged(records, snapshot, order, charged_at);
        }
        None => {
            let record = records.subscriptions.entry(id.clone()).or_default();
            record.charged_at = record.charged_at.max(Some(charged_at));
            if let Some(order) = &charge.order_id {
                record.charges.entry(order.clone()).or_default();
            }
        }
    }
    let Some(order_id) = &charge.order_id else {
        return;
    };
    let is_first = records
        .subscriptions
        .get(id)
        .is_some_and(|record| record.initial_order.as_ref() == Some(order_id));
    let record = records.orders.entry(order_id.clone()).or_default();
    if !is_first {
        record.charge(id);
    }
    record.total = record.total.or(charge.total);
    if record.reference.is_none() {
        record.reference.clone_from(&charge.order_reference);
    }
    returns::settle(records, order_id);
}
