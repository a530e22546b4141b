//! Records which types of events have ever come, so that set-up can name those that a vendor forgot to tick.

use moka::sync::Cache;

use crate::domain::id::StorefrontId;
use crate::pipeline::ingest::sealed_rows::EventSource;
use crate::storefronts::{self as kinds, RawEvent};

/// Types that this process has recorded: each is written once, not with every event. Cheap to clone.
#[derive(Clone)]
pub struct EventTypes(Cache<(StorefrontId, &'static str), ()>);

impl Default for EventTypes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(100_000).build())
    }
}

impl EventTypes {
    /// Types among these events that set-up asks for and this process has not recorded yet: they are written with them.
    pub fn new_of(&self, source: EventSource<'_>, events: &[RawEvent<'_>]) -> Vec<&'static str> {
        let needed = kinds::of(source.kind).needed_event_types().iter().copied();
        needed
            .filter(|needed| events.iter().any(|event| event.event_type == *needed))
            .filter(|needed| !self.0.contains_key(&(source.storefront, *needed)))
            .collect()
    }

    /// They are on disk by now.
    pub fn remember(&self, storefront: StorefrontId, types: &[&'static str]) {
        for event_type in types {
            self.0.insert((storefront, event_type), ());
        }
    }
}
