//! See `properties::key_request_is_not_believed`.

#![no_main]

#[expect(dead_code, reason = "other targets use the rest")]
#[path = "../../tests/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::key_request_is_not_believed(data));
