//! Which members each request body may have.

use crate::licensespring::schema::{Form, Member};

/// What a license may be.
pub const LICENSE_TYPES: &[&str] = &["perpetual", "time-limited", "subscription", "consumption"];
/// How a user proves that a license is theirs.
pub const AUTHORIZATION_METHODS: &[&str] = &["license-key", "user"];
const FEATURE_TYPES: &[&str] = &["activation", "consumption"];
/// The last one is spelled as the API spells it.
const PERIODS: &[&str] = &["daily", "weekly", "monthly", "annualy"];
const DATA_TYPES: &[&str] = &["text", "number", "date", "time"];

/// What a policy says of its licenses, an order may say instead, and a PATCH may change.
pub const VALUES: &[Member] = &[
    ("max_activations", Form::Number),
    ("allow_unlimited_activations", Form::Flag),
    ("max_license_users", Form::Number),
    ("max_transfers", Form::Number),
    ("valid_duration", Form::Duration),
    ("is_trial", Form::Flag),
    ("trial_days", Form::Number),
    ("max_consumptions", Form::Number),
    ("allow_overages", Form::Flag),
    ("max_overages", Form::Number),
    ("reset_consumption", Form::Flag),
    ("consumption_period", Form::Word(PERIODS)),
    ("enable_maintenance_period", Form::Flag),
    ("maintenance_duration", Form::Duration),
    ("is_floating", Form::Flag),
    ("is_floating_cloud", Form::Flag),
    ("floating_users", Form::Number),
    ("floating_timeout", Form::Number),
    ("allow_grace_period", Form::Flag),
    ("grace_period", Form::Number),
    ("prevent_vm", Form::Flag),
    ("note", Form::Text),
];

/// What a policy and an order may say besides, and nobody changes later.
pub const FIXED_VALUES: &[Member] = &[
    ("license_type", Form::Word(LICENSE_TYPES)),
    ("allow_unlimited_consumptions", Form::Flag),
    ("allow_negative_consumptions", Form::Flag),
    ("can_borrow", Form::Flag),
    ("max_borrow_time", Form::Number),
    ("is_air_gapped", Form::Flag),
    ("is_hardware_key_auth", Form::Flag),
];

/// What only a PATCH of a license may say.
pub const CHANGE: &[Member] = &[
    ("validity_period", Form::Day),
    ("maintenance_period", Form::Day),
    ("total_consumptions", Form::Number),
    ("order", Form::Number),
    ("metadata", Form::Object),
];

/// What a PATCH may never name.
pub const UNCHANGEABLE: &[&str] = &[
    "license_type",
    "license_key",
    "key",
    "enabled",
    "active",
    "subscription_id",
    "product",
];

/// An order.
pub const ORDER: &[Member] = &[
    ("id", Form::Text),
    ("append", Form::Flag),
    ("is_bundle", Form::Flag),
    ("is_test", Form::Flag),
    ("created", Form::DayOfOrder),
    ("order_type", Form::Text),
    ("language", Form::Text),
    ("campaign_params", Form::Text),
    ("download_id", Form::Text),
    ("reference", Form::Text),
    ("prevent_vm", Form::Flag),
    ("metadata", Form::ObjectAsText),
    ("customer_account_id", Form::Number),
    ("add_to_customer_account", Form::Flag),
    ("items", Form::Many(&[ITEM])),
    ("customer", Form::One(CUSTOMER)),
];

const ITEM: &[Member] = &[
    ("product_code", Form::Text),
    ("subscription_id", Form::Text),
    ("note", Form::Text),
    (
        "licenses",
        Form::Many(&[VALUES, FIXED_VALUES, LICENSE_IN_ORDER]),
    ),
];

