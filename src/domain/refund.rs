//! How much of an order went back: nothing, a part, or all of a line.

use crate::domain::fact::{Amount, SubscriptionId};
use crate::domain::record::{
    LineRecord, LineRole, OrderKind, OrderRecord, ReturnRecord, ReturnedLine,
};

/// How much went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refunded {
    /// Nothing.
    Nothing,
    /// A part, a price adjustment, a credit.
    Part,
    /// All of it.
    Full,
}

/// Half a cent: amounts are rounded by the shop line by line.
const ROUNDING: i64 = 5_000;

/// How much of one line went back, over all returns; `Nothing` for a line that the order does not have.
pub fn of_line(order: &OrderRecord, index: usize) -> Refunded {
    let Some(line) = order.lines.get(index) else {
        return Refunded::Nothing;
    };
    let nth = order
        .lines
        .iter()
        .take(index)
        .filter(|other| names_same(line, other))
        .count();
    let returned: Vec<_> = order
        .returns
        .values()
        .filter_map(|one| {
            let mut lines = one.lines.iter().filter(|returned| names(returned, line));
            lines.nth(nth).map(|returned| (one, returned))
        })
        .collect();
    if returned.is_empty() {
        return Refunded::Nothing;
    }
    let is_full = returned.iter().any(|(one, returned)| {
        returned.is_full == Some(true) || returned.is_full.is_none() && is_whole_order(one)
    });
    let sum = returned
        .iter()
        .filter_map(|(_, returned)| returned.subtotal)
        .map(|Amount(amount)| amount)
        .sum::<i64>();
    let covers = line
        .subtotal
        .is_some_and(|Amount(price)| price > 0 && sum + ROUNDING >= price);
    if is_full || covers {
        Refunded::Full
    } else {
        Refunded::Part
    }
}

/// How much of a product went back, where the order itself was never seen and only its returns say what it had.
pub fn of_product(order: &OrderRecord, product_path: &str) -> Refunded {
    if of_order(order) == Refunded::Full {
        return Refunded::Full;
    }
    let returns = order.returns.values();
    let lines = returns.flat_map(|one| one.lines.iter().map(move |line| (one, line)));
    lines
        .filter(|(_, line)| line.product_path == product_path)
        .map(|(one, line)| match line.is_full {
            Some(true) => Refunded::Full,
            None if is_whole_order(one) => Refunded::Full,
            Some(false) | None => Refunded::Part,
        })
        .max()
        .unwrap_or(Refunded::Nothing)
}

/// How much of what an order charged for a subscription went back; of a group's order a line names its own member.
pub fn of_charge(order: &OrderRecord, id: &SubscriptionId, product_path: Option<&str>) -> Refunded {
    let is_shared = match &order.kind {
        OrderKind::Charge { subscriptions } => subscriptions.len() > 1,
        OrderKind::Unknown | OrderKind::First => false,
    };
    if !is_shared || order.returns.is_empty() {
        return of_order(order);
    }
    let is_own = |line: &ReturnedLine| match &line.subscription {
        Some(named) => named == id,
        None => Some(line.product_path.as_str()) == product_path,
    };
    let mut lines = order.returns.values().flat_map(|one| &one.lines);
    if is_covered(order) || lines.any(|line| is_own(line) && line.is_full == Some(true)) {
        Refunded::Full
    } else {
        Refunded::Part
    }
}

/// How much of a whole order went back, over all returns.
pub fn of_order(order: &OrderRecord) -> Refunded {
    if order.returns.is_empty() {
        return Refunded::Nothing;
    }
    let says_full = order.returns.values().any(|one| {
        !one.lines.is_empty() && one.lines.iter().all(|line| line.is_full == Some(true))
    });
    if says_full || is_covered(order) {
        Refunded::Full
    } else {
        Refunded::Part
    }
}

