//! Today in numbers.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use strum::VariantArray as _;

use crate::domain::effect::EventState;
use crate::domain::id::TenantId;
use crate::domain::news::News;
use crate::domain::time::Timestamp;
use crate::store::tallies::{self, Span, Tally, Waits};
use crate::store::{Db, StoreError};
use crate::web::pages::overview_headline::Messages;
use crate::web::query::Query;

const SECONDS_PER_HOUR: i64 = 3_600;

/// What came on one day, until now.
#[derive(Debug, Clone, Default)]
pub struct Day {
    tallies: Vec<Tally>,
    /// Failed payments whose subscription was paid for on the same day.
    healed: u64,
    /// How long buyers waited from payment to license.
    waits: Option<Waits>,
}

impl Day {
    /// The numbers of that part of the day.
    pub fn read(db: &mut Db, tenant: TenantId, span: Span) -> Result<Self, StoreError> {
        let tallies = tallies::list(db, tenant, span)?;
        let is_any = |kind| count_kind(&tallies, kind) > 0;
        let healed = match is_any(News::Failed) && is_any(News::Renewals) {
            true => {
                let both = (News::Failed, News::Renewals);
                tallies::count_subscriptions(db, tenant, span, both)?
            }
            false => 0,
        };
        let waits = match is_any(News::Purchases) {
            true => tallies::waits(db, tenant, span, News::Purchases)?,
            false => None,
        };
        Ok(Self {
            tallies,
            healed: number(healed),
            waits,
        })
    }

    /// All messages.
    pub fn all(&self) -> u64 {
        sum(&self.tallies, |_| true)
    }

    /// Messages by what became of them.
    pub fn messages(&self) -> Messages {
        let count =
            |states: &[EventState]| sum(&self.tallies, |tally| states.contains(&tally.state));
        Messages {
            all: self.all(),
            done: count(&[EventState::Done, EventState::Ignored, EventState::Discarded]),
            needs_you: count(&[EventState::Parked]),
            trying_again: count(&[EventState::Retrying]),
            waiting: count(&[
                EventState::Received,
                EventState::Working,
                EventState::Waiting,
            ]),
        }
    }

    /// Messages per hour, from midnight until now.
    pub fn hours(&self, now: Timestamp) -> Vec<u64> {
        let midnight = hour(midnight(now));
        (midnight..=hour(now).min(midnight + 23))
            .map(|hour| sum(&self.tallies, |tally| tally.hour == hour))
            .collect()
    }

    /// How long buyers waited from payment to license; `None` before the first purchase of the day.
    pub fn speed(&self) -> Option<String> {
        let waits = self.waits?;
        Some(format!(
            "Half within {}, 95 % within {}; the slowest took {}.",
            length(SignedDuration::from_micros(waits.p50)),
            length(SignedDuration::from_micros(waits.p95)),
            length(SignedDuration::from_micros(waits.longest))
        ))
    }
}

/// What is usual by this time of the day; every row is `None` until a day of last month is known.
#[derive(Debug, Clone, Default)]
pub struct Usual {
    kinds: HashMap<News, u64>,
    nothing_to_do: Option<u64>,
    /// All messages.
    pub messages: Option<u64>,
}

impl Usual {
    /// The mean of the same weekday of the last weeks, each until this time of the day; days without messages do not count.
    pub fn of(days: &[Vec<Tally>]) -> Self {
        let known: Vec<&[Tally]> = days
            .iter()
            .filter(|day| !day.is_empty())
            .map(Vec::as_slice)
            .collect();
        let mean = |count: &dyn Fn(&[Tally]) -> u64| {
            let sum: u64 = known.iter().map(|day| count(day)).sum();
            (sum + known.len() as u64 / 2).checked_div(known.len() as u64)
        };
        Self {
            kinds: News::VARIANTS
                .iter()
                .filter_map(|kind| Some((*kind, mean(&|day| count_kind(day, *kind))?)))
                .collect(),
            nothing_to_do: mean(&|day| count_state(day, EventState::Ignored)),
            messages: mean(&|day| sum(day, |_| true)),
        }
    }
}

