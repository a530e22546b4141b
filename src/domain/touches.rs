//! Which records a fact touches, so that they can be loaded and locked before it is folded.

use std::collections::BTreeSet;

use crate::domain::fact::{DueDate, Fact};
use crate::domain::id::KeyRequestId;
use crate::domain::license::Root;
use crate::domain::record::{OrderKind, Records};
use crate::domain::shop_id::{OrderId, SubscriptionId};

/// Ids of records, in the order in which they are locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touches {
    /// Orders.
    pub orders: BTreeSet<OrderId>,
    /// Subscriptions.
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// Keys that were asked for.
    pub key_requests: BTreeSet<KeyRequestId>,
    /// Receipt numbers for which keys may have been asked.
    pub references: BTreeSet<String>,
}

impl Touches {
    /// What the fact itself names; empty when it names nothing, which is then never acted on.
    pub fn of(fact: &Fact) -> Self {
        let mut touches = Self::default();
        match fact {
            Fact::OrderCompleted(order) => {
                touches.orders.insert(order.id.clone());
                touches.references.extend(order.reference.clone());
                for line in &order.lines {
                    touches.subscriptions.extend(line.subscription.clone());
                    touches
                        .subscriptions
                        .extend(line.parent_subscription.clone());
                }
            }
            Fact::Subscription(_, snapshot) => {
                touches.subscriptions.insert(snapshot.id.clone());
                touches.orders.extend(snapshot.initial_order_id.clone());
                touches
                    .references
                    .extend(snapshot.initial_order_reference.clone());
            }
            Fact::Charged(charge) | Fact::ChargeFailed(charge) => {
                touches.subscriptions.extend(charge.subscription_id.clone());
                touches.orders.extend(charge.order_id.clone());
            }
            Fact::Group(_, group) => {
                touches.orders.extend(group.order_id.clone());
                for member in &group.members {
                    touches.subscriptions.insert(member.id.clone());
                    touches.orders.extend(member.initial_order_id.clone());
                }
            }
            Fact::Returned(returned) => {
                touches.orders.extend(returned.order_id.clone());
                touches
                    .subscriptions
                    .extend(returned.subscriptions.iter().cloned());
                for line in &returned.lines {
                    touches.subscriptions.extend(line.subscription.clone());
                }
            }
            Fact::ChargedBack(chargeback) => touches.orders.extend(chargeback.order_id.clone()),
            Fact::FulfillmentFailed(failure) => {
                touches.orders.extend(failure.order_id.clone());
                touches
                    .subscriptions
                    .extend(failure.subscription_id.clone());
            }
            Fact::KeysRequested(request) => {
                touches.key_requests.insert(request.id);
            }
            Fact::DateCame(due) => {
                touches.subscriptions.extend(due.subscription().cloned());
                if let DueDate::KeysWithoutOrder(id) = due {
                    touches.key_requests.insert(*id);
                }
            }
            Fact::Wished(wished) => touches.add(&wished.root),
            Fact::AccountChanged(_) | Fact::Notice(_) | Fact::Unknown => {}
        }
        touches
    }

    /// What of these is among some records.
    pub fn among(&self, records: &Records) -> Records {
        let orders = self.orders.iter();
        let subscriptions = self.subscriptions.iter();
        Records {
            orders: orders
                .filter_map(|id| records.orders.get_key_value(id))
                .map(|(id, record)| (id.clone(), record.clone()))
                .collect(),
            subscriptions: subscriptions
                .filter_map(|id| records.subscriptions.get_key_value(id))
                .map(|(id, record)| (id.clone(), record.clone()))
                .collect(),
            ..Records::default()
        }
    }

    fn add(&mut self, root: &Root) {
        match root {
            Root::Order(id) => drop(self.orders.insert(id.clone())),
            Root::Subscription(id) => drop(self.subscriptions.insert(id.clone())),
            Root::Reference(reference) => drop(self.references.insert(reference.clone())),
        }
    }

    /// What the loaded records name beyond that: load these too, once.
    pub fn beyond(records: &Records) -> Self {
        let mut touches = Self::default();
        for order in records.orders.values() {
            if let OrderKind::Charge { subscriptions } = &order.kind {
                touches.subscriptions.extend(subscriptions.iter().cloned());
            }
            touches.subscriptions.extend(order.began.iter().cloned());
            for line in &order.lines {
                if let Root::Subscription(id) = &line.root {
                    touches.subscriptions.insert(id.clone());
                }
            }
        }
        for request in records.key_requests.values() {
            touches.orders.extend(request.order_id.clone());
            if let Root::Subscription(id) = &request.root {
                touches.subscriptions.insert(id.clone());
            }
        }
        for subscription in records.subscriptions.values() {
            touches.orders.extend(subscription.initial_order.clone());
            touches
                .orders
                .extend(subscription.addon_orders.keys().cloned());
        }
        touches.orders.retain(|id| !records.orders.contains_key(id));
        touches
            .subscriptions
            .retain(|id| !records.subscriptions.contains_key(id));
        touches
    }

    /// The roots of all licenses that may be concerned, once the records are folded.
    pub fn roots(records: &Records) -> BTreeSet<Root> {
        let orders = records.orders.keys().cloned().map(Root::Order);
        let references = records
            .orders
            .values()
            .filter_map(|order| order.reference.clone())
            .map(Root::Reference);
        let subscriptions = records
            .subscriptions
            .keys()
            .cloned()
            .map(Root::Subscription);
        let requests = records
            .key_requests
            .values()
            .map(|request| request.root.clone());
        orders
            .chain(references)
            .chain(subscriptions)
            .chain(requests)
            .collect()
    }
}
