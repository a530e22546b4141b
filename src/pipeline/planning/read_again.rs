//! Has licenses read back in the background when the shop announces that they may soon be stopped or end, so that what
//! people changed there is known by then.

use crate::domain::fact::{Fact, GroupNews, SubscriptionNews};
use crate::pipeline::event::context::EventContext;
use crate::pipeline::event::state::ProcessingState;
use crate::pipeline::protocol::FRESH;
use crate::store::licenses::{self, LicenseChange};
use crate::store::{Db, StoreError};

/// Marks the licenses of an announcement to be read back, unless they were read just now.
pub fn request_read_back(
    db: &mut Db,
    context: &EventContext,
    state: &ProcessingState,
) -> Result<(), StoreError> {
    if !is_announcement(&state.fact) {
        return Ok(());
    }
    for loaded in &state.licenses {
        let license = &loaded.license;
        let is_there = license.deleted_at.is_none() && loaded.busy.is_none();
        let is_old = license
            .shown
            .as_ref()
            .is_some_and(|shown| context.now.since(shown.read_at) > FRESH);
        if is_there && is_old {
            let change = LicenseChange {
                verified_at: Some(None),
                updated_at: Some(context.now),
                ..LicenseChange::default()
            };
            licenses::change(db, context.opened.tenant, license.id, &change)?;
        }
    }
    Ok(())
}

fn is_announcement(fact: &Fact) -> bool {
    match fact {
        Fact::ChargeFailed(_) => true,
        Fact::Subscription(news, _) => matches!(
            news,
            SubscriptionNews::Canceled | SubscriptionNews::Paused | SubscriptionNews::Overdue
        ),
        Fact::Group(news, _) => matches!(news, GroupNews::ChargeFailed | GroupNews::Overdue),
        _ => false,
    }
}
