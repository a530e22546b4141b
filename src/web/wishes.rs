//! The buttons by which a person asks something of a license, each saying what it undoes.

use crate::domain::fact::Amount;
use crate::domain::license::{Cause, License};
use crate::domain::record::{LineRecord, OrderRecord, ReturnedLine};
use crate::domain::refund::{self, Refunded};
use crate::domain::time::Timestamp;
use crate::domain::wish::{DAYS, WishKind};
use crate::store::licenses::Row;
use crate::web::partials::Way;
use crate::web::words;

/// Characters of a reason: a sentence or two.
pub const LONGEST_REASON: usize = 500;

/// A license that something may be asked of, and what the shop says of its order.
pub struct WishSubject<'a> {
    /// Its row.
    pub row: &'a Row,
    /// How it stands.
    pub license: &'a License,
    /// Its order; `None` where none is known.
    pub order: Option<&'a OrderRecord>,
    /// What it is called where several licenses stand on one page.
    pub name: Option<&'a str>,
}

/// A wish that lacks what it must say.
pub struct RefusedWish {
    /// Which.
    pub kind: WishKind,
    /// The reason as it was written.
    pub reason: String,
    /// What is wrong with it.
    pub error: String,
}

/// What may be asked of a license as it stands.
pub fn ways(subject: &WishSubject<'_>, csrf: &str, now: Timestamp) -> Vec<Way> {
    let license = subject.license;
    let possible = WishKind::ALL
        .into_iter()
        .filter(|kind| kind.of(license, now).is_some());
    let way = |kind: WishKind| {
        let address = format!("/licenses/{}/{}", license.id, segment(kind));
        let way = Way::post(label(kind, subject.name), address, csrf)
            .with("standing", kind.standing(license));
        match undone(kind, subject) {
            Some(question) => way.asking(question),
            None => way,
        }
    };
    possible.map(way).collect()
}

/// Shows a wish again that lacks what it must say.
pub fn refuse(ways: &mut [Way], refused: &RefusedWish) {
    let ending = format!("/{}", segment(refused.kind));
    let its = ways.iter_mut().find(|way| way.address.ends_with(&ending));
    if let Some(question) = its.and_then(|way| way.question.as_mut()) {
        question.reason.clone_from(&refused.reason);
        question.error = Some(refused.error.clone());
    }
}

/// What is wrong with a reason; `None` where it is said, need not be, or where nothing can be asked any more.
pub fn reason_error(
    kind: WishKind,
    subject: &WishSubject<'_>,
    reason: &str,
    now: Timestamp,
) -> Option<String> {
    kind.of(subject.license, now)?;
    undone(kind, subject)?;
    match reason.chars().count() {
        0 => Some("Reason: write why; it stays on record.".to_owned()),
        count if count > LONGEST_REASON => Some(format!(
            "Reason: write at most {LONGEST_REASON} characters."
        )),
        _ => None,
    }
}

/// What a wish undoes, as a question; `None` where nothing was taken away for a reason.
fn undone(kind: WishKind, subject: &WishSubject<'_>) -> Option<String> {
    match kind {
        WishKind::MoreDays => {
            let back = money_back(subject).filter(|back| back.is_full)?;
            Some(format!(
                "{} Give {DAYS} more days all the same?",
                back.sentence()
            ))
        }
        WishKind::Lift => {
            let causes = &subject.license.given.causes;
            let because: Vec<String> = causes
                .iter()
                .map(|cause| because(*cause, subject))
                .collect();
            let is_paid_back =
                causes.contains(&Cause::Refund) || causes.contains(&Cause::Chargeback);
            let question = match is_paid_back {
                true => "Give it back all the same?",
                false => "Lift it all the same?",
            };
            Some(format!("{} {question}", because.join(" ")))
        }
    }
}

fn because(cause: Cause, subject: &WishSubject<'_>) -> String {
    let since = subject.license.given.standing_version;
    let on = since
        .map(|since| format!(" on {}", since.long_day()))
        .unwrap_or_default();
    match (cause, money_back(subject)) {
        (Cause::Refund, Some(back)) => MoneyBack {
            is_full: true,
            ..back
        }
        .sentence(),
        (Cause::Refund, None) => format!("Refunded in full{on}."),
        (Cause::Chargeback, _) => format!("The buyer’s bank took the money back{on}."),
        (cause, _) => format!("Suspended{on}, because {}.", words::cause(cause)),
    }
}

/// What went back to the buyer for one license's line.
struct MoneyBack {
    at: Option<Timestamp>,
    amount: i64,
    currency: Option<String>,
    is_full: bool,
}

