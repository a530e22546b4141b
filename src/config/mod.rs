//! Settings: every one a flag and an environment variable, checked before anything starts.

mod database_url;

pub use database_url::{DatabaseUrl, DatabaseUrlError};