const LICENSE_IN_ORDER: &[Member] = &[
    ("key", Form::Text),
    ("users", Form::Many(&[USER])),
    ("policy_code", Form::Text),
    ("validity_period", Form::DayOfOrder),
    ("maintenance_period", Form::DayOfOrder),
    ("start_date", Form::DayOfOrder),
    ("enabled", Form::Flag),
    ("active", Form::Flag),
    ("metadata", Form::ObjectAsText),
    (
        "product_features",
        Form::Many(&[FEATURE_VALUES, &[("code", Form::Text)]]),
    ),
    ("custom_fields", Form::Many(&[CUSTOM_FIELD_IN_ORDER])),
];

const USER: &[Member] = &[
    ("email", Form::Email),
    ("first_name", Form::Text),
    ("last_name", Form::Text),
    ("is_manager", Form::Flag),
    ("max_activations", Form::Number),
];

const CUSTOM_FIELD_IN_ORDER: &[Member] = &[("name", Form::Text), ("value", Form::Text)];

/// What a license says of one of its features.
const FEATURE_VALUES: &[Member] = &[
    ("max_consumption", Form::Number),
    ("total_consumptions", Form::Number),
    ("allow_overages", Form::Flag),
    ("max_overages", Form::Number),
    ("reset_consumption", Form::Flag),
    ("consumption_period", Form::Word(PERIODS)),
    ("expiry_date", Form::Day),
    ("is_floating", Form::Flag),
    ("is_floating_cloud", Form::Flag),
    ("floating_users", Form::Number),
    ("floating_timeout", Form::Number),
    ("metadata", Form::Object),
];

/// The features that a license is to have.
pub const FEATURE_SET: &[Member] = &[(
    "product_features",
    Form::Many(&[FEATURE_VALUES, &[("product_feature", Form::Text)]]),
)];

/// A customer.
pub const CUSTOMER: &[Member] = &[
    ("email", Form::Email),
    ("first_name", Form::Text),
    ("last_name", Form::Text),
    ("company_name", Form::Text),
    ("phone", Form::Text),
    ("address", Form::Text),
    ("reference", Form::Text),
    ("is_manager", Form::Flag),
];

/// Who becomes manager of an order.
pub const MANAGER: &[Member] = &[("email", Form::Email), ("password", Form::Text)];

/// A product or bundle, with what its first policy says.
pub const PRODUCT: &[Member] = &[
    ("name", Form::Text),
    ("short_code", Form::Text),
    ("authorization_method", Form::Word(AUTHORIZATION_METHODS)),
    ("is_bundle", Form::Flag),
    ("products", Form::List),
    ("metadata", Form::Object),
];

/// A policy.
pub const POLICY: &[Member] = &[
    ("product", Form::Number),
    ("name", Form::Text),
    ("code", Form::Text),
    ("is_default", Form::Flag),
    ("user_max_activations", Form::Number),
    (
        "license_product_feature_templates",
        Form::Many(&[FEATURE_VALUES, &[("product_feature", Form::Text)]]),
    ),
    (
        "license_custom_field_templates",
        Form::Many(&[&[("product_custom_field", Form::Text), ("value", Form::Text)]]),
    ),
    ("metadata", Form::Object),
];

/// A product's feature.
pub const FEATURE: &[Member] = &[
    ("product", Form::Number),
    ("name", Form::Text),
    ("code", Form::Text),
    ("feature_type", Form::Word(FEATURE_TYPES)),
    ("max_consumption", Form::Number),
    ("metadata", Form::Object),
];

/// A product's custom field.
pub const CUSTOM_FIELD: &[Member] = &[
    ("product", Form::Number),
    ("name", Form::Text),
    ("data_type", Form::Word(DATA_TYPES)),
    ("default_value", Form::Text),
    ("description", Form::Text),
];

/// A device that begins to use a license, as an application says it.
pub const ACTIVATION: &[Member] = &[
    ("product", Form::Text),
    ("license_key", Form::Text),
    ("username", Form::Email),
    ("hardware_id", Form::Text),
    ("hostname", Form::Text),
];

/// What an application uses up.
pub const CONSUMPTION: &[Member] = &[
    ("product", Form::Text),
    ("license_key", Form::Text),
    ("username", Form::Email),
    ("feature", Form::Text),
    ("consumptions", Form::Number),
];
