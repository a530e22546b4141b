//! A small model of everything around compare: it folds, compares, acts, and wakes what waits.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::abilities::Abilities;
use crate::domain::action::{Action, ActionKind, Term};
use crate::domain::compare::{Question, compare};
use crate::domain::consent::Consents;
use crate::domain::fact::{DueDate, Fact};
use crate::domain::fold::fold;
use crate::domain::give::give;
use crate::domain::id::LicenseId;
use crate::domain::license::{Cause, Given, License, Seats, Shown};
use crate::domain::plan::{
    Known, LineState, Need, Outcome, Plan, Planned, ShopKeyFound, Template, TemplateSeats,
};
use crate::domain::policy::Policy;
use crate::domain::portion::Portion;
use crate::domain::reason::ReasonCode;
use crate::domain::record::Records;
use crate::domain::rules::Rules;
use crate::domain::shop_id::{OrderId, SubscriptionId};
use crate::domain::time::{Period, Timestamp};

pub(crate) fn at(text: &str) -> Timestamp {
    let text = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    text.parse().unwrap()
}

pub(crate) fn order_id(text: &str) -> OrderId {
    OrderId::new(text).unwrap()
}

pub(crate) fn subscription_id(text: &str) -> SubscriptionId {
    SubscriptionId::new(text).unwrap()
}

/// A vendor, its shop's news, and its license server.
pub(crate) struct World {
    pub(crate) records: Records,
    pub(crate) rules: Rules,
    pub(crate) licenses: Vec<License>,
    pub(crate) known: Known,
    pub(crate) now: Timestamp,
    pub(crate) consents: Consents,
    pub(crate) is_live: bool,
    pub(crate) portion: Portion,
    pub(crate) timers: BTreeMap<Timestamp, Vec<DueDate>>,
    waiting: Vec<(Fact, Timestamp)>,
    intervals: BTreeMap<LicenseId, Option<Period>>,
}

/// What became of one fact.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) state: LineState,
    pub(crate) reason: Option<ReasonCode>,
    pub(crate) actions: Vec<Planned>,
}

impl Told {
    pub(crate) fn kinds(&self) -> Vec<ActionKind> {
        self.actions
            .iter()
            .map(|planned| planned.action.kind())
            .collect()
    }
}

/// How a license ended: what must not depend on the order of arrival.
#[derive(Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) name: String,
    pub(crate) day: Option<String>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) is_revoked: bool,
    pub(crate) seats: Option<Seats>,
}

impl World {
    pub(crate) fn new(policy: serde_json::Value) -> Self {
        let templates = [
            ("monthly", Some("P1M")),
            ("yearly", Some("P1Y")),
            ("perpetual", None),
        ];
        let template = |interval: Option<&str>| Template {
            interval: interval.map(|text| text.parse().unwrap()),
            start_trigger: None,
            seats: TemplateSeats::default(),
        };
        let templates = templates
            .into_iter()
            .map(|(id, interval)| (id.to_owned(), Some(template(interval))));
        Self {
            records: Records::default(),
            rules: Rules {
                policy: Policy::parse(&policy).unwrap(),
                ..Rules::default()
            },
            licenses: Vec::new(),
            known: Known {
                templates: templates.collect(),
                ..Known::default()
            },
            now: at("2026-11-03T10:15:00Z"),
            consents: Consents::default(),
            is_live: true,
            portion: Portion::default(),
            timers: BTreeMap::new(),
            waiting: Vec::new(),
            intervals: BTreeMap::new(),
        }
    }

    /// The same, with licenses at a server that has grace and trials by itself, and neither periods nor times of day.
    pub(crate) fn natively(policy: serde_json::Value) -> Self {
        let mut world = Self::new(policy);
        world.rules.abilities = Abilities::LICENSESPRING;
        world
    }

    /// Tells a fact at the time it happened.
    pub(crate) fn tell(&mut self, (fact, occurred_at): (Fact, Timestamp)) -> Told {
        self.now = self.now.max(occurred_at);
        self.tell_now((fact, occurred_at))
    }

