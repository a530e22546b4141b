//! The names under which the vendor lets tokens do things.

/// Read licenses and their logs.
pub const LICENSE_READ: &str = "license:read";
/// Make, change and delete licenses.
pub const LICENSE_WRITE: &str = "license:write";
/// List the machines of a license.
pub const ACTIVATION_READ: &str = "activation:read";
/// Free the machines of a license.
pub const ACTIVATION_WRITE: &str = "activation:write";
/// Find users.
pub const USER_READ: &str = "user:read";
/// Make and change users.
pub const USER_WRITE: &str = "user:write";
/// Read products.
pub const PRODUCT_READ: &str = "product:read";
/// Read templates, as the portal calls it.
pub const TEMPLATE_READ: &str = "licenseTemplate:read";
/// The older name of [`TEMPLATE_READ`]; tokens may carry either.
pub const POLICY_READ: &str = "licensePolicy:read";
/// Read features.
pub const FEATURE_READ: &str = "feature:read";
/// Read entitlement sets.
pub const ENTITLEMENT_SET_READ: &str = "entitlementSet:read";
/// Find organizations.
pub const ORGANIZATION_READ: &str = "organization:read";
/// Make organizations.
pub const ORGANIZATION_WRITE: &str = "organization:write";
