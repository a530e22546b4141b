//! The vocabulary of LicenseSpring: the names that LicenseSpring's own connection to FastSpring reads, without a prefix.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::domain::attribute::values::{Senseless, number, optional, short_period, text, yes_no};
use crate::domain::attribute::vocabulary::Vocabulary;
use crate::domain::attribute::{Attributes, InvalidAttribute};
use crate::domain::license::QuantityMode;

/// What the attributes of a product say to a store whose licenses live at LicenseSpring.
pub static VOCABULARY: Vocabulary = Vocabulary {
    prefix: "",
    names: &[
        "product_short_code",
        "uuid",
        "license_policy",
        "license_type",
        "valid_duration",
        "maintenance_duration",
        "enable_maintenance_duration",
        "max_activations",
        "max_consumptions",
        FLOATING_CLOUD,
        FLOATING_FROM_QUANTITY,
        SINGLE_LICENSE,
        "is_license_manager",
        "assign_customer_as_user",
        "user_max_activations",
        "grace_period",
        "feature_code",
        "is_product_bundle",
        "ignore_product_in_licensespring",
        "disable_licenses_only_on_full_refund",
    ],
    families: &[CUSTOM_FIELD],
    product: "product_short_code",
    template: "license_policy",
    entitlement_set: None,
    feature: "feature_code",
    license_type: "license_type",
    intervals: &[],
    ignore: "ignore_product_in_licensespring",
    one_license: (SINGLE_LICENSE, "true"),
    conditions: &[
        (
            "valid_duration",
            "counts for what is bought once; under a subscription the license follows the date paid for",
        ),
        (
            "max_consumptions",
            "counts with the license type consumption, and never under a subscription",
        ),
        (
            "user_max_activations",
            "counts together with assign_customer_as_user",
        ),
    ],
    read,
};

const FLOATING_CLOUD: &str = "floating_cloud";
const FLOATING_FROM_QUANTITY: &str = "floating_users_from_quantity";
const SINGLE_LICENSE: &str = "single_license";
const CUSTOM_FIELD: &str = "custom_field_";
const CONSUMPTION: &str = "consumption";
const LICENSE_TYPES: [&str; 4] = ["perpetual", "time-limited", "subscription", CONSUMPTION];

fn read(attributes: &BTreeMap<String, String>) -> Result<Attributes, InvalidAttribute> {
    let mut parsed = Attributes::default();
    let mut quantity = Quantity::default();
    for (name, value) in attributes {
        read_one(&mut parsed, &mut quantity, name, value.trim()).map_err(|Senseless| {
            InvalidAttribute {
                name: name.clone(),
                value: value.clone(),
            }
        })?;
    }
    parsed.quantity = quantity.mode();
    if parsed.license_type.as_deref() != Some(CONSUMPTION) {
        parsed.max_consumptions = None;
    }
    // A length of maintenance alone means that there is maintenance.
    if parsed.has_maintenance.is_none() && parsed.maintenance_duration.is_some() {
        parsed.has_maintenance = Some(true);
    }
    match (parsed.allowed_floating_clients, parsed.allowed_activations) {
        (Some(at_once), Some(machines)) if at_once > machines => Err(InvalidAttribute {
            name: FLOATING_CLOUD.to_owned(),
            value: at_once.to_string(),
        }),
        _ => Ok(parsed),
    }
}

/// What is said of the quantity; those who use a license at once go before all who may use it.
#[derive(Default)]
struct Quantity {
    is_single: bool,
    is_at_once: bool,
}

impl Quantity {
    const fn mode(&self) -> QuantityMode {
        match self {
            Self {
                is_at_once: true, ..
            } => QuantityMode::AllowedFloatingClients,
            Self {
                is_single: true, ..
            } => QuantityMode::AllowedActivations,
            Self { .. } => QuantityMode::TotalLicenses,
        }
    }
}

fn read_one(
    parsed: &mut Attributes,
    quantity: &mut Quantity,
    name: &str,
    value: &str,
) -> Result<(), Senseless> {
    match name {
        "product_short_code" => parsed.license_product_id = text(value),
        "uuid" => parsed.account = text(value),
        "license_policy" => parsed.license_template_id = text(value),
        "license_type" => parsed.license_type = optional(value, license_type)?,
        "valid_duration" => parsed.expires_after = optional(value, short_period)?,
        "maintenance_duration" => parsed.maintenance_duration = optional(value, short_period)?,
        "max_activations" => parsed.allowed_activations = optional(value, count)?,
        "max_consumptions" => parsed.max_consumptions = optional(value, count)?,
        FLOATING_CLOUD => parsed.allowed_floating_clients = optional(value, count)?,
        "user_max_activations" => parsed.user_max_activations = optional(value, count)?,
        "grace_period" => parsed.grace_hours = optional(value, number)?,
        FLOATING_FROM_QUANTITY => quantity.is_at_once = yes_no(value)?,
        SINGLE_LICENSE => quantity.is_single = yes_no(value)?,
        "enable_maintenance_duration" => parsed.has_maintenance = optional(value, yes_no)?,
        "is_license_manager" => parsed.is_license_manager = yes_no(value)?,
        "assign_customer_as_user" => parsed.assign_user = optional(value, yes_no)?,
        "is_product_bundle" => parsed.is_server_bundle = yes_no(value)?,
        "ignore_product_in_licensespring" => parsed.ignore = yes_no(value)?,
        "disable_licenses_only_on_full_refund" => {
            parsed.suspend_only_on_full_refund = yes_no(value)?;
        }
        "feature_code" if !value.is_empty() => {
            parsed.is_feature = true;
            parsed.features = vec![(value.to_owned(), String::new())];
        }
        _ => {
            if let Some(field) = name.strip_prefix(CUSTOM_FIELD) {
                let row = (field.to_owned(), value.to_owned());
                parsed.custom_fields.push(row);
            }
        }
    }
    Ok(())
}

