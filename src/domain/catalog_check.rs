//! What is wrong or missing in what a product gives, told before a sale shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::attribute::{
    Attributes, HOSTED_FLOATING, InvalidAttribute, LicenseInterval, Vocabulary,
};
use crate::domain::key_delivery::KeyDelivery;
use crate::domain::kind::LicenseServerKind;
use crate::domain::license::QuantityMode;
use crate::domain::policy::{Policy, Renewal};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::rules::Product;
use crate::domain::time::Period;

/// Something that is wrong or missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind it is, as programs read it.
    pub code: String,
    /// What it is.
    pub text: String,
    /// What to do about it.
    pub fix: String,
}

/// What the license server has to offer, as far as it let itself be asked.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// Products, by id, with their own templates where they were asked for.
    pub products: BTreeMap<String, Option<String>>,
    /// Whether new licenses' keys are mailed, by product; those that do not tell are absent.
    pub mailing: BTreeMap<String, bool>,
    /// Templates, by id, with what they ask for where they were asked.
    pub templates: BTreeMap<String, Option<TemplateOffer>>,
    /// Entitlement sets, by id; `None` = the token may not list them.
    pub entitlement_sets: Option<BTreeSet<String>>,
    /// Features, by name; `None` = the token may not list them.
    pub features: Option<BTreeSet<String>>,
}

/// What a template gives and asks for.
#[derive(Debug, Clone, Default)]
pub struct TemplateOffer {
    /// Its name.
    pub name: String,
    /// Its interval; `None` = never ends, or not said.
    pub interval: Option<Period>,
    /// The type of its licenses.
    pub license_type: Option<String>,
    /// Metadata keys without which no license can be made.
    pub required_metadata_keys: Vec<String>,
    /// Meters without which no license can be made.
    pub required_meters: Vec<String>,
}

/// A product of the shop and all that is known of it.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Its path at the shop.
    pub path: &'a str,
    /// The kind of license server that its store speaks to.
    pub kind: LicenseServerKind,
    /// The names of its attributes there.
    pub names: Vec<&'a str>,
    /// What it gives.
    pub product: Result<Product, InvalidAttribute>,
    /// The period by which it was last sold.
    pub sold: Option<Period>,
    /// Who gives buyers the key; `None` where it gives no license.
    pub key_delivery: Option<KeyDelivery>,
}

/// Everything that is wrong or missing; without an offer only what can be told without it.
pub fn findings(subject: &Subject<'_>, policy: &Policy, offer: Option<&Offer>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = subject
        .names
        .iter()
        .filter_map(|name| misspelt(subject.vocabulary(), name))
        .collect();
    match &subject.product {
        Ok(Product::Licensed(attributes)) => {
            if let Some(offer) = offer {
                findings.extend(unknown(subject, attributes, offer));
                findings.extend(of_template(subject, attributes, policy, offer));
            }
            findings.extend(
                subject
                    .key_delivery
                    .and_then(|delivery| undelivered(delivery, subject.kind)),
            );
        }
        Ok(Product::Bundle | Product::Ignored) => {}
        Ok(Product::Unmapped) => {
            let reason = Reason::new(ReasonCode::ProductNotMapped).with("product", subject.path);
            findings.push(Finding::of(&reason, subject.kind));
        }
        Err(invalid) => findings.push(senseless(subject, &invalid.name, &invalid.value)),
    }
    findings
}

impl Subject<'_> {
    /// The attributes that speak to its store.
    const fn vocabulary(&self) -> &'static Vocabulary {
        Vocabulary::of(self.kind)
    }
}

impl Offer {
    /// The template that a product's licenses are made from; `None` where it is not known.
    pub fn template_id<'a>(&'a self, attributes: &'a Attributes) -> Option<&'a String> {
        let product = attributes.license_product_id.as_ref();
        let own = || product.and_then(|product| self.products.get(product)?.as_ref());
        attributes.license_template_id.as_ref().or_else(own)
    }
}

impl Finding {
    fn of(reason: &Reason, kind: LicenseServerKind) -> Self {
        Self {
            code: reason.code.as_str().to_owned(),
            text: reason.text(kind),
            fix: reason.fix(kind),
        }
    }
}

/// The code of the finding that nobody gives buyers the key.
pub const KEY_NOT_DELIVERED: &str = "key_not_delivered";

/// Nobody gives buyers the key.
fn undelivered(delivery: KeyDelivery, kind: LicenseServerKind) -> Option<Finding> {
    matches!(delivery, KeyDelivery::Nobody(_)).then(|| Finding {
        code: KEY_NOT_DELIVERED.to_owned(),
        text: delivery.text(kind),
        fix: delivery.fix(kind),
    })
}

fn misspelt(vocabulary: &Vocabulary, name: &str) -> Option<Finding> {
    let meant = vocabulary.meant(name)?;
    Some(Finding {
        code: "attribute_unknown".to_owned(),
        text: format!("There is no attribute “{name}”; did you mean “{meant}”?"),
        fix: "Correct its name at FastSpring, or say it in Latchkey.".to_owned(),
    })
}

