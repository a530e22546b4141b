//! A license as the vendor shows it: what our words hold, and beside it what they do not hold yet.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use crate::license_servers::http::fields::{Fields, FromFields, UnreadableField};
use crate::license_servers::licensespring::value::{day, id, metadata_rows, optional_id};
use crate::license_servers::remote::{PurchaseNames, RemoteLicense};

/// The type of licenses that never end.
const PERPETUAL: &str = "perpetual";
/// The type of licenses whose end may be counted from the first activation.
const TIME_LIMITED: &str = "time-limited";

/// A license as LicenseSpring shows it. Has no `Debug`: its users are people.
#[derive(Clone)]
pub struct SpringLicense {
    /// What our words hold. The key is empty where the product is for users; the end is the day of validity at
    /// midnight, without the grace; who may see metadata cannot be told.
    pub license: RemoteLicense,
    /// The order that it stands in, by the server's own id.
    pub order_id: Option<String>,
    /// The order that it stands in, by the number that whoever sent the order gave to it.
    pub order_number: Option<String>,
    /// The subscription that it was sold by.
    pub subscription_id: Option<String>,
    /// Whether its end is that of a trial.
    pub is_trial: bool,
    /// Hours for which it runs on after its end; `None` = none.
    pub grace_hours: Option<i64>,
    /// How long it lasts from its first activation on, as the server writes it.
    pub valid_duration: Option<String>,
    /// People who may use it; 0 = unlimited.
    pub max_license_users: Option<i64>,
    /// How often it may be used up; `None` where it is not counted or unlimited.
    pub max_consumptions: Option<i64>,
    /// How often it was used up.
    pub consumptions: Option<i64>,
    /// Its features, those of its policy too.
    pub features: Vec<LicenseFeature>,
    /// The values of its product's fields.
    pub custom_fields: Vec<CustomFieldValue>,
    /// People who may use it.
    pub users: Vec<LicenseUser>,
    /// Whether it is that of a bundle as a whole, which has others for its members.
    pub is_of_bundle: bool,
}

/// A feature of a license.
#[derive(Debug, Clone, PartialEq)]
pub struct LicenseFeature {
    /// Its code.
    pub code: String,
    /// Its own limits, as they were read: sent back with it, since whatever is not sent is lost.
    limits: Map<String, Value>,
}

/// The members of a feature that [`LicenseFeature`] sends back.
const LIMITS: [&str; 12] = [
    "max_consumption",
    "total_consumptions",
    "allow_overages",
    "max_overages",
    "reset_consumption",
    "consumption_period",
    "expiry_date",
    "is_floating",
    "is_floating_cloud",
    "floating_users",
    "floating_timeout",
    "metadata",
];

impl LicenseFeature {
    /// The feature as its product has it.
    pub fn of_code(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            limits: Map::new(),
        }
    }

    /// The member of the set that replaces a license's features.
    pub fn body(&self) -> Value {
        let mut body = self.limits.clone();
        body.insert("product_feature".to_owned(), Value::from(self.code.clone()));
        Value::Object(body)
    }
}

/// The value of a product's field on a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomFieldValue {
    /// The field.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A person who may use a license. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseUser {
    /// Its id; `None` before the server has one.
    pub id: Option<String>,
    /// E-mail address.
    pub email: String,
    /// Whether it manages the licenses of the order.
    pub is_manager: bool,
    /// Machines that it may activate.
    pub max_activations: Option<i64>,
}

impl SpringLicense {
    /// Its key; `None` where people sign in to use it.
    pub fn key(&self) -> Option<&str> {
        self.license.key.as_ref().map(SecretString::expose_secret)
    }
}

impl FromFields for SpringLicense {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let is_grace_allowed = fields.optional_flag("allow_grace_period")?;
        let grace_hours = fields.integer("grace_period")?.filter(|hours| *hours > 0);
        let is_unlimited = fields.optional_flag("allow_unlimited_consumptions");
        Ok(Self {
            license: license(fields)?,
            order_id: optional_id(fields, "order").unwrap_or_default(),
            order_number: fields.optional_text("order_store_id")?,
            subscription_id: fields.optional_text("subscription_id")?,
            is_trial: fields.optional_flag("is_trial")?.unwrap_or(false),
            grace_hours: grace_hours.filter(|_| is_grace_allowed != Some(false)),
            valid_duration: fields.optional_text("valid_duration").unwrap_or_default(),
            max_license_users: fields.integer("max_license_users")?,
            max_consumptions: match is_unlimited {
                Ok(Some(true)) => None,
                _ => fields.integer("max_consumptions").unwrap_or_default(),
            },
            consumptions: fields.integer("total_consumptions").unwrap_or_default(),
            // One that is missed here would be lost when the set is replaced.
            features: fields.objects("product_features")?,
            custom_fields: fields.shown_objects("product_custom_fields"),
            users: fields.shown_objects("license_users"),
            is_of_bundle: is_bundle(fields),
        })
    }
}

