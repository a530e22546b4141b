//! How long updates are included in a purchase, where its product says so.

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::license::License;
use crate::domain::time::Timestamp;

/// Sets the first end of updates, counted from the purchase; what has an end already keeps it.
pub fn begin(
    draft: &mut Draft<'_>,
    license: &License,
    attributes: &Attributes,
    version: Timestamp,
) {
    if let Some(period) = attributes.maintenance_duration
        && license.given.maintenance_end.is_none()
    {
        let end = Some(version.plus_period(period));
        let action = Action::SetMaintenance { end, through: None };
        draft.act(license, action, version);
    }
}
