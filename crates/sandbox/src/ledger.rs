//! Every request in order, and what it came to: the evidence that tests are held against.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Requests remembered; the oldest are forgotten beyond it.
const MOST: usize = 1_000_000;

/// Every request in order.
#[derive(Debug, Default, Clone)]
pub struct Ledger {
    entries: VecDeque<Entry>,
    next: u64,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its place, from 1.
    pub number: u64,
    /// When it came, by the sandbox's clock.
    pub arrived_at: Timestamp,
    /// When the socket began with it, counted from the socket's opening; absent without a socket.
    pub began: Option<Duration>,
    /// When the socket was done with it, the answer sent or the connection closed; absent until then.
    pub ended: Option<Duration>,
    /// Whom the rate limit counted.
    pub source_address: String,
    /// The verb.
    pub method: String,
    /// The path.
    pub path: String,
    /// The kind of call; `unknown` for a URL that is not there.
    pub kind: &'static str,
    /// The license it is about, where it is about one.
    pub license_id: Option<String>,
    /// Whether it is a list of licenses or people without a filter, or with an empty one, which must never happen.
    pub is_unfiltered: bool,
    /// The status; absent where the connection was closed instead.
    pub status: Option<u16>,
    /// Whether it changed anything (calls that read never do).
    pub took_effect: bool,
    /// The faults that struck it.
    pub faults: Vec<String>,
}

impl Ledger {
    /// Adds a request and gives its number.
    pub fn add(&mut self, mut entry: Entry) -> u64 {
        self.next += 1;
        entry.number = self.next;
        if self.entries.len() >= MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.next
    }

    /// Notes when the socket began with a request.
    pub fn begin(&mut self, number: u64, at: Duration) {
        if let Some(entry) = self.entry(number) {
            entry.began = Some(at);
        }
    }

    /// Notes when the socket was done with a request.
    pub fn end(&mut self, number: u64, at: Duration) {
        if let Some(entry) = self.entry(number) {
            entry.ended = Some(at);
        }
    }

    /// All requests, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many calls of this kind changed this license.
    pub fn effects(&self, kind: &str, license_id: &str) -> usize {
        let of_license = |entry: &&Entry| entry.license_id.as_deref() == Some(license_id);
        let effects = self.entries.iter().filter(of_license);
        effects
            .filter(|entry| entry.kind == kind && entry.took_effect)
            .count()
    }

    /// Pairs of calls for one license that were under way at the same time at the socket.
    pub fn overlaps(&self) -> Vec<(u64, u64)> {
        let mut overlaps = Vec::new();
        let mut last: HashMap<&str, (u64, Duration)> = HashMap::new();
        for entry in by_beginning(&self.entries) {
            let (Some(license), Some(began)) = (entry.license_id.as_deref(), entry.began) else {
                continue;
            };
            // A call that never ended is under way for ever.
            let ended = entry.ended.unwrap_or(Duration::MAX);
            let open = last
                .entry(license)
                .or_insert((entry.number, Duration::ZERO));
            if began < open.1 {
                overlaps.push((open.0, entry.number));
            }
            if ended >= open.1 {
                *open = (entry.number, ended);
            }
        }
        overlaps
    }

    /// Only the requests that came from this moment on.
    pub fn since(mut self, moment: Timestamp) -> Self {
        self.entries.retain(|entry| entry.arrived_at >= moment);
        self
    }

    /// The most requests of one source address within any stretch of this length, by the time they came.
    pub fn busiest(&self, window: Duration) -> usize {
        let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
        let mut recent: HashMap<&str, VecDeque<Timestamp>> = HashMap::new();
        let mut most = 0;
        for entry in &self.entries {
            let times = recent.entry(&entry.source_address).or_default();
            while times
                .pop_front_if(|first| entry.arrived_at.duration_since(*first) >= window)
                .is_some()
            {}
            times.push_back(entry.arrived_at);
            most = most.max(times.len());
        }
        most
    }

    /// Lists of licenses or people without a filter, or with an empty one.
    pub fn unfiltered(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_unfiltered)
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.number;
        let place = usize::try_from(number.checked_sub(first)?).ok()?;
        self.entries.get_mut(place)
    }
}

fn by_beginning(entries: &VecDeque<Entry>) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.began);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(license_id: &str, millisecond: i64) -> Entry {
        Entry {
            number: 0,
            arrived_at: Timestamp::from_millisecond(millisecond).unwrap(),
            began: None,
            ended: None,
            source_address: "192.0.2.1".to_owned(),
            method: "POST".to_owned(),
            path: String::new(),
            kind: "renew",
            license_id: Some(license_id.to_owned()),
            is_unfiltered: false,
            status: Some(200),
            took_effect: true,
            faults: Vec::new(),
        }
    }

    #[test]
    fn calls_for_one_license_at_the_same_time_are_found() {
        for (spans, expected) in [
            (vec![("a", 0, Some(10)), ("a", 10, Some(20))], vec![]),
            (vec![("a", 0, Some(10)), ("b", 5, Some(20))], vec![]),
            (vec![("a", 0, Some(10)), ("a", 5, Some(20))], vec![(1, 2)]),
            (vec![("a", 5, Some(20)), ("a", 0, Some(10))], vec![(2, 1)]),
            (vec![("a", 0, None), ("a", 50, Some(60))], vec![(1, 2)]),
            (
                vec![("a", 0, Some(30)), ("a", 5, Some(6)), ("a", 20, Some(40))],
                vec![(1, 2), (1, 3)],
            ),
        ] {
            let mut ledger = Ledger::default();
            for (license, began, ended) in spans {
                let number = ledger.add(entry(license, 0));
                ledger.begin(number, Duration::from_millis(began));
                if let Some(ended) = ended {
                    ledger.end(number, Duration::from_millis(ended));
                }
            }

            assert_eq!(ledger.overlaps(), expected);
        }
    }

    #[test]
    fn the_busiest_stretch_slides() {
        let mut ledger = Ledger::default();
        for millisecond in [0, 4_000, 4_500, 5_000, 9_100] {
            ledger.add(entry("a", millisecond));
        }

        assert_eq!(ledger.busiest(Duration::from_secs(5)), 3);
        assert_eq!(ledger.effects("renew", "a"), 5);
    }
}
