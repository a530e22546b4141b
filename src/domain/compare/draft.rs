//! A plan in the making: lines, actions, timers, and questions that came up.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::action::Action;
use crate::domain::attribute::{Attributes, InvalidAttribute};
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{Question, summary};
use crate::domain::fact::DueDate;
use crate::domain::license::{FIRST_UNIT, Identity, License, PurchaseId, QuantityMode, Root};
use crate::domain::plan::{LineOutcome, LineState, Need, Outcome, Plan, Planned, Timer};
use crate::domain::policy::TestEvents;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::{OrderRecord, SubscriptionRecord};
use crate::domain::refund::{self, Refunded};
use crate::domain::rules::Product;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::Timestamp;

/// The key of a license server's metadata row that names the subscription; add-ons name their parent's.
pub const SUBSCRIPTION_KEY: &str = "fastspring_subscription_id";
/// The key of the row that names the order of a one-time purchase.
pub const ORDER_KEY: &str = "fastspring_order_id";
/// The key of the row that names the receipt, while no more is known of the order.
pub const REFERENCE_KEY: &str = "fastspring_order_reference";
/// The key of the row that names what brought an add-on or a bundle member.
pub const DRIVER_KEY: &str = "fastspring_driver";

/// A plan in the making.
pub struct Draft<'a> {
    /// What is compared.
    pub question: &'a Question<'a>,
    /// The plan so far.
    pub plan: Plan,
    /// Questions so far; any makes the plan void.
    pub needs: BTreeSet<Need>,
    /// How many licenses the lines so far give.
    pub given: u32,
    /// How much went back of each line of the orders that money went back of.
    refunded: BTreeMap<&'a OrderId, Vec<Refunded>>,
}

impl<'a> Draft<'a> {
    /// An empty plan.
    pub fn new(question: &'a Question<'a>) -> Self {
        let orders = question.records.orders.iter();
        let returned = orders.filter(|(_, order)| !order.returns.is_empty());
        Self {
            question,
            plan: Plan::default(),
            needs: BTreeSet::new(),
            given: 0,
            refunded: returned
                .map(|(id, order)| (id, refund::of_lines(order)))
                .collect(),
        }
    }

    /// How much of a line of an order went back.
    pub fn refunded(&self, order: &OrderId, index: usize) -> Refunded {
        let lines = self.refunded.get(order);
        let line = lines.and_then(|lines| lines.get(index));
        line.copied().unwrap_or_default()
    }

    /// The answer.
    pub fn finish(self) -> Outcome {
        if self.needs.is_empty() {
            Outcome::Plan(self.plan)
        } else {
            Outcome::Needs(self.needs.into_iter().collect())
        }
    }

    /// The event as a whole ends so.
    pub fn settle(&mut self, state: LineState, reason: Reason) {
        self.plan.lines.push(LineOutcome {
            slot: None,
            product_path: None,
            state,
            reason: Some(reason),
        });
    }

    /// The shop only informed.
    pub fn notice(&mut self, what: &str) {
        let reason = Reason::new(ReasonCode::NoticeOnly).with("what", what);
        self.settle(LineState::Ignored, reason);
    }

    /// One line ends so.
    pub fn line(&mut self, slot: &str, product_path: &str, state: LineState, reason: Reason) {
        self.push_line(slot, product_path, state, Some(reason));
    }

    /// One line ends done by its actions, or for `reason` when there are none since `mark`.
    pub fn line_since(&mut self, mark: usize, slot: &str, product_path: &str, reason: Reason) {
        if self.plan.actions.len() > mark {
            self.push_line(slot, product_path, LineState::Done, None);
        } else {
            self.push_line(slot, product_path, LineState::Ignored, Some(reason));
        }
    }

    /// How many actions there are: what [`Draft::line_since`] counts from.
    pub fn mark(&self) -> usize {
        self.plan.actions.len()
    }

    fn push_line(
        &mut self,
        slot: &str,
        product_path: &str,
        state: LineState,
        reason: Option<Reason>,
    ) {
        self.plan.lines.push(LineOutcome {
            slot: Some(slot.to_owned()),
            product_path: Some(product_path.to_owned()),
            state,
            reason,
        });
    }

    /// Acts on a license that is there; the same action for a second reason is one action.
    pub fn act(&mut self, license: &License, action: Action, version: Timestamp) {
        let is_planned = self
            .plan
            .actions
            .iter()
            .any(|planned| planned.license_id == Some(license.id) && planned.action == action);
        if is_planned {
            return;
        }
        self.plan.actions.push(Planned {
            license: license.identity.clone(),
            license_id: Some(license.id),
            product_path: license.product_path.clone(),
            order_id: order_of(&license.identity.root),
            subscription_id: subscription_of(&license.identity.root),
            summary: summary::action(&action, &license.product_path, &license.identity),
            after: None,
            action,
            version,
            question: None,
            ask: None,
            is_wish: false,
            refuses: Vec::new(),
        });
    }

    /// What was planned since `mark` is done only once every license of that slot is there.
    pub fn wait_for(&mut self, mark: usize, root: &Root, slot: &str) {
        for planned in self.plan.actions.iter_mut().skip(mark) {
            planned.after = Some((root.clone(), slot.to_owned()));
        }
    }

