//! What is the vendor's own about HTTP.

use crate::license_servers::cryptlex::failure;
use crate::license_servers::http::Dialect;
use crate::license_servers::http::operation::{Method, Operation};
use crate::license_servers::http::paging::Paging;

/// The web API, version 3.
pub static DIALECT: Dialect = Dialect {
    prefix: "/v3",
    path_end: "",
    authorization: "Bearer",
    paging: Paging::Numbered,
    masked_members: &["password"],
    words: failure::words,
    class: failure::class,
};

/// A request, and the scope that it needs.
pub fn operation(method: Method, scope: &'static str, segments: &[&str]) -> Operation {
    Operation::new(&DIALECT, method, segments).under(scope)
}

/// A read that needs no scope and gives up early.
pub fn probe() -> Operation {
    Operation::new(&DIALECT, Method::Get, &["me"]).probing()
}
