//! News of a co-term group: several subscriptions that are charged together.

use crate::domain::compare::draft::Draft;
use crate::domain::compare::subscription::{ended, overdue, updated};
use crate::domain::compare::{charge, due};
use crate::domain::fact::{Group, GroupNews, ShopState};

/// Plans for each subscription of the group what the same news of it alone would.
pub fn news(draft: &mut Draft<'_>, news: GroupNews, group: &Group) {
    for snapshot in &group.members {
        let version = snapshot.changed.unwrap_or(draft.question.occurred_at);
        match news {
            GroupNews::Updated if snapshot.state == Some(ShopState::Deactivated) => {
                ended(draft, &snapshot.id, version);
            }
            GroupNews::Updated => updated(draft, &snapshot.id, version),
            GroupNews::Charged if snapshot.is_bare() => charge::bare(draft),
            GroupNews::Charged => {
                let order = group.order_id.as_ref();
                charge::one(draft, &snapshot.id, order, version);
            }
            GroupNews::ChargeFailed => due::start_grace(draft, &snapshot.id),
            GroupNews::Overdue => overdue(draft, &snapshot.id, version),
            GroupNews::Ended => ended(draft, &snapshot.id, version),
        }
    }
    if group.members.is_empty() {
        draft.notice("about a group of subscriptions");
    }
}
