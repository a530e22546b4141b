//! What a new license is made of.

use jiff::SignedDuration;

use crate::domain::action::{Issue, Metadata, StartTrigger, Term};
use crate::domain::attribute::{Attributes, Covers, LicenseInterval};
use crate::domain::compare::draft::{
    DRIVER_KEY, Draft, ORDER_KEY, REFERENCE_KEY, SUBSCRIPTION_KEY,
};
use crate::domain::compare::interval::LicensePeriod;
use crate::domain::compare::wanted::Wanted;
use crate::domain::compare::{interval, paid, seats, standing};
use crate::domain::holder;
use crate::domain::license::Root;
use crate::domain::policy::{BundleMembers, Renewal};
use crate::domain::reason::Reason;
use crate::domain::record::{LineRole, PaidThrough, SubscriptionRecord};
use crate::domain::time::{Period, Timestamp};

/// Everything a new license is made of, or why it cannot be; `None` while a question is open.
pub fn issue(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> Option<Result<Issue, Reason>> {
    let (term, start_trigger, through) = match term(draft, wanted, attributes)? {
        Ok(term) => term,
        Err(reason) => return Some(Err(reason)),
    };
    let is_marked = draft.is_marked_as_test();
    let term = if is_marked {
        Term::Until {
            end: draft.question.occurred_at.plus(TEST_TERM),
            period: None,
        }
    } else {
        term
    };
    let causes = standing::causes(draft, &wanted.root, &wanted.slot, attributes);
    Some(Ok(Issue {
        license_product_id: attributes.license_product_id.clone().unwrap_or_default(),
        license_template_id: attributes.license_template_id.clone(),
        term,
        quantity: Some(attributes.quantity),
        seats: seats::of(
            draft.question.rules.policy.user,
            attributes,
            wanted.quantity,
        ),
        license_type: attributes.license_type.clone(),
        start_trigger,
        max_allowed_release_version: attributes.max_allowed_release_version.clone(),
        maintenance_policy_id: attributes.maintenance_policy_id.clone(),
        entitlement_set_id: attributes.entitlement_set_id.clone(),
        metadata: metadata(draft, wanted, attributes),
        note: None,
        meters: attributes.meters.clone(),
        suspended_for: causes.into_iter().collect(),
        holder: holder::of(draft.question.rules.policy.user, attributes),
        through,
    }))
}

/// Licenses of marked tests end after this.
const TEST_TERM: SignedDuration = SignedDuration::from_hours(14 * 24);

type Begun = (Term, Option<StartTrigger>, Option<Timestamp>);

fn term(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
) -> Option<Result<Begun, Reason>> {
    let policy = &draft.question.rules.policy;
    let is_member = matches!(wanted.role, LineRole::BundleMember { .. });
    if is_member && policy.bundle_members == BundleMembers::Perpetual {
        return Some(Ok((Term::Perpetual, attributes.start_trigger, None)));
    }
    let Root::Subscription(id) = &wanted.root else {
        return Some(Ok((
            bought_once(attributes),
            attributes.start_trigger,
            None,
        )));
    };
    let record = draft.subscription(id);
    if attributes.covers == Covers::Maintenance {
        let paid =
            record.and_then(|record| paid::through_for(record, policy, &wanted.product_path));
        let through = paid.map(|paid| paid.next);
        return Some(Ok((
            bought_once(attributes),
            attributes.start_trigger,
            through,
        )));
    }
    let period = interval::under_subscription(draft, wanted, attributes, record)?;
    if let Some(reason) = interval::mismatch(draft, attributes, &period, record) {
        return Some(Err(reason.with("product", &wanted.product_path)));
    }
    let policy = &draft.question.rules.policy;
    let paid = record.and_then(|record| paid::through_for(record, policy, &wanted.product_path));
    let begin = record.zip(paid);
    let term = subscribed(draft, attributes, &period, begin);
    let is_endless = period.interval() == Some(LicenseInterval::Perpetual);
    let through = record
        .and_then(|record| paid::named(record, policy, &wanted.product_path))
        .filter(|_| !is_endless);
    Some(Ok((term, period.start_trigger, through)))
}

fn subscribed(
    draft: &Draft<'_>,
    attributes: &Attributes,
    period: &LicensePeriod,
    begin: Option<(&SubscriptionRecord, PaidThrough)>,
) -> Term {
    let policy = &draft.question.rules.policy;
    let by_interval = match period.own {
        None => Term::Template,
        Some(LicenseInterval::Perpetual) => Term::Perpetual,
        Some(LicenseInterval::Every(period)) => Term::Period(period),
    };
    let is_endless = period.interval() == Some(LicenseInterval::Perpetual);
    let begins_later = period.trigger() == Some(StartTrigger::Activation);
    match begin {
        Some((record, paid)) if !is_endless && !begins_later => {
            if paid.is_trial || policy.renewal == Renewal::PaidThrough {
                Term::Until {
                    end: paid::end(record, paid, policy, attributes),
                    period: own_period(period),
                }
            } else {
                by_interval
            }
        }
        _ => by_interval,
    }
}

fn own_period(period: &LicensePeriod) -> Option<Period> {
    match period.own {
        Some(LicenseInterval::Every(period)) => Some(period),
        Some(LicenseInterval::Perpetual) | None => None,
    }
}

fn bought_once(attributes: &Attributes) -> Term {
    if let Some(end) = attributes.expires_at {
        return Term::Until { end, period: None };
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