fn license(fields: &Fields<'_>) -> Result<RemoteLicense, UnreadableField> {
    let license_type = fields.optional_text("license_type")?;
    let expires_at = day(fields, "validity_period")?;
    let is_begun_later = license_type.as_deref() == Some(TIME_LIMITED);
    let is_endless = license_type.as_deref() == Some(PERPETUAL);
    let has_floating = fields.optional_flag("is_floating_cloud")?.unwrap_or(false);
    let has_maintenance = fields.optional_flag("enable_maintenance_period")?;
    Ok(RemoteLicense {
        id: id(fields, "id")?,
        key: fields.optional_text("license_key")?.map(SecretString::from),
        product_id: product_code(fields),
        user_id: None,
        expires_at,
        is_perpetual: expires_at.is_none() && (is_endless || !is_begun_later),
        interval: None,
        start_trigger: None,
        is_suspended: !fields.flag("enabled")?,
        is_revoked: false,
        allowed_activations: match fields.optional_flag("allow_unlimited_activations")? {
            Some(true) => Some(0),
            _ => fields.integer("max_activations")?,
        },
        allowed_floating_clients: fields.integer("floating_users")?.filter(|_| has_floating),
        activations: fields.integer("times_activated").unwrap_or_default(),
        maintenance_ends_at: match has_maintenance {
            Some(false) => None,
            _ => day(fields, "maintenance_period")?,
        },
        license_type,
        newest_version: None,
        organization_id: None,
        further_user_ids: Vec::new(),
        entitlement_set_id: None,
        purchases: PurchaseNames {
            subscriptions: Vec::from_iter(fields.optional_text("subscription_id")?),
            orders: Vec::from_iter(fields.optional_text("order_store_id")?),
        },
        metadata: metadata_rows(fields, "metadata")?,
        notes: fields.value("note")?,
        created_at: day(fields, "created_at").unwrap_or_default(),
    })
}

/// The short code of a thing's product; empty where it is not told.
pub fn product_code(fields: &Fields<'_>) -> String {
    let product = fields.inner("product");
    let told = product.map(|product| product.shown("short_code"));
    told.filter(|code| !code.is_empty()).unwrap_or_else(|| {
        match fields.shown("product_short_code") {
            code if code.is_empty() => fields.shown("product_code"),
            code => code,
        }
    })
}

fn is_bundle(fields: &Fields<'_>) -> bool {
    let flag = |fields: &Fields<'_>| fields.optional_flag("is_bundle").unwrap_or_default();
    let product = fields.inner("product");
    flag(fields).or_else(|| flag(&product?)).unwrap_or(false)
}

impl FromFields for LicenseFeature {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let feature = fields.inner("product_feature");
        let code = match feature.as_ref() {
            Some(feature) => feature.text("code")?,
            None => fields.text("code")?,
        };
        let limits = LIMITS.iter().filter_map(|name| {
            let value = fields.get(name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        Ok(Self {
            code,
            limits: limits.collect(),
        })
    }
}

impl FromFields for CustomFieldValue {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let field = fields.inner("product_custom_field");
        Ok(Self {
            name: field.as_ref().unwrap_or(fields).text("name")?,
            value: fields.value("value")?.unwrap_or_default(),
        })
    }
}

impl FromFields for LicenseUser {
    fn read(fields: &Fields<'_>) -> Result<Self, UnreadableField> {
        let email = match fields.optional_text("true_email")? {
            Some(email) => email,
            // The server keeps an address and a company in one.
            None => fields
                .text("email")?
                .split('|')
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        Ok(Self {
            id: optional_id(fields, "id")?,
            email,
            is_manager: fields.optional_flag("is_manager")?.unwrap_or(false),
            max_activations: fields.integer("max_activations")?,
        })
    }
}

#[cfg(test)]
#[path = "license_tests.rs"]
mod tests;
