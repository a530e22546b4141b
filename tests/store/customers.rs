//! People: one row per address, found by all their words.

use latchkey::domain::id::CustomerId;
use latchkey::store::customers::{self, Customer, KnownAs};
use latchkey::store::remembered::{self, RemoteUser};
use latchkey::vault::TermHash;
use uuid::Uuid;

use crate::samples::{at, server_id, tenant, tenant_id};
use crate::{on_both, read, write};

fn customer(number: u128, email: Option<u8>) -> Customer {
    Customer {
        tenant_id: tenant_id(1),
        id: CustomerId::from_uuid(Uuid::from_u128(number)),
        storefront_id: None,
        email_hash: email.map(|byte| vec![byte; 16]),
        person_sealed: vec![1],
        created_at: at(0),
        updated_at: at(0),
    }
}

#[test]
fn an_address_has_one_row() {
    on_both(async |store| {
        tenant(store, 1).await;

        let ids = write(store, |db| {
            Ok([
                customers::accept(db, &customer(1, Some(5)))?,
                customers::accept(db, &customer(2, Some(5)))?,
                customers::accept(db, &customer(3, None))?,
                customers::accept(db, &customer(4, None))?,
            ])
        })
        .await;

        assert_eq!(ids.map(|id| id.as_uuid().as_u128()), [1, 1, 3, 4]);
        write(store, move |db| {
            customers::change(db, tenant_id(1), ids[0], &[9], at(5))
        })
        .await;
        let found = read(store, |db| {
            customers::find_by_email(db, tenant_id(1), &[5; 16])
        })
        .await;
        assert_eq!(found.unwrap().person_sealed, [9]);
    });
}

#[test]
fn an_address_is_known_here_or_in_an_account_or_both() {
    on_both(async |store| {
        tenant(store, 1).await;
        let known = async |byte, server| {
            read(store, move |db| {
                customers::known_as(db, tenant_id(1), server_id(server), &[byte; 16])
            })
            .await
        };
        write(store, |db| {
            customers::accept(db, &customer(1, Some(5)))?;
            for byte in [5, 6] {
                let user = RemoteUser {
                    tenant_id: tenant_id(1),
                    license_server_id: server_id(1),
                    email_hash: vec![byte; 16],
                    remote_id: format!("user-{byte}"),
                };
                remembered::put_user(db, &user)?;
            }
            Ok(())
        })
        .await;

        for (byte, server, customer_id, user_id) in [
            (5, 1, Some(customer(1, None).id), Some("user-5")),
            (5, 2, Some(customer(1, None).id), None),
            (6, 1, None, Some("user-6")),
            (7, 1, None, None),
        ] {
            let expected = KnownAs {
                customer_id,
                user_id: user_id.map(str::to_owned),
            };
            assert_eq!(known(byte, server).await, expected, "{byte} {server}");
        }
    });
}

#[test]
fn all_words_must_match_each_by_any_of_its_hashes() {
    on_both(async |store| {
        tenant(store, 1).await;
        let term = |byte| TermHash([byte; 16]);
        let id = |number| customer(number, None).id;
        write(store, move |db| {
            for (number, terms) in [(1, [1, 2]), (2, [1, 3])] {
                customers::accept(db, &customer(number, None))?;
                customers::add_terms(db, tenant_id(1), id(number), &terms.map(term))?;
                customers::add_terms(db, tenant_id(1), id(number), &terms.map(term))?;
            }
            Ok(())
        })
        .await;

        for (words, expected) in [
            (vec![vec![term(1)]], vec![id(1), id(2)]),
            (vec![vec![term(1)], vec![term(3)]], vec![id(2)]),
            (vec![vec![term(2), term(3)]], vec![id(1), id(2)]),
            (vec![vec![term(1), term(2)], vec![term(9)]], vec![]),
            (vec![], vec![]),
        ] {
            let found = read(store, move |db| {
                customers::search(db, tenant_id(1), &words, 100)
            })
            .await;
            assert_eq!(found, expected);
        }
    });
}
