//! Orders and subscriptions: folded by one at a time, found by either name.

use std::collections::BTreeSet;

use latchkey::domain::shop_id::{OrderId, SubscriptionId};
use latchkey::store::orders::{self, Order, OrderSubscription};
use latchkey::store::subscriptions::{self, Subscription};
use latchkey::store::{Db, StoreError, records};

use crate::samples::{at, storefront_id, tenant, tenant_id};
use crate::{PLATFORM, on_both, read, write};

fn order_id() -> OrderId {
    OrderId::new("ORDER").unwrap()
}

fn subscription_id() -> SubscriptionId {
    SubscriptionId::new("SUBSCRIPTION").unwrap()
}

fn order(record: &str) -> Order {
    Order {
        tenant_id: tenant_id(1),
        storefront_id: storefront_id(1),
        order_id: order_id(),
        reference: Some("NWA-1".to_owned()),
        live: true,
        customer_id: None,
        record: record.to_owned(),
        changed_at: None,
        updated_at: at(0),
    }
}

fn subscription(record: &str) -> Subscription {
    Subscription {
        tenant_id: tenant_id(1),
        storefront_id: storefront_id(1),
        subscription_id: subscription_id(),
        live: true,
        customer_id: None,
        product_path: None,
        record: record.to_owned(),
        next: Some(at(9)),
        updated_at: at(0),
    }
}

/// Reads the count in the record and writes one more.
fn fold(db: &mut Db) -> Result<(), StoreError> {
    let names = BTreeSet::from([order_id()]);
    records::lock(db, storefront_id(1), &names, &BTreeSet::new())?;
    let known = orders::find(db, tenant_id(1), storefront_id(1), &order_id())?;
    let count: u32 = known.map_or(0, |order| order.record.parse().unwrap());
    orders::put(db, &order(&(count + 1).to_string()))
}

#[test]
fn folds_of_one_order_lose_nothing_even_before_it_is_there() {
    on_both(async |store| {
        tenant(store, 1).await;

        let folds = (0..20).map(|_| store.write(PLATFORM, fold));
        futures::future::try_join_all(folds).await.unwrap();

        let found = read(store, |db| {
            orders::find(db, tenant_id(1), storefront_id(1), &order_id())
        })
        .await;
        assert_eq!(found.unwrap().record, "20");
    });
}

#[test]
fn an_order_is_found_by_id_and_by_receipt_number() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| orders::put(db, &order("{}"))).await;

        for name in ["ORDER", "NWA-1"] {
            let found = read(store, move |db| orders::list_named(db, tenant_id(1), name)).await;
            assert_eq!(found, [order("{}")], "{name}");
        }
        let other = read(store, |db| orders::list_named(db, tenant_id(2), "ORDER")).await;
        assert!(other.is_empty());
    });
}

#[test]
fn an_order_and_a_subscription_are_found_together() {
    on_both(async |store| {
        tenant(store, 1).await;
        let home = (tenant_id(1), storefront_id(1));
        let find = async |order: bool, subscription: bool| {
            let found = read(store, move |db| {
                let (order_id, subscription_id) = (order_id(), subscription_id());
                records::find(
                    db,
                    home,
                    order.then_some(&order_id),
                    subscription.then_some(&subscription_id),
                )
            });
            let (order, subscription) = found.await;
            (
                order.map(|stored| stored.record),
                subscription.map(|stored| stored.record),
            )
        };

        assert_eq!(find(true, true).await, (None, None));
        write(store, |db| orders::put(db, &order("{}"))).await;
        assert_eq!(find(true, true).await, (Some("{}".to_owned()), None));
        write(store, |db| subscriptions::put(db, &subscription("[]"))).await;
        let (order, subscription) = (Some("{}".to_owned()), Some("[]".to_owned()));
        assert_eq!(
            find(true, true).await,
            (order.clone(), subscription.clone())
        );
        assert_eq!(find(true, false).await, (order, None));
        assert_eq!(find(false, true).await, (None, subscription));
    });
}

#[test]
fn writing_none_empties_what_was_there() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            orders::put(db, &order("{}"))?;
            orders::put(
                db,
                &Order {
                    reference: None,
                    ..order("{}")
                },
            )
        })
        .await;

        let found = read(store, |db| {
            orders::find(db, tenant_id(1), storefront_id(1), &order_id())
        })
        .await;

        assert_eq!(found.unwrap().reference, None);
    });
}

#[test]
fn orders_and_subscriptions_name_each_other() {
    on_both(async |store| {
        tenant(store, 1).await;
        let subscription = subscription("{}");
        let kept = subscription.clone();
        write(store, move |db| {
            subscriptions::put(db, &subscription)?;
            for _ in 0..2 {
                let relation = OrderSubscription {
                    tenant_id: tenant_id(1),
                    storefront_id: storefront_id(1),
                    order_id: order_id(),
                    subscription_id: subscription_id(),
                };
                orders::relate(db, &relation)?;
            }
            Ok(())
        })
        .await;

        let found = read(store, |db| {
            subscriptions::find(db, tenant_id(1), storefront_id(1), &subscription_id())
        })
        .await;
        let of_order = read(store, |db| {
            orders::list_subscriptions(db, tenant_id(1), storefront_id(1), &order_id())
        })
        .await;
        let of_subscription = read(store, |db| {
            orders::list_of_subscription(db, tenant_id(1), storefront_id(1), &subscription_id())
        })
        .await;

        assert_eq!(found, Some(kept));
        assert_eq!(of_order, [subscription_id()]);
        assert_eq!(of_subscription, [order_id()]);
    });
}
