//! Whatever a stranger sends is understood or refused, never obeyed and never fatal.
//!
//! The same properties are fuzzed by `scripts/fuzz`, which finds more in an hour than this does in seconds.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot be set up has failed"
)]

mod mutations;
mod properties;

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use mutations::{spoiled, spoils};

static BODIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(read_bodies);

fn read_bodies() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fastspring");
    let mut bodies: Vec<(std::path::PathBuf, Vec<u8>)> = std::fs::read_dir(folder)
        .expect("the folder of fixtures")
        .map(|entry| {
            let path = entry.expect("a fixture").path();
            let body = std::fs::read(&path).expect("a readable fixture");
            (path, body)
        })
        .collect();
    bodies.sort();
    bodies.into_iter().map(|(_, body)| body).collect()
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    (select(BODIES.as_slice()), spoils()).prop_map(|(body, spoils)| spoiled(&body, &spoils))
}

/// A request for keys as it might be made up.
fn form() -> impl Strategy<Value = Vec<u8>> {
    let name = select(
        [
            "security_request_hash",
            "product",
            "internalProductName",
            "quantity",
            "reference",
            "subscription",
            "email",
            "firstName",
            "%00",
            "",
        ]
        .as_slice(),
    );
    let pair = (name, any::<String>()).prop_map(|(name, value)| {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{name}={value}")
    });
    prop_oneof![
        prop::collection::vec(pair, 0..12).prop_map(|pairs| pairs.join("&").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..400),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_body_is_taken_apart_or_refused(body in body()) {
        properties::body_is_taken_apart_or_refused(&body);
    }

    #[test]
    fn events_are_understood_or_refused(body in body()) {
        properties::events_are_understood_or_refused(&body);
    }

    #[test]
    fn any_bytes_are_taken_apart_or_refused(body in prop::collection::vec(any::<u8>(), 0..2_000)) {
        properties::body_is_taken_apart_or_refused(&body);
    }

    #[test]
    fn a_header_is_no_signature(header in prop::collection::vec(any::<u8>(), 0..100)) {
        properties::header_is_no_signature(&header);
    }

    #[test]
    fn a_request_for_keys_is_not_believed(form in form()) {
        properties::key_request_is_not_believed(&form);
    }
}