/// One line of *Today*.
#[derive(Debug, Clone)]
pub struct TodayRow {
    /// What is counted.
    pub label: &'static str,
    /// The count since midnight.
    pub so_far: u64,
    /// The usual count by this time of the day; `None` until a week is known.
    pub usual: Option<u64>,
    /// The list that is counted.
    pub href: String,
    /// Whether it is a part of the line above.
    pub is_part: bool,
}

/// The last midnight in UTC.
pub fn midnight(now: Timestamp) -> Timestamp {
    let day = now.as_jiff().to_zoned(TimeZone::UTC).start_of_day();
    day.map_or(now, |day| Timestamp::new(day.timestamp()))
}

/// The rows of *Today*.
pub fn rows(today: &Day, usual: &Usual, now: Timestamp) -> Vec<TodayRow> {
    let since = Query::default().with("after", now.day());
    let mut rows = Vec::new();
    for kind in News::VARIANTS.iter().copied() {
        let list = since.clone().with("kind", kind.as_str());
        rows.push(TodayRow {
            label: kind.label(),
            so_far: count_kind(&today.tallies, kind),
            usual: usual.kinds.get(&kind).copied(),
            href: list.at("/activity"),
            is_part: false,
        });
        if kind == News::Failed {
            rows.push(TodayRow {
                label: "healed since",
                so_far: today.healed,
                usual: None,
                href: list.at("/activity"),
                is_part: true,
            });
        }
    }
    rows.push(TodayRow {
        label: "Nothing to do",
        so_far: count_state(&today.tallies, EventState::Ignored),
        usual: usual.nothing_to_do,
        href: since.with("state", "ignored").at("/activity"),
        is_part: false,
    });
    rows
}

/// `1.2 s`, `41 s`, `3 min`.
pub fn length(duration: SignedDuration) -> String {
    let millis = duration.as_millis().max(0);
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        10_000..120_000 => format!("{} s", millis / 1_000),
        120_000..7_200_000 => format!("{} min", millis / 60_000),
        _ => format!("{} h", millis / 3_600_000),
    }
}

fn count_kind(day: &[Tally], kind: News) -> u64 {
    sum(day, |tally| tally.news == Some(kind))
}

fn count_state(day: &[Tally], state: EventState) -> u64 {
    sum(day, |tally| tally.state == state)
}

fn sum(day: &[Tally], is_counted: impl Fn(&Tally) -> bool) -> u64 {
    let counted = day.iter().filter(|tally| is_counted(tally));
    number(counted.map(|tally| tally.count).sum())
}

fn hour(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(SECONDS_PER_HOUR * 1_000_000)
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(news: News, at: &str, count: i64) -> Tally {
        Tally {
            hour: hour(at.parse().unwrap()),
            state: EventState::Done,
            news: Some(news),
            count,
        }
    }

    #[test]
    fn a_day_is_counted_by_kind_hour_and_wait() {
        let now: Timestamp = "2026-12-03T02:30:00Z".parse().unwrap();
        let tallies = vec![
            tally(News::Purchases, "2026-12-03T00:10:00Z", 1),
            tally(News::Purchases, "2026-12-03T02:10:00Z", 1),
            tally(News::Failed, "2026-12-03T01:10:00Z", 1),
            tally(News::Renewals, "2026-12-03T01:20:00Z", 1),
        ];
        let today = Day {
            tallies: tallies.clone(),
            healed: 1,
            waits: Some(Waits {
                count: 2,
                p50: 1_049_000,
                p95: 41_000_000,
                p99: 41_000_000,
                longest: 130_000_000,
            }),
        };

        let rows = rows(&today, &Usual::of(&[Vec::new(), tallies]), now);

        let counts: Vec<(&str, u64)> = rows.iter().map(|row| (row.label, row.so_far)).collect();
        assert_eq!(counts[0], ("Purchases", 2));
        assert_eq!(counts[3], ("healed since", 1));
        assert_eq!(rows[0].usual, Some(2));
        assert_eq!((today.all(), today.messages().done), (4, 4));
        assert_eq!(today.hours(now), [1, 2, 1]);
        assert_eq!(
            today.speed().unwrap(),
            "Half within 1.0 s, 95 % within 41 s; the slowest took 2 min."
        );
        assert_eq!(Day::default().speed(), None);
    }
}
