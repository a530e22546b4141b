//! License servers that are asked over HTTP and answer in JSON, whatever their kind.
//!
//! A kind says in its [`Dialect`] what is its own; its words stay in its folder.

pub mod client;
pub mod failure;
pub mod fields;
pub mod lenient;
pub mod operation;
pub mod paging;

use crate::license_servers::http::failure::{BadAnswer, Words};
use crate::license_servers::http::paging::Paging;
use crate::license_servers::reply::FailureClass;

/// How one kind of license server is spoken to.
pub struct Dialect {
    /// What every path begins with, such as `/v3`.
    pub prefix: &'static str,
    /// What every path ends with: nothing, or a slash.
    pub path_end: &'static str,
    /// The word before the token in the header of authorization.
    pub authorization: &'static str,
    /// How lists are asked for and answered.
    pub paging: Paging,
    /// The members of bodies, sent or answered, of which the record keeps no value.
    pub masked_members: &'static [&'static str],
    /// What the body of an answer that is not 2xx says; `None` = it is not of the usual form.
    pub words: fn(&[u8]) -> Option<Words>,
    /// The class of an answer that is not 2xx.
    pub class: fn(BadAnswer<'_>, &Words) -> FailureClass,
}
