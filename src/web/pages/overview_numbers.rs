//! Today in numbers, counted from the few columns that they need.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::domain::effect::EventState;
use crate::domain::time::Timestamp;
use crate::store::events::Digest;
use crate::web::kinds::{Kind, is};
use crate::web::pages::overview::TodayRow;
use crate::web::pages::overview_headline::Messages;
use crate::web::query::Query;
use crate::web::waits::Waits;

/// What is usual by this time of the day; every row is `None` until a day of last month is known.
#[derive(Debug, Clone, Default)]
pub struct Usual {
    kinds: [Option<u64>; 5],
    nothing_to_do: Option<u64>,
    /// All messages.
    pub messages: Option<u64>,
}

impl Usual {
    /// The mean of the same weekday of the last weeks, each until this time of the day; days without messages do not count.
    pub fn of(days: &[Vec<Digest>]) -> Self {
        let known: Vec<&[Digest]> = days
            .iter()
            .filter(|day| !day.is_empty())
            .map(Vec::as_slice)
            .collect();
        let mean = |count: &dyn Fn(&[Digest]) -> u64| {
            let sum: u64 = known.iter().map(|day| count(day)).sum();
            (sum + known.len() as u64 / 2).checked_div(known.len() as u64)
        };
        Self {
            kinds: Kind::ALL.map(|kind| mean(&|day| count_kind(day, kind))),
            nothing_to_do: mean(&|day| count_state(day, EventState::Ignored)),
            messages: mean(&|day| day.len() as u64),
        }
    }
}

/// The last midnight in UTC.
pub fn midnight(now: Timestamp) -> Timestamp {
    let day = now.as_jiff().to_zoned(TimeZone::UTC).start_of_day();
    day.map_or(now, |day| Timestamp::new(day.timestamp()))
}

/// The rows of *Today*.
pub fn rows(today: &[Digest], usual: &Usual, now: Timestamp) -> Vec<TodayRow> {
    let since = Query::default().with("after", now.day());
    let mut rows = Vec::new();
    for (kind, usual) in Kind::ALL.into_iter().zip(usual.kinds) {
        let list = since.clone().with("kind", kind.as_str());
        rows.push(TodayRow {
            label: kind.label(),
            so_far: count_kind(today, kind),
            usual,
            href: list.at("/activity"),
            is_part: false,
        });
        if kind == Kind::Failed {
            rows.push(TodayRow {
                label: "healed since",
                so_far: healed(today),
                usual: None,
                href: list.at("/activity"),
                is_part: true,
            });
        }
    }
    rows.push(TodayRow {
        label: "Nothing to do",
        so_far: count_state(today, EventState::Ignored),
        usual: usual.nothing_to_do,
        href: since.with("state", "ignored").at("/activity"),
        is_part: false,
    });
    rows
}

/// Today's messages by what became of them.
pub fn messages(today: &[Digest]) -> Messages {
    let count = |states: &[EventState]| {
        today
            .iter()
            .filter(|digest| states.contains(&digest.state))
            .count() as u64
    };
    Messages {
        all: today.len() as u64,
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
pub fn hours(today: &[Digest], now: Timestamp) -> Vec<u64> {
    let begin = midnight(now);
    let hour = |at: Timestamp| usize::try_from(at.since(begin).as_hours()).unwrap_or(0);
    let mut hours = vec![0_u64; hour(now).min(23) + 1];
    for digest in today {
        if let Some(count) = hours.get_mut(hour(digest.received_at)) {
            *count += 1;
        }
    }
    hours
}

/// How long buyers waited from payment to license; `None` before the first purchase of the day.
pub fn speed(today: &[Digest]) -> Option<String> {
    let waits = Waits::of(today)?;
    Some(format!(
        "Half within {}, 95 % within {}; the slowest took {}.",
        length(waits.within(50)),
        length(waits.within(95)),
        length(waits.within(100))
    ))
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

/// Failed payments of today whose subscription was paid for later today.
fn healed(today: &[Digest]) -> u64 {
    let subscriptions = |kind: Kind| -> BTreeSet<&str> {
        today
            .iter()
            .filter(|digest| is(digest, kind))
            .filter_map(|digest| digest.subscription_id.as_deref())
            .collect()
    };
    let paid = subscriptions(Kind::Renewals);
    subscriptions(Kind::Failed).intersection(&paid).count() as u64
}

fn count_kind(day: &[Digest], kind: Kind) -> u64 {
    day.iter().filter(|digest| is(digest, kind)).count() as u64
}

fn count_state(day: &[Digest], state: EventState) -> u64 {
    day.iter().filter(|digest| digest.state == state).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(headline: &str, received_at: &str, seconds: i64) -> Digest {
        let received_at: Timestamp = received_at.parse().unwrap();
        Digest {
            headline: Some(headline.to_owned()),
            state: EventState::Done,
            subscription_id: Some("s1".to_owned()),
            received_at,
            settled_at: Some(received_at.plus(SignedDuration::from_secs(seconds))),
        }
    }

    #[test]
    fn a_day_is_counted_by_kind_hour_and_wait() {
        let now: Timestamp = "2026-12-03T02:30:00Z".parse().unwrap();
        let today = [
            digest("New order · studio-pro", "2026-12-03T00:10:00Z", 1),
            digest("New order · studio-pro", "2026-12-03T02:10:00Z", 41),
            digest("Payment failed · studio-pro", "2026-12-03T01:10:00Z", 1),
            digest("Renewal paid · studio-pro", "2026-12-03T01:20:00Z", 1),
        ];

        let rows = rows(&today, &Usual::of(&[Vec::new(), today.to_vec()]), now);

        let counts: Vec<(&str, u64)> = rows.iter().map(|row| (row.label, row.so_far)).collect();
        assert_eq!(counts[0], ("Purchases", 2));
        assert_eq!(counts[3], ("healed since", 1));
        assert_eq!(rows[0].usual, Some(2));
        assert_eq!(hours(&today, now), [1, 2, 1]);
        assert_eq!(
            speed(&today).unwrap(),
            "Half within 1.0 s, 95 % within 41 s; the slowest took 41 s."
        );
        assert_eq!(speed(&[]), None);
    }
}
