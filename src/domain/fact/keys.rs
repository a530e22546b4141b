//! Keys that a shop asks for while an order is being placed, before the order itself is known.

use serde::{Deserialize, Serialize};

use crate::domain::fact::Person;
use crate::domain::id::KeyRequestId;

/// The shop asked for keys of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysRequested {
    /// The line; its record says where its licenses are.
    pub id: KeyRequestId,
    /// The product path.
    pub product_path: String,
    /// How many were bought.
    pub quantity: u32,
    /// Whom they are for.
    pub person: Person,
}