fn senseless(subject: &Subject<'_>, attribute: &str, value: &str) -> Finding {
    let reason = Reason::new(ReasonCode::MappingInvalid)
        .with("product", subject.path)
        .with("attribute", attribute)
        .with("value", value);
    Finding::of(&reason, subject.kind)
}

/// Ids and names that the license server does not have.
fn unknown(subject: &Subject<'_>, attributes: &Attributes, offer: &Offer) -> Vec<Finding> {
    let vocabulary = subject.vocabulary();
    let set = attributes.entitlement_set_id.as_ref();
    let ids = [
        (
            vocabulary.product,
            attributes.license_product_id.as_ref(),
            offer.products.keys().collect::<BTreeSet<_>>(),
        ),
        (
            vocabulary.template,
            attributes.license_template_id.as_ref(),
            offer.templates.keys().collect(),
        ),
        (
            vocabulary.entitlement_set.unwrap_or_default(),
            set.filter(|_| offer.entitlement_sets.is_some()),
            offer.entitlement_sets.iter().flatten().collect(),
        ),
    ];
    let mut findings: Vec<Finding> = ids
        .into_iter()
        .filter_map(|(name, id, known)| {
            let id = id?;
            (!known.contains(id)).then(|| senseless(subject, name, id))
        })
        .collect();
    if let Some(features) = &offer.features {
        let names = attributes.features.iter();
        let absent = names.filter(|(name, _)| !features.contains(name));
        findings.extend(absent.map(|(name, value)| {
            let (attribute, value) = vocabulary.feature(name, value);
            senseless(subject, &attribute, value)
        }));
    }
    findings
}

/// What the template asks for and the product does not give, and what of the product does not fit it.
fn of_template(
    subject: &Subject<'_>,
    attributes: &Attributes,
    policy: &Policy,
    offer: &Offer,
) -> Vec<Finding> {
    let id = offer.template_id(attributes);
    let Some(template) = id.and_then(|id| offer.templates.get(id)?.as_ref()) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for key in &template.required_metadata_keys {
        if !attributes.metadata.iter().any(|row| row.key == *key) {
            let name = format!("metadata_{key}");
            findings.push(required(
                subject,
                template,
                &format!("the metadata key “{key}”"),
                &name,
            ));
        }
    }
    for meter in &template.required_meters {
        if !attributes.meters.iter().any(|(name, _)| name == meter) {
            let name = format!("meter_{meter}");
            findings.push(required(
                subject,
                template,
                &format!("the meter “{meter}”"),
                &name,
            ));
        }
    }
    findings.extend(mismatch(subject, attributes, policy, template));
    findings.extend(uncounted(subject.vocabulary(), attributes, template));
    findings
}

fn required(subject: &Subject<'_>, template: &TemplateOffer, what: &str, name: &str) -> Finding {
    let template = &template.name;
    Finding {
        code: "value_required".to_owned(),
        text: format!(
            "The template “{template}” asks for {what}, and the product says none: no license can be made."
        ),
        fix: format!(
            "Add the attribute {}.",
            subject.vocabulary().full_name(name)
        ),
    }
}

/// Sold for one period, licensed for another, where that would stop the first sale.
fn mismatch(
    subject: &Subject<'_>,
    attributes: &Attributes,
    policy: &Policy,
    template: &TemplateOffer,
) -> Option<Finding> {
    if attributes.is_interval_chosen || policy.renewal == Renewal::PaidThrough {
        return None;
    }
    let licensed = match attributes.interval {
        Some(LicenseInterval::Every(period)) => period,
        Some(LicenseInterval::Perpetual) => return None,
        None => template.interval?,
    };
    let sold = subject.sold?;
    (sold != licensed).then(|| {
        let reason = Reason::new(ReasonCode::IntervalMismatch)
            .with("sold", sold.in_words())
            .with("licensed", licensed.in_words());
        Finding::of(&reason, subject.kind)
    })
}

/// Clients of a floating license that would be written where nobody counts them.
fn uncounted(
    vocabulary: &Vocabulary,
    attributes: &Attributes,
    template: &TemplateOffer,
) -> Option<Finding> {
    let says_clients = attributes.allowed_floating_clients.is_some()
        || attributes.quantity == QuantityMode::AllowedFloatingClients;
    let is_hosted = template.license_type.as_deref() == Some(HOSTED_FLOATING);
    (says_clients && is_hosted && attributes.license_type.is_none()).then(|| Finding {
        code: "seats_uncounted".to_owned(),
        text: format!(
            "The licenses of the template “{}” count machines, not floating clients.",
            template.name
        ),
        fix: format!(
            "Add the attribute {} with the value {HOSTED_FLOATING}.",
            vocabulary.full_name(vocabulary.license_type)
        ),
    })
}
