//! What is answered: the vendor's shapes, read leniently, and their translation into our words.
//!
//! Unknown members are ignored, `null` and absent are alike, numbers may be floats. Only what decides something must be
//! there: a license without id, key or standing is unreadable.

use secrecy::SecretString;
use serde::Deserialize;

use crate::domain::action::{Metadata, StartTrigger};
use crate::domain::plan::TemplateSeats;
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::cryptlex::lenient;
use crate::license_servers::remote::{
    Activation, CatalogItem, FeatureValue, Organization, Product, RemoteLicense, RemoteUser,
    Template, UserStanding,
};

/// A license.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenseAnswer {
    id: String,
    key: String,
    suspended: bool,
    revoked: bool,
    perpetual: Option<bool>,
    product_id: Option<String>,
    user_id: Option<String>,
    #[serde(rename = "type")]
    license_type: Option<String>,
    subscription_interval: Option<String>,
    subscription_start_trigger: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    validity: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::integer")]
    allowed_activations: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    allowed_floating_clients: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    total_activations: Option<i64>,
    #[serde(default, deserialize_with = "lenient::time")]
    maintenance_expires_at: Option<Timestamp>,
    max_allowed_release_version: Option<String>,
    organization_id: Option<String>,
    additional_user_ids: Option<Vec<String>>,
    entitlement_set_id: Option<String>,
    metadata: Option<Vec<MetadataAnswer>>,
    notes: Option<String>,
    #[serde(default, deserialize_with = "lenient::time")]
    created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetadataAnswer {
    key: String,
    value: Option<String>,
    view_permissions: Option<Vec<String>>,
    visible: Option<bool>,
}

/// A user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserAnswer {
    id: String,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    role: Option<String>,
    organization_id: Option<String>,
}

/// An organization.
#[derive(Deserialize)]
pub struct OrganizationAnswer {
    id: String,
    email: Option<String>,
}

/// A template.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateAnswer {
    id: String,
    name: Option<String>,
    #[serde(rename = "type")]
    license_type: Option<String>,
    subscription_interval: Option<String>,
    subscription_start_trigger: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    validity: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    allowed_activations: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    allowed_floating_clients: Option<i64>,
    required_metadata_keys: Option<Vec<String>>,
    required_meter_attributes: Option<Vec<String>>,
}

/// Anything with an id and names: a product, a template, a feature, an entitlement set.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedAnswer {
    id: String,
    name: Option<String>,
    display_name: Option<String>,
    license_template_id: Option<String>,
    automated_emails: Option<Vec<String>>,
}

/// A feature that is set on a license.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeatureValueAnswer {
    id: String,
    feature_id: String,
    feature_name: Option<String>,
    value: Option<String>,
}

/// An activation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationAnswer {
    /// Its id.
    pub id: String,
    /// The license it belongs to.
    pub license_id: String,
    hostname: Option<String>,
    os: Option<String>,
    os_version: Option<String>,
    created_at: Option<Timestamp>,
    last_synced_at: Option<Timestamp>,
    offline: Option<bool>,
}

impl From<ActivationAnswer> for Activation {
    fn from(answer: ActivationAnswer) -> Self {
        let system: Vec<String> = [answer.os, answer.os_version]
            .into_iter()
            .filter_map(filled)
            .collect();
        Self {
            id: answer.id,
            machine: answer.hostname.unwrap_or_default(),
            system: system.join(" "),
            activated_at: answer.created_at,
            last_seen_at: answer.last_synced_at,
            is_offline: answer.offline.unwrap_or_default(),
        }
    }
}

impl From<LicenseAnswer> for RemoteLicense {
    fn from(answer: LicenseAnswer) -> Self {
        let term = Term::of(answer.subscription_interval.as_deref(), answer.validity);
        let never_ends = answer.perpetual.unwrap_or(term.is_endless);
        Self {
            id: answer.id,
            key: SecretString::from(answer.key),
            product_id: answer.product_id.unwrap_or_default(),
            user_id: filled(answer.user_id),
            expires_at: answer.expires_at,
            is_perpetual: never_ends && answer.expires_at.is_none(),
            interval: term.period,
            start_trigger: start_trigger(answer.subscription_start_trigger.as_deref()),
            is_suspended: answer.suspended,
            is_revoked: answer.revoked,
            license_type: filled(answer.license_type),
            allowed_activations: answer.allowed_activations,
            allowed_floating_clients: answer.allowed_floating_clients,
            activations: answer.total_activations,
            maintenance_ends_at: answer.maintenance_expires_at,
            newest_version: filled(answer.max_allowed_release_version),
            organization_id: filled(answer.organization_id),
            further_user_ids: answer.additional_user_ids.unwrap_or_default(),
            entitlement_set_id: filled(answer.entitlement_set_id),
            metadata: answer
                .metadata
                .unwrap_or_default()
                .into_iter()
                .map(Metadata::from)
                .collect(),
            notes: answer.notes,
            created_at: answer.created_at,
        }
    }
}

