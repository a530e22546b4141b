//! Reading a policy from JSON: a preset and single fields.

use serde_json::{Map, Value as Json};

use crate::domain::policy::fields::{FIELDS, Kind};
use crate::domain::policy::{Grace, Policy, Preset};

/// A policy that cannot be read; names the field and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is not known here or has a value it cannot have; allowed: {allowed}")]
pub struct PolicyError {
    /// The field, as it was written.
    pub field: String,
    /// What is allowed there, in words.
    pub allowed: String,
}

impl Policy {
    /// Reads a preset and single fields; what is not said is as the preset (`cryptlex` when none is named) says.
    pub fn parse(json: &Json) -> Result<Self, PolicyError> {
        Self::default().with(json)
    }

    /// This policy with some fields changed; naming a preset first sets every field to what it says.
    pub fn with(&self, json: &Json) -> Result<Self, PolicyError> {
        let Json::Object(changes) = json else {
            return Err(refusal("policy", "an object of fields".to_owned()));
        };
        let base = match changes.get("preset") {
            None => self.clone(),
            Some(name) => match serde_json::from_value::<Preset>(name.clone()) {
                Ok(preset) => Self::preset(preset),
                Err(_) => return Err(refusal("preset", PRESETS.to_owned())),
            },
        };
        let mut fields = base.to_map();
        for (name, value) in changes.iter().filter(|(name, _)| *name != "preset") {
            check(name, value)?;
            fields.insert(name.clone(), value.clone());
        }
        serde_json::from_value(Json::Object(fields))
            .map_err(|error| refusal("policy", error.to_string()))
    }

    /// As the API shows it: every field, `grace_hours` as it is in force.
    pub fn to_json(&self) -> Json {
        let mut fields = self.to_map();
        if let Grace::Hours(_) = self.grace_hours {
            fields.insert(
                "grace_hours".to_owned(),
                self.grace_hours(None, self.renewal).into(),
            );
        }
        Json::Object(fields)
    }

    fn to_map(&self) -> Map<String, Json> {
        match serde_json::to_value(self) {
            Ok(Json::Object(fields)) => fields,
            Ok(_) | Err(_) => Map::new(),
        }
    }
}

const PRESETS: &str = "cryptlex, recommended, licensespring";

fn check(name: &str, value: &Json) -> Result<(), PolicyError> {
    let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
        let names: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
        return Err(refusal(name, format!("preset, {}", names.join(", "))));
    };
    let is_allowed = match field.kind {
        Kind::Choice(values) => value
            .as_str()
            .is_some_and(|text| values.iter().any(|value| value.name == text)),
        Kind::Hours { at_most } => value.as_u64().is_some_and(|hours| hours <= at_most.into()),
        Kind::HoursOrShop { at_most } => {
            value.as_u64().is_some_and(|hours| hours <= at_most.into())
                || value.as_str() == Some("shop")
        }
        Kind::YesNo => value.is_boolean(),
    };
    if is_allowed {
        Ok(())
    } else {
        Err(refusal(name, field.allowed()))
    }
}

fn refusal(field: &str, allowed: String) -> PolicyError {
    PolicyError {
        field: field.to_owned(),
        allowed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::policy::{Overdue, Renewal};

    #[test]
    fn single_fields_change_what_the_preset_says() {
        let policy = Policy::parse(&json!({"preset": "recommended", "overdue": "ignore"})).unwrap();

        assert_eq!(policy.renewal, Renewal::PaidThrough);
        assert_eq!(policy.overdue, Overdue::Ignore);
    }

    #[test]
    fn nothing_said_is_the_cryptlex_preset() {
        assert_eq!(
            Policy::parse(&json!({})),
            Ok(Policy::preset(Preset::Cryptlex))
        );
    }

    #[test]
    fn a_field_that_cannot_be_read_is_named_with_what_is_allowed() {
        for (json, field, allowed) in [
            (json!({"renewal": "yearly"}), "renewal", "paid_through"),
            (json!({"grace_hours": -1}), "grace_hours", "shop"),
            (
                json!({"release_machines": "yes"}),
                "release_machines",
                "true",
            ),
            (json!({"deletion": true}), "deletion", "deactivation"),
            (json!({"preset": "best"}), "preset", "recommended"),
            (json!("recommended"), "policy", "object"),
        ] {
            let error = Policy::parse(&json).unwrap_err();

            assert_eq!(error.field, field);
            assert!(error.allowed.contains(allowed), "{error}");
        }
    }

    #[test]
    fn the_grace_that_is_in_force_is_shown() {
        let policy = Policy::parse(&json!({"preset": "licensespring"})).unwrap();

        assert_eq!(policy.to_json()["grace_hours"], json!(48));
        assert_eq!(policy.to_json()["release_machines"], json!(true));
        assert_eq!(
            Policy::parse(&json!({"grace_hours": "shop"}))
                .unwrap()
                .to_json()["grace_hours"],
            json!("shop")
        );
    }

    #[test]
    fn a_policy_survives_its_stored_form() {
        for preset in [Preset::Cryptlex, Preset::Recommended, Preset::Licensespring] {
            let policy = Policy::preset(preset);

            assert_eq!(
                Policy::parse(&serde_json::to_value(&policy).unwrap()),
                Ok(policy)
            );
        }
    }
}
