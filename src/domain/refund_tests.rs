//! Which lines money went back of: by what the shop says, by sums, and by what was bought.

use super::*;
use crate::domain::license::Root;
use crate::domain::shop_id::OrderId;

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
        assert_eq!(of_lines(&order(price, &returns)), [expected], "{returns:?}");
    }
}

#[test]
fn the_second_line_of_a_product_is_not_ended_by_the_first_ones_refund() {
    let mut order = order(49_000_000, &[(Some(true), Some(49_000_000))]);
    let mut second = order.lines[0].clone();
    second.slot = "reverb#2".to_owned();
    order.lines.push(second);

    assert_eq!(of_lines(&order), [Refunded::Full, Refunded::Nothing]);
}

/// What was bought: path, bundle that brought it, quantity, price in cents.
type Bought = (&'static str, Option<&'static str>, u32, i64);
/// What went back in one return: path, quantity, amount in cents.
type Back = (&'static str, u32, Option<i64>);
/// What was bought, the returns, and how much of each line they gave back.
type Story<'a> = (&'a [Bought], &'a [&'a [Back]], &'a [Refunded]);

fn sold(lines: &[Bought], returns: &[&[Back]]) -> OrderRecord {
    let cents = |cents: i64| Amount(cents * 10_000);
    let total = cents(lines.iter().map(|(.., price)| price).sum());
    let lines = lines
        .iter()
        .map(|(path, bundle, quantity, price)| LineRecord {
            root: Root::Order(OrderId::new("order-1").unwrap()),
            slot: (*path).to_owned(),
            product_path: (*path).to_owned(),
            quantity: *quantity,
            subtotal: Some(cents(*price)),
            role: bundle.map_or(LineRole::OneTime, |bundle| LineRole::BundleMember {
                bundle: bundle.to_owned(),
            }),
            option_of: None,
            attributes: None,
        });
    let returns = returns.iter().enumerate().map(|(nth, back)| {
        let sum = back.iter().filter_map(|(.., amount)| *amount).sum();
        let lines = back.iter().map(|(path, quantity, amount)| ReturnedLine {
            product_path: (*path).to_owned(),
            subscription: None,
            subtotal: amount.map(cents),
            is_full: Some(true),
            quantity: *quantity,
        });
        let one = ReturnRecord {
            at: None,
            total: Some(if back.is_empty() { total } else { cents(sum) }),
            order_total: Some(total),
            currency: None,
            lines: lines.collect(),
        };
        (format!("return-{nth}"), one)
    });
    OrderRecord {
        kind: OrderKind::First,
        lines: lines.collect(),
        total: Some(total),
        returns: returns.collect(),
        ..OrderRecord::default()
    }
}

#[test]
fn a_returned_line_is_found_by_price_and_quantity_then_by_place() {
    use Refunded::{Full, Nothing};
    let twice: &[Bought] = &[("pro", None, 1, 4_900), ("pro", None, 2, 9_800)];
    let alike: &[Bought] = &[("pro", None, 1, 4_900), ("pro", None, 1, 4_900)];
    let suite: &[Bought] = &[
        ("suite", None, 1, 9_900),
        ("pro", Some("suite"), 1, 0),
        ("pro", None, 1, 4_900),
    ];
    let tables: &[Story<'_>] = &[
        (twice, &[&[("pro", 2, Some(9_800))]], &[Nothing, Full]),
        (twice, &[&[("pro", 1, Some(4_900))]], &[Full, Nothing]),
        (twice, &[&[("pro", 2, None)]], &[Nothing, Full]),
        (
            twice,
            &[&[("pro", 2, Some(9_800))], &[("pro", 1, Some(4_900))]],
            &[Full, Full],
        ),
        (
            twice,
            &[&[("pro", 1, Some(4_900)), ("pro", 2, Some(9_800))]],
            &[Full, Full],
        ),
        (alike, &[&[("pro", 1, Some(4_900))]], &[Full, Nothing]),
        (
            alike,
            &[&[("pro", 1, Some(4_900))], &[("pro", 1, Some(4_900))]],
            &[Full, Full],
        ),
        (
            suite,
            &[&[("pro", 1, Some(4_900))]],
            &[Nothing, Nothing, Full],
        ),
        (
            suite,
            &[&[("suite", 1, Some(9_900))]],
            &[Full, Full, Nothing],
        ),
        (suite, &[&[]], &[Full, Full, Full]),
    ];
    for (lines, returns, expected) in tables {
        assert_eq!(
            of_lines(&sold(lines, returns)),
            *expected,
            "{lines:?} {returns:?}"
        );
    }
}

#[test]
fn members_go_back_with_their_bundle_where_the_order_lists_them_alone() {
    let order = sold(
        &[("pro", Some("suite"), 1, 4_900)],
        &[&[("suite", 1, Some(2_000))]],
    );

    assert_eq!(of_lines(&order), [Refunded::Full]);
}

#[test]
fn what_a_return_says_of_its_own_lines_does_not_make_it_one_of_the_whole_order() {
    let bought = [("pro-monthly", None, 1, 1_000), ("support", None, 1, 500)];
    let order = sold(&bought, &[&[("support", 1, Some(500))]]);
    let mut unseen = order.clone();
    unseen.lines.clear();

    for order in [order, unseen] {
        assert_eq!(of_order(&order), Refunded::Part);
        assert_eq!(
            products_in_full(&order),
            BTreeSet::from(["support".to_owned()])
        );
    }
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
