//! Every URL on one page: what it is called, and what it does.
//!
//! Paths of the Management API end in a slash; those of the License API, which applications call, do not.

use crate::call::Call;
use crate::licensespring::company::Company;
use crate::licensespring::lists::ListFilter;
use crate::licensespring::{catalog, devices, licenses, orders, people};
use crate::message::Answer;
use crate::url_path;

/// One URL.
#[derive(Debug)]
pub struct Endpoint {
    /// What the ledger and the faults call it.
    pub kind: &'static str,
    /// The verb.
    pub method: &'static str,
    /// The path; `{}` stands for an id.
    pub path: &'static str,
    /// The filters of a list of what belongs to buyers, which nobody asks for as a whole.
    pub owned: Option<&'static [ListFilter]>,
    /// What it does.
    pub work: Work,
}

type Work = fn(&mut Company, &Call<'_>) -> Answer;

/// What a path without its slash is called.
pub const REDIRECT: &str = "redirect";

const fn plain(
    kind: &'static str,
    (method, path): (&'static str, &'static str),
    work: Work,
) -> Endpoint {
    Endpoint {
        kind,
        method,
        path,
        owned: None,
        work,
    }
}

const fn owned(
    kind: &'static str,
    path: &'static str,
    filters: &'static [ListFilter],
    work: Work,
) -> Endpoint {
    Endpoint {
        kind,
        method: "GET",
        path,
        owned: Some(filters),
        work,
    }
}

/// Every URL; the first that fits is meant.
#[rustfmt::skip]
pub const ENDPOINTS: &[Endpoint] = &[
    // Orders
    plain("generate-keys", ("GET", "/api/v1/orders/generate_license/"), orders::generate_keys),
    plain("create", ("POST", "/api/v1/orders/create_order/"), orders::create),
    owned("order-list", "/api/v1/orders/", orders::FILTERS, orders::list),
    plain("order-get", ("GET", "/api/v1/orders/{}/"), orders::get),
    plain("manager-list", ("GET", "/api/v1/orders/{}/managers/"), people::list_managers),
    plain("add-manager", ("POST", "/api/v1/orders/{}/add_manager/"), people::add_manager),
    // Licenses
    owned("list", "/api/v1/licenses/", licenses::FILTERS, licenses::list),
    plain("get", ("GET", "/api/v1/licenses/{}/"), licenses::get),
    plain("patch", ("PATCH", "/api/v1/licenses/{}/"), licenses::patch),
    plain("delete", ("DELETE", "/api/v1/licenses/{}/"), licenses::delete),
    plain("disable", ("POST", "/api/v1/licenses/{}/disable/"), licenses::disable),
    plain("enable", ("POST", "/api/v1/licenses/{}/enable/"), licenses::enable),
    plain("reset", ("POST", "/api/v1/licenses/{}/reset/"), licenses::reset),
    plain("update-features", ("POST", "/api/v1/licenses/{}/update_features/"), licenses::update_features),
    // Devices
    owned("device-list", "/api/v1/devices/", devices::FILTERS, devices::list),
    plain("device-reset", ("POST", "/api/v1/devices/{}/reset/"), devices::reset),
    plain("activate", ("POST", "/api/v4/activate_license"), devices::activate),
    plain("consume", ("POST", "/api/v4/add_consumption"), devices::consume),
    // Catalog
    plain("product-list", ("GET", "/api/v1/products/"), catalog::list_products),
    plain("product-create", ("POST", "/api/v1/products/"), catalog::create_product),
    plain("product-get", ("GET", "/api/v1/products/{}/"), catalog::get_product),
    plain("bundle-list", ("GET", "/api/v1/products/{}/bundle/"), catalog::list_members),
    plain("policy-list", ("GET", "/api/v1/license-templates/"), catalog::list_policies),
    plain("policy-create", ("POST", "/api/v1/license-templates/"), catalog::create_policy),
    plain("policy-get", ("GET", "/api/v1/license-templates/{}/"), catalog::get_policy),
    plain("feature-list", ("GET", "/api/v1/product-features/"), catalog::list_features),
    plain("feature-create", ("POST", "/api/v1/product-features/"), catalog::create_feature),
    plain("custom-field-list", ("GET", "/api/v1/product-custom-fields/"), catalog::list_custom_fields),
    plain("custom-field-create", ("POST", "/api/v1/product-custom-fields/"), catalog::create_custom_field),
    // People
    owned("customer-list", "/api/v1/customers/", people::CUSTOMER_FILTERS, people::list_customers),
    plain("customer-create", ("POST", "/api/v1/customers/"), people::create_customer),
    owned("user-list", "/api/v1/license-users/", people::USER_FILTERS, people::list_users),
];

impl Endpoint {
    /// Whether it is about a license whose id the path names first.
    pub fn names_license(&self) -> bool {
        self.path.starts_with("/api/v1/licenses/{}")
    }

    /// Whether it asks for no key: applications have none.
    pub fn is_open(&self) -> bool {
        self.path.starts_with("/api/v4/")
    }
}

/// The endpoint of a request, its place and the ids in its path; `None` where there is no such URL.
pub fn find<'a>(method: &str, path: &'a str) -> Option<(usize, &'static Endpoint, Vec<&'a str>)> {
    let mut endpoints = ENDPOINTS.iter().enumerate();
    endpoints.find_map(|(place, endpoint)| match endpoint.method == method {
        true => Some((place, endpoint, url_path::ids(endpoint.path, path)?)),
        false => None,
    })
}

/// Whether the path is one of these but for the slash at its end.
pub fn lacks_slash(path: &str) -> bool {
    let whole = format!("{path}/");
    let mut endpoints = ENDPOINTS.iter();
    endpoints.any(|endpoint| url_path::ids(endpoint.path, &whole).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_endpoints_and_lack_nothing() {
        for (method, path, kind, is_cut) in [
            ("GET", "/api/v1/licenses/", Some("list"), false),
            ("GET", "/api/v1/licenses", None, true),
            ("GET", "/api/v1/licenses/5/", Some("get"), false),
            ("PATCH", "/api/v1/licenses/5", None, true),
            (
                "POST",
                "/api/v1/licenses/5/disable/",
                Some("disable"),
                false,
            ),
            (
                "GET",
                "/api/v1/orders/generate_license/",
                Some("generate-keys"),
                false,
            ),
            ("GET", "/api/v1/orders/5/", Some("order-get"), false),
            ("PUT", "/api/v1/licenses/5/", None, false),
            ("GET", "/api/v1/nothing", None, false),
            ("POST", "/api/v4/activate_license", Some("activate"), false),
        ] {
            let found = find(method, path).map(|(_, endpoint, _)| endpoint.kind);

            assert_eq!(
                (found, lacks_slash(path)),
                (kind, is_cut),
                "{method} {path}"
            );
        }
    }
}
