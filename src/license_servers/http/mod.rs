//! License servers that are asked over HTTP and answer in JSON, whatever their kind.

pub mod fields;
pub mod lenient;
