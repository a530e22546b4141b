//! Which members each request body may have, as the API documents them.

use crate::cryptlex::schema::{Field, Rule};

/// `int32` of the API.
const MOST: i64 = i32::MAX as i64;
const TYPES: &[&str] = &["node-locked", "hosted-floating", "on-premise-floating"];
const TRIGGERS: &[&str] = &["creation", "activation"];
const STRATEGIES: &[&str] = &["immediate", "delayed", "rolling"];
const LEASING: &[&str] = &["per-machine", "per-instance"];
const MATCHING: &[&str] = &["fuzzy", "exact", "loose"];

/// Settings that a license takes over from its template and may override.
pub const SHARED: &[Field] = &[
    ("fingerprintMatchingStrategy", Rule::Choice(MATCHING)),
    ("allowedActivations", Rule::Number(-1, MOST)),
    ("allowedDeactivations", Rule::Number(-1, MOST)),
    ("leaseDuration", Rule::Number(-1, MOST)),
    ("allowClientLeaseDuration", Rule::Flag),
    ("allowedFloatingClients", Rule::Number(0, MOST)),
    ("serverSyncGracePeriod", Rule::Number(-1, MOST)),
    ("serverSyncInterval", Rule::Number(180, MOST)),
    ("allowedClockOffset", Rule::Number(-1, MOST)),
    ("disableClockValidation", Rule::Flag),
    ("cryptoBindingEnabled", Rule::Flag),
    ("expiringSoonEventOffset", Rule::Number(0, MOST)),
    ("allowVmActivation", Rule::Flag),
    ("allowContainerActivation", Rule::Flag),
    ("disableGeoLocation", Rule::Flag),
    ("allowedIpRanges", Rule::Texts(40)),
    ("allowedCountries", Rule::Texts(256)),
    ("disallowedCountries", Rule::Texts(256)),
    ("allowedIpAddresses", Rule::Texts(256)),
    ("disallowedIpAddresses", Rule::Texts(256)),
];

/// Settings that a license takes over from its template, may override when made, and not by PATCH.
pub const FIXED: &[Field] = &[
    ("subscriptionInterval", Rule::Interval),
    ("subscriptionStartTrigger", Rule::Choice(TRIGGERS)),
    ("type", Rule::Choice(TYPES)),
    ("leasingStrategy", Rule::Choice(LEASING)),
    ("userLocked", Rule::Flag),
    ("validity", Rule::Number(0, MOST)),
    ("expirationStrategy", Rule::Choice(STRATEGIES)),
];

/// What only a license has, on create and PATCH. An empty key on create asks for a generated one.
pub const LICENSE: &[Field] = &[
    ("key", Rule::Text(0, 256)),
    ("revoked", Rule::Flag),
    ("suspended", Rule::Flag),
    ("notes", Rule::Text(0, 4096)),
    ("userId", Rule::Text(0, 256)),
    ("resellerId", Rule::Text(0, 256)),
    ("organizationId", Rule::Text(0, 256)),
    ("additionalUserIds", Rule::Texts(256)),
    ("productVersionId", Rule::Text(0, 256)),
    ("entitlementSetId", Rule::Text(0, 256)),
    ("maintenancePolicyId", Rule::Text(0, 256)),
    ("maxAllowedReleaseVersion", Rule::Text(0, 256)),
    ("tags", Rule::Texts(5)),
    ("metadata", Rule::Metadata(50)),
    ("meterAttributes", Rule::Meters),
];

/// What a license has on create only.
pub const LICENSE_CREATE: &[Field] = &[
    ("productId", Rule::Text(1, 256)),
    ("licenseTemplateId", Rule::Text(0, 256)),
    ("licensePolicyId", Rule::Text(0, 256)),
    ("expiresAt", Rule::Time),
    ("effectiveDate", Rule::Time),
    ("createdAt", Rule::Time),
];

/// `PATCH …/subscription`.
pub const SUBSCRIPTION: &[Field] = &[
    ("subscriptionInterval", Rule::Interval),
    ("subscriptionStartTrigger", Rule::Choice(TRIGGERS)),
];

/// `PATCH …/expires-at`.
pub const EXPIRES_AT: &[Field] = &[("expiresAt", Rule::Time)];

/// `PATCH …/maintenance/expires-at`.
pub const MAINTENANCE_EXPIRES_AT: &[Field] = &[("maintenanceExpiresAt", Rule::Time)];

