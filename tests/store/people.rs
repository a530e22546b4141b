//! Users, sessions and tokens: what they open, and for how long.

use latchkey::domain::id::{ApiTokenId, MailId, OnceId, UserId};
use latchkey::store::api_tokens::{self, ApiTokenRow};
use latchkey::store::email_proofs::{self, EmailProof};
use latchkey::store::outbox::{self, OutgoingMail};
use latchkey::store::sessions::{self, SessionRow};
use latchkey::store::shown_once::{self, ShownOnce};
use latchkey::store::users::{self, Membership, Role, User};
use latchkey::store::{StoreError, devices, tenants};
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
        email_proved_at: None,
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
                role: Role::Owner,
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
                let session = SessionRow {
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
            let token = ApiTokenRow {
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

#[test]
fn a_device_is_one_person_s_and_forgotten_when_unused() {
    on_both(async |store| {
        write(store, |db| {
            users::create(db, &user(1, "a@example.com"))?;
            users::create(db, &user(2, "b@example.com"))?;
            devices::remember(db, user_id(1), b"secret", at(0))?;
            devices::remember(db, user_id(1), b"secret", at(10))
        })
        .await;
        let is_known = async |number, secret: &'static [u8], since| {
            read(store, move |db| {
                devices::is_known(db, user_id(number), secret, since)
            })
            .await
        };

        assert!(is_known(1, b"secret", at(10)).await);
        assert!(!is_known(1, b"secret", at(11)).await);
        assert!(!is_known(1, b"other", at(0)).await);
        assert!(!is_known(2, b"secret", at(0)).await);
        let forgotten = write(store, |db| devices::delete_unused(db, at(11))).await;
        assert_eq!(forgotten, 1);
    });
}

#[test]
fn a_link_is_found_until_it_is_used_or_too_old() {
    on_both(async |store| {
        let proof = |secret: &[u8]| EmailProof {
            secret_hash: secret.to_vec(),
            user_id: user_id(1),
            created_at: at(0),
            expires_at: at(10),
        };
        let (first, second) = (proof(b"first"), proof(b"second"));
        write(store, move |db| {
            users::create(db, &user(1, "a@example.com"))?;
            email_proofs::create(db, &first)?;
            email_proofs::create(db, &second)
        })
        .await;
        let find =
            async |time| read(store, move |db| email_proofs::find_user(db, b"first", time)).await;

        assert_eq!(find(at(9)).await, Some(user_id(1)));
        assert_eq!(find(at(10)).await, None);
        assert!(write(store, |db| email_proofs::delete_one(db, b"first")).await);
        assert!(!write(store, |db| email_proofs::delete_one(db, b"first")).await);
        assert_eq!(find(at(0)).await, None);
        assert_eq!(
            write(store, |db| email_proofs::delete_expired(db, at(10))).await,
            1
        );
    });
}

#[test]
fn due_mail_is_taken_by_one_and_comes_back_when_it_was_not_sent() {
    on_both(async |store| {
        let mail = OutgoingMail {
            tenant_id: tenant_id(9),
            id: MailId::from_uuid(Uuid::from_u128(1)),
            created_at: at(0),
            due_at: at(0),
            sealed: b"sealed".to_vec(),
        };
        let row = mail.clone();
        write(store, move |db| outbox::create(db, &row)).await;
        let take = async |now, again| {
            write(store, move |db| {
                outbox::take_due_across_tenants(db, (now, again), 10)
            })
            .await
        };

        assert_eq!(take(at(0), at(10)).await, std::slice::from_ref(&mail));
        assert_eq!(take(at(9), at(19)).await, []);
        assert_eq!(take(at(10), at(20)).await.len(), 1);
        assert_eq!(read(store, outbox::list_across_tenants).await.len(), 1);
        write(store, move |db| {
            outbox::delete_one(db, mail.tenant_id, mail.id)
        })
        .await;
        assert_eq!(read(store, outbox::list_across_tenants).await, []);
    });
}

#[test]
fn what_is_shown_once_is_taken_once_by_its_reader_on_its_page() {
    on_both(async |store| {
        let once = ShownOnce {
            tenant_id: tenant_id(9),
            id: OnceId::from_uuid(Uuid::from_u128(1)),
            user_id: user_id(1),
            page: "/here".to_owned(),
            sealed: b"sealed".to_vec(),
            expires_at: at(10),
        };
        let row = once.clone();
        write(store, move |db| shown_once::create(db, &row)).await;
        let take = async |tenant, user, page: &'static str, now| {
            let id = once.id;
            write(store, move |db| {
                shown_once::take(db, tenant_id(tenant), (id, user_id(user), page), at(now))
            })
            .await
        };

        assert_eq!(take(8, 1, "/here", 0).await, None);
        assert_eq!(take(9, 2, "/here", 0).await, None);
        assert_eq!(take(9, 1, "/there", 0).await, None);
        assert_eq!(take(9, 1, "/here", 10).await, None);
        assert_eq!(take(9, 1, "/here", 9).await, Some(b"sealed".to_vec()));
        assert_eq!(take(9, 1, "/here", 9).await, None);
        let row = once.clone();
        write(store, move |db| shown_once::create(db, &row)).await;
        let forget = async |now| {
            write(store, move |db| {
                shown_once::delete_expired_across_tenants(db, at(now))
            })
            .await
        };
        assert_eq!(forget(9).await, 0);
        assert_eq!(forget(10).await, 1);
    });
}
