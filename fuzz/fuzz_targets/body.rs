//! See `properties::body_is_taken_apart_or_refused`.

#![no_main]

#[expect(dead_code, reason = "other targets use the rest")]
#[path = "../../tests/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::body_is_taken_apart_or_refused(data));
