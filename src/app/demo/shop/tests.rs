//! The demo's shop speaks like the real one: everything it says is understood.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::fact::Fact;
use crate::domain::kind::StorefrontKind;
use crate::storefronts;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn bodies() -> Vec<String> {
    let mut shop = Shop::new(7);
    let mut bodies = shop.history(now());
    bodies.extend((0..500).map(|minute| shop.next(now().plus_minutes(minute))));
    bodies
}

#[test]
fn every_event_is_understood() {
    let kind = storefronts::of(StorefrontKind::Fastspring);
    let mut types = BTreeMap::<String, u32>::new();
    let mut ids = BTreeSet::new();

    for body in bodies() {
        let envelope = kind.split(body.as_bytes()).unwrap();
        assert!(
            !envelope.events.is_empty() && envelope.malformed == 0,
            "{body}"
        );
        for event in envelope.events {
            let translation = kind
                .translate(&event.event_type, event.payload.as_bytes())
                .unwrap();
            assert!(!matches!(translation.fact, Fact::Unknown), "{body}");
            assert!(translation.missing.is_empty(), "{body}");
            assert!(ids.insert(event.source_id.to_string()), "an id came twice");
            *types.entry(event.event_type.to_string()).or_default() += 1;
        }
    }

    assert_eq!(types.len(), 8, "{types:?}");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    assert_eq!(bodies(), bodies());
}

#[test]
fn the_history_lies_in_the_past() {
    let kind = storefronts::of(StorefrontKind::Fastspring);

    for body in Shop::new(1).history(now()) {
        let envelope = kind.split(body.as_bytes()).unwrap();
        let is_past = |event: &storefronts::RawEvent<'_>| event.created.unwrap() < now();
        assert!(envelope.events.iter().all(is_past), "{body}");
    }
}