impl From<OrganizationAnswer> for Organization {
    fn from(answer: OrganizationAnswer) -> Self {
        Self {
            id: answer.id,
            email: answer.email.unwrap_or_default(),
        }
    }
}

impl From<MetadataAnswer> for Metadata {
    fn from(answer: MetadataAnswer) -> Self {
        let is_visible = match answer.view_permissions {
            Some(permissions) => permissions
                .iter()
                .any(|who| who == "activation" || who == "user"),
            None => answer.visible.unwrap_or(false),
        };
        Self {
            key: answer.key,
            value: answer.value.unwrap_or_default(),
            is_visible,
        }
    }
}

impl From<UserAnswer> for RemoteUser {
    fn from(answer: UserAnswer) -> Self {
        Self {
            id: answer.id,
            email: answer.email,
            first_name: answer.first_name.unwrap_or_default(),
            last_name: answer.last_name.unwrap_or_default(),
            company: answer.company.unwrap_or_default(),
            organization_id: filled(answer.organization_id),
            standing: match answer.role.as_deref() {
                Some("user") => UserStanding::User,
                Some("organization-admin") => UserStanding::OrganizationAdmin,
                // Roles may be of the vendor's own making.
                Some(_) | None => UserStanding::Staff,
            },
        }
    }
}

impl From<TemplateAnswer> for Template {
    fn from(answer: TemplateAnswer) -> Self {
        let term = Term::of(answer.subscription_interval.as_deref(), answer.validity);
        Self {
            id: answer.id,
            name: answer.name.unwrap_or_default(),
            interval: term.period,
            is_perpetual: term.is_endless,
            start_trigger: start_trigger(answer.subscription_start_trigger.as_deref()),
            seats: TemplateSeats {
                activations: answer.allowed_activations,
                floating_clients: answer.allowed_floating_clients,
            },
            license_type: filled(answer.license_type),
            required_metadata_keys: answer.required_metadata_keys.unwrap_or_default(),
            required_meters: answer.required_meter_attributes.unwrap_or_default(),
        }
    }
}

impl From<NamedAnswer> for Product {
    fn from(answer: NamedAnswer) -> Self {
        let default_template_id = filled(answer.license_template_id.clone());
        let item = CatalogItem::from(answer);
        Self {
            id: item.id,
            name: item.display_name,
            default_template_id,
        }
    }
}

impl From<NamedAnswer> for CatalogItem {
    fn from(answer: NamedAnswer) -> Self {
        let name = answer.name.unwrap_or_default();
        Self {
            id: answer.id,
            display_name: filled(answer.display_name).unwrap_or_else(|| name.clone()),
            name,
            is_key_mailed: answer
                .automated_emails
                .map(|mails| mails.iter().any(|mail| mail == NEW_LICENSE_MAIL)),
        }
    }
}

/// The mail that brings the user of a new license its key.
const NEW_LICENSE_MAIL: &str = "license.created";

impl From<FeatureValueAnswer> for FeatureValue {
    fn from(answer: FeatureValueAnswer) -> Self {
        Self {
            id: answer.id,
            feature_id: answer.feature_id,
            feature_name: answer.feature_name.unwrap_or_default(),
            value: answer.value,
        }
    }
}

/// The length of a term, in the present or in the superseded way of saying it.
struct Term {
    period: Option<Period>,
    is_endless: bool,
}

impl Term {
    fn of(interval: Option<&str>, validity_seconds: Option<i64>) -> Self {
        let interval = interval.map(str::trim).unwrap_or_default();
        if !interval.is_empty() {
            return Self {
                period: interval.parse().ok(),
                is_endless: false,
            };
        }
        let seconds = validity_seconds.unwrap_or(0);
        let text = if seconds % 86_400 == 0 {
            format!("P{}D", seconds / 86_400)
        } else {
            format!("PT{seconds}S")
        };
        Self {
            period: text.parse().ok(),
            is_endless: seconds <= 0,
        }
    }
}

fn start_trigger(text: Option<&str>) -> Option<StartTrigger> {
    match text? {
        "creation" => Some(StartTrigger::Creation),
        "activation" => Some(StartTrigger::Activation),
        _ => None,
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
