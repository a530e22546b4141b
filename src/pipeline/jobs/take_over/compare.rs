//! One purchase of a take-over: adopted, and compared with what Latchkey would have made.

use crate::domain::compare::Question;
use crate::domain::compare::takeover::{Difference, differences};
use crate::domain::consent::Consents;
use crate::domain::fact::Fact;
use crate::domain::license::{License, PurchaseId, Root};
use crate::domain::plan::Known;
use crate::domain::portion::Portion;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::event::adopt::{self, Adoption};
use crate::pipeline::jobs::count;
use crate::pipeline::jobs::take_over::Listed;
use crate::pipeline::jobs::take_over::page::Purchase;
use crate::pipeline::reconcile;
use crate::store::{Db, StoreError, licenses};

/// What one purchase brought.
pub struct Compared {
    /// Licenses that are adopted by it.
    pub adopted: i64,
    /// Licenses that were on record before.
    pub known: i64,
    /// What differs.
    pub differences: Vec<Listed>,
}

/// Adopts what was found for a purchase when it was asked for, and says what differs from what Latchkey would have
/// made.
pub fn compare(
    db: &mut Db,
    adoption: Adoption<'_>,
    purchase: &Purchase,
    id: &PurchaseId,
    found: &[RemoteLicense],
) -> Result<Compared, StoreError> {
    let Adoption {
        home,
        rules,
        now: asked_at,
    } = adoption;
    let mut known = 0;
    for remote in found {
        if let Some(row) = licenses::find_by_remote_id(db, home.tenant, home.server, &remote.id)? {
            known += 1;
            // What was changed shortly before or since is shown as it was before.
            if row.updated_at <= asked_at.plus(-reconcile::REST) {
                reconcile::record_seen(db, &row, Some(remote.shown(asked_at)), asked_at)?;
            }
        }
    }
    adopt::adopt(db, adoption, id, found)?;
    let roots = [purchase.root.clone()];
    let rows = licenses::list_of_roots(db, home.tenant, home.storefront, &roots)?;
    if let Some(customer) = purchase.customer_id {
        for row in rows.iter().filter(|row| row.customer_id.is_none()) {
            licenses::name_customer(db, home.tenant, row.id, customer)?;
        }
    }
    let held: Vec<License> = rows
        .iter()
        .map(licenses::Row::license)
        .collect::<Result<_, _>>()?;
    let question = Question {
        fact: &Fact::Unknown,
        occurred_at: asked_at,
        records: &purchase.records,
        rules,
        licenses: &held,
        known: &Known::default(),
        now: asked_at,
        is_live: purchase.is_live,
        consents: &Consents::default(),
        portion: &Portion::default(),
    };
    let listed = differences(&question, &purchase.root)
        .iter()
        .map(|difference| listed(&purchase.root, difference))
        .collect();
    Ok(Compared {
        adopted: count(found.len()) - known,
        known,
        differences: listed,
    })
}

fn listed(root: &Root, difference: &Difference) -> Listed {
    let (code, text) = match difference {
        Difference::Missing {
            product_path,
            wanted,
            found,
        } => (
            "missing",
            format!("{found} of {wanted} licenses of {product_path} are there"),
        ),
        Difference::Surplus {
            product_path,
            wanted,
            found,
        } => (
            "surplus",
            format!("{found} licenses of {product_path} are there, {wanted} are paid for"),
        ),
        Difference::OtherEnd {
            remote_id,
            ends,
            should_end,
        } => (
            "other_end",
            format!(
                "{remote_id} ends {}, and would end {}",
                ends.map_or_else(|| "never".to_owned(), |ends| ends.long_day()),
                should_end.long_day()
            ),
        ),
        Difference::RunsThoughStopped { remote_id } => (
            "runs_though_stopped",
            format!("{remote_id} works, and would be stopped"),
        ),
        Difference::StoppedThoughPaid { remote_id } => (
            "stopped_though_paid",
            format!("{remote_id} is stopped, and would work"),
        ),
    };
    Listed {
        order_id: matches!(root, Root::Order(_)).then(|| root.as_str().to_owned()),
        subscription_id: matches!(root, Root::Subscription(_)).then(|| root.as_str().to_owned()),
        code: code.to_owned(),
        text,
    }
}
