//! License servers, stores, mappings, and what is remembered.

use latchkey::domain::id::{MappingId, OlderSecretId};
use latchkey::domain::rules::Mode;
use latchkey::store::license_servers::{self, BreakerState, LicenseServerUpdate};
use latchkey::store::mappings::{self, Mapping, ProductSeen};
use latchkey::store::older_secrets::{self, OlderSecret};
use latchkey::store::remembered::{self, Remembered, RemoteUser};
use latchkey::store::storefronts::{self, SecretRotation, StorefrontUpdate};
use latchkey::store::{Store, StoreError, license_servers::ServerState};
use uuid::Uuid;

use crate::samples::{at, hook_hash, server_id, storefront_id, tenant, tenant_id};
use crate::{PLATFORM, on_both, read, write};

#[test]
fn a_hook_finds_its_store_until_it_is_removed() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        let find = |number| {
            read(store, move |db| {
                storefronts::find_hook_across_tenants(db, &hook_hash(number))
            })
        };

        assert_eq!(find(2).await.unwrap().tenant_id, tenant_id(2));
        assert!(find(3).await.is_none());
        write(store, |db| {
            storefronts::delete(db, tenant_id(2), storefront_id(2), at(1))
        })
        .await;
        assert!(find(2).await.is_none());
    });
}

#[test]
fn a_change_leaves_alone_what_it_does_not_name() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            let change = StorefrontUpdate {
                mode: Some(Mode::Paused),
                fulfillment_key_sealed: Some(Some(vec![5])),
                ..StorefrontUpdate::default()
            };
            storefronts::change(db, tenant_id(1), storefront_id(1), &change)?;
            let rotation = SecretRotation {
                webhook_secret_sealed: vec![8],
                previous_secret_sealed: Some(vec![2]),
                previous_secret_until: Some(at(60)),
            };
            storefronts::rotate(db, (tenant_id(1), storefront_id(1)), &[2], &rotation)?;
            storefronts::change(
                db,
                tenant_id(1),
                storefront_id(1),
                &StorefrontUpdate::default(),
            )
        })
        .await;

        let found = read(store, |db| {
            storefronts::find(db, tenant_id(1), storefront_id(1))
        })
        .await
        .unwrap();
        let other = store
            .write(PLATFORM, |db| {
                storefronts::change(
                    db,
                    tenant_id(2),
                    storefront_id(1),
                    &StorefrontUpdate::default(),
                )
            })
            .await;

        assert_eq!(
            (found.name.as_str(), found.mode.as_str()),
            ("store", "paused")
        );
        assert_eq!(found.fulfillment_key_sealed, Some(vec![5]));
        assert_eq!(found.previous_secret_until, Some(at(60)));
        assert!(matches!(other, Err(StoreError::NotFound)));
    });
}

#[test]
fn a_secret_is_changed_only_as_it_was_known() {
    on_both(async |store| {
        tenant(store, 1).await;
        let rotate = async |number, known: u8| {
            let rotation = SecretRotation {
                webhook_secret_sealed: vec![8],
                previous_secret_sealed: None,
                previous_secret_until: None,
            };
            let written = store.write(PLATFORM, move |db| {
                let store = (tenant_id(number), storefront_id(number));
                storefronts::rotate(db, store, &[known], &rotation)
            });
            written.await
        };

        assert!(rotate(1, 2).await.is_ok());
        assert!(matches!(rotate(1, 2).await, Err(StoreError::Conflict(_))));
        assert!(matches!(rotate(2, 2).await, Err(StoreError::NotFound)));
    });
}

#[test]
fn secrets_of_before_are_known_until_they_lapse() {
    on_both(async |store| {
        for number in 1..=2 {
            tenant(store, number).await;
        }
        let older = |number: u128, tenant, until| OlderSecret {
            tenant_id: tenant_id(tenant),
            id: OlderSecretId::from_uuid(Uuid::from_u128(number)),
            storefront_id: storefront_id(tenant),
            secret_sealed: vec![9],
            believed_until: at(until),
        };
        let known = async |tenant, now| {
            read(store, move |db| {
                older_secrets::list(db, tenant_id(tenant), storefront_id(tenant), at(now))
            })
            .await
        };
        for row in [older(1, 1, 10), older(2, 1, 20), older(3, 2, 30)] {
            write(store, move |db| older_secrets::create(db, &row)).await;
        }

        assert_eq!(known(1, 0).await, [older(2, 1, 20), older(1, 1, 10)]);
        assert_eq!(known(1, 10).await, [older(2, 1, 20)]);
        write(store, |db| {
            older_secrets::delete_lapsed(db, tenant_id(1), storefront_id(1), at(10))
        })
        .await;
        assert_eq!(known(1, 0).await, [older(2, 1, 20)]);
        write(store, |db| {
            older_secrets::delete_all(db, tenant_id(1), storefront_id(1))
        })
        .await;
        assert_eq!(known(1, 0).await, []);
        assert_eq!(known(2, 0).await, [older(3, 2, 30)]);
    });
}

#[test]
fn a_broken_license_server_is_probed_by_one() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            let breaker = BreakerState {
                failures_in_row: 5,
                broken_since: Some(at(1)),
                next_probe_at: Some(at(11)),
                ..BreakerState::default()
            };
            license_servers::set_breaker(db, tenant_id(1), server_id(1), &breaker)
        })
        .await;
        let due = |now| {
            read(store, move |db| {
                license_servers::list_to_probe_across_tenants(db, at(now), 10)
            })
        };

        assert!(due(10).await.is_empty());
        let server = due(11).await.remove(0);
        let take = || {
            let server = server.clone();
            write(store, move |db| {
                license_servers::take_probe(db, &server, at(21))
            })
        };
        assert!(take().await);
        assert!(!take().await);
        write(store, |db| {
            license_servers::set_breaker(db, tenant_id(1), server_id(1), &BreakerState::default())
        })
        .await;
        assert!(due(100).await.is_empty());
    });
}

