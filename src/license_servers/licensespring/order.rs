//! An order that is sent: whatever it does not say is left to the policies of its products.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::domain::action::Metadata;
use crate::domain::time::{Period, Timestamp};
use crate::license_servers::http::operation::Operation;
use crate::license_servers::licensespring::dialect::post;
use crate::license_servers::licensespring::license::{CustomFieldValue, LicenseUser};
use crate::license_servers::licensespring::value::{given, length, metadata_object, said};

/// An order to be made or appended to. Holds personal data, hence no `Debug`.
#[derive(Clone)]
pub struct NewOrder {
    /// Its number, ours to choose; one number of all orders of the company.
    pub number: String,
    /// Whether an order of that number may be there already, which then gets more licenses; a conflict otherwise.
    pub is_appended: bool,
    /// Whether no money was paid.
    pub is_test: bool,
    /// Whose it is; `None` = nobody's.
    pub customer: Option<OrderCustomer>,
    /// What was bought.
    pub contents: OrderContents,
}

/// What an order holds: the server takes a bundle by itself only.
#[derive(Clone)]
pub enum OrderContents {
    /// Products, each with its licenses.
    Products(Vec<OrderItem>),
    /// One bundle: each of its licenses is a unit, which gets one license for the bundle and one for each member.
    Bundle(OrderItem),
}

/// Who bought. The server takes over whatever an order says of somebody whom it knows.
#[derive(Clone, Default)]
pub struct OrderCustomer {
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Whether it manages the order's licenses.
    pub is_manager: bool,
}

/// One product, or one bundle, of an order.
#[derive(Clone, Default)]
pub struct OrderItem {
    /// The short code.
    pub product_code: String,
    /// The subscription that its licenses are sold by; never to be changed later.
    pub subscription_id: Option<String>,
    /// Its licenses.
    pub licenses: Vec<ItemLicense>,
}

/// A license of an order.
#[derive(Clone, Default)]
pub struct ItemLicense {
    /// Its key; `None` where the product is for users.
    pub key: Option<SecretString>,
    /// The policy, by code; `None` = the product's own. Whatever else is said goes before it.
    pub policy_code: Option<String>,
    /// Its type, in the server's own words; never to be changed later.
    pub license_type: Option<String>,
    /// Machines that may be activated.
    pub max_activations: Option<u32>,
    /// People who may use it.
    pub max_license_users: Option<u32>,
    /// How many may use it at once, which makes it floating.
    pub floating_users: Option<u32>,
    /// The day until which it is valid.
    pub valid_until: Option<Timestamp>,
    /// How long it is valid from its first activation on; not beside a day.
    pub valid_duration: Option<Period>,
    /// Whether it is a trial.
    pub is_trial: Option<bool>,
    /// How long the trial lasts.
    pub trial_days: Option<u32>,
    /// How long it runs on after its end.
    pub grace_hours: Option<u32>,
    /// Whether it is maintained.
    pub is_maintained: Option<bool>,
    /// How long it is maintained.
    pub maintenance_duration: Option<Period>,
    /// How often it may be used up.
    pub max_consumptions: Option<u32>,
    /// Notes.
    pub note: Option<String>,
    /// Metadata rows; who may see them cannot be said.
    pub metadata: Vec<Metadata>,
    /// Features, by code.
    pub features: Vec<String>,
    /// Values of the product's fields.
    pub custom_fields: Vec<CustomFieldValue>,
    /// People who may use it; needed where the product is for users.
    pub users: Vec<LicenseUser>,
}

/// The request that makes the order, or appends to it.
pub fn operation(order: &NewOrder) -> Operation {
    let items = match &order.contents {
        OrderContents::Products(items) => items.as_slice(),
        OrderContents::Bundle(bundle) => std::slice::from_ref(bundle),
    };
    let licenses = || items.iter().flat_map(|item| &item.licenses);
    let operation = post(&["orders", "create_order"])
        .json(body(order))
        .refuse(missing(order, items))
        .refuse(licenses().find_map(refusal));
    let keys = licenses().filter_map(|license| license.key.as_ref());
    keys.fold(operation, Operation::secret)
}

fn body(order: &NewOrder) -> Value {
    let (is_bundle, items) = match &order.contents {
        OrderContents::Products(items) => (false, items.iter().map(item).collect()),
        OrderContents::Bundle(bundle) => (true, vec![bundle_item(bundle)]),
    };
    said(json!({
        "id": order.number,
        "append": order.is_appended,
        "is_bundle": is_bundle,
        "is_test": order.is_test,
        "customer": order.customer.as_ref().map(customer),
        "items": Value::Array(items),
    }))
}

