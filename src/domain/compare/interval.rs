//! Which period a license has, from attributes and templates, and whether it is the period that was sold.

use crate::domain::action::StartTrigger;
use crate::domain::attribute::{Attributes, LicenseInterval};
use crate::domain::compare::draft::Draft;
use crate::domain::compare::wanted::Wanted;
use crate::domain::fact::BillingInterval;
use crate::domain::plan::{Need, Template};
use crate::domain::policy::Renewal;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::{LineRole, SubscriptionRecord};
use crate::domain::rules::Product;

/// The period and the beginning of a license's term.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LicensePeriod {
    /// As an attribute says it, the license's own or its parent's; `None` = as the template says.
    pub own: Option<LicenseInterval>,
    /// What the template says; `None` where it was not needed or there is none.
    pub template: Option<Template>,
    /// When the term begins, as an attribute or a parent's template says.
    pub start_trigger: Option<StartTrigger>,
}

impl LicensePeriod {
    /// The period in force; `None` when nobody knows.
    pub fn interval(&self) -> Option<LicenseInterval> {
        self.own.or_else(|| self.template.map(interval_of))
    }

    /// When the term begins, as far as anyone says.
    pub fn trigger(&self) -> Option<StartTrigger> {
        self.start_trigger
            .or_else(|| self.template.and_then(|template| template.start_trigger))
    }
}

/// The period of a license under a subscription, where licenses have periods; `None` while a question is open.
pub fn under_subscription(
    draft: &mut Draft<'_>,
    wanted: &Wanted<'_>,
    attributes: &Attributes,
    record: Option<&SubscriptionRecord>,
) -> Option<LicensePeriod> {
    if !draft.question.rules.abilities.has_periods {
        return Some(LicensePeriod::default());
    }
    let mut period = LicensePeriod {
        own: attributes.interval,
        template: None,
        start_trigger: attributes.start_trigger,
    };
    if matches!(wanted.role, LineRole::Addon { .. }) && period.own.is_none() {
        inherit(draft, record, &mut period)?;
    }
    let must_know = match draft.question.rules.renewal() {
        Renewal::Renew => record.is_some_and(|record| record.interval.get().is_some()),
        Renewal::PaidThrough | Renewal::RenewThenDate => true,
    };
    if period.own.is_none() && must_know {
        period.template = template(draft, attributes)?;
    }
    Some(period)
}

/// An add-on without a period of its own takes its parent's.
fn inherit(
    draft: &mut Draft<'_>,
    record: Option<&SubscriptionRecord>,
    period: &mut LicensePeriod,
) -> Option<()> {
    let Some(path) = record.and_then(|record| record.product_path.get()) else {
        return Some(());
    };
    let at_hand = draft.question.records.orders.values().find_map(|order| {
        let mut lines = order.lines.iter();
        let line = lines.find(|line| line.product_path == *path)?;
        line.attributes.as_ref()
    });
    let Ok(Product::Licensed(parent)) = draft.question.rules.product(path, at_hand) else {
        return Some(());
    };
    period.start_trigger = period.start_trigger.or(parent.start_trigger);
    if parent.interval.is_some() {
        period.own = parent.interval;
        return Some(());
    }
    if let Some(template) = template(draft, &parent)? {
        period.own = Some(interval_of(template));
        period.start_trigger = period.start_trigger.or(template.start_trigger);
    }
    Some(())
}

/// The template that a product's licenses are made from; the outer `None` while the question is open.
pub fn template(draft: &mut Draft<'_>, attributes: &Attributes) -> Option<Option<Template>> {
    let known = draft.question.known;
    let id = match (
        &attributes.license_template_id,
        &attributes.license_product_id,
    ) {
        (Some(id), _) => id.clone(),
        (None, None) => return Some(None),
        (None, Some(product)) => match known.default_templates.get(product) {
            Some(Some(id)) => id.clone(),
            Some(None) => return Some(None),
            None => {
                draft.needs.insert(Need::DefaultTemplate(product.clone()));
                return None;
            }
        },
    };
    if let Some(template) = known.templates.get(&id) {
        return Some(*template);
    }
    draft.needs.insert(Need::Template(id));
    None
}

/// Why a sale cannot be served: sold for one period, licensed for another.
pub fn mismatch(
    draft: &Draft<'_>,
    attributes: &Attributes,
    period: &LicensePeriod,
    record: Option<&SubscriptionRecord>,
) -> Option<Reason> {
    if attributes.is_interval_chosen || draft.question.rules.renewal() == Renewal::PaidThrough {
        return None;
    }
    let Some(BillingInterval::Every(sold)) = record?.interval.get() else {
        return None;
    };
    let Some(LicenseInterval::Every(licensed)) = period.interval() else {
        return None;
    };
    (*sold != licensed).then(|| {
        Reason::new(ReasonCode::IntervalMismatch)
            .with("sold", sold.in_words())
            .with("licensed", licensed.in_words())
    })
}

fn interval_of(template: Template) -> LicenseInterval {
    template
        .interval
        .map_or(LicenseInterval::Perpetual, LicenseInterval::Every)
}
