//! Events: accepted once, listed, settled, woken, grouped into problems.

use latchkey::domain::effect::EventState;
use latchkey::domain::id::DeliveryId;
use latchkey::domain::news::News;
use latchkey::domain::reason::{Reason, ReasonCode};
use latchkey::store::deliveries::{self, Refusal};
use latchkey::store::events::{
    self, About, EventCursor, EventFilter, EventSearch, Links, Settlement,
};
use latchkey::store::{Store, effects, payloads, problems, storefronts};
use uuid::Uuid;

use crate::samples::{
    arrival, at, effect, event, event_id, license_id, storefront_id, tenant, tenant_id,
};
use crate::{on_both, read, write};

async fn accept(store: &Store, tenant: u128, numbers: std::ops::Range<u128>) {
    let events = numbers
        .map(|number| event(number, &format!("S{number}")))
        .collect();
    let arrivals = [arrival(tenant, at(10), events)];
    write(store, move |db| events::accept_batch(db, &arrivals)).await;
}

async fn settle(store: &Store, number: u128, state: EventState, reason: Option<Reason>) {
    let settlement = Settlement {
        state,
        reason_subject: reason.as_ref().map(|_| "studio".to_owned()),
        reason,
        words_sealed: None,
        due_at: None,
        attempts: 1,
        at: at(20),
    };
    write(store, move |db| {
        events::settle(db, tenant_id(1), event_id(number), &settlement)
    })
    .await;
}

#[test]
fn an_event_that_comes_twice_is_stored_once() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..3).await;
        let mut again = event(9, "S1");
        again.source_event_id = Some("source-1".to_owned());
        again.payload_sealed = vec![9];
        let twice = vec![again.clone(), event(3, "S3"), {
            again.id = event_id(10);
            again
        }];
        let arrivals = [arrival(1, at(11), twice)];

        write(store, move |db| events::accept_batch(db, &arrivals)).await;

        let all = read(store, |db| {
            events::list(db, tenant_id(1), &EventFilter::default(), None, 10)
        })
        .await;
        let ids: Vec<_> = all.iter().map(|event| event.id).collect();
        assert_eq!(ids, [event_id(3), event_id(2), event_id(1)]);
        let kept = read(store, |db| payloads::find(db, tenant_id(1), event_id(1))).await;
        assert_eq!(kept, Some(vec![7; 20]));
        let none = read(store, |db| payloads::find(db, tenant_id(1), event_id(9))).await;
        assert_eq!(none, None);
    });
}

#[test]
fn the_same_source_id_is_another_event_in_another_store() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        let mut other = event(2, "S");
        other.source_event_id = Some("source-1".to_owned());
        let arrivals = [
            arrival(1, at(1), vec![event(1, "S")]),
            arrival(2, at(1), vec![other]),
        ];

        write(store, move |db| events::accept_batch(db, &arrivals)).await;

        for number in [1, 2] {
            let found = read(store, move |db| {
                events::find_by_source(db, tenant_id(number), storefront_id(number), "source-1")
            })
            .await;
            assert_eq!(found.unwrap().id, event_id(number));
        }
    });
}

#[test]
fn large_batches_are_stored_whole() {
    on_both(async |store| {
        tenant(store, 1).await;

        accept(store, 1, 1..2_501).await;

        let count = read(store, |db| {
            events::count(db, tenant_id(1), &EventFilter::default())
        })
        .await;
        assert_eq!(count, 2_500);
        let seen = read(store, |db| {
            storefronts::find(db, tenant_id(1), storefront_id(1))
        })
        .await;
        assert_eq!(seen.unwrap().last_event_at, Some(at(10)));
    });
}

#[test]
fn pages_follow_one_another_without_gap_or_repetition() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..8).await;

        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let page = read(store, move |db| {
                events::list(db, tenant_id(1), &EventFilter::default(), after, 3)
            })
            .await;
            let Some(last) = page.last() else { break };
            after = Some(EventCursor {
                received_at: last.received_at,
                id: last.id,
            });
            seen.extend(page.iter().map(|event| event.id));
        }

        let expected: Vec<_> = (1..8).rev().map(event_id).collect();
        assert_eq!(seen, expected);
    });
}

