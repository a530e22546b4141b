//! What a license says of its purchase, at the license server.

use crate::domain::action::Action;
use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::issue;
use crate::domain::compare::wanted::Wanted;
use crate::domain::holder;
use crate::domain::license::License;
use crate::domain::time::Timestamp;

/// Names the purchase where the license was made before the purchase was known.
pub fn follow(
    draft: &mut Draft<'_>,
    license: &License,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    version: Timestamp,
) {
    let root = &license.identity.root;
    if license
        .given
        .named
        .as_ref()
        .is_some_and(|named| named != root)
    {
        let metadata = issue::metadata(draft, wanted, attributes);
        // A license that another system made is for the buyer as one of ours would be, unless it is somebody's.
        let is_nobodys = license
            .shown
            .as_ref()
            .is_some_and(|shown| shown.user_id.is_none());
        let rule = draft.question.rules.policy.user;
        let is_to_link = license.is_adopted && is_nobodys && holder::is_linked(rule, attributes);
        let action = Action::Annotate {
            metadata,
            plan: None,
            holder: is_to_link.then(|| holder::of(rule, attributes)),
        };
        draft.act(license, action, version);
    }
}
