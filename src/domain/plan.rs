//! What is to be done about a fact: the answer of compare.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::action::{Action, StartTrigger};
use crate::domain::fact::{DueDate, OrderSnapshot};
use crate::domain::id::LicenseId;
use crate::domain::license::{Identity, PurchaseId, Root};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::{Period, Timestamp};

/// What compare answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// All is known; an empty plan has a reason.
    Plan(Plan),
    /// These questions must be answered first; then ask again.
    Needs(Vec<Need>),
}

/// The actions that bring the licenses in line with the record, and what became of each line.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// What becomes of each line, in the shop's order.
    pub lines: Vec<LineOutcome>,
    /// What to do now, in this order; ask again when these are done.
    pub actions: Vec<Planned>,
    /// Actions that wait for a person's yes; their lines are parked.
    pub held: Vec<Planned>,
    /// Dates on which to look again.
    pub timers: Vec<Timer>,
    /// How many licenses of the lines a later go looks at; see [`Portion`](crate::domain::portion::Portion).
    #[serde(default)]
    pub beyond: u64,
}

/// What becomes of one line of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineOutcome {
    /// The line's slot; `None` when the event as a whole is meant.
    pub slot: Option<String>,
    /// The product path, where known.
    pub product_path: Option<String>,
    /// How the line ends once its actions are done.
    pub state: LineState,
    /// Why; always there unless the line is done by its actions.
    pub reason: Option<Reason>,
}

/// How a line ends; an event takes the worst of its lines (the greatest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// There is nothing to do.
    Ignored,
    /// Carried out, or already so.
    Done,
    /// Something else must come first.
    Waiting,
    /// A person must act.
    Parked,
}

/// One action for one license.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Which license.
    pub license: Identity,
    /// Its row; `None` for a license that is to be issued.
    pub license_id: Option<LicenseId>,
    /// The product path it was bought as.
    pub product_path: String,
    /// The order that brought it, where known.
    pub order_id: Option<OrderId>,
    /// The subscription it belongs to.
    pub subscription_id: Option<SubscriptionId>,
    /// What to do.
    pub action: Action,
    /// The version of the shop's word behind it.
    pub version: Timestamp,
    /// Licenses that must be there before this is done, by root and slot.
    #[serde(default)]
    pub after: Option<(Root, String)>,
    /// The same in words, without personal data.
    pub summary: String,
    /// What a person is asked before it is done; `None` where it takes nothing away.
    #[serde(default)]
    pub question: Option<String>,
    /// Why a person must be asked first, whatever the rules say.
    #[serde(default)]
    pub ask: Option<ReasonCode>,
    /// Whether a person asked for it: it is asked for no second time, and what it gives was given by hand.
    #[serde(default)]
    pub is_wish: bool,
    /// What is answered with no by doing it, named as questions are.
    #[serde(default)]
    pub refuses: Vec<String>,
}

/// A date on which to look again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// What is due then.
    pub due: DueDate,
    /// When.
    pub at: Timestamp,
}

/// A question that compare cannot answer by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// What a template at the license server says.
    Template(String),
    /// Which template a product at the license server has as its own.
    DefaultTemplate(String),
    /// Licenses at the license server that name a purchase: to be adopted.
    LicensesOf(PurchaseId),
    /// Whether the license server shows the license of that id of its own, before another is taken away for it.
    Stands(String),
    /// The license of a key that the shop's own generator gave: to be adopted.
    LicenseOfShopKey(ShopKey),
}

/// A place among the licenses for which the shop's own generator gave the key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShopKey {
    /// The purchase.
    pub root: Root,
    /// The line's name within it.
    pub slot: String,
    /// Which of the line's licenses.
    pub unit: u32,
    /// Which line of the order, counted from 0.
    pub line: usize,
    /// The product path.
    pub product_path: String,
    /// The product at the license server, which the license must be of.
    pub license_product_id: String,
}

impl ShopKey {
    /// The key, as the order carries it; `None` where there are fewer keys than licenses.
    pub fn key<'a>(&self, order: &'a OrderSnapshot) -> Option<&'a str> {
        let unit = usize::try_from(self.unit).ok()?.checked_sub(1)?;
        let line = order.lines.get(self.line)?;
        line.delivered_keys.get(unit).map(String::as_str)
    }
}

/// What came of a key that the shop's own generator gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShopKeyFound {
    /// Its license stands among the licenses from now on.
    Adopted,
    /// There are fewer keys than licenses.
    TooFew,
    /// The license server has no license of that key.
    Unknown,
    /// Its license is of another product.
    OtherProduct,
    /// Its license names another purchase, or is on record for one.
    Taken,
}

/// The answers that were found so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// Templates by id; `None` = there is no such template.
    pub templates: BTreeMap<String, Option<Template>>,
    /// Products' own templates by product id; `None` = it has none.
    pub default_templates: BTreeMap<String, Option<String>>,
    /// Purchases whose licenses were looked for; what was found is among the licenses.
    pub searched: BTreeSet<PurchaseId>,
    /// Licenses by the license server's id that were looked up before another was taken away, and whether they were shown.
    pub stands: BTreeMap<String, bool>,
    /// Keys of the shop's own generator that were looked up, and what came of them.
    pub shop_keys: BTreeMap<ShopKey, ShopKeyFound>,
    /// Licenses that were read for this event; what they showed is noted with them.
    pub licenses_read: BTreeSet<LicenseId>,
}

/// What a template at the license server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The period of its licenses; `None` = perpetual.
    pub interval: Option<Period>,
    /// When their term begins.
    pub start_trigger: Option<StartTrigger>,
    /// How many may use them.
    pub seats: TemplateSeats,
}

/// The seats that a template gives, as the license server counts them; 0 or less = unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TemplateSeats {
    /// Machines; `None` = it does not say.
    pub activations: Option<i64>,
    /// Floating clients; `None` = it does not say.
    pub floating_clients: Option<i64>,
}

impl Plan {
    /// A plan without actions that ends as a whole for one reason.
    pub fn settled(state: LineState, reason: Reason) -> Self {
        Self {
            lines: vec![LineOutcome {
                slot: None,
                product_path: None,
                state,
                reason: Some(reason),
            }],
            ..Self::default()
        }
    }

    /// How the event ends once the actions are done: the worst of its lines, done where actions remain.
    pub fn state(&self) -> LineState {
        let worst = self.lines.iter().map(|line| line.state).max();
        let floor = if self.actions.is_empty() {
            LineState::Ignored
        } else {
            LineState::Done
        };
        worst.map_or(floor, |state| state.max(floor))
    }

    /// Why it ends so: the reason of the first line in the worst state.
    pub fn reason(&self) -> Option<&Reason> {
        let state = self.state();
        self.lines
            .iter()
            .filter(|line| line.state == state)
            .find_map(|line| line.reason.as_ref())
    }
}
