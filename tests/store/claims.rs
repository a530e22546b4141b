//! Claiming: each subject to one process, in order of happening, tenants in turn.

use std::collections::BTreeSet;

use latchkey::domain::effect::EventState;
use latchkey::domain::lane::Lane;
use latchkey::domain::time::Timestamp;
use latchkey::store::events::{self, Claim, Claimed, NewEvent};
use latchkey::store::{ProcessId, Store, leases, tenants};
use uuid::Uuid;

use crate::samples::{arrival, at, event, event_id, tenant, tenant_id};
use crate::{on_both, read, write};

fn process(number: u128) -> ProcessId {
    ProcessId::from_uuid(Uuid::from_u128(number))
}

async fn accept(store: &Store, tenant: u128, received_at: Timestamp, events: Vec<NewEvent>) {
    let arrivals = [arrival(tenant, received_at, events)];
    write(store, move |db| events::accept_batch(db, &arrivals)).await;
}

async fn claim(store: &Store, owner: u128, now: i64, limit: usize) -> Vec<Claimed> {
    claim_in(store, owner, now, limit, vec![Lane::Purchase]).await
}

async fn claim_in(
    store: &Store,
    owner: u128,
    now: i64,
    limit: usize,
    lanes: Vec<Lane>,
) -> Vec<Claimed> {
    let claim = Claim {
        owner: process(owner),
        now: at(now),
        until: at(now + 20),
        lanes,
        limit,
    };
    write(store, move |db| events::claim_across_tenants(db, &claim)).await
}

fn subjects(claimed: &[Claimed]) -> Vec<(u128, &str)> {
    claimed
        .iter()
        .map(|claimed| {
            (
                claimed.tenant_id.as_uuid().as_u128(),
                claimed.subject.as_str(),
            )
        })
        .collect()
}

#[test]
fn a_subject_is_worked_by_one_process_in_order_of_happening() {
    on_both(async |store| {
        tenant(store, 1).await;
        let mut earlier = event(2, "S");
        earlier.occurred_at = at(-50);
        accept(store, 1, at(0), vec![event(1, "S"), earlier]).await;

        let first = claim(store, 1, 5, 10).await;
        let second = claim(store, 2, 6, 10).await;

        assert_eq!(subjects(&first), [(1, "S")]);
        let ids: Vec<_> = first[0].events.iter().map(|event| event.id).collect();
        assert_eq!(ids, [event_id(2), event_id(1)]);
        assert!(first[0].events.iter().all(|event| event.claims == 1));
        assert!(second.is_empty());
        let working = read(store, |db| events::find(db, tenant_id(1), event_id(1))).await;
        assert_eq!(working.unwrap().state, EventState::Working);
    });
}

#[test]
fn a_late_lease_is_taken_over_and_a_released_one_is_free() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, at(0), vec![event(1, "S")]).await;
        claim(store, 1, 0, 10).await;

        assert!(claim(store, 2, 19, 10).await.is_empty());
        let over = claim(store, 2, 20, 10).await;
        assert_eq!(over[0].events[0].claims, 2);
        // The one that was late lets go of nothing, and brings nothing back.
        write(store, |db| {
            leases::release(db, tenant_id(1), &["S"], process(1))
        })
        .await;
        assert!(claim(store, 3, 21, 10).await.is_empty());
        write(store, |db| {
            leases::release(db, tenant_id(1), &["S"], process(2))
        })
        .await;
        assert_eq!(claim(store, 3, 22, 10).await.len(), 1);
    });
}

#[test]
fn leases_are_extended_while_they_last() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, at(0), vec![event(1, "S")]).await;
        claim(store, 1, 0, 10).await;

        let in_time = write(store, |db| {
            let others = leases::extend(db, tenant_id(1), &["T"], process(1), (at(19), at(39)))?;
            let extended = leases::extend(db, tenant_id(1), &["S"], process(1), (at(19), at(39)))?;
            Ok((others, extended))
        })
        .await;
        let late = write(store, |db| {
            leases::extend(db, tenant_id(1), &["S"], process(1), (at(40), at(60)))
        })
        .await;

        assert_eq!((in_time, late), ((0, 1), 0));
        assert_eq!(claim(store, 2, 41, 10).await.len(), 1);
    });
}

#[test]
fn tenants_take_turns_whatever_waits_behind_them() {
    on_both(async |store| {
        for number in [1, 2, 3] {
            tenant(store, number).await;
        }
        let many = (1..50)
            .map(|number| event(number, &format!("A{number}")))
            .collect();
        accept(store, 1, at(0), many).await;
        accept(store, 2, at(1), vec![event(101, "B1"), event(102, "B2")]).await;
        accept(store, 3, at(2), vec![event(201, "C1")]).await;

        let first = claim(store, 1, 10, 3).await;
        let second = claim(store, 1, 11, 2).await;

        let tenants: BTreeSet<u128> = subjects(&first).iter().map(|(tenant, _)| *tenant).collect();
        assert_eq!(tenants, BTreeSet::from([1, 2, 3]));
        let tenants: BTreeSet<u128> = subjects(&second)
            .iter()
            .map(|(tenant, _)| *tenant)
            .collect();
        assert_eq!(tenants, BTreeSet::from([1, 2]));
    });
}

#[test]
fn only_open_lanes_are_claimed_and_the_urgent_first() {
    on_both(async |store| {
        tenant(store, 1).await;
        let mut change = event(1, "change");
        change.lane = Lane::Change;
        let mut quiet = event(2, "quiet");
        quiet.lane = Lane::Quiet;
        accept(store, 1, at(0), vec![change, quiet]).await;

        assert!(claim(store, 1, 5, 10).await.is_empty());
        let first = claim_in(store, 1, 5, 1, vec![Lane::Change, Lane::Quiet]).await;
        assert_eq!(subjects(&first), [(1, "quiet")]);
        let second = claim_in(store, 1, 5, 1, vec![Lane::Change]).await;
        assert_eq!(subjects(&second), [(1, "change")]);
    });
}

#[test]
fn what_is_not_due_or_belongs_to_a_suspended_tenant_is_left() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        let mut held = event(1, "held");
        held.is_held = true;
        accept(store, 1, at(0), vec![held, event(2, "later")]).await;
        accept(store, 2, at(0), vec![event(3, "suspended")]).await;
        write(store, |db| {
            events::set_due(db, tenant_id(1), event_id(2), Some(at(100)))?;
            tenants::suspend(db, tenant_id(2), Some(at(0)))
        })
        .await;

        assert!(claim(store, 1, 99, 10).await.is_empty());
        assert_eq!(subjects(&claim(store, 1, 100, 10).await), [(1, "later")]);
    });
}

#[test]
fn processes_that_claim_at_once_never_share_a_subject() {
    on_both(async |store| {
        tenant(store, 1).await;
        let events = (1..=200)
            .map(|number| event(number, &format!("S{}", number % 100)))
            .collect();
        accept(store, 1, at(0), events).await;

        let workers = (1..=6_u128).map(|owner| async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claim(store, owner, 5, 7).await;
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|claimed| claimed.subject));
            }
        });
        let mut all: Vec<String> = futures::future::join_all(workers).await.concat();

        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!((count, all.len()), (100, 100));
    });
}
