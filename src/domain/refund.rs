//! How much of an order went back: nothing, a part, or all of a line.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fact::Amount;
use crate::domain::record::{
    LineRecord, LineRole, OrderKind, OrderRecord, ReturnRecord, ReturnedLine,
};
use crate::domain::shop_id::SubscriptionId;

/// How much went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Refunded {
    /// Nothing.
    #[default]
    Nothing,
    /// A part, a price adjustment, a credit.
    Part,
    /// All of it.
    Full,
}

/// Half a cent: amounts are rounded by the shop line by line.
const ROUNDING: i64 = 5_000;

/// How much of each line of an order went back, over all returns.
///
/// A bundle's own line stands for its members, and a return without lines for all that was bought.
pub fn of_lines(order: &OrderRecord) -> Vec<Refunded> {
    if order.returns.is_empty() {
        return vec![Refunded::Nothing; order.lines.len()];
    }
    if is_wholly_returned(order) {
        return vec![Refunded::Full; order.lines.len()];
    }
    let is_covered = is_covered(order);
    let mut refunded = matched(order).lines;
    for (line, refunded) in order.lines.iter().zip(&mut refunded) {
        if is_covered && line.subtotal != Some(Amount(0)) {
            *refunded = Refunded::Full;
        }
    }
    let by_bundle = of_bundles(order, &refunded);
    let both = refunded.into_iter().zip(by_bundle);
    both.map(|(own, bundle)| own.max(bundle)).collect()
}

/// For each line how much of the bundle went back that brought it: of several of one path, each brought its own members.
fn of_bundles(order: &OrderRecord, refunded: &[Refunded]) -> Vec<Refunded> {
    let mut bundles: BTreeMap<&str, Vec<Refunded>> = BTreeMap::new();
    for (line, refunded) in order.lines.iter().zip(refunded) {
        bundles
            .entry(&line.product_path)
            .or_default()
            .push(*refunded);
    }
    let mut brought: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut all = Vec::with_capacity(order.lines.len());
    for line in &order.lines {
        let LineRole::BundleMember { bundle } = &line.role else {
            all.push(Refunded::Nothing);
            continue;
        };
        let nth = brought.entry((bundle, &line.product_path)).or_default();
        all.push(match bundles.get(bundle.as_str()) {
            Some(lines) => lines.get(*nth).copied().unwrap_or_default(),
            // The order lists the members alone.
            None => of_product(order, bundle),
        });
        *nth += 1;
    }
    all
}

/// Money that went back for one of these lines, and nothing says for which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The lines, by their index.
    pub lines: Vec<usize>,
    /// How much of that one.
    pub refunded: Refunded,
}

/// What went back of an order without saying of which line: bought alone, or in a bundle.
pub fn unclear(order: &OrderRecord) -> Vec<Unclear> {
    if order.returns.is_empty() || is_wholly_returned(order) || is_covered(order) {
        return Vec::new();
    }
    matched(order).unclear
}

#[derive(Default)]
struct Matched {
    lines: Vec<Refunded>,
    unclear: Vec<Unclear>,
}

/// How much of each line went back by the lines of the returns, in the order in which the money did.
///
/// A returned line is the one whose subscription it names, else the one of its price and quantity, else the next one of
/// its product, if that plays the same part; what went back in full does not go back again.
fn matched(order: &OrderRecord) -> Matched {
    let mut returns: Vec<_> = order.returns.iter().collect();
    returns.sort_by_key(|(id, one)| (one.at, *id));
    let mut of_product: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, line) in order.lines.iter().enumerate() {
        of_product
            .entry(&line.product_path)
            .or_default()
            .push(index);
    }
    let mut back = vec![Back::default(); order.lines.len()];
    let mut unclear: Vec<Unclear> = Vec::new();
    for (nth, (_, one)) in returns.into_iter().enumerate() {
        for returned in &one.lines {
            let lines = of_product.get(returned.product_path.as_str());
            let open = lines.into_iter().flatten().filter_map(|index| {
                let (line, back) = (order.lines.get(*index)?, back.get(*index)?);
                let is_open = back.refunded != Refunded::Full && back.last_return != Some(nth);
                (is_open && names(returned, line))
                    .then(|| (likeness(returned, line, back.sum), *index, line))
            });
            let open: Vec<_> = open.collect();
            let best = open.iter().map(|(likeness, ..)| *likeness).max();
            let fitting = open.iter().filter(|(likeness, ..)| Some(*likeness) == best);
            // Of those that fit equally well the first.
            let Some((_, index, line)) = fitting.clone().next().copied() else {
                continue;
            };
            if fitting.clone().any(|(.., other)| !is_alike(line, other)) {
                let mut alone = Back::default();
                alone.take((nth, one), returned, line);
                unclear.push(Unclear {
                    lines: fitting.map(|(_, index, _)| *index).collect(),
                    refunded: alone.refunded,
                });
            } else if let Some(back) = back.get_mut(index) {
                back.take((nth, one), returned, line);
            }
        }
    }
    settle(&mut back, &mut unclear);
    Matched {
        lines: back.into_iter().map(|back| back.refunded).collect(),
        unclear,
    }
}