    /// Tells a fact without moving the clock, then wakes what waits.
    pub(crate) fn tell_now(&mut self, (fact, occurred_at): (Fact, Timestamp)) -> Told {
        let told = self.work(&fact, occurred_at);
        if told.state == LineState::Waiting {
            self.waiting.push((fact, occurred_at));
        } else {
            for (fact, occurred_at) in std::mem::take(&mut self.waiting) {
                if self.work(&fact, occurred_at).state == LineState::Waiting {
                    self.waiting.push((fact, occurred_at));
                }
            }
        }
        told
    }

    /// Lets time pass; dates of our own come when they are due.
    pub(crate) fn wait_until(&mut self, now: Timestamp) {
        while let Some(entry) = self.timers.first_entry() {
            if *entry.key() > now {
                break;
            }
            let (due_at, dues) = entry.remove_entry();
            self.now = due_at;
            for due in dues {
                self.work(&Fact::DateCame(due), due_at);
            }
        }
        self.now = now;
    }

    /// Licenses that can be used or could be again; units beyond what is paid for are as if never made.
    pub(crate) fn how_it_ended(&self) -> Vec<End> {
        let mut ends: Vec<_> = self
            .licenses
            .iter()
            .filter(|license| license.deleted_at.is_none())
            .filter(|license| !license.given.causes.contains(&Cause::FewerUnits))
            .map(|license| End {
                name: license.identity.to_string(),
                day: license
                    .shown
                    .as_ref()
                    .and_then(|shown| shown.expires_at)
                    .map(Timestamp::day),
                causes: license.given.causes.iter().copied().collect(),
                is_revoked: license.given.is_revoked,
                seats: license.given.seats,
            })
            .collect();
        ends.sort_by(|one, other| one.name.cmp(&other.name));
        ends
    }

    pub(crate) fn is_anything_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Remembers the attributes of products, as the pipeline does for every event.
    fn see(&mut self, fact: &Fact) {
        let products = match fact {
            Fact::OrderCompleted(order) => order.lines.iter().map(|line| &line.product).collect(),
            Fact::Subscription(_, snapshot) => Vec::from_iter(&snapshot.product),
            _ => Vec::new(),
        };
        for product in products {
            if let Some(attributes) = &product.attributes {
                self.rules
                    .seen
                    .insert(product.path.clone(), attributes.clone());
            }
        }
    }

    /// Folds a fact in.
    pub(crate) fn hear(&mut self, fact: &Fact, occurred_at: Timestamp) {
        self.see(fact);
        self.records = fold(std::mem::take(&mut self.records), fact, occurred_at);
    }

    fn work(&mut self, fact: &Fact, occurred_at: Timestamp) -> Told {
        self.hear(fact, occurred_at);
        let first = self.ask(fact, occurred_at);
        let (state, reason) = (first.state(), first.reason().map(|reason| reason.code));
        let mut actions = Vec::new();
        let mut plan = first;
        for _ in 0..6 {
            for timer in std::mem::take(&mut plan.timers) {
                let dues = self.timers.entry(timer.at).or_default();
                if !dues.contains(&timer.due) {
                    dues.push(timer.due);
                }
            }
            if plan.actions.is_empty() {
                return Told {
                    state,
                    reason,
                    actions,
                };
            }
            for planned in std::mem::take(&mut plan.actions) {
                self.perform(&planned);
                actions.push(planned);
            }
            plan = self.ask(fact, occurred_at);
        }
        panic!("the plan never becomes empty: {actions:?}");
    }

    pub(crate) fn ask(&mut self, fact: &Fact, occurred_at: Timestamp) -> Plan {
        for _ in 0..3 {
            let outcome = compare(&Question {
                fact,
                occurred_at,
                records: &self.records,
                rules: &self.rules,
                licenses: &self.licenses,
                known: &self.known,
                now: self.now,
                is_live: self.is_live,
                consents: &self.consents,
                portion: &self.portion,
            });
            match outcome {
                Outcome::Plan(plan) => return plan,
                Outcome::Needs(needs) => self.answer(needs),
            }
        }
        panic!("three rounds of questions are enough");
    }

