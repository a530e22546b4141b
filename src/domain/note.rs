//! The one line of Latchkey's own in a license's notes at the license server; every other line is people's.

use crate::domain::license::{Identity, Root};
use crate::domain::shop_id::OrderId;
use crate::domain::time::Timestamp;

/// What the line begins with, and is known by.
const MARK: &str = "Latchkey: ";
/// The longest notes that license servers take, in UTF-16 units.
const LENGTH: usize = 4096;

/// Where a license comes from and which product at the shop it follows since then; names nobody.
pub fn line(
    license: &Identity,
    order: Option<&OrderId>,
    product_path: &str,
    since: Timestamp,
) -> String {
    let purchase = match (&license.root, order) {
        (Root::Subscription(id), Some(order)) => format!("subscription {id}, order {order}"),
        (Root::Subscription(id), None) => format!("subscription {id}"),
        (Root::Order(id), _) => format!("order {id}"),
        (Root::Reference(reference), _) => format!("receipt {reference}"),
    };
    let since = since.long_day();
    format!("{MARK}made for {purchase}; follows {product_path} since {since}.")
}

/// The notes with our line in place of the one before, else at the end; `None` where nothing changes or it does not fit.
pub fn with_line(notes: Option<&str>, line: &str) -> Option<String> {
    let notes = notes.unwrap_or_default();
    let mut is_there = false;
    let mut lines: Vec<&str> = Vec::new();
    for one in notes.split('\n') {
        if !one.starts_with(MARK) {
            lines.push(one);
        } else if !is_there {
            is_there = true;
            lines.push(line);
        }
    }
    if !is_there {
        // An empty last line is where the next one goes.
        if lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        lines.push(line);
    }
    let new = lines.join("\n");
    let fits = new.encode_utf16().count() <= LENGTH;
    (fits && new != notes).then_some(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shop_id::SubscriptionId;

    #[test]
    fn a_line_says_where_a_license_comes_from_and_what_it_follows() {
        let order = OrderId::new("A").unwrap();
        for (root, order, expected) in [
            (
                Root::Subscription(SubscriptionId::new("S").unwrap()),
                Some(&order),
                "subscription S, order A",
            ),
            (
                Root::Subscription(SubscriptionId::new("S").unwrap()),
                None,
                "subscription S",
            ),
            (Root::Order(order.clone()), Some(&order), "order A"),
            (Root::Reference("R".to_owned()), None, "receipt R"),
        ] {
            let license = Identity {
                root,
                slot: "reverb".to_owned(),
                unit: 1,
                generation: 1,
            };
            let since = "2027-01-15T10:00:00Z".parse().unwrap();

            assert_eq!(
                line(&license, order, "reverb", since),
                format!("Latchkey: made for {expected}; follows reverb since 15 January 2027.")
            );
        }
    }

    #[test]
    fn what_people_wrote_stays_as_they_wrote_it() {
        let ours = "Latchkey: new";
        for (notes, expected) in [
            (None, Some("Latchkey: new")),
            (Some(""), Some("Latchkey: new")),
            (Some("Called Ben.\n"), Some("Called Ben.\nLatchkey: new")),
            (
                Some(" Called Ben.\r\n\r\n- twice"),
                Some(" Called Ben.\r\n\r\n- twice\nLatchkey: new"),
            ),
            (Some("a\nLatchkey: old\nb"), Some("a\nLatchkey: new\nb")),
            (
                Some("Latchkey: old\na\nLatchkey: older"),
                Some("Latchkey: new\na"),
            ),
            (
                Some("we use Latchkey: it works"),
                Some("we use Latchkey: it works\nLatchkey: new"),
            ),
            (Some("a\nLatchkey: new"), None),
        ] {
            assert_eq!(with_line(notes, ours).as_deref(), expected, "{notes:?}");
        }
        let full = "ä".repeat(LENGTH - ours.len());
        assert_eq!(with_line(Some(&full), ours), None);
        assert!(with_line(Some(&full[2..]), ours).is_some());
    }
}
