//! What is answered: the vendor's shapes, translated into our words.
//!
//! Only what decides something must be readable: a license without id, key or standing is not, nor is one whose end is
//! written in a way that nobody knows.

use secrecy::SecretString;

use crate::domain::action::{Metadata, StartTrigger};
use crate::domain::compare::{ORDER_KEY, SUBSCRIPTION_KEY};
use crate::domain::plan::TemplateSeats;
use crate::domain::time::Period;
use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::http::lenient;
use crate::license_servers::remote::{
    Activation, CatalogItem, FeatureValue, Organization, PurchaseNames, RemoteLicense,
    RemoteProduct, RemoteUser, Template, UserStanding,
};

impl FromFields for RemoteLicense {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let term = Term::read(fields)?;
        let named_end = fields.time("expiresAt")?;
        let expires_at = named_end.filter(|end| !lenient::is_never(*end));
        let never_ends = fields
            .optional_flag("perpetual")?
            .unwrap_or(term.is_endless)
            || named_end.is_some();
        let metadata: Vec<Metadata> = fields.objects("metadata")?;
        Ok(Self {
            id: fields.text("id")?,
            key: Some(SecretString::from(fields.text("key")?)),
            product_id: fields.shown("productId"),
            user_id: fields.optional_text("userId")?,
            expires_at,
            is_perpetual: never_ends && expires_at.is_none(),
            interval: term.period,
            start_trigger: term.start_trigger,
            is_suspended: fields.flag("suspended")?,
            is_revoked: fields.flag("revoked")?,
            license_type: fields.optional_text("type")?,
            allowed_activations: fields.integer("allowedActivations")?,
            allowed_floating_clients: fields.integer("allowedFloatingClients")?,
            activations: fields.integer("totalActivations").unwrap_or_default(),
            maintenance_ends_at: fields.time("maintenanceExpiresAt")?,
            newest_version: fields.optional_text("maxAllowedReleaseVersion")?,
            organization_id: fields.optional_text("organizationId")?,
            further_user_ids: fields.texts("additionalUserIds")?.unwrap_or_default(),
            entitlement_set_id: fields.optional_text("entitlementSetId")?,
            purchases: purchases(&metadata),
            metadata,
            notes: fields.value("notes")?,
            created_at: fields.time("createdAt").unwrap_or_default(),
        })
    }
}

/// The purchases that these rows name.
pub fn purchases(metadata: &[Metadata]) -> PurchaseNames {
    let values = |key: &str| {
        let rows = metadata.iter().filter(|row| row.key == key);
        let named = rows.filter(|row| !row.value.is_empty());
        named.map(|row| row.value.clone()).collect()
    };
    PurchaseNames {
        subscriptions: values(SUBSCRIPTION_KEY),
        orders: values(ORDER_KEY),
    }
}

impl FromFields for Metadata {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let is_visible = match fields.texts("viewPermissions")? {
            Some(permissions) => permissions
                .iter()
                .any(|who| who == "activation" || who == "user"),
            None => fields.optional_flag("visible")?.unwrap_or(false),
        };
        Ok(Self {
            key: fields.text("key")?,
            value: fields.optional_text("value")?.unwrap_or_default(),
            is_visible,
        })
    }
}

impl FromFields for RemoteUser {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            id: fields.text("id")?,
            email: fields.shown("email"),
            first_name: fields.shown("firstName"),
            last_name: fields.shown("lastName"),
            company: fields.shown("company"),
            organization_id: fields.optional_text("organizationId")?,
            standing: match fields.shown("role").as_str() {
                "user" => UserStanding::User,
                "organization-admin" => UserStanding::OrganizationAdmin,
                // Roles may be of the vendor's own making.
                _ => UserStanding::Staff,
            },
        })
    }
}

impl FromFields for Organization {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            id: fields.text("id")?,
            email: fields.shown("email"),
        })
    }
}

impl FromFields for Template {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let term = Term::read(fields)?;
        Ok(Self {
            id: fields.text("id")?,
            name: fields.shown("name"),
            interval: term.period,
            is_perpetual: term.is_endless,
            start_trigger: term.start_trigger,
            seats: TemplateSeats {
                activations: fields.integer("allowedActivations")?,
                floating_clients: fields.integer("allowedFloatingClients")?,
            },
            license_type: fields.optional_text("type")?,
            required_metadata_keys: fields.texts("requiredMetadataKeys")?.unwrap_or_default(),
            required_meters: fields.texts("requiredMeterAttributes")?.unwrap_or_default(),
        })
    }
}

impl FromFields for RemoteProduct {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let item = CatalogItem::read(fields)?;
        Ok(Self {
            id: item.id,
            name: item.display_name,
            default_template_id: fields.optional_text("licenseTemplateId")?,
        })
    }
}

/// The mail that brings the user of a new license its key.
const NEW_LICENSE_MAIL: &str = "license.created";

impl FromFields for CatalogItem {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let (name, display_name) = (fields.shown("name"), fields.shown("displayName"));
        let mails = fields.texts("automatedEmails").unwrap_or_default();
        Ok(Self {
            id: fields.text("id")?,
            display_name: match display_name.is_empty() {
                true => name.clone(),
                false => display_name,
            },
            name,
            is_key_mailed: mails.map(|mails| mails.iter().any(|mail| mail == NEW_LICENSE_MAIL)),
        })
    }
}

impl FromFields for FeatureValue {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            id: fields.text("id")?,
            feature_id: fields.text("featureId")?,
            feature_name: fields.shown("featureName"),
            value: fields.value("value")?,
        })
    }
}

impl FromFields for Activation {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let mut system = [fields.shown("os"), fields.shown("osVersion")].to_vec();
        system.retain(|part| !part.is_empty());
        Ok(Self {
            id: fields.text("id")?,
            machine: fields.shown("hostname"),
            system: system.join(" "),
            activated_at: fields.time("createdAt").unwrap_or_default(),
            last_seen_at: fields.time("lastSyncedAt").unwrap_or_default(),
            is_offline: fields
                .optional_flag("offline")
                .unwrap_or_default()
                .unwrap_or_default(),
        })
    }
}

/// The length of a term, in the present or in the superseded way of saying it, and when it begins.
struct Term {
    period: Option<Period>,
    is_endless: bool,
    start_trigger: Option<StartTrigger>,
}

impl Term {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let start_trigger = match fields.shown("subscriptionStartTrigger").as_str() {
            "creation" => Some(StartTrigger::Creation),
            "activation" => Some(StartTrigger::Activation),
            _ => None,
        };
        let interval = fields.optional_text("subscriptionInterval")?;
        if let Some(interval) = interval.as_deref().map(str::trim)
            && !interval.is_empty()
        {
            return Ok(Self {
                period: interval.parse().ok(),
                is_endless: false,
                start_trigger,
            });
        }
        let seconds = fields.integer("validity")?.unwrap_or(0);
        let text = if seconds % 86_400 == 0 {
            format!("P{}D", seconds / 86_400)
        } else {
            format!("PT{seconds}S")
        };
        Ok(Self {
            period: text.parse().ok(),
            is_endless: seconds <= 0,
            start_trigger,
        })
    }
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