/// Whether the sums that went back are those that were paid.
fn is_covered(order: &OrderRecord) -> bool {
    let sum: i64 = order
        .returns
        .values()
        .filter_map(|one| one.total)
        .map(|Amount(amount)| amount)
        .sum();
    let total = order
        .total
        .or_else(|| order.returns.values().find_map(|one| one.order_total));
    total.is_some_and(|Amount(total)| total > 0 && sum + ROUNDING >= total)
        || order.returns.values().any(is_whole_order)
}

fn is_whole_order(one: &ReturnRecord) -> bool {
    match (one.total, one.order_total) {
        (Some(Amount(total)), Some(Amount(order))) => order > 0 && total + ROUNDING >= order,
        _ => false,
    }
}

fn names(returned: &ReturnedLine, line: &LineRecord) -> bool {
    returned.product_path == line.product_path
        && match (&returned.subscription, &line.role) {
            (Some(returned), LineRole::Subscription(own)) => returned == own,
            (Some(returned), LineRole::Addon { parent }) => returned == parent,
            (Some(_) | None, _) => true,
        }
}

fn names_same(line: &LineRecord, other: &LineRecord) -> bool {
    line.product_path == other.product_path && line.role == other.role
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::OrderId;
    use crate::domain::license::Root;

    fn order(price: i64, returns: &[(Option<bool>, Option<i64>)]) -> OrderRecord {
        let line = LineRecord {
            root: Root::Order(OrderId::new("order-1").unwrap()),
            slot: "reverb".to_owned(),
            product_path: "reverb".to_owned(),
            quantity: 1,
            subtotal: Some(Amount(price)),
            role: LineRole::OneTime,
            option_of: None,
            attributes: None,
        };
        let returns = returns
            .iter()
            .enumerate()
            .map(|(index, (is_full, amount))| {
                let line = ReturnedLine {
                    product_path: "reverb".to_owned(),
                    subscription: None,
                    subtotal: amount.map(Amount),
                    is_full: *is_full,
                    quantity: 0,
                };
                let one = ReturnRecord {
                    at: None,
                    total: amount.map(Amount),
                    order_total: Some(Amount(price * 2)),
                    currency: None,
                    lines: vec![line],
                };
                (format!("return-{index}"), one)
            });
        OrderRecord {
            lines: vec![line],
            total: Some(Amount(price * 2)),
            returns: returns.collect(),
            ..OrderRecord::default()
        }
    }

    #[test]
    fn a_line_is_refunded_in_full_when_the_shop_says_so_or_the_sums_do() {
        let price = 49_000_000;
        for (returns, expected) in [
            (vec![], Refunded::Nothing),
            (vec![(Some(true), Some(price))], Refunded::Full),
            (vec![(Some(true), None)], Refunded::Full),
            (vec![(Some(false), Some(10_000_000))], Refunded::Part),
            (vec![(None, Some(10_000_000))], Refunded::Part),
            (vec![(None, Some(price))], Refunded::Full),
            (vec![(None, None)], Refunded::Part),
            (
                vec![
                    (Some(false), Some(20_000_000)),
                    (Some(false), Some(29_000_000)),
                ],
                Refunded::Full,
            ),
        ] {
            assert_eq!(of_line(&order(price, &returns), 0), expected, "{returns:?}");
        }
    }

    #[test]
    fn the_second_line_of_a_product_is_not_ended_by_the_first_ones_refund() {
        let mut order = order(49_000_000, &[(Some(true), Some(49_000_000))]);
        let mut second = order.lines[0].clone();
        second.slot = "reverb#2".to_owned();
        order.lines.push(second);

        assert_eq!(of_line(&order, 0), Refunded::Full);
        assert_eq!(of_line(&order, 1), Refunded::Nothing);
    }

    #[test]
    fn a_whole_order_counts_before_tax_and_summed() {
        let price = 49_000_000;

        assert_eq!(of_order(&order(price, &[])), Refunded::Nothing);
        assert_eq!(
            of_order(&order(price, &[(None, Some(price))])),
            Refunded::Part
        );
        assert_eq!(
            of_order(&order(price, &[(None, Some(price)), (None, Some(price))])),
            Refunded::Full
        );
    }
}
