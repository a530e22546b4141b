//! Columns whose values are of a set that a program knows whole: nothing else is stored, and what a newer version stored is
//! left to it.

use diesel::{RunQueryDsl, sql_query};
use latchkey::domain::action::ActionKind;
use latchkey::domain::consent::Answer;
use latchkey::domain::effect::{EffectState, EventState};
use latchkey::domain::id::{JobId, UserId};
use latchkey::domain::job::{JobKind, JobState};
use latchkey::domain::kind::{LicenseServerKind, StorefrontKind};
use latchkey::domain::lane::Lane;
use latchkey::domain::license::{Aspect, LicenseState, Root};
use latchkey::domain::rules::Mode;
use latchkey::domain::shop_id::OrderId;
use latchkey::store::consents::{self, Consent};
use latchkey::store::deliveries::Outcome;
use latchkey::store::events::{self, Claim};
use latchkey::store::jobs::{self, Job};
use latchkey::store::license_servers::ServerState;
use latchkey::store::users::{self, Membership, Role, User};
use latchkey::store::{ProcessId, Store, StoreError, brake, effects, licenses, shop_apis};
use strum::VariantArray;
use uuid::Uuid;

use crate::samples::{
    arrival, at, effect, event, event_id, license, license_id, storefront_id, tenant, tenant_id,
};
use crate::{PLATFORM, on_both, read, write};

/// A row in every table that has such a column.
async fn a_row_of_each(store: &Store) {
    tenant(store, 1).await;
    write(store, |db| {
        events::accept_batch(db, &[arrival(1, at(0), vec![event(1, "ORDER-1")])])?;
        licenses::create(db, &[license(1, 1)])?;
        effects::create(db, &effect(1, 1, 1, 1))?;
        shop_apis::begin(db, tenant_id(1), storefront_id(1), at(0))?;
        let root = Root::Order(OrderId::new("ORDER-1").unwrap());
        brake::count(db, tenant_id(1), storefront_id(1), &root, at(0))?;
        let answer = Consent {
            tenant_id: tenant_id(1),
            license_id: license_id(1),
            question: "delete/ended".to_owned(),
            answer: Answer::Approved,
            event_id: event_id(1),
            answered_at: at(0),
        };
        consents::put(db, &answer)?;
        let job = JobId::from_uuid(Uuid::from_u128(1));
        jobs::create(db, &Job::begun(tenant_id(1), job, JobKind::Replay, at(0)))?;
        let user = User {
            id: UserId::from_uuid(Uuid::from_u128(1)),
            email: "owner@example.com".to_owned(),
            name: String::new(),
            password_hash: String::new(),
            is_operator: false,
            created_at: at(0),
            email_proved_at: None,
        };
        users::create(db, &user)?;
        let membership = Membership {
            tenant_id: tenant_id(1),
            user_id: user.id,
            role: Role::Owner,
            created_at: at(0),
        };
        users::join(db, &membership)
    })
    .await;
}

async fn set(store: &Store, (table, column): (&str, &str), value: &str) -> Result<(), StoreError> {
    let statement = format!("UPDATE {table} SET {column} = {value}");
    store
        .write(PLATFORM, move |db| {
            let changed = sql_query(&statement).execute(db)?;
            assert!(changed > 0, "{statement}");
            Ok(())
        })
        .await
}

fn texts<T: VariantArray + Copy + Into<&'static str>>() -> Vec<String> {
    let all = T::VARIANTS.iter().copied();
    all.map(|one| format!("'{}'", one.into())).collect()
}

fn columns() -> Vec<((&'static str, &'static str), Vec<String>)> {
    let roots = || vec!["'subscription'".to_owned(), "'reference'".to_owned()];
    let states = texts::<ServerState>;
    let lanes = Lane::VARIANTS.iter().map(|lane| lane.as_i16().to_string());
    vec![
        (("memberships", "role"), texts::<Role>()),
        (("license_servers", "kind"), texts::<LicenseServerKind>()),
        (("license_servers", "state"), states()),
        (("shop_apis", "state"), states()),
        (("storefronts", "kind"), texts::<StorefrontKind>()),
        (("storefronts", "mode"), texts::<Mode>()),
        (("deliveries", "outcome"), texts::<Outcome>()),
        (("events", "lane"), lanes.collect()),
        (("events", "state"), texts::<EventState>()),
        (("licenses", "root_kind"), roots()),
        (("licenses", "state"), texts::<LicenseState>()),
        (("brake_counts", "root_kind"), roots()),
        (("effects", "kind"), texts::<ActionKind>()),
        (("effects", "state"), texts::<EffectState>()),
        (("effects", "aspect"), texts::<Aspect>()),
        (("consents", "answer"), texts::<Answer>()),
        (("jobs", "kind"), texts::<JobKind>()),
        (("jobs", "state"), texts::<JobState>()),
    ]
}

#[test]
fn nothing_is_stored_that_is_of_no_known_set() {
    on_both(async |store| {
        a_row_of_each(store).await;

        for (column, known) in columns() {
            for value in known {
                assert!(
                    set(store, column, &value).await.is_ok(),
                    "{column:?} {value}"
                );
            }
            let unheard = if column.1 == "lane" { "9" } else { "'unheard'" };
            let stored = set(store, column, unheard).await;
            assert!(matches!(stored, Err(StoreError::Other(_))), "{column:?}");
        }
    });
}

#[test]
fn an_event_of_a_newer_version_is_left_to_it() {
    on_both(async |store| {
        tenant(store, 1).await;
        write(store, |db| {
            let both = vec![event(1, "ORDER-1"), event(2, "ORDER-1")];
            events::accept_batch(db, &[arrival(1, at(0), both)])?;
            let of_tomorrow = "UPDATE events SET state = 'waiting', reason_code = 'of_tomorrow' \
                WHERE source_event_id = 'source-1'";
            Ok(sql_query(of_tomorrow).execute(db)?)
        })
        .await;
        let claim = |now| Claim {
            owner: ProcessId::from_uuid(Uuid::from_u128(1)),
            now: at(now),
            until: at(now + 20),
            lanes: vec![Lane::Purchase],
            limit: 10,
        };

        let claimed = write(store, move |db| events::claim_across_tenants(db, &claim(5))).await;
        let soon = write(store, move |db| {
            events::claim_across_tenants(db, &claim(40))
        })
        .await;

        let ids: Vec<_> = claimed[0].events.iter().map(|event| event.id).collect();
        assert_eq!(ids, [event_id(2)]);
        assert!(
            soon.iter()
                .all(|claimed| claimed.events.iter().all(|event| event.id == event_id(2)))
        );
        let found = store
            .read(PLATFORM, |db| events::find(db, tenant_id(1), event_id(1)))
            .await;
        assert!(matches!(found, Err(StoreError::Unknown(_))));
        let kept = "UPDATE events SET reason_code = NULL WHERE state = 'waiting' AND claims = 0";
        assert_eq!(
            write(store, move |db| Ok(sql_query(kept).execute(db)?)).await,
            1
        );
        let event = read(store, |db| events::find(db, tenant_id(1), event_id(1))).await;
        assert_eq!(event.unwrap().due_at, Some(at(5 + 60)));
    });
}
