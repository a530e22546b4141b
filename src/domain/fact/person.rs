//! A person as shops name one.

use serde::{Deserialize, Serialize};

/// A person named by an order. Sealed wherever it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The shop's account id.
    pub account_id: Option<String>,
    /// E-mail address, as given.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
}
