//! How many licenses a purchase may give: beyond that a line waits for a person, and the others are served.

use std::collections::BTreeMap;

use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::portion::{MOST_AGREED, MostLicenses};
use crate::domain::reason::{Reason, ReasonCode};

/// Takes room for the licenses of a line; the error is why a person must speak first.
///
/// What is on record already has its room, whatever the limit says by now.
pub fn take(draft: &mut Draft<'_>, wanted: &Wanted<'_>, bought: u32) -> Result<(), Reason> {
    let portion = draft.question.portion;
    let most = portion.allowed();
    let is_on_record = bought <= portion.last_on_record(&wanted.root, &wanted.slot);
    let all = draft.given.saturating_add(bought);
    if !is_on_record && (bought > most.per_line || all > most.per_order()) {
        return Err(too_many(draft, &wanted.product_path, bought));
    }
    draft.given = all;
    draft.plan.beyond += u64::from(bought.saturating_sub(portion.through()));
    Ok(())
}

fn too_many(draft: &Draft<'_>, product_path: &str, bought: u32) -> Reason {
    let portion = draft.question.portion;
    let MostLicenses { per_line } = portion.most;
    let also = match bought > MOST_AGREED || portion.is_agreed {
        true => format!("; more than {MOST_AGREED} of one line are never made"),
        false => MADE_ALL_THE_SAME.to_owned(),
    };
    Reason::new(ReasonCode::TooManyLicenses)
        .with("product", product_path)
        .with("quantity", bought)
        .with("most", per_line)
        .with("most_of_order", portion.most.per_order())
        .with(ALSO, also)
}

/// Whether a person's yes is enough for a line that waits with these details of its reason.
pub fn may_be_agreed(details: &BTreeMap<String, String>) -> bool {
    details
        .get(ALSO)
        .is_some_and(|also| also == MADE_ALL_THE_SAME)
}

/// The detail that names the second way out.
const ALSO: &str = "also";
const MADE_ALL_THE_SAME: &str = ", or make them all the same";
