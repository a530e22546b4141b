//! What the shop has sent and what it was told: the one truth about what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What one delivery was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// That all of its events are taken.
    Acknowledged,
    /// With 200 or 202, but without naming every event.
    NotNamed(u16),
    /// With another status.
    Refused(u16),
    /// Not at all: nobody listened, or the connection broke.
    None,
}

/// One delivery.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// When it was due, by the plan; the wait for a late sender counts.
    pub due: Instant,
    /// When it was answered.
    pub ended: Instant,
    /// With what.
    pub answer: Answer,
}

/// The book. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Postbook(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    sent: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
    attempts: Vec<Attempt>,
}

impl Postbook {
    /// Notes what is about to be sent: from here on it may be stored.
    pub fn sending(&self, ids: &[String]) {
        self.0.lock().unwrap().sent.extend(ids.iter().cloned());
    }

    /// Notes an answer and the events that it names.
    pub fn answered(&self, attempt: Attempt, acknowledged: Vec<String>) {
        let mut pages = self.0.lock().unwrap();
        pages.attempts.push(attempt);
        pages.acknowledged.extend(acknowledged);
    }

    /// Every event that was sent, acknowledged or not.
    pub fn sent(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().sent.clone()
    }

    /// Every event that some answer named.
    pub fn acknowledged(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().acknowledged.clone()
    }

    /// How many deliveries were answered how.
    pub fn answers(&self) -> BTreeMap<Answer, usize> {
        let mut answers = BTreeMap::new();
        for attempt in &self.0.lock().unwrap().attempts {
            *answers.entry(attempt.answer).or_default() += 1;
        }
        answers
    }

    /// How long it took from this moment to the first acknowledgment of something sent after it.
    pub fn first_after(&self, moment: Instant) -> Option<Duration> {
        let pages = self.0.lock().unwrap();
        let after = pages.attempts.iter();
        let after =
            after.filter(|attempt| attempt.due > moment && attempt.answer == Answer::Acknowledged);
        after.map(|attempt| attempt.ended - moment).min()
    }

    /// How many deliveries were not acknowledged at once.
    pub fn failures(&self) -> usize {
        let answers = self.answers();
        let all: usize = answers.values().sum();
        all - answers.get(&Answer::Acknowledged).unwrap_or(&0)
    }

    /// How long the delivery waited that was told soonest to come again.
    pub fn shortest_wait(&self) -> Option<Duration> {
        let pages = self.0.lock().unwrap();
        let refused = pages.attempts.iter();
        let refused = refused.filter(|one| matches!(one.answer, Answer::Refused(_)));
        refused.map(|one| one.ended - one.due).min()
    }

    /// How many deliveries, due and answered between these moments, were acknowledged.
    pub fn acknowledged_between(&self, from: Instant, to: Instant) -> usize {
        let pages = self.0.lock().unwrap();
        let within = pages.attempts.iter();
        let within = within.filter(|attempt| attempt.due > from && attempt.ended < to);
        within
            .filter(|attempt| attempt.answer == Answer::Acknowledged)
            .count()
    }

    /// How long the slowest acknowledgment took of what was due from this moment on; nothing where there was none.
    pub fn longest_taken_since(&self, moment: Instant) -> Duration {
        let pages = self.0.lock().unwrap();
        let later = pages.attempts.iter().filter(|one| one.due >= moment);
        let taken = later.filter(|one| one.answer == Answer::Acknowledged);
        let taken = taken.map(|one| one.ended - one.due);
        taken.max().unwrap_or_default()
    }

    /// So many of a hundred acknowledgments took at most this long.
    pub fn percentile(&self, percent: usize) -> Duration {
        percentile(self.taken(), percent)
    }

    /// How long the slowest answer of any kind took.
    pub fn slowest(&self) -> Duration {
        let pages = self.0.lock().unwrap();
        let taken = pages.attempts.iter().map(|one| one.ended - one.due);
        taken.max().unwrap_or_default()
    }

    /// How long each acknowledgment took from when it was due.
    pub fn taken(&self) -> Vec<Duration> {
        let pages = self.0.lock().unwrap();
        let taken = pages.attempts.iter();
        let taken = taken.filter(|attempt| attempt.answer == Answer::Acknowledged);
        taken.map(|one| one.ended - one.due).collect()
    }
}

/// So many of a hundred took at most this long; nothing where there are none.
pub fn percentile(mut taken: Vec<Duration>, percent: usize) -> Duration {
    taken.sort_unstable();
    let place = (taken.len() * percent / 100).min(taken.len().saturating_sub(1));
    taken.get(place).copied().unwrap_or_default()
}