/// Where as often went back as there are lines that fit, all of them did.
fn settle(back: &mut [Back], unclear: &mut Vec<Unclear>) {
    let all = unclear.clone();
    unclear.retain(|one| {
        let times = all.iter().filter(|other| *other == one).count();
        if times < one.lines.len() {
            return true;
        }
        for index in &one.lines {
            if let Some(back) = back.get_mut(*index) {
                back.refunded = back.refunded.max(one.refunded);
            }
        }
        false
    });
}

/// Whether two lines play the same part, so that either may stand for the other.
fn is_alike(one: &LineRecord, other: &LineRecord) -> bool {
    match (&one.role, &other.role) {
        (LineRole::BundleMember { bundle: one }, LineRole::BundleMember { bundle: other }) => {
            one == other
        }
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// What went back of one line so far.
#[derive(Clone, Default)]
struct Back {
    sum: i64,
    refunded: Refunded,
    /// The last return that it was in; one return names a line once.
    last_return: Option<usize>,
}

impl Back {
    fn take(
        &mut self,
        (nth, one): (usize, &ReturnRecord),
        returned: &ReturnedLine,
        line: &LineRecord,
    ) {
        self.last_return = Some(nth);
        let amount = returned.subtotal.map_or(0, |Amount(amount)| amount);
        self.sum = self.sum.saturating_add(amount);
        let is_covered = line
            .subtotal
            .is_some_and(|Amount(price)| price > 0 && self.sum + ROUNDING >= price);
        let is_said = returned.is_full.unwrap_or_else(|| is_whole_order(one));
        self.refunded = match is_said || is_covered {
            true => Refunded::Full,
            false => Refunded::Part,
        };
    }
}

/// How well a returned line fits one of the order, of which `sum` went back before: its price, a part of what is left of
/// it, its quantity.
fn likeness(returned: &ReturnedLine, line: &LineRecord, sum: i64) -> (bool, bool, bool) {
    let amounts = returned.subtotal.zip(line.subtotal);
    let is_price = |(Amount(back), Amount(price)): (Amount, Amount)| {
        price.abs_diff(back) <= ROUNDING.unsigned_abs()
    };
    let is_part = |(Amount(back), Amount(price)): (Amount, Amount)| {
        sum.saturating_add(back) <= price.saturating_add(ROUNDING)
    };
    (
        amounts.is_some_and(is_price),
        amounts.is_some_and(is_part),
        returned.quantity == line.quantity,
    )
}

/// The products of an order of which all that was paid went back.
pub fn products_in_full(order: &OrderRecord) -> BTreeSet<String> {
    let named = order.returns.values().flat_map(|one| &one.lines);
    let mut refunded: BTreeMap<&str, Refunded> = BTreeMap::new();
    for (line, back) in order.lines.iter().zip(of_lines(order)) {
        let least = refunded.entry(&line.product_path).or_insert(Refunded::Full);
        *least = back.min(*least);
    }
    let is_back = |path: &&str| match refunded.get(path) {
        Some(refunded) => *refunded == Refunded::Full,
        None => of_product(order, path) == Refunded::Full,
    };
    let paths: BTreeSet<_> = named.map(|line| line.product_path.as_str()).collect();
    paths
        .into_iter()
        .filter(is_back)
        .map(str::to_owned)
        .collect()
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

/// How much of a whole order went back, over all returns: by its sums, else by its lines, and only where it was never
/// seen by what its returns say of themselves.
pub fn of_order(order: &OrderRecord) -> Refunded {
    if order.returns.is_empty() {
        return Refunded::Nothing;
    }
    let is_full = is_covered(order)
        || !has_sums(order)
            && if order.lines.is_empty() {
                order.returns.values().any(|one| {
                    !one.lines.is_empty() && one.lines.iter().all(|line| line.is_full == Some(true))
                })
            } else {
                of_lines(order).iter().all(|line| *line == Refunded::Full)
            };
    if is_full {
        Refunded::Full
    } else {
        Refunded::Part
    }
}

/// Whether the sums can tell how much went back.
fn has_sums(order: &OrderRecord) -> bool {
    total(order).is_some_and(|Amount(total)| total > 0)
        && order.returns.values().all(|one| one.total.is_some())
}

fn total(order: &OrderRecord) -> Option<Amount> {
    order
        .total
        .or_else(|| order.returns.values().find_map(|one| one.order_total))
}

/// Whether the sums that went back are those that were paid.
fn is_covered(order: &OrderRecord) -> bool {
    let sum: i64 = order
        .returns
        .values()
        .filter_map(|one| one.total)
        .map(|Amount(amount)| amount)
        .sum();
    total(order).is_some_and(|Amount(total)| total > 0 && sum + ROUNDING >= total)
        || order.returns.values().any(is_whole_order)
}

/// Whether one return is of the whole order and names none of its lines.
fn is_wholly_returned(order: &OrderRecord) -> bool {
    let mut returns = order.returns.values();
    returns.any(|one| one.lines.is_empty() && is_whole_order(one))
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

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