    /// Makes a license.
    pub fn make(&mut self, planned: NewLicense<'_>, action: Action, version: Timestamp) {
        let NewLicense {
            identity,
            row,
            product_path,
            order_id,
        } = planned;
        self.plan.actions.push(Planned {
            license_id: row.map(|row| row.id),
            product_path: product_path.to_owned(),
            order_id: order_id.cloned().or_else(|| order_of(&identity.root)),
            subscription_id: subscription_of(&identity.root),
            summary: summary::action(&action, product_path, &identity),
            license: identity,
            after: None,
            action,
            version,
            question: None,
            ask: None,
            is_wish: false,
            refuses: Vec::new(),
        });
    }

    /// Looks again at that time; a time that has passed is looked at now.
    pub fn timer(&mut self, due: DueDate, at: Timestamp) {
        let timer = Timer { due, at };
        if !self.plan.timers.contains(&timer) {
            self.plan.timers.push(timer);
        }
    }

    /// Whether it is a test whose licenses are marked, and end soon whatever follows.
    pub fn is_marked_as_test(&self) -> bool {
        !self.question.is_live && self.question.rules.policy.test_events == TestEvents::Mark
    }

    /// The subscription's record; `None` when it was never heard of.
    pub fn subscription(&self, id: &SubscriptionId) -> Option<&'a SubscriptionRecord> {
        self.question.records.subscriptions.get(id)
    }

    /// The order's record; `None` when it was never heard of.
    pub fn order(&self, id: &OrderId) -> Option<&'a OrderRecord> {
        self.question.records.orders.get(id)
    }

    /// Whether the money of a charge for that subscription went back, or all of it for one of its products.
    pub fn is_returned(&self, id: &SubscriptionId, order: &OrderId) -> bool {
        let charges = self.subscription(id).map(|record| &record.charges);
        charges
            .and_then(|charges| charges.get(order))
            .is_some_and(|charge| charge.is_returned || !charge.returned_products.is_empty())
    }

    /// Every row of a root, deleted ones too.
    pub fn rows(&self, root: &Root) -> impl Iterator<Item = &'a License> + use<'a> {
        let root = root.clone();
        self.question
            .licenses
            .iter()
            .filter(move |license| license.identity.root == root)
    }

    /// The rows of a root that the license server has and we did not delete.
    pub fn live(&self, root: &Root) -> Vec<&'a License> {
        self.rows(root)
            .filter(|license| license.deleted_at.is_none() && license.remote_id.is_some())
            .collect()
    }

    /// What the product of a license gives now; nothing in particular when nobody says or it makes no sense.
    pub fn attributes_of(&self, license: &License) -> Attributes {
        match self.question.rules.product(&license.product_path, None) {
            Ok(Product::Licensed(attributes)) => {
                let place = (&license.identity.root, license.identity.slot.as_str());
                self.as_sold(*attributes, place, &license.product_path)
            }
            Ok(Product::Bundle | Product::Ignored | Product::Unmapped) | Err(_) => {
                Attributes::default()
            }
        }
    }

    /// What belongs in a slot gives.
    pub fn product(&self, wanted: &Wanted<'_>) -> Result<Product, InvalidAttribute> {
        let path = &wanted.product_path;
        Ok(
            match self.question.rules.product(path, wanted.attributes)? {
                Product::Licensed(attributes) => {
                    let place = (&wanted.root, wanted.slot.as_str());
                    Product::Licensed(Box::new(self.as_sold(*attributes, place, path)))
                }
                other @ (Product::Bundle | Product::Ignored | Product::Unmapped) => other,
            },
        )
    }

    /// The same, where the quantity goes on to mean what it meant when the licenses of that slot were sold.
    fn as_sold(
        &self,
        attributes: Attributes,
        (root, slot): (&Root, &str),
        product_path: &str,
    ) -> Attributes {
        let is_sold = |row: &&License| {
            row.identity.slot == slot && row.product_path == product_path && row.remote_id.is_some()
        };
        let sold: Vec<_> = self.rows(root).filter(is_sold).collect();
        // Older rows do not say it. One of several was sold as such, and so was one that was given no seats.
        let is_one_of_many = |row: &&License| {
            row.identity.unit > FIRST_UNIT || !row.is_adopted && row.given.seats.is_none()
        };
        let quantity = match sold.iter().find_map(|row| row.given.quantity) {
            Some(quantity) => quantity,
            None if sold.iter().any(is_one_of_many) => QuantityMode::TotalLicenses,
            None => attributes.quantity,
        };
        Attributes {
            quantity,
            ..attributes
        }
    }

    /// Whether a search was made; asks for it otherwise.
    pub fn has_searched(&mut self, root: &Root) -> bool {
        let Some(purchase) = PurchaseId::of(root) else {
            return true;
        };
        let is_known = self.question.known.searched.contains(&purchase);
        if !is_known {
            self.needs.insert(Need::LicensesOf(purchase));
        }
        is_known
    }
}

/// A license to be made.
pub struct NewLicense<'a> {
    /// What makes it itself.
    pub identity: Identity,
    /// Its row, when an earlier try left one.
    pub row: Option<&'a License>,
    /// The product path it was bought as.
    pub product_path: &'a str,
    /// The order that brought it.
    pub order_id: Option<&'a OrderId>,
}

fn order_of(root: &Root) -> Option<OrderId> {
    match root {
        Root::Order(id) => Some(id.clone()),
        Root::Subscription(_) | Root::Reference(_) => None,
    }
}

fn subscription_of(root: &Root) -> Option<SubscriptionId> {
    match root {
        Root::Subscription(id) => Some(id.clone()),
        Root::Order(_) | Root::Reference(_) => None,
    }
}