fn customer(customer: &OrderCustomer) -> Value {
    json!({
        "email": given(customer.email.as_deref()),
        "first_name": given(customer.first_name.as_deref()),
        "last_name": given(customer.last_name.as_deref()),
        "company_name": given(customer.company_name.as_deref()),
        "is_manager": customer.is_manager,
    })
}

fn item(item: &OrderItem) -> Value {
    json!({
        "product_code": item.product_code,
        "subscription_id": given(item.subscription_id.as_deref()),
        "licenses": item.licenses.iter().map(license).collect::<Vec<_>>(),
    })
}

/// Where a bundle's key and users stand is not documented: with each unit, as with a product.
///
/// Members keep the values of their own policies; a policy, features and fields of the bundle would be nobody's.
fn bundle_item(bundle: &OrderItem) -> Value {
    let units = bundle.licenses.iter().map(|unit| {
        license(&ItemLicense {
            policy_code: None,
            features: Vec::new(),
            custom_fields: Vec::new(),
            ..unit.clone()
        })
    });
    json!({
        "product_code": bundle.product_code,
        "subscription_id": given(bundle.subscription_id.as_deref()),
        "licenses": units.collect::<Vec<_>>(),
    })
}

fn license(license: &ItemLicense) -> Value {
    let metadata = metadata_object(&license.metadata);
    let has_metadata = !license.metadata.is_empty();
    let features = license.features.iter().map(|code| json!({"code": code}));
    let custom_fields = license.custom_fields.iter();
    json!({
        "key": license.key.as_ref().map(ExposeSecret::expose_secret),
        "policy_code": given(license.policy_code.as_deref()),
        "license_type": given(license.license_type.as_deref()),
        "max_activations": license.max_activations,
        "max_license_users": license.max_license_users,
        "is_floating_cloud": license.floating_users.map(|_| true),
        "floating_users": license.floating_users,
        "validity_period": license.valid_until.map(Timestamp::day),
        "valid_duration": license.valid_duration.and_then(length),
        "is_trial": license.is_trial,
        "trial_days": license.trial_days,
        "allow_grace_period": license.grace_hours.map(|_| true),
        "grace_period": license.grace_hours,
        "enable_maintenance_period": license.is_maintained,
        "maintenance_duration": license.maintenance_duration.and_then(length),
        "max_consumptions": license.max_consumptions,
        "note": given(license.note.as_deref()),
        // Of an order alone, the server takes a document as text.
        "metadata": has_metadata.then(|| metadata.to_string()),
        "product_features": features.collect::<Vec<_>>(),
        "custom_fields": custom_fields
            .map(|field| json!({"name": field.name, "value": field.value}))
            .collect::<Vec<_>>(),
        "users": license.users.iter().map(user).collect::<Vec<_>>(),
    })
}

fn user(user: &LicenseUser) -> Value {
    json!({
        "email": user.email,
        "is_manager": user.is_manager,
        "max_activations": user.max_activations,
    })
}

/// Why the order makes no sense.
fn missing(order: &NewOrder, items: &[OrderItem]) -> Option<String> {
    let said = |text: &str| Some(text.to_owned());
    if order.number.trim().is_empty() {
        return said("an order needs a number");
    }
    if items.is_empty() || items.iter().any(|item| item.licenses.is_empty()) {
        return said("an order needs licenses");
    }
    if items.iter().any(|item| item.product_code.trim().is_empty()) {
        return said("an order needs the code of each product");
    }
    None
}

fn refusal(license: &ItemLicense) -> Option<String> {
    let said = |text: &str| Some(text.to_owned());
    let counts = [
        license.max_activations,
        license.max_license_users,
        license.floating_users,
    ];
    if counts.contains(&Some(0)) {
        return said(NO_SEATS);
    }
    if license.valid_until.is_some() && license.valid_duration.is_some() {
        return said("a license is valid until a day or for so long, never both");
    }
    if license
        .users
        .iter()
        .any(|user| user.email.trim().is_empty())
    {
        return said("a user of a license needs an e-mail address");
    }
    let lengths = [license.valid_duration, license.maintenance_duration];
    let mut lengths = lengths.into_iter().flatten();
    let unsayable = lengths.find(|period| length(*period).is_none())?;
    Some(format!(
        "this license server has no words for {}",
        unsayable.in_words()
    ))
}

/// Why a count of nothing is not sent.
pub const NO_SEATS: &str = "no seats at all would mean unlimited seats to this license server";

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