/// A filter, and the events that it finds.
type Case = (fn(&mut EventFilter), &'static [u128]);
const CASES: [Case; 18] = [
    (|filter| filter.states = vec![EventState::Done], &[2]),
    (|filter| filter.order = Some("S3".to_owned()), &[3]),
    (|filter| filter.order = Some("NWA-1".to_owned()), &[4]),
    (|filter| filter.news = Some(News::Refunds), &[4]),
    (|filter| filter.news = Some(News::Ended), &[]),
    (|filter| filter.license_id = Some(license_id(5)), &[3]),
    (|filter| filter.live = Some(false), &[]),
    (|filter| filter.received_before = Some(at(10)), &[]),
    (|filter| filter.received_after = Some(at(10)), &[4, 3, 2, 1]),
    (|filter| filter.customer_ids = Some(Vec::new()), &[]),
    (|filter| filter.storefront_id = Some(storefront_id(2)), &[]),
    (
        |filter| filter.search = Some(order_or_license("NWA-1")),
        &[4, 3],
    ),
    (
        |filter| filter.search = Some(order_or_license("SUB")),
        &[4, 3],
    ),
    (
        |filter| filter.search = Some(order_or_license("source-2")),
        &[3, 2],
    ),
    (
        |filter| filter.subscription_id = Some("SUB".to_owned()),
        &[4, 3],
    ),
    (|filter| filter.subscription_id = Some("S4".to_owned()), &[]),
    (|filter| filter.about = Some(subject_or_license()), &[3, 2]),
    (|filter| filter.about = Some(About::default()), &[]),
];

#[test]
fn each_filter_finds_what_it_names() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..5).await;
        settle(store, 2, EventState::Done, None).await;
        write(store, |db| {
            effects::create(db, &effect(1, 1, 3, 5))?;
            let of_subscription = Links {
                subscription_id: Some("SUB".to_owned()),
                ..Links::default()
            };
            let beside = Links {
                order_reference: Some("NWA-1".to_owned()),
                headline: Some("Subscription changed · suspended-pro".to_owned()),
                news: Some(News::Refunds),
                ..of_subscription.clone()
            };
            let worked_with_it = Links {
                subject: Some("SUB".to_owned()),
                ..of_subscription
            };
            events::link(db, tenant_id(1), event_id(4), &beside)?;
            events::link(db, tenant_id(1), event_id(3), &worked_with_it)
        })
        .await;
        for (narrow, expected) in CASES {
            let mut filter = EventFilter::default();
            narrow(&mut filter);
            let shown = format!("{filter:?}");

            let (found, first, oldest) = read(store, move |db| {
                Ok((
                    events::list(db, tenant_id(1), &filter, None, 10)?,
                    events::list(db, tenant_id(1), &filter, None, 1)?,
                    events::list_ids(db, tenant_id(1), &filter, 10)?,
                ))
            })
            .await;

            let ids: Vec<_> = found.iter().map(|event| event.id).collect();
            let expected: Vec<_> = expected.iter().copied().map(event_id).collect();
            assert_eq!(ids, expected, "{shown}");
            assert_eq!(first, found[..found.len().min(1)], "{shown}");
            let reversed: Vec<_> = ids.into_iter().rev().collect();
            assert_eq!(oldest, reversed, "{shown}");
        }
    });
}

fn order_or_license(text: &str) -> EventSearch {
    EventSearch {
        text: text.to_owned(),
        license_ids: vec![license_id(5)],
        ..EventSearch::default()
    }
}

fn subject_or_license() -> About {
    About {
        subjects: vec!["S2".to_owned(), "SUB".to_owned()],
        license_ids: vec![license_id(5)],
        customer_ids: Vec::new(),
    }
}

