//! See `properties::header_is_no_signature`.

#![no_main]

#[expect(dead_code, reason = "other targets use the rest")]
#[path = "../../tests/hostile/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::header_is_no_signature(data));