/// In all returns of its order; `None` where none concerns its line.
fn money_back(subject: &WishSubject<'_>) -> Option<MoneyBack> {
    let (order, row) = (subject.order?, subject.row);
    let identity = &subject.license.identity;
    let is_own = |line: &LineRecord| line.root == identity.root && line.slot == identity.slot;
    let index = order.lines.iter().position(is_own);
    let refunded = match index {
        Some(index) => refund::of_lines(order).get(index).copied()?,
        None => refund::of_product(order, &row.product_path),
    };
    // Where nothing says which of several was refunded, a person has chosen it.
    if refunded == Refunded::Nothing && !subject.license.given.causes.contains(&Cause::Refund) {
        return None;
    }
    let bundle = row.slot.split_once('/').map(|(bundle, _)| bundle);
    let is_its = |line: &&ReturnedLine| {
        line.product_path == row.product_path || Some(line.product_path.as_str()) == bundle
    };
    let mut back: Option<MoneyBack> = None;
    for one in order.returns.values() {
        let amount = match one.lines.as_slice() {
            [] => one.total.map(|Amount(amount)| amount),
            lines => {
                let mut own = lines.iter().filter(is_its).peekable();
                if own.peek().is_none() {
                    continue;
                }
                Some(
                    own.filter_map(|line| line.subtotal)
                        .map(|Amount(amount)| amount)
                        .sum(),
                )
            }
        };
        let so_far = back.as_ref();
        back = Some(MoneyBack {
            at: one.at.max(so_far.and_then(|back| back.at)),
            amount: amount.unwrap_or(0) + so_far.map_or(0, |back| back.amount),
            currency: one.currency.clone(),
            is_full: false,
        });
    }
    // Of a product that was bought twice no more went back for one line than it cost.
    let price = index
        .and_then(|index| order.lines.get(index)?.subtotal)
        .filter(|Amount(price)| *price > 0)
        .map_or(i64::MAX, |Amount(price)| price);
    back.map(|back| MoneyBack {
        amount: back.amount.min(price),
        is_full: refunded == Refunded::Full,
        ..back
    })
}

impl MoneyBack {
    /// `Refunded in full on 15 January 2027: 49.00 USD.`
    fn sentence(&self) -> String {
        let how = if self.is_full {
            "Refunded in full"
        } else {
            "Refunded in part"
        };
        let on = self
            .at
            .map(|at| format!(" on {}", at.long_day()))
            .unwrap_or_default();
        let amount = match (self.amount, &self.currency) {
            (..=0, _) => String::new(),
            (amount, currency) => {
                let currency = currency.as_deref().unwrap_or_default();
                format!(
                    ": {}",
                    format!("{} {currency}", as_money(amount)).trim_end()
                )
            }
        };
        format!("{how}{on}{amount}.")
    }
}

/// `49.00` of millionths.
fn as_money(millionths: i64) -> String {
    let hundredths = (millionths + 5_000) / 10_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// As the address spells it.
const fn segment(kind: WishKind) -> &'static str {
    match kind {
        WishKind::MoreDays => "more-days",
        WishKind::Lift => "lift",
    }
}

fn label(kind: WishKind, name: Option<&str>) -> String {
    match (kind, name) {
        (WishKind::MoreDays, None) => format!("Give {DAYS} more days"),
        (WishKind::MoreDays, Some(name)) => format!("Give {name} {DAYS} more days"),
        (WishKind::Lift, None) => "Lift the suspension".to_owned(),
        (WishKind::Lift, Some(name)) => format!("Lift the suspension of {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_its_hundredths() {
        for (millionths, text) in [
            (49_000_000, "49.00"),
            (8_200_000, "8.20"),
            (995_000, "1.00"),
            (1_234_567_890_000, "1234567.89"),
        ] {
            assert_eq!(as_money(millionths), text);
        }
    }

    #[test]
    fn what_went_back_is_told_as_far_as_it_is_known() {
        let back = |amount, currency: Option<&str>, is_full| MoneyBack {
            at: Some("2027-01-15T10:01:00Z".parse().unwrap()),
            amount,
            currency: currency.map(str::to_owned),
            is_full,
        };

        for (back, sentence) in [
            (
                back(49_000_000, Some("USD"), true),
                "Refunded in full on 15 January 2027: 49.00 USD.",
            ),
            (
                back(49_000_000, None, true),
                "Refunded in full on 15 January 2027: 49.00.",
            ),
            (
                back(0, Some("USD"), false),
                "Refunded in part on 15 January 2027.",
            ),
        ] {
            assert_eq!(back.sentence(), sentence);
        }
    }
}
