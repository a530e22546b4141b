//! Measures how many events are in which state, for the operator's page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use metrics::gauge;

use crate::pipeline::Pipeline;
use crate::store::scope::{PlatformUse, Scope};
use crate::store::{StoreError, gauges};
use crate::telemetry::names;

/// What was measured before, so that what has become nothing is shown as 0.
#[derive(Debug, Default)]
pub struct Gauges(Mutex<BTreeSet<(&'static str, &'static str)>>);

impl Gauges {
    /// Measures once.
    pub async fn measure(&self, pipeline: &Pipeline) -> Result<(), StoreError> {
        let now = pipeline.clock.now();
        let read = pipeline
            .store
            .read(Scope::Platform(PlatformUse::Upkeep), move |db| {
                gauges::read_across_tenants(db, now)
            })
            .await?;
        let mut open: BTreeMap<(&'static str, &'static str), i64> = BTreeMap::new();
        for (state, reason, count) in read.open {
            let reason = reason.map_or("none", |reason| reason.as_str());
            *open.entry((state.as_str(), reason)).or_default() += count;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(open.keys().copied());
        for (state, reason) in known.iter().copied() {
            let count = open.get(&(state, reason)).copied().unwrap_or(0);
            gauge!(names::EVENTS_OPEN, "state" => state, "reason" => reason).set(count as f64);
        }
        let due_for = read
            .due_since
            .map_or(0.0, |since| now.since(since).as_secs_f64());
        gauge!(names::EVENTS_DUE).set(read.due as f64);
        gauge!(names::OLDEST_DUE_SECONDS).set(due_for.max(0.0));
        gauge!(names::PERMITS_IN_USE).set(read.permits_in_use as f64);
        gauge!(names::BREAKERS_OPEN).set(read.breakers_open as f64);
        Ok(())
    }
}
