//! What the latest events come to: few rows however many events, and the numbers of each of them.

use latchkey::domain::effect::EventState;
use latchkey::domain::news::News;
use latchkey::store::events::{self, Links, Settlement};
use latchkey::store::tallies::{self, Span, Tally, Waits};
use latchkey::store::{Db, Store, StoreError};

use crate::samples::{arrival, at, event, event_id, tenant, tenant_id};
use crate::{on_both, read, write};

/// An hour of the test's time begins then.
const HOUR: i64 = 1_800_000_000 / 3_600;

/// One that was worked, in so many seconds; without news one that was not.
struct Worked {
    received_at: i64,
    news: Option<News>,
    subscription: Option<&'static str>,
    state: EventState,
    seconds: i64,
}

const fn worked(received_at: i64, news: News, seconds: i64) -> Worked {
    Worked {
        received_at,
        news: Some(news),
        subscription: None,
        state: EventState::Done,
        seconds,
    }
}

async fn store_all(store: &Store, tenant: u128, all: Vec<Worked>) {
    for (number, worked) in (1_000 * tenant..).zip(all) {
        let arrivals = [arrival(
            tenant,
            at(worked.received_at),
            vec![event(number, "S")],
        )];
        write(store, move |db| events::accept_batch(db, &arrivals)).await;
        let links = Links {
            news: worked.news,
            subscription_id: worked.subscription.map(str::to_owned),
            ..Links::default()
        };
        let settlement = Settlement {
            state: worked.state,
            reason: None,
            reason_subject: None,
            words_sealed: None,
            due_at: None,
            attempts: 0,
            at: at(worked.received_at + worked.seconds),
        };
        write(store, move |db| {
            let (tenant, event) = (tenant_id(tenant), event_id(number));
            if links.news.is_none() {
                return Ok(());
            }
            events::link(db, tenant, event, &links)?;
            events::settle(db, tenant, event, &settlement)
        })
        .await;
    }
}

const fn span(from: i64, to: i64, most: i64) -> (i64, i64, i64) {
    (from, to, most)
}

async fn ask<T: Send + 'static>(
    store: &Store,
    (from, to, most): (i64, i64, i64),
    question: impl FnOnce(&mut Db, Span) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let span = Span {
        from: at(from),
        to: at(to),
        most,
    };
    read(store, move |db| question(db, span)).await
}

fn list(db: &mut Db, span: Span) -> Result<Vec<Tally>, StoreError> {
    let mut tallies = tallies::list(db, tenant_id(1), span)?;
    tallies.sort_by_key(|tally| (tally.hour, tally.news.map(News::as_str), tally.count));
    Ok(tallies)
}

#[test]
fn events_of_the_same_news_are_one_row() {
    on_both(async |store| {
        tenant(store, 1).await;
        tenant(store, 2).await;
        let mut all: Vec<Worked> = (0..50)
            .map(|number| worked(number * 60, News::Purchases, 1))
            .collect();
        all.push(worked(3_700, News::Failed, 1));
        all.push(Worked {
            state: EventState::Parked,
            ..worked(3_800, News::Purchases, 1)
        });
        all.push(Worked {
            news: None,
            ..worked(3_900, News::Ended, 0)
        });
        store_all(store, 1, all).await;
        store_all(store, 2, vec![worked(10, News::Purchases, 1)]).await;

        let all = ask(store, span(0, 7_200, 100), list).await;
        let latest = ask(store, span(0, 7_200, 4), list).await;
        let early = ask(store, span(0, 60, 100), list).await;

        let row = |hour: i64, state: EventState, news: Option<News>, count: i64| Tally {
            hour: HOUR + hour,
            state,
            news,
            count,
        };
        let hour_of_one = [
            row(1, EventState::Received, None, 1),
            row(1, EventState::Done, Some(News::Failed), 1),
            row(1, EventState::Parked, Some(News::Purchases), 1),
        ];
        let of_first = row(0, EventState::Done, Some(News::Purchases), 50);
        assert_eq!(all.first(), Some(&of_first));
        assert_eq!(all.get(1..), Some(&hour_of_one[..]));
        let last_of_first = Tally {
            count: 1,
            ..of_first
        };
        assert_eq!(latest.first(), Some(&last_of_first));
        assert_eq!(latest.get(1..), Some(&hour_of_one[..]));
        assert_eq!(early, [last_of_first]);
    });
}

#[test]
fn waits_are_those_of_what_is_done() {
    on_both(async |store| {
        tenant(store, 1).await;
        let mut all: Vec<Worked> = (1..=20)
            .map(|seconds| worked(seconds, News::Purchases, 21 - seconds))
            .collect();
        all.push(worked(30, News::Renewals, 500));
        all.push(Worked {
            state: EventState::Parked,
            ..worked(31, News::Purchases, 900)
        });
        store_all(store, 1, all).await;
        let waits =
            |db: &mut Db, span: Span| tallies::waits(db, tenant_id(1), span, News::Purchases);

        let all = ask(store, span(0, 100, 100), waits).await;
        let first = ask(store, span(0, 2, 100), waits).await;
        let none = ask(store, span(25, 100, 100), waits).await;

        let seconds = |count: i64, [p50, p95, p99, longest]: [i64; 4]| Waits {
            count,
            p50: p50 * 1_000_000,
            p95: p95 * 1_000_000,
            p99: p99 * 1_000_000,
            longest: longest * 1_000_000,
        };
        assert_eq!(all, Some(seconds(20, [10, 19, 20, 20])));
        assert_eq!(first, Some(seconds(1, [20, 20, 20, 20])));
        assert_eq!(none, None);
    });
}

#[test]
fn a_subscription_counts_once_where_both_were_said_of_it() {
    on_both(async |store| {
        tenant(store, 1).await;
        let of = |subscription: &'static str, news: News| Worked {
            subscription: Some(subscription),
            ..worked(1, news, 1)
        };
        let all = vec![
            of("healed", News::Failed),
            of("healed", News::Failed),
            of("healed", News::Renewals),
            of("failed", News::Failed),
            of("paid", News::Renewals),
        ];
        store_all(store, 1, all).await;

        let count = ask(store, span(0, 100, 100), |db, span| {
            tallies::count_subscriptions(db, tenant_id(1), span, (News::Failed, News::Renewals))
        })
        .await;

        assert_eq!(count, 1);
    });
}
