//! The brake's count: the larger of twenty and one in twenty, each purchase once, forgotten after an hour.

use latchkey::domain::license::{LicenseState, Root};
use latchkey::domain::shop_id::OrderId;
use latchkey::store::{Store, brake, licenses};

use crate::samples::{at, license, storefront_id, tenant, tenant_id};
use crate::{on_both, write};

const HOUR: i64 = 3_600;

async fn count(store: &Store, number: u128, second: i64) -> bool {
    write(store, move |db| {
        let root = Root::Order(OrderId::new(&format!("ORDER-{number}")).unwrap());
        brake::count(db, tenant_id(1), storefront_id(1), &root, at(second))
    })
    .await
}

/// So many purchases with an active license each.
async fn sell(store: &Store, many: u128) {
    tenant(store, 1).await;
    write(store, move |db| {
        for number in 1..=many {
            let mut row = license(1, number);
            row.state = LicenseState::Active;
            licenses::create(db, &[row])?;
        }
        Ok(())
    })
    .await;
}

#[test]
fn a_small_store_may_end_twenty_an_hour() {
    on_both(async |store| {
        sell(store, 30).await;
        for number in 1..=20 {
            assert!(count(store, number, 0).await, "{number}");
        }

        assert!(!count(store, 21, 1).await);
        assert!(count(store, 20, 1).await, "counted once");
        assert!(!count(store, 21, HOUR - 1).await);
        assert!(count(store, 21, HOUR).await);
    });
}

#[test]
fn a_large_store_may_end_one_in_twenty() {
    on_both(async |store| {
        sell(store, 1_000).await;

        let mut allowed = 0;
        for number in 1..=60 {
            if count(store, number, 0).await {
                allowed += 1;
                write(store, move |db| {
                    let gone = licenses::LicenseChange {
                        state: Some(LicenseState::Deleted),
                        ..licenses::LicenseChange::default()
                    };
                    let id = crate::samples::license_id(number);
                    licenses::change(db, tenant_id(1), id, &gone)
                })
                .await;
            }
        }

        assert_eq!(allowed, 50);
    });
}

#[test]
fn replicas_together_stay_within_the_limit() {
    on_both(async |store| {
        sell(store, 30).await;

        let counted = (1..=30).map(|number| count(store, number, 0));
        let counted = futures::future::join_all(counted).await;

        assert_eq!(counted.into_iter().filter(|counted| *counted).count(), 20);
    });
}
