//! Keys that a shop asks for while an order is being placed, before the order itself is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::fact::{OrderId, Person, SubscriptionId};
use crate::domain::id::KeyRequestId;
use crate::domain::license::Root;
use crate::domain::record::LineRecord;

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

/// A line for which keys were asked, with its place among the licenses.
///
/// Its first place is named by what the request knew; once the order is known it moves to that line of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRequestRecord {
    /// The receipt number.
    pub reference: Option<String>,
    /// The subscription that the request named.
    pub subscription: Option<SubscriptionId>,
    /// The product path.
    pub product_path: String,
    /// How many were bought.
    pub quantity: u32,
    /// The purchase that its licenses belong to.
    pub root: Root,
    /// The line's name within the root.
    pub slot: String,
    /// The order; `None` until it came.
    pub order_id: Option<OrderId>,
    /// What the request itself said of the product, as attributes.
    pub parameters: BTreeMap<String, String>,
    /// Whether the keys were handed out.
    pub is_answered: bool,
}

/// The line that the keys were asked for: at the very place, else of that quantity, else the first of that path.
///
/// `is_taken` says whether other keys were asked for that line.
pub fn line_of<'a>(
    request: &KeyRequestRecord,
    lines: &'a [LineRecord],
    is_taken: impl Fn(&LineRecord) -> bool,
) -> Option<&'a LineRecord> {
    let candidates: Vec<&LineRecord> = lines
        .iter()
        .filter(|line| line.product_path == request.product_path && !is_taken(line))
        .collect();
    let is_there = |line: &&&LineRecord| line.root == request.root && line.slot == request.slot;
    candidates
        .iter()
        .find(is_there)
        .or_else(|| {
            candidates
                .iter()
                .find(|line| line.quantity == request.quantity)
        })
        .or_else(|| candidates.first())
        .copied()
}
