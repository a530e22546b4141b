//! The vocabulary of Cryptlex: names that begin with `cryptlex_`, in the spelling of Cryptlex's own script for FastSpring.

use std::collections::BTreeMap;

use crate::domain::action::{Metadata, StartTrigger};
use crate::domain::attribute::values::{Senseless, date, number, optional, period, text, yes_no};
use crate::domain::attribute::vocabulary::Vocabulary;
use crate::domain::attribute::{Attributes, Covers, InvalidAttribute, LicenseInterval};
use crate::domain::license::QuantityMode;

/// What the attributes of a product say to a store whose licenses live at Cryptlex.
pub(super) static VOCABULARY: Vocabulary = Vocabulary {
    prefix: PREFIX,
    names: &[
        "product_id",
        "license_template_id",
        "license_type",
        "max_allowed_release_version",
        "maintenance_policy_id",
        "entitlement_set_id",
        "end_users_from",
        "mappings_quantity",
        "subscription_covers",
        "subscription_start_trigger",
        INTERVALS[0],
        INTERVALS[1],
        "expires_after",
        "maintenance_duration",
        "expires_at",
        "allowed_activations",
        "allowed_floating_clients",
        "user_max_activations",
        "grace_hours",
        "is_feature",
        "is_bundle",
        "bundle_license",
        "is_license_manager",
        "trial",
        "suspend_only_on_full_refund",
        "ignore",
        "assign_user",
        "release_machines",
        "single_license",
    ],
    families: &["metadata_hidden_", "metadata_", "feature_", "meter_"],
    product: "product_id",
    template: "license_template_id",
    entitlement_set: Some("entitlement_set_id"),
    feature: "feature_",
    license_type: "license_type",
    intervals: &INTERVALS,
    ignore: "ignore",
    one_license: ("mappings_quantity", "allowed_activations"),
    conditions: &[
        ("expires_after", BOUGHT_ONCE),
        ("expires_at", BOUGHT_ONCE),
        (
            "user_max_activations",
            "counts for a license with one user; machines are counted per license, not per user",
        ),
    ],
    read: parse,
};

const PREFIX: &str = "cryptlex_";
/// Today's name of the interval, which goes before the one that older documents give.
const INTERVALS: [&str; 2] = ["license_subscription_interval", "subscription_interval"];
const BOUGHT_ONCE: &str = "counts for what is bought once; under a subscription the license follows its interval or the date paid for";

/// Reads all attributes; a name that nobody knows yet is left to a later version.
fn parse(attributes: &BTreeMap<String, String>) -> Result<Attributes, InvalidAttribute> {
    let mut parsed = Attributes::default();
    let [interval, older_interval] = INTERVALS.map(|name| format!("{PREFIX}{name}"));
    for (name, value) in attributes {
        let Some(short) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if *name == older_interval && attributes.contains_key(&interval) {
            continue;
        }
        read(&mut parsed, short, value.trim()).map_err(|Senseless| InvalidAttribute {
            name: name.clone(),
            value: value.clone(),
        })?;
    }
    Ok(parsed)
}

fn read(parsed: &mut Attributes, name: &str, value: &str) -> Result<(), Senseless> {
    match name {
        "product_id" => parsed.license_product_id = text(value),
        "license_template_id" => parsed.license_template_id = text(value),
        "license_type" => parsed.license_type = text(value),
        "max_allowed_release_version" => parsed.max_allowed_release_version = text(value),
        "maintenance_policy_id" => parsed.maintenance_policy_id = text(value),
        "entitlement_set_id" => parsed.entitlement_set_id = text(value),
        "end_users_from" => parsed.end_users_from = text(value),
        "mappings_quantity" => parsed.quantity = quantity_mode(value)?,
        "subscription_covers" => parsed.covers = covers(value)?,
        "subscription_start_trigger" => parsed.start_trigger = start_trigger(value)?,
        "license_subscription_interval" | "subscription_interval" => {
            parsed.interval = Some(interval(value)?);
        }
        "expires_after" => parsed.expires_after = optional(value, period)?,
        "maintenance_duration" => parsed.maintenance_duration = optional(value, period)?,
        "expires_at" => parsed.expires_at = optional(value, date)?,
        "allowed_activations" => parsed.allowed_activations = optional(value, number)?,
        "allowed_floating_clients" => parsed.allowed_floating_clients = optional(value, number)?,
        "user_max_activations" => parsed.user_max_activations = optional(value, number)?,
        "grace_hours" => parsed.grace_hours = optional(value, number)?,
        _ => return read_yes_no(parsed, name, value),
    }
    Ok(())
}

fn read_yes_no(parsed: &mut Attributes, name: &str, value: &str) -> Result<(), Senseless> {
    match name {
        "is_feature" => parsed.is_feature = yes_no(value)?,
        "is_bundle" => parsed.is_bundle = yes_no(value)?,
        "bundle_license" => parsed.bundle_license = yes_no(value)?,
        "is_license_manager" => parsed.is_license_manager = yes_no(value)?,
        "trial" => parsed.trial = yes_no(value)?,
        "suspend_only_on_full_refund" => parsed.suspend_only_on_full_refund = yes_no(value)?,
        "ignore" => parsed.ignore = yes_no(value)?,
        "assign_user" => parsed.assign_user = optional(value, yes_no)?,
        "release_machines" => parsed.release_machines = optional(value, yes_no)?,
        _ => return read_family(parsed, name, value),
    }
    Ok(())
}