    fn answer(&mut self, needs: Vec<Need>) {
        for need in needs {
            match need {
                Need::Template(id) => {
                    self.known.templates.insert(id, None);
                }
                Need::DefaultTemplate(product) => {
                    self.known.default_templates.insert(product, None);
                }
                Need::LicensesOf(purchase) => {
                    self.known.searched.insert(purchase);
                }
                Need::Stands(id) => {
                    self.known.stands.insert(id, true);
                }
                Need::LicenseOfShopKey(key) => {
                    self.known.shop_keys.insert(key, ShopKeyFound::Unknown);
                }
            }
        }
    }

    fn perform(&mut self, planned: &Planned) {
        let id = planned.license_id.unwrap_or_else(|| {
            let number = u128::try_from(self.licenses.len()).unwrap() + 1;
            LicenseId::from_uuid(Uuid::from_u128(number))
        });
        if planned.license_id.is_none() {
            assert!(
                self.licenses
                    .iter()
                    .all(|license| license.identity != planned.license),
                "made twice: {}",
                planned.license
            );
            self.licenses.push(unmade(id, planned));
        }
        let now = self.now;
        let interval = self.interval(id, &planned.action);
        let license = self
            .licenses
            .iter_mut()
            .find(|license| license.id == id)
            .unwrap();
        let mut shown = license.shown.clone().unwrap_or(Shown {
            interval,
            ..Shown::empty(now)
        });
        apply(&mut shown, &planned.action, now);
        give(
            &mut license.given,
            &planned.action,
            planned.version,
            Some(&shown),
        );
        shown.is_suspended = !license.given.causes.is_empty();
        license.shown = Some(shown);
        if let Action::Delete { .. } = planned.action {
            license.deleted_at = Some(now);
        }
        if let Action::Annotate {
            plan: Some(plan), ..
        } = &planned.action
        {
            license.product_path.clone_from(&plan.product_path);
        }
    }

    /// The interval that the license server keeps for a license.
    fn interval(&mut self, id: LicenseId, action: &Action) -> Option<Period> {
        if let Action::Issue(issue) = action {
            let template = issue
                .license_template_id
                .as_ref()
                .and_then(|id| self.known.templates.get(id).copied().flatten())
                .and_then(|template| template.interval);
            let interval = match issue.term {
                Term::Template => template,
                Term::Perpetual => None,
                Term::Period(period) => Some(period),
                Term::Until { period, .. } => period.or(template),
            };
            self.intervals.insert(id, interval);
        }
        self.intervals.get(&id).copied().flatten()
    }
}

fn unmade(id: LicenseId, planned: &Planned) -> License {
    License {
        id,
        identity: planned.license.clone(),
        product_path: planned.product_path.clone(),
        remote_id: Some(id.to_string()),
        given: Given::default(),
        shown: None,
        is_adopted: false,
        deleted_at: None,
    }
}

fn apply(shown: &mut Shown, action: &Action, now: Timestamp) {
    match action {
        Action::Issue(issue) => {
            shown.expires_at = match issue.term {
                Term::Until { end, .. } => Some(end),
                Term::Template | Term::Period(_) => {
                    shown.interval.map(|period| now.plus_period(period))
                }
                Term::Perpetual => None,
            };
            shown.is_perpetual = shown.expires_at.is_none();
        }
        Action::Renew { .. } => {
            let (end, interval) = (shown.expires_at.unwrap(), shown.interval.unwrap());
            shown.expires_at = Some(end.plus_period(interval));
        }
        Action::SetTerm { end, .. } => {
            shown.expires_at = *end;
            shown.is_perpetual = end.is_none();
        }
        Action::Revoke { .. } => shown.is_revoked = true,
        Action::Suspend { .. }
        | Action::Reinstate { .. }
        | Action::Delete { .. }
        | Action::SetSeats { .. }
        | Action::SetEntitlements { .. }
        | Action::SetMaintenance { .. }
        | Action::Assign { .. }
        | Action::Annotate { .. }
        | Action::ReleaseMachines => {}
    }
}
