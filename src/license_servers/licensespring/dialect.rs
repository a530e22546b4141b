//! What is the vendor's own about HTTP.

use crate::license_servers::http::Dialect;
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::http::paging::Paging;
use crate::license_servers::licensespring::failure;

/// The Management API, version 1. A path without its slash would be redirected, which is never followed.
pub static DIALECT: Dialect = Dialect {
    prefix: "/api/v1",
    path_end: "/",
    authorization: "Api-Key",
    paging: Paging::Offset,
    masked_members: &["password", "initial_password", "new_password"],
    words: failure::words,
    class: failure::class,
};

/// Reads something.
pub fn get(segments: &[&str]) -> Operation {
    Operation::new(&DIALECT, Method::Get, segments)
}

/// Makes something, or does something with it.
pub fn post(segments: &[&str]) -> Operation {
    Operation::new(&DIALECT, Method::Post, segments)
}

/// The least that only an accepted key is shown.
pub fn least() -> Operation {
    get(&["products"]).parameter("limit", "1")
}