/// `POST …/extend`.
pub const EXTENSION: &[Field] = &[("extensionLength", Rule::Number(i32::MIN as i64, MOST))];

/// A license's own entitlement.
pub const ENTITLEMENT: &[Field] = &[
    ("featureId", Rule::Text(1, 256)),
    ("value", Rule::Text(0, 256)),
    ("expiresAt", Rule::Time),
];

/// What only a template has.
pub const TEMPLATE: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("keyPattern", Rule::Text(0, 256)),
    ("requiredMetadataKeys", Rule::Texts(50)),
    ("requiredMeterAttributes", Rule::Texts(50)),
    ("requireAuthentication", Rule::Flag),
];

/// What a template must have on create.
pub const TEMPLATE_REQUIRED: &[&str] = &[
    "name",
    "type",
    "fingerprintMatchingStrategy",
    "allowVmActivation",
    "allowContainerActivation",
    "userLocked",
    "disableGeoLocation",
    "allowedActivations",
    "allowedDeactivations",
    "allowClientLeaseDuration",
    "serverSyncGracePeriod",
    "serverSyncInterval",
    "allowedClockOffset",
    "cryptoBindingEnabled",
    "expiringSoonEventOffset",
];

/// A product.
pub const PRODUCT: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("displayName", Rule::Text(1, 256)),
    ("description", Rule::Text(1, 256)),
    ("licenseTemplateId", Rule::Text(1, 256)),
    ("trialPolicyId", Rule::Text(0, 256)),
    ("metadata", Rule::Metadata(20)),
];

/// A feature.
pub const FEATURE: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("displayName", Rule::Text(1, 256)),
    ("description", Rule::Text(0, 256)),
];

/// An entitlement set.
pub const ENTITLEMENT_SET: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("displayName", Rule::Text(1, 256)),
    ("description", Rule::Text(0, 256)),
    ("productIds", Rule::Texts(10)),
    ("tier", Rule::Number(0, MOST)),
];

/// A maintenance policy.
pub const MAINTENANCE_POLICY: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("displayName", Rule::Text(1, 256)),
    ("description", Rule::Text(0, 256)),
    ("subscriptionInterval", Rule::Interval),
    (
        "subscriptionStartTrigger",
        Rule::Choice(&["license-creation", "license-activation"]),
    ),
    ("validity", Rule::Number(0, MOST)),
];

/// A user, on create and PATCH.
pub const USER: &[Field] = &[
    ("firstName", Rule::Text(1, 256)),
    ("lastName", Rule::Text(0, 256)),
    ("email", Rule::Email),
    ("company", Rule::Text(0, 256)),
    ("organizationId", Rule::Text(0, 256)),
    ("resellerId", Rule::Text(0, 256)),
    ("allowCustomerPortalAccess", Rule::Flag),
    ("metadata", Rule::Metadata(20)),
    ("tags", Rule::Texts(5)),
    ("role", Rule::Text(1, 256)),
];

/// What a user has on create only. It is checked and forgotten.
pub const PASSWORD: &[Field] = &[("password", Rule::Text(8, 256))];

/// An organization.
pub const ORGANIZATION: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("email", Rule::Email),
    ("description", Rule::Text(0, 256)),
    ("allowedUsers", Rule::Number(-1, MOST)),
    ("address", Rule::Object),
    ("resellerId", Rule::Text(0, 256)),
];

/// A tag.
pub const TAG: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("description", Rule::Text(1, 256)),
];

/// A machine's activation. The sandbox asks for less than the real server, so that tests can add one by hand.
pub const ACTIVATION: &[Field] = &[
    ("accountId", Rule::Text(0, 256)),
    ("productId", Rule::Text(1, 256)),
    ("key", Rule::Text(1, 256)),
    ("fingerprint", Rule::Text(0, 1024)),
    ("hostname", Rule::Text(0, 1024)),
    (
        "os",
        Rule::Choice(&["windows", "linux", "macos", "android", "ios"]),
    ),
    ("osVersion", Rule::Text(0, 256)),
    ("userHash", Rule::Text(0, 256)),
    ("userId", Rule::Text(0, 256)),
    ("leaseDuration", Rule::Number(-1, i64::MAX)),
    ("metadata", Rule::Metadata(50)),
];

/// A personal access token.
pub const TOKEN: &[Field] = &[
    ("name", Rule::Text(1, 256)),
    ("scopes", Rule::Texts(80)),
    ("expiresAt", Rule::Time),
];