/// Names that carry a vendor's own name behind a known beginning; the longest beginning first.
fn read_family(parsed: &mut Attributes, name: &str, value: &str) -> Result<(), Senseless> {
    if let Some(key) = name.strip_prefix("metadata_hidden_") {
        parsed.metadata.push(row(key, value, false));
    } else if let Some(key) = name.strip_prefix("metadata_") {
        parsed.metadata.push(row(key, value, true));
    } else if let Some(feature) = name.strip_prefix("feature_") {
        parsed.features.push((feature.to_owned(), value.to_owned()));
    } else if let Some(meter) = name.strip_prefix("meter_") {
        parsed.meters.push((meter.to_owned(), number(value)?));
    }
    Ok(())
}

fn row(key: &str, value: &str, is_visible: bool) -> Metadata {
    Metadata {
        key: key.to_owned(),
        value: value.to_owned(),
        is_visible,
    }
}

fn quantity_mode(value: &str) -> Result<QuantityMode, Senseless> {
    match value {
        "" | "total_licenses" => Ok(QuantityMode::TotalLicenses),
        "allowed_activations" => Ok(QuantityMode::AllowedActivations),
        "allowed_floating_clients" => Ok(QuantityMode::AllowedFloatingClients),
        _ => Err(Senseless),
    }
}

fn covers(value: &str) -> Result<Covers, Senseless> {
    match value {
        "" | "license" => Ok(Covers::License),
        "maintenance" => Ok(Covers::Maintenance),
        _ => Err(Senseless),
    }
}

fn start_trigger(value: &str) -> Result<Option<StartTrigger>, Senseless> {
    match value {
        "" => Ok(None),
        "creation" => Ok(Some(StartTrigger::Creation)),
        "activation" => Ok(Some(StartTrigger::Activation)),
        _ => Err(Senseless),
    }
}

fn interval(value: &str) -> Result<LicenseInterval, Senseless> {
    if value.is_empty() {
        return Ok(LicenseInterval::Perpetual);
    }
    value.parse().map(LicenseInterval::Every).or(Err(Senseless))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Period, PeriodUnit};

    fn attributes(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
        rows.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (name, value) in [
            ("cryptlex_mappings_quantity", "licenses"),
            ("cryptlex_license_subscription_interval", "monthly"),
            ("cryptlex_subscription_interval", "1 year"),
            ("cryptlex_subscription_start_trigger", "delayed"),
            ("cryptlex_allowed_activations", "many"),
            ("cryptlex_allowed_floating_clients", "-1"),
            ("cryptlex_expires_after", "12q"),
            ("cryptlex_expires_after", "0d"),
            ("cryptlex_expires_at", "next year"),
            ("cryptlex_is_bundle", "maybe"),
            ("cryptlex_meter_exports", "lots"),
        ] {
            let error = parse(&attributes(&[(name, value)])).unwrap_err();

            assert_eq!((error.name.as_str(), error.value.as_str()), (name, value));
        }
    }

    #[test]
    fn yes_is_spelled_in_several_ways() {
        for (value, expected) in [
            ("true", true),
            ("TRUE", true),
            ("1", true),
            ("Yes", true),
            ("false", false),
            ("0", false),
            ("", false),
        ] {
            let parsed = parse(&attributes(&[("cryptlex_is_bundle", value)])).unwrap();

            assert_eq!(parsed.is_bundle, expected, "{value}");
        }
    }

    #[test]
    fn an_empty_interval_is_perpetual_and_the_new_name_wins() {
        for (rows, expected) in [
            (vec![], None),
            (
                vec![("cryptlex_license_subscription_interval", "")],
                Some(LicenseInterval::Perpetual),
            ),
            (
                vec![("cryptlex_subscription_interval", "P1M")],
                Some(LicenseInterval::Every("P1M".parse().unwrap())),
            ),
            (
                vec![
                    ("cryptlex_license_subscription_interval", "P1Y"),
                    ("cryptlex_subscription_interval", "nonsense"),
                ],
                Some(LicenseInterval::Every("P1Y".parse().unwrap())),
            ),
        ] {
            assert_eq!(parse(&attributes(&rows)).unwrap().interval, expected);
        }
    }

    #[test]
    fn families_carry_the_vendors_own_names() {
        let parsed = parse(&attributes(&[
            ("cryptlex_feature_export", "pdf"),
            ("cryptlex_metadata_edition", "pro"),
            ("cryptlex_metadata_hidden_batch", "7"),
            ("cryptlex_meter_renders", "100"),
            ("cryptlex_expires_after", "30d"),
            ("unrelated", "nonsense"),
            ("cryptlex_later_invention", "nonsense"),
        ]))
        .unwrap();

        assert_eq!(parsed.features, [("export".to_owned(), "pdf".to_owned())]);
        assert_eq!(
            parsed.metadata,
            [row("edition", "pro", true), row("batch", "7", false)]
        );
        assert_eq!(parsed.meters, [("renders".to_owned(), 100)]);
        assert_eq!(parsed.expires_after, Some(Period::of(30, PeriodUnit::Day)));
    }
}