#[test]
fn a_removed_license_server_is_not_found() {
    on_both(async |store| {
        tenant(store, 1).await;
        let used = read(store, |db| {
            storefronts::uses_license_server(db, tenant_id(1), server_id(1))
        })
        .await;
        write(store, |db| {
            let change = LicenseServerUpdate {
                token_version: Some(2),
                ..LicenseServerUpdate::default()
            };
            license_servers::change(db, tenant_id(1), server_id(1), &change)
        })
        .await;
        let found = read(store, |db| {
            license_servers::find(db, tenant_id(1), server_id(1))
        })
        .await
        .unwrap();

        write(store, |db| {
            license_servers::delete(db, tenant_id(1), server_id(1), at(1))
        })
        .await;

        assert!(used);
        assert_eq!(
            (found.token_version, found.state),
            (2, ServerState::Unchecked)
        );
        assert!(
            read(store, |db| license_servers::list(db, tenant_id(1)))
                .await
                .is_empty()
        );
    });
}

#[test]
fn a_mapping_is_put_in_place_of_the_one_before_and_keeps_its_id() {
    on_both(async |store| {
        tenant(store, 1).await;
        for number in [1, 2] {
            write(store, move |db| {
                let mapping = Mapping {
                    tenant_id: tenant_id(1),
                    storefront_id: storefront_id(1),
                    product_path: "studio".to_owned(),
                    id: MappingId::from_uuid(Uuid::from_u128(number)),
                    mapping: format!("{{\"n\":{number}}}"),
                    fulfillment_key_sealed: None,
                    updated_at: at(0),
                };
                mappings::put(db, &mapping)
            })
            .await;
        }

        let all = read(store, |db| {
            mappings::list(db, tenant_id(1), storefront_id(1))
        })
        .await;

        assert_eq!(all.len(), 1);
        assert_eq!(all[0].id.as_uuid().as_u128(), 1);
        assert_eq!(all[0].mapping, "{\"n\":2}");
        let delete = || {
            write(store, |db| {
                mappings::delete_one(db, tenant_id(1), storefront_id(1), "studio")
            })
        };
        assert!(delete().await);
        assert!(!delete().await);
    });
}

#[test]
fn a_product_keeps_its_attributes_when_an_event_carries_none() {
    on_both(async |store| {
        tenant(store, 1).await;

        let all = shown(store, &[seen(Some("{}"), 1), seen(None, 61)]).await;

        assert_eq!(all.len(), 1);
        assert_eq!(all[0].attributes.as_deref(), Some("{}"));
        assert_eq!((all[0].first_seen_at, all[0].last_seen_at), (at(1), at(61)));
    });
}

#[test]
fn a_product_is_seen_to_the_minute_unless_something_new_is_said_of_it() {
    on_both(async |store| {
        tenant(store, 1).await;

        for (text, last) in [(None, at(1)), (Some("{}"), at(1)), (Some("{ }"), at(60))] {
            let all = shown(store, &[seen(Some("{}"), 1), seen(text, 60)]).await;

            assert_eq!(all[0].last_seen_at, last, "{text:?}");
        }
    });
}

/// A product as an event shows it.
fn seen(attributes: Option<&str>, second: i64) -> ProductSeen {
    ProductSeen {
        tenant_id: tenant_id(1),
        storefront_id: storefront_id(1),
        product_path: "studio".to_owned(),
        display: None,
        attributes: attributes.map(str::to_owned),
        first_seen_at: at(second),
        last_seen_at: at(second),
        shop_key_at: None,
    }
}

/// What is known of products after these were seen.
async fn shown(store: &Store, products: &[ProductSeen]) -> Vec<ProductSeen> {
    let products = products.to_vec();
    write(store, move |db| mappings::see(db, &products, &[])).await;
    read(store, |db| {
        mappings::list_seen(db, tenant_id(1), storefront_id(1))
    })
    .await
}

#[test]
fn what_is_remembered_is_replaced_and_forgotten() {
    on_both(async |store| {
        tenant(store, 1).await;
        for value in ["1", "2"] {
            write(store, move |db| {
                let answer = Remembered {
                    tenant_id: tenant_id(1),
                    license_server_id: server_id(1),
                    subject: "template:T".to_owned(),
                    value: value.to_owned(),
                    read_at: at(0),
                };
                remembered::put(db, &answer)?;
                let user = RemoteUser {
                    tenant_id: tenant_id(1),
                    license_server_id: server_id(1),
                    email_hash: vec![1; 16],
                    remote_id: value.to_owned(),
                };
                remembered::put_user(db, &user)
            })
            .await;
        }
        let answer = || {
            read(store, |db| {
                remembered::find(db, tenant_id(1), server_id(1), "template:T")
            })
        };
        let user = || {
            read(store, |db| {
                remembered::find_user(db, tenant_id(1), server_id(1), &[1; 16])
            })
        };

        assert_eq!(answer().await.unwrap().value, "2");
        assert_eq!(user().await.as_deref(), Some("2"));
        write(store, |db| {
            remembered::forget(db, tenant_id(1), server_id(1), "template:T")?;
            remembered::forget_user(db, tenant_id(1), server_id(1), &[1; 16])
        })
        .await;
        assert!(answer().await.is_none());
        assert!(user().await.is_none());
    });
}