fn license_type(value: &str) -> Result<String, Senseless> {
    let mut types = LICENSE_TYPES.iter();
    let known = types.find(|known| known.eq_ignore_ascii_case(value));
    known.map(|known| (*known).to_owned()).ok_or(Senseless)
}

/// One at least: LicenseSpring documents 0 users as any number of them, and says nothing of 0 elsewhere.
fn count<T: FromStr + PartialOrd + From<u8>>(value: &str) -> Result<T, Senseless> {
    let count = number(value)?;
    (count >= T::from(1)).then_some(count).ok_or(Senseless)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Period, PeriodUnit};

    fn read_rows(rows: &[(&str, &str)]) -> Result<Attributes, InvalidAttribute> {
        let row = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        VOCABULARY.read(&rows.iter().map(row).collect())
    }

    /// Attributes beside the product, and what they change.
    type Part = (&'static [(&'static str, &'static str)], fn(&mut Attributes));

    const PARTS: [Part; 15] = [
        (&[("uuid", "one")], |gives| {
            gives.account = Some("one".into());
        }),
        (&[("license_policy", "pro")], |gives| {
            gives.license_template_id = Some("pro".into());
        }),
        (
            &[("license_type", "Time-Limited"), ("valid_duration", "2w")],
            |gives| {
                gives.license_type = Some("time-limited".into());
                gives.expires_after = Some(Period::of(2, PeriodUnit::Week));
            },
        ),
        (&[("maintenance_duration", "6m")], |gives| {
            gives.maintenance_duration = Some(Period::of(6, PeriodUnit::Month));
            gives.has_maintenance = Some(true);
        }),
        (
            &[
                ("maintenance_duration", "6m"),
                ("enable_maintenance_duration", "no"),
            ],
            |gives| {
                gives.maintenance_duration = Some(Period::of(6, PeriodUnit::Month));
                gives.has_maintenance = Some(false);
            },
        ),
        (&[("max_consumptions", "100")], |_| {}),
        (
            &[("max_consumptions", "100"), ("license_type", CONSUMPTION)],
            |gives| {
                gives.license_type = Some(CONSUMPTION.into());
                gives.max_consumptions = Some(100);
            },
        ),
        (
            &[("max_activations", "5"), (FLOATING_CLOUD, "5")],
            |gives| {
                gives.allowed_activations = Some(5);
                gives.allowed_floating_clients = Some(5);
            },
        ),
        (&[(SINGLE_LICENSE, "1")], |gives| {
            gives.quantity = QuantityMode::AllowedActivations;
        }),
        (
            &[(SINGLE_LICENSE, "true"), (FLOATING_FROM_QUANTITY, "true")],
            |gives| gives.quantity = QuantityMode::AllowedFloatingClients,
        ),
        (
            &[
                ("assign_customer_as_user", "YES"),
                ("user_max_activations", "4"),
                ("is_license_manager", "true"),
            ],
            |gives| {
                gives.assign_user = Some(true);
                gives.user_max_activations = Some(4);
                gives.is_license_manager = true;
            },
        ),
        (
            &[
                ("grace_period", "72"),
                ("is_product_bundle", "true"),
                ("disable_licenses_only_on_full_refund", "true"),
            ],
            |gives| {
                gives.grace_hours = Some(72);
                gives.is_server_bundle = true;
                gives.suspend_only_on_full_refund = true;
            },
        ),
        (
            &[("custom_field_Serial No", " 222 "), ("custom_field_a", "")],
            |gives| {
                let rows = [("Serial No", "222"), ("a", "")];
                gives.custom_fields = rows
                    .map(|(name, value)| (name.into(), value.into()))
                    .to_vec();
            },
        ),
        (&[("feature_code", "export")], |gives| {
            gives.is_feature = true;
            gives.features = vec![("export".into(), String::new())];
        }),
        (
            &[("cryptlex_product_id", "other"), ("Color", "blue")],
            |_| {},
        ),
    ];

    #[test]
    fn every_name_says_its_part() {
        for (rows, change) in PARTS {
            let rows = [&[("product_short_code", "studio")], rows].concat();
            let mut expected = Attributes {
                license_product_id: Some("studio".to_owned()),
                ..Attributes::default()
            };
            change(&mut expected);

            assert_eq!(read_rows(&rows), Ok(expected), "{rows:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (name, value) in [
            ("license_type", "monthly"),
            ("valid_duration", "P1Y"),
            ("valid_duration", "0d"),
            ("maintenance_duration", "1q"),
            ("enable_maintenance_duration", "maybe"),
            ("max_activations", "0"),
            ("max_activations", "-1"),
            ("max_consumptions", "many"),
            (FLOATING_CLOUD, "1.5"),
            (SINGLE_LICENSE, "one"),
            ("grace_period", "two days"),
            ("user_max_activations", ""),
            ("is_product_bundle", "2"),
        ] {
            let read = read_rows(&[(name, value)]);

            if value.is_empty() {
                assert_eq!(read, Ok(Attributes::default()), "{name}");
            } else {
                let error = read.unwrap_err();
                assert_eq!((error.name.as_str(), error.value.as_str()), (name, value));
            }
        }
    }

    #[test]
    fn no_more_may_use_a_license_at_once_than_may_use_it_at_all() {
        let error = read_rows(&[(FLOATING_CLOUD, "5"), ("max_activations", "3")]).unwrap_err();

        assert_eq!(
            (error.name.as_str(), error.value.as_str()),
            (FLOATING_CLOUD, "5")
        );
    }
}
