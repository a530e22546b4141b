//! What a new license is made of.

use jiff::SignedDuration;

use crate::domain::abilities::Abilities;
use crate::domain::action::{Issue, Metadata, StartTrigger, Term};
use crate::domain::attribute::{Attributes, Covers, LicenseInterval};
use crate::domain::compare::draft::{
    DRIVER_KEY, Draft, ORDER_KEY, REFERENCE_KEY, SUBSCRIPTION_KEY,
};
use crate::domain::compare::interval::LicensePeriod;
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{interval, paid, seats, standing};
use crate::domain::holder;
use crate::domain::license::{BesideEnd, Root};
use crate::domain::policy::{BundleMembers, Renewal};
use crate::domain::reason::Reason;
use crate::domain::record::{LineRole, PaidThrough, SubscriptionRecord};
use crate::domain::rules::Rules;
use crate::domain::time::{Period, Timestamp};

/// Everything a new license is made of, or why it cannot be; `None` while a question is open.
pub fn issue(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> Option<Result<Issue, Reason>> {
    let mut begun = match term(draft, wanted, attributes)? {
        Ok(begun) => begun,
        Err(reason) => return Some(Err(reason)),
    };
    if draft.is_marked_as_test() {
        begun.mark_as_test(draft);
    }
    let causes = standing::causes(draft, &wanted.root, &wanted.slot, attributes);
    Some(Ok(Issue {
        license_product_id: attributes.license_product_id.clone().unwrap_or_default(),
        license_template_id: attributes.license_template_id.clone(),
        term: begun.term,
        beside: begun.beside,
        quantity: Some(attributes.quantity),
        seats: seats::of(
            draft.question.rules.policy.user,
            attributes,
            wanted.quantity,
        ),
        license_type: attributes.license_type.clone(),
        start_trigger: begun.start_trigger,
        max_allowed_release_version: attributes.max_allowed_release_version.clone(),
        maintenance_policy_id: attributes.maintenance_policy_id.clone(),
        entitlement_set_id: attributes.entitlement_set_id.clone(),
        metadata: metadata(draft, wanted, attributes),
        note: None,
        meters: attributes.meters.clone(),
        suspended_for: causes.into_iter().collect(),
        holder: holder::of(draft.question.rules.policy.user, attributes),
        through: begun.through,
    }))
}

/// Licenses of marked tests end after this.
const TEST_TERM: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How the term of a new license begins and ends.
#[derive(Default)]
struct Begun {
    term: Term,
    beside: BesideEnd,
    start_trigger: Option<StartTrigger>,
    /// The paid-through date known now.
    through: Option<Timestamp>,
}

impl Begun {
    /// What was bought once, or is paid for apart from its updates.
    fn once(attributes: &Attributes, abilities: Abilities) -> Self {
        Self {
            term: bought_once(attributes, abilities),
            beside: BesideEnd {
                grace_hours: attributes.grace_hours.filter(|_| abilities.has_grace),
                ..BesideEnd::default()
            },
            start_trigger: attributes.start_trigger,
            through: None,
        }
    }

    fn mark_as_test(&mut self, draft: &Draft<'_>) {
        let abilities = draft.question.rules.abilities;
        self.term = Term::Until {
            end: abilities.end(draft.question.occurred_at.plus(TEST_TERM)),
            period: None,
        };
        self.beside = BesideEnd {
            is_trial: abilities.has_trials.then_some(true),
            grace_hours: abilities.has_grace.then_some(0),
        };
    }
}

fn term(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> Option<Result<Begun, Reason>> {
    let rules = draft.question.rules;
    let is_member = matches!(wanted.role, LineRole::BundleMember { .. });
    if is_member && rules.policy.bundle_members == BundleMembers::Perpetual {
        return Some(Ok(Begun {
            term: Term::Perpetual,
            start_trigger: attributes.start_trigger,
            ..Begun::default()
        }));
    }
    let Root::Subscription(id) = &wanted.root else {
        return Some(Ok(Begun::once(attributes, rules.abilities)));
    };
    let record = draft.subscription(id);
    let paid = record.and_then(|record| paid::through_for(record, rules, &wanted.product_path));
    if attributes.covers == Covers::Maintenance {
        return Some(Ok(Begun {
            through: paid.map(|paid| paid.next),
            ..Begun::once(attributes, rules.abilities)
        }));
    }
    let period = interval::under_subscription(draft, wanted, attributes, record)?;
    if let Some(reason) = interval::mismatch(draft, attributes, &period, record) {
        return Some(Err(reason.with("product", &wanted.product_path)));
    }
    let begin = record.zip(paid);
    let (term, beside) = subscribed(rules, attributes, &period, begin);
    let is_endless = period.interval() == Some(LicenseInterval::Perpetual);
    let through = record
        .and_then(|record| paid::named(record, rules, &wanted.product_path))
        .filter(|_| !is_endless);
    Some(Ok(Begun {
        term,
        beside,
        start_trigger: period.start_trigger,
        through,
    }))
}

fn subscribed(
    rules: &Rules,
    attributes: &Attributes,
    period: &LicensePeriod,
    begin: Option<(&SubscriptionRecord, PaidThrough)>,
) -> (Term, BesideEnd) {
    let by_interval = match period.own {
        None => Term::Template,
        Some(LicenseInterval::Perpetual) => Term::Perpetual,
        Some(LicenseInterval::Every(period)) => Term::Period(period),
    };
    let is_endless = period.interval() == Some(LicenseInterval::Perpetual);
    let begins_later = period.trigger() == Some(StartTrigger::Activation);
    match begin {
        Some((record, paid))
            if !is_endless
                && !begins_later
                && (paid.is_trial || rules.renewal() == Renewal::PaidThrough) =>
        {
            let term = Term::Until {
                end: paid::end(record, paid, rules, attributes),
                period: own_period(period),
            };
            (term, paid::beside(record, paid, rules, attributes))
        }
        _ => (by_interval, BesideEnd::default()),
    }
}

fn own_period(period: &LicensePeriod) -> Option<Period> {
    match period.own {
        Some(LicenseInterval::Every(period)) => Some(period),
        Some(LicenseInterval::Perpetual) | None => None,
    }
}

fn bought_once(attributes: &Attributes, abilities: Abilities) -> Term {
    if let Some(end) = attributes.expires_at {
        return Term::Until {
            end: abilities.end(end),
            period: None,
        };
    }
    if let Some(period) = attributes.expires_after {
        return Term::Period(period);
    }
    match attributes.interval {
        None => Term::Template,
        Some(LicenseInterval::Perpetual) => Term::Perpetual,
        Some(LicenseInterval::Every(period)) => Term::Period(period),
    }
}

/// The official rows first, then the vendor's own.
pub fn metadata(draft: &Draft<'_>, wanted: &Wanted<'_>, attributes: &Attributes) -> Vec<Metadata> {
    let mut rows = Vec::new();
    match (&wanted.role, &wanted.root, wanted.order_id) {
        (LineRole::BundleMember { bundle }, root, order) => {
            let order = order.map_or(root.as_str(), |order| order.as_str());
            rows.push(hidden(ORDER_KEY, order));
            rows.push(hidden(DRIVER_KEY, &format!("bundle_{bundle}")));
        }
        (LineRole::Addon { parent }, ..) => {
            rows.push(hidden(SUBSCRIPTION_KEY, parent.as_str()));
            let path = draft
                .subscription(parent)
                .and_then(|record| record.product_path.get());
            if let Some(path) = path {
                rows.push(hidden(DRIVER_KEY, &format!("addon_{path}")));
            }
        }
        (LineRole::Subscription(id), ..) => rows.push(hidden(SUBSCRIPTION_KEY, id.as_str())),
        (LineRole::OneTime, Root::Reference(reference), _) => {
            rows.push(hidden(REFERENCE_KEY, reference));
        }
        (LineRole::OneTime, root, _) => rows.push(hidden(ORDER_KEY, root.as_str())),
    }
    if draft.is_marked_as_test() {
        rows.push(hidden("latchkey_test", "true"));
    }
    rows.extend(attributes.metadata.iter().cloned());
    rows
}

fn hidden(key: &str, value: &str) -> Metadata {
    Metadata {
        key: key.to_owned(),
        value: value.to_owned(),
        is_visible: false,
    }
}
