//! A store in words: whether it works, and its rules.

use crate::domain::kind::LicenseServerKind;
use crate::domain::policy::{FIELDS, Kind, Policy, Preset};
use crate::domain::refusal::Refusal;
use crate::store::storefronts::Storefront;
use crate::store::{StoreError, deliveries, license_servers};
use crate::web::pages::failure::PageError;
use crate::web::pages::overview_numbers::length;
use crate::web::pages::setup::store_state;
use crate::web::partials::Headline;
use crate::web::visitor::Visitor;
use crate::web::words::counted;

/// One rule in words.
#[derive(Debug, Clone)]
pub struct RuleText {
    /// When it speaks: `A payment is overdue`.
    pub label: String,
    /// What it does.
    pub text: String,
}

/// Whether a store works, and what was refused today.
pub async fn standing(visitor: &Visitor, store: &Storefront) -> Result<Headline, PageError> {
    let (tenant, id, since) = (visitor.tenant, store.id, visitor.now.plus_hours(-24));
    let account = store.license_server_id;
    let (refused, kind) = visitor
        .read(move |db| {
            let refused = deliveries::list_refusals(db, tenant, since)?;
            Ok::<_, StoreError>((refused, license_servers::kind(db, tenant, account)?))
        })
        .await?;
    let refused: Vec<_> = refused
        .into_iter()
        .filter(|refusal| refusal.storefront_id == id)
        .collect();
    let badge = store_state(store);
    let heard = store.last_event_at.map_or_else(
        || "FastSpring has not called yet. Set up its webhook as said below; the first call will show here.".to_owned(),
        |at| format!("FastSpring last called {} ago.", length(visitor.now.since(at))),
    );
    let count: i64 = refused.iter().map(|refusal| refusal.count).sum();
    let text = match refused.first() {
        None => heard,
        Some(latest) => format!(
            "{heard} {} in the last 24 hours. {}",
            counted(
                u64::try_from(count).unwrap_or(0),
                "incoming call was refused",
                "incoming calls were refused"
            ),
            Refusal::parse(&latest.cause).map_or_else(String::new, |cause| format!(
                "{} {}",
                cause.text(kind),
                cause.fix(kind)
            ))
        ),
    };
    Ok(Headline::new(badge.tone, format!("{}.", badge.text), text))
}

/// Every rule with what it does at that kind of license server.
pub fn rules(policy: &Policy, kind: LicenseServerKind) -> Vec<RuleText> {
    let json = policy.to_json();
    FIELDS
        .iter()
        .filter_map(|field| {
            let value = json.get(field.name)?;
            let text = match field.kind {
                Kind::Choice(values) => values
                    .iter()
                    .find(|known| Some(known.name) == value.as_str())
                    .map(|known| kind.named_in(known.sentence))?,
                Kind::YesNo => match value.as_bool()? {
                    true => "Yes.".to_owned(),
                    false => "No.".to_owned(),
                },
                Kind::Hours { .. } | Kind::HoursOrShop { .. } => hours(value)?,
            };
            Some(RuleText {
                label: field.label.to_owned(),
                text,
            })
        })
        .collect()
}

/// The starting set that a policy still is; empty when single rules were changed.
pub fn preset_name(policy: &Policy) -> &'static str {
    let presets = [
        (Preset::Recommended, "recommended"),
        (Preset::Cryptlex, "cryptlex"),
        (Preset::Licensespring, "licensespring"),
    ];
    presets
        .into_iter()
        .find(|(preset, _)| Policy::preset(*preset).to_json() == policy.to_json())
        .map_or("", |(_, name)| name)
}

fn hours(value: &serde_json::Value) -> Option<String> {
    let Some(hours) = value.as_u64() else {
        return (value.as_str() == Some("shop"))
            .then(|| "As long as FastSpring goes on collecting.".to_owned());
    };
    Some(match (hours / 24, hours % 24) {
        (0, 0) => "None.".to_owned(),
        (0, hours) => format!("{}.", counted(hours, "hour", "hours")),
        (days, 0) => format!("{}.", counted(days, "day", "days")),
        _ => format!("{hours} hours."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_every_preset_has_a_sentence() {
        for preset in [Preset::Recommended, Preset::Cryptlex, Preset::Licensespring] {
            let policy = Policy::preset(preset);

            assert_eq!(
                rules(&policy, LicenseServerKind::Cryptlex).len(),
                FIELDS.len()
            );
            assert!(!preset_name(&policy).is_empty());
        }
    }
}
