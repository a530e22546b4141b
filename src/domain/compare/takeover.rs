//! What another system made for a purchase, beside what the record and the rules ask for.

use jiff::SignedDuration;

use crate::domain::attribute::Attributes;
use crate::domain::compare::draft::Draft;
use crate::domain::compare::ending::{self, Ending};
use crate::domain::compare::wanted::{self, Wanted};
use crate::domain::compare::{Question, paid, seats, standing};
use crate::domain::license::{License, Root};
use crate::domain::rules::Product;
use crate::domain::time::Timestamp;

/// Ends closer together than this are the same end: dates and times of day differ between systems.
const SAME_END: SignedDuration = SignedDuration::from_hours(48);

/// One thing that is otherwise than Latchkey would have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Fewer licenses than were paid for.
    Missing {
        /// The product path.
        product_path: String,
        /// How many there should be.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// More licenses than were paid for.
    Surplus {
        /// The product path.
        product_path: String,
        /// How many there should be.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// A license ends at another time than it should.
    OtherEnd {
        /// Its id at the license server.
        remote_id: String,
        /// When it ends; `None` = never.
        ends: Option<Timestamp>,
        /// When it should.
        should_end: Timestamp,
    },
    /// A license works although it should be stopped.
    RunsThoughStopped {
        /// Its id at the license server.
        remote_id: String,
    },
    /// A license is suspended although nothing asks for that.
    StoppedThoughPaid {
        /// Its id at the license server.
        remote_id: String,
    },
}

/// Everything about one purchase that is otherwise than it should be; the question's licenses are its own.
pub fn differences(question: &Question<'_>, root: &Root) -> Vec<Difference> {
    let draft = Draft::new(question);
    let wanted = match root {
        Root::Subscription(id) => wanted::of_subscription(question.records, id),
        Root::Order(id) => draft
            .order(id)
            .map(|order| wanted::of_order(question.records, id, order))
            .unwrap_or_default(),
        Root::Reference(_) => Vec::new(),
    };
    let mut found = Vec::new();
    for wanted in wanted.iter().filter(|wanted| wanted.root == *root) {
        if let Ok(Product::Licensed(attributes)) = draft.product(wanted) {
            found.extend(of_slot(&draft, wanted, &attributes));
        }
    }
    found
}

fn of_slot(draft: &Draft<'_>, wanted: &Wanted<'_>, attributes: &Attributes) -> Vec<Difference> {
    let live: Vec<&License> = draft
        .live(&wanted.root)
        .into_iter()
        .filter(|license| license.identity.slot == wanted.slot)
        .collect();
    let endings = ending::of_slot(draft, &wanted.root, &wanted.slot, attributes);
    let is_gone = endings.iter().any(|(_, ending)| *ending == Ending::Delete);
    let units = if is_gone {
        0
    } else {
        seats::units(attributes, wanted.quantity) as usize
    };
    let mut differences = Vec::new();
    let product_path = wanted.product_path.clone();
    if live.len() < units {
        differences.push(Difference::Missing {
            product_path,
            wanted: units,
            found: live.len(),
        });
    } else if live.len() > units {
        differences.push(Difference::Surplus {
            product_path,
            wanted: units,
            found: live.len(),
        });
    }
    if !is_gone {
        for license in live {
            differences.extend(end(draft, license, attributes));
            differences.extend(stop(draft, license, attributes));
        }
    }
    differences
}

fn end(draft: &Draft<'_>, license: &License, attributes: &Attributes) -> Option<Difference> {
    let rules = draft.question.rules;
    let Root::Subscription(id) = &license.identity.root else {
        return None;
    };
    let (record, shown) = (draft.subscription(id)?, license.shown.as_ref()?);
    if shown.is_perpetual
        || !ending::follows_subscription(draft, &license.identity.slot, attributes)
    {
        return None;
    }
    let paid = paid::through_for(record, rules, &license.product_path)?;
    let should_end = paid::end(record, paid, rules, attributes);
    let is_same = shown
        .expires_at
        .is_some_and(|ends| ends.since(should_end).abs() <= SAME_END);
    (!is_same).then(|| Difference::OtherEnd {
        remote_id: license.remote_id.clone().unwrap_or_default(),
        ends: shown.expires_at,
        should_end,
    })
}

fn stop(draft: &Draft<'_>, license: &License, attributes: &Attributes) -> Option<Difference> {
    let identity = &license.identity;
    let shown = license.shown.as_ref()?;
    let is_stopped = shown.is_suspended || shown.is_revoked;
    let causes = standing::causes(draft, &identity.root, &identity.slot, attributes);
    let remote_id = license.remote_id.clone().unwrap_or_default();
    match (is_stopped, causes.is_empty()) {
        (false, false) => Some(Difference::RunsThoughStopped { remote_id }),
        (true, true) => Some(Difference::StoppedThoughPaid { remote_id }),
        (true, false) | (false, true) => None,
    }
}
