//! Finds the line that keys were asked for, once the order is known.

use crate::domain::record::{KeyRequestRecord, LineRecord};

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