#[test]
fn parked_events_of_one_cause_are_one_problem() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..5).await;
        let reason = Reason::new(ReasonCode::ProductNotMapped).with("product", "studio");
        for number in [1, 2, 3] {
            settle(store, number, EventState::Parked, Some(reason.clone())).await;
        }
        settle(
            store,
            4,
            EventState::Waiting,
            Some(Reason::new(ReasonCode::LicenseServerUnauthorized)),
        )
        .await;

        let found = read(store, |db| problems::list(db, tenant_id(1), &[])).await;

        assert_eq!(found.len(), 1);
        assert_eq!((found[0].count, found[0].first_at), (3, at(10)));
        assert_eq!(found[0].reason_code, ReasonCode::ProductNotMapped);
        let event = read(store, |db| events::find(db, tenant_id(1), event_id(1)))
            .await
            .unwrap();
        assert_eq!(event.reason().unwrap(), Some(reason));
        assert_eq!(event.settled_at, Some(at(20)));
        let with_waiting = read(store, |db| {
            problems::list(db, tenant_id(1), &[ReasonCode::LicenseServerUnauthorized])
        })
        .await;
        assert_eq!(with_waiting.len(), 2);
    });
}

#[test]
fn waking_leaves_alone_what_waits_for_something_else() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..4).await;
        let waits = |code| Some(Reason::new(code));
        settle(
            store,
            1,
            EventState::Waiting,
            waits(ReasonCode::WaitingForOrder),
        )
        .await;
        settle(
            store,
            2,
            EventState::Waiting,
            waits(ReasonCode::StorefrontPaused),
        )
        .await;
        settle(store, 3, EventState::Done, None).await;

        let woken = write(store, |db| {
            Ok([
                events::wake_subject(db, tenant_id(1), "S1", at(30))?,
                events::wake_subject(db, tenant_id(1), "S2", at(30))?,
                events::wake_subject(db, tenant_id(1), "S3", at(30))?,
                events::wake_storefront(
                    db,
                    (tenant_id(1), storefront_id(1)),
                    ReasonCode::StorefrontPaused,
                    at(30),
                )?,
                events::wake_reason(
                    db,
                    tenant_id(1),
                    ReasonCode::WaitingForOrder,
                    "studio",
                    at(31),
                )?,
            ])
        })
        .await;

        assert_eq!(woken, [1, 0, 0, 1, 1]);
    });
}

#[test]
fn what_an_outage_made_fail_is_due_at_once_and_as_if_never_tried() {
    on_both(async |store| {
        tenant(store, 1).await;
        accept(store, 1, 1..4).await;
        let down = Some(Reason::new(ReasonCode::LicenseServerUnreachable));
        for (number, state) in [
            (1, EventState::Waiting),
            (2, EventState::Retrying),
            (3, EventState::Parked),
        ] {
            settle(store, number, state, down.clone()).await;
        }

        let (forgiven, events) = write(store, |db| {
            let code = ReasonCode::LicenseServerUnreachable;
            let forgiven = events::forgive_reason(db, tenant_id(1), code, "studio", at(30))?;
            let ids = (1..4).map(event_id);
            let events: Result<Vec<_>, _> =
                ids.map(|id| events::find(db, tenant_id(1), id)).collect();
            Ok((forgiven, events?))
        })
        .await;

        let events: Vec<_> = events.into_iter().flatten().collect();
        let due = events.iter().map(|event| event.due_at == Some(at(30)));
        assert_eq!(forgiven, 2);
        assert_eq!(due.collect::<Vec<_>>(), [true, true, false]);
        let tried = events.iter().map(|event| event.attempts);
        assert_eq!(tried.collect::<Vec<_>>(), [0, 0, 1]);
    });
}

#[test]
fn refusals_are_counted_by_the_hour_and_sampled() {
    on_both(async |store| {
        tenant(store, 1).await;
        for round in 0..2 {
            write(store, move |db| {
                let refusal = Refusal {
                    tenant_id: tenant_id(1),
                    storefront_id: storefront_id(1),
                    sample_id: DeliveryId::from_uuid(Uuid::from_u128(round)),
                    cause: "signature_mismatch".to_owned(),
                    refused: 5,
                    body_bytes: 10,
                    at: at(0),
                };
                deliveries::refuse(db, &[refusal])
            })
            .await;
        }

        let counts = read(store, |db| {
            deliveries::list_refusals(db, tenant_id(1), at(0))
        })
        .await;
        let samples = read(store, |db| deliveries::list(db, tenant_id(1), None, 10)).await;

        assert_eq!(
            counts.iter().map(|count| count.count).collect::<Vec<_>>(),
            [10]
        );
        assert_eq!(samples.len(), 2);
    });
}
