//! Broken bodies: whatever comes, nothing panics.

use std::panic::RefUnwindSafe;

use proptest::prelude::*;

use super::json_files;
use crate::storefronts::fastspring::{envelope, translate};

/// What may stand where something else should.
const VALUES: &[&str] = &[
    "null",
    "{}",
    "[]",
    "\"\"",
    "true",
    "-1",
    "1e400",
    "0.1",
    "99999999999999999999",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "[[[[]]]]",
    "[{}]",
    "{\"id\":{\"id\":null}}",
    "\"Fri Foo 99\"",
    "-9223372036854775808",
];

fn bodies() -> impl Strategy<Value = String> + RefUnwindSafe {
    let bodies: Vec<String> = json_files("tests/fixtures/fastspring")
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    proptest::sample::select(bodies)
}

fn survive(body: &[u8]) {
    let Ok(envelope) = envelope::split(body) else {
        return;
    };
    for event in envelope.events {
        drop(translate::translate(
            &event.event_type,
            event.payload.as_bytes(),
        ));
    }
}

/// Puts another value after the `position`-th colon.
fn replace_value(body: &str, position: usize, value: &str) -> String {
    let colons: Vec<_> = body.match_indices("\": ").map(|(at, _)| at + 3).collect();
    let Some(start) = colons.get(position % colons.len().max(1)) else {
        return body.to_owned();
    };
    let (before, after) = body.split_at(*start);
    let end = after.find([',', '\n']).unwrap_or(after.len());
    format!("{before}{value}{}", &after[end..])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_value_in_a_wrong_place_makes_it_panic(
        body in bodies(),
        changes in proptest::collection::vec((any::<usize>(), proptest::sample::select(VALUES)), 1..6),
    ) {
        let mutated = changes
            .iter()
            .fold(body, |body, (position, value)| replace_value(&body, *position, value));

        survive(mutated.as_bytes());
    }

    #[test]
    fn no_broken_byte_makes_it_panic(
        body in bodies(),
        breaks in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8),
        length in any::<usize>(),
    ) {
        let mut bytes = body.into_bytes();
        for (position, byte) in breaks {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        survive(&bytes);
        bytes.truncate(length % bytes.len());
        survive(&bytes);
    }
}

#[test]
fn absurd_depth_is_an_error_at_most() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        survive(deep.as_bytes());
        survive(format!(r#"{{"events":{deep}}}"#).as_bytes());
        for event_type in ["order.completed", "return.created", "subscription.updated"] {
            let event = format!(
                r#"{{"id":"E","type":"{event_type}","data":{{"id":"X","return":"X","items":[{{"product":{deep}}}],"addons":{deep}}}}}"#
            );
            survive(format!(r#"{{"events":[{event}]}}"#).as_bytes());
        }
    }
}
