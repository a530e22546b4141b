//! From template intervals to the shop's dates: what following them would do to the end of a license.

use jiff::SignedDuration;

use crate::domain::attribute::{Attributes, Covers};
use crate::domain::compare::paid;
use crate::domain::license::License;
use crate::domain::policy::{BundleMembers, Policy, Renewal};
use crate::domain::record::{PaidThrough, SubscriptionRecord};
use crate::domain::rules::{Product, Rules};
use crate::domain::time::Timestamp;

/// Ends closer together than this are the same end.
const SAME_END: SignedDuration = SignedDuration::from_secs(2);

/// What following the shop's dates would do to a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It would end later: then.
    Lengthen(Timestamp),
    /// It would end earlier, then; that is never done by itself.
    WouldShorten(Timestamp),
    /// It ends so already.
    Right,
    /// It has no end, does not follow its subscription, or the shop has named no date that counts.
    WithoutDate,
}

/// What following the shop's dates would do, whatever the rules say about renewals now.
pub fn step(license: &License, record: &SubscriptionRecord, rules: &Rules) -> Step {
    let Some((end, _)) = target(license, record, rules) else {
        return Step::WithoutDate;
    };
    let Some(shown) = license.shown.as_ref().and_then(|shown| shown.expires_at) else {
        return Step::WithoutDate;
    };
    let shown = rules.abilities.end(shown);
    if end.since(shown).abs() <= SAME_END {
        Step::Right
    } else if end > shown {
        Step::Lengthen(end)
    } else {
        Step::WouldShorten(end)
    }
}

/// The end that the shop's date stands for, and that date.
pub fn target(
    license: &License,
    record: &SubscriptionRecord,
    rules: &Rules,
) -> Option<(Timestamp, PaidThrough)> {
    let attributes = match rules.product(&license.product_path, None) {
        Ok(Product::Licensed(attributes)) => *attributes,
        Ok(Product::Bundle | Product::Ignored | Product::Unmapped) | Err(_) => {
            Attributes::default()
        }
    };
    let is_kept_member = license.identity.slot.contains('/')
        && rules.policy.bundle_members == BundleMembers::Perpetual;
    if record.ended().is_some() || attributes.covers != Covers::License || is_kept_member {
        return None;
    }
    // Dates hang on nothing else of the rules.
    let by_dates = Rules {
        abilities: rules.abilities,
        policy: Policy {
            renewal: Renewal::PaidThrough,
            ..rules.policy.clone()
        },
        ..Rules::default()
    };
    let paid = paid::through_for(record, &by_dates, &license.product_path)?;
    Some((paid::end(record, paid, &by_dates, &attributes), paid))
}
