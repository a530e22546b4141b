//! Users, sessions and tokens: what they open, and for how long.

use latchkey::domain::id::{ApiTokenId, UserId};
use latchkey::store::api_tokens::{self, ApiToken};
use latchkey::store::sessions::{self, Session};
use latchkey::store::users::{self, Membership, User};
use latchkey::store::{StoreError, tenants};
use latchkey::vault::{MasterKeys, TenantKeys};
use uuid::Uuid;

use crate::samples::{at, tenant, tenant_id};
use crate::{PLATFORM, on_both, read, write};

fn user_id(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn user(number: u128, email: &str) -> User {
    User {
        id: user_id(number),
        email: email.to_owned(),
        name: "A Person".to_owned(),
        password_hash: "hash".to_owned(),
        is_operator: false,
        created_at: at(0),
    }
}

#[test]
fn a_person_is_found_by_address_in_any_case_and_acts_for_tenants() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            users::create(db, &user(1, "a@example.com"))?;
            let membership = Membership {
                tenant_id: tenant_id(1),
                user_id: user_id(1),
                role: "owner".to_owned(),
                created_at: at(0),
            };
            users::join(db, &membership)
        })
        .await;

        let taken = store
            .write(PLATFORM, |db| users::create(db, &user(2, "a@example.com")))
            .await;
        let found = read(store, |db| users::find_by_email(db, "A@Example.com")).await;
        let of = read(store, |db| {
            users::list_tenants_across_tenants(db, user_id(1))
        })
        .await;
        let members = read(store, |db| users::list(db, tenant_id(1))).await;

        assert!(matches!(taken, Err(StoreError::Conflict(_))));
        assert!(found.is_some_and(|user| user.id == user_id(1)));
        assert_eq!(of[0].0.name, "vendor 1");
        assert_eq!(members.len(), 1);
    });
}

#[test]
fn a_session_ends_by_time_and_by_hand() {
    on_both(async |store| {
        write(store, |db| {
            users::create(db, &user(1, "a@example.com"))?;
            for hash in [[1; 32], [2; 32]] {
                let session = Session {
                    id_hash: hash.to_vec(),
                    user_id: user_id(1),
                    tenant_id: None,
                    csrf_token: "token".to_owned(),
                    created_at: at(0),
                    last_seen_at: at(0),
                    expires_at: at(100),
                };
                sessions::create(db, &session)?;
            }
            sessions::delete_one(db, &[2; 32])
        })
        .await;

        let found = |hash: u8, now| read(store, move |db| sessions::find(db, &[hash; 32], at(now)));
        assert!(found(1, 99).await.is_some());
        assert!(found(1, 100).await.is_none());
        assert!(found(2, 1).await.is_none());
        assert_eq!(
            write(store, |db| sessions::delete_ended(db, at(100))).await,
            1
        );
    });
}

#[test]
fn a_revoked_token_opens_nothing() {
    on_both(async |store| {
        tenant(store, 1).await;
        let id = ApiTokenId::from_uuid(Uuid::from_u128(1));
        write(store, move |db| {
            let token = ApiToken {
                tenant_id: tenant_id(1),
                id,
                token_hash: vec![1; 32],
                name: "ci".to_owned(),
                scopes: "events:read".to_owned(),
                created_at: at(0),
                last_used_at: None,
                revoked_at: None,
            };
            api_tokens::create(db, &token)
        })
        .await;
        let find = || read(store, |db| api_tokens::find_across_tenants(db, &[1; 32]));

        assert!(find().await.is_some());
        write(store, move |db| {
            api_tokens::revoke(db, tenant_id(1), id, at(1))
        })
        .await;
        assert!(find().await.is_none());
    });
}

#[test]
fn wrapped_keys_open_after_a_round_trip() {
    on_both(async |store| {
        tenant(store, 1).await;
        let master_keys: MasterKeys = "a:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
            .parse()
            .unwrap();
        let wrapped = TenantKeys::generate().wrap(&master_keys, tenant_id(1));
        write(store, move |db| {
            for key in &wrapped {
                tenants::add_key(db, tenant_id(1), key, at(0))?;
            }
            Ok(())
        })
        .await;

        let rows = read(store, |db| tenants::list_keys(db, tenant_id(1))).await;

        assert!(TenantKeys::unwrap(&master_keys, tenant_id(1), &rows).is_ok());
        write(store, |db| tenants::delete_keys(db, tenant_id(1))).await;
        assert!(
            read(store, |db| tenants::list_keys(db, tenant_id(1)))
                .await
                .is_empty()
        );
    });
}
