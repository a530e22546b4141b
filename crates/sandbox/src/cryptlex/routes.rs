//! Every URL of the sandbox on one page: what it is called, what it needs, what it does.

use crate::call::Call;
use crate::cryptlex::access::{self, Access};
use crate::cryptlex::resources::{self, Resource};
use crate::cryptlex::state::State;
use crate::cryptlex::{activations, catalog, entitlements, licenses, terms, users};
use crate::message::Answer;
use crate::url_path;

/// One URL.
#[derive(Debug)]
pub struct Route {
    /// What the ledger and the faults call it.
    pub kind: &'static str,
    /// The verb.
    pub method: &'static str,
    /// The path; `{}` stands for an id.
    pub path: &'static str,
    /// What a caller needs.
    pub access: Access,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Own(fn(&mut State, &Call<'_>) -> Answer),
    Plain(PlainWork, &'static Resource),
}

type PlainWork = fn(&Resource, &mut State, &Call<'_>) -> Answer;

const fn own(
    kind: &'static str,
    (method, path): (&'static str, &'static str),
    access: Access,
    work: fn(&mut State, &Call<'_>) -> Answer,
) -> Route {
    Route {
        kind,
        method,
        path,
        access,
        work: Work::Own(work),
    }
}

const fn plain(
    kind: &'static str,
    (method, path): (&'static str, &'static str),
    access: Access,
    work: (PlainWork, &'static Resource),
) -> Route {
    Route {
        kind,
        method,
        path,
        access,
        work: Work::Plain(work.0, work.1),
    }
}

const LICENSE_READ: Access = Access::Scope("license:read");
const LICENSE_WRITE: Access = Access::Scope("license:write");
const USER_READ: Access = Access::Scope("user:read");
const USER_WRITE: Access = Access::Scope("user:write");
const TEMPLATE_READ: Access = Access::Scope("licenseTemplate:read");
const TEMPLATE_WRITE: Access = Access::Scope("licenseTemplate:write");
const PRODUCT_READ: Access = Access::Scope("product:read");
const PRODUCT_WRITE: Access = Access::Scope("product:write");
const FEATURE_READ: Access = Access::Scope("feature:read");
const FEATURE_WRITE: Access = Access::Scope("feature:write");
const SET_READ: Access = Access::Scope("entitlementSet:read");
const SET_WRITE: Access = Access::Scope("entitlementSet:write");
const MAINTENANCE_READ: Access = Access::Scope("maintenancePolicy:read");
const MAINTENANCE_WRITE: Access = Access::Scope("maintenancePolicy:write");
const ORGANIZATION_READ: Access = Access::Scope("organization:read");
const ORGANIZATION_WRITE: Access = Access::Scope("organization:write");
const ACTIVATION_READ: Access = Access::Scope("activation:read");
const ACTIVATION_WRITE: Access = Access::Scope("activation:write");
const TAG_READ: Access = Access::Scope("tag:read");
const TAG_WRITE: Access = Access::Scope("tag:write");
const TOKEN_WRITE: Access = Access::Scope("personalAccessToken:write");

/// Every URL. Fixed paths come before those with an id in the same place.
// One line a URL, however long, so that the table can be read as one.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    own("status", ("GET", "/v3/status"), Access::Open, access::status),
    own("status", ("GET", "/healthz"), Access::Open, access::status),
    own("me", ("GET", "/v3/me"), Access::AnyToken, access::profile),
    own("webhook-events", ("GET", "/v3/webhooks/events"), Access::AnyToken, access::webhook_events),
    // Licenses
    own("list", ("GET", "/v3/licenses"), LICENSE_READ, licenses::list),
    own("create", ("POST", "/v3/licenses"), LICENSE_WRITE, licenses::create),
    plain("log-list", ("GET", "/v3/licenses/subscription-logs"), LICENSE_READ, (resources::list, &resources::SUBSCRIPTION_LOG)),
    plain("log-get", ("GET", "/v3/licenses/subscription-logs/{}"), LICENSE_READ, (resources::get, &resources::SUBSCRIPTION_LOG)),
    own("metadata-delete", ("DELETE", "/v3/licenses/metadata/{}"), LICENSE_WRITE, entitlements::delete_metadata),
    own("meter-delete", ("DELETE", "/v3/licenses/meter-attributes/{}"), LICENSE_WRITE, entitlements::delete_meter),
    own("meter-reset", ("POST", "/v3/licenses/meter-attributes/{}/reset"), LICENSE_WRITE, entitlements::reset_meter),
    own("get", ("GET", "/v3/licenses/{}"), LICENSE_READ, licenses::get),
    own("patch", ("PATCH", "/v3/licenses/{}"), LICENSE_WRITE, licenses::patch),
    own("delete", ("DELETE", "/v3/licenses/{}"), LICENSE_WRITE, licenses::delete),
    own("renew", ("POST", "/v3/licenses/{}/renew"), LICENSE_WRITE, terms::renew),
    own("extend", ("POST", "/v3/licenses/{}/extend"), LICENSE_WRITE, terms::extend),
    own("set-term", ("PATCH", "/v3/licenses/{}/expires-at"), LICENSE_WRITE, terms::set_end_of_term),
    own("set-subscription", ("PATCH", "/v3/licenses/{}/subscription"), LICENSE_WRITE, terms::set_subscription),
    own("maintenance-renew", ("POST", "/v3/licenses/{}/maintenance/renew"), LICENSE_WRITE, terms::renew_maintenance),
    own("set-maintenance", ("PATCH", "/v3/licenses/{}/maintenance/expires-at"), LICENSE_WRITE, terms::set_end_of_maintenance),
    own("entitlement-list", ("GET", "/v3/licenses/{}/feature-entitlements"), LICENSE_READ, entitlements::list),
    own("entitlement-create", ("POST", "/v3/licenses/{}/feature-entitlements"), LICENSE_WRITE, entitlements::create),
    own("entitlement-patch", ("PATCH", "/v3/licenses/{}/feature-entitlements/{}"), LICENSE_WRITE, entitlements::patch),
    own("entitlement-delete", ("DELETE", "/v3/licenses/{}/feature-entitlements/{}"), LICENSE_WRITE, entitlements::delete),
    // Users
    plain("user-find", ("GET", "/v3/users"), USER_READ, (resources::list, &resources::USER)),
    own("user-create", ("POST", "/v3/users"), USER_WRITE, users::create),
    plain("user-get", ("GET", "/v3/users/{}"), USER_READ, (resources::get, &resources::USER)),
    own("user-patch", ("PATCH", "/v3/users/{}"), USER_WRITE, users::patch),
    own("user-delete", ("DELETE", "/v3/users/{}"), USER_WRITE, users::delete),
    // Catalog
    plain("template-list", ("GET", "/v3/license-templates"), TEMPLATE_READ, (resources::list, &resources::TEMPLATE)),
    own("template-create", ("POST", "/v3/license-templates"), TEMPLATE_WRITE, catalog::create_template),
    own("template-get", ("GET", "/v3/license-templates/{}"), TEMPLATE_READ, catalog::get_template),
    own("template-patch", ("PATCH", "/v3/license-templates/{}"), TEMPLATE_WRITE, catalog::patch_template),
    plain("product-list", ("GET", "/v3/products"), PRODUCT_READ, (resources::list, &resources::PRODUCT)),
    plain("product-create", ("POST", "/v3/products"), PRODUCT_WRITE, (resources::create, &resources::PRODUCT)),
    own("product-get", ("GET", "/v3/products/{}"), PRODUCT_READ, catalog::get_product),
    plain("product-patch", ("PATCH", "/v3/products/{}"), PRODUCT_WRITE, (resources::patch, &resources::PRODUCT)),
    plain("feature-list", ("GET", "/v3/features"), FEATURE_READ, (resources::list, &resources::FEATURE)),
    plain("feature-create", ("POST", "/v3/features"), FEATURE_WRITE, (resources::create, &resources::FEATURE)),
    plain("feature-get", ("GET", "/v3/features/{}"), FEATURE_READ, (resources::get, &resources::FEATURE)),
    plain("set-list", ("GET", "/v3/entitlement-sets"), SET_READ, (resources::list, &resources::ENTITLEMENT_SET)),
    plain("set-create", ("POST", "/v3/entitlement-sets"), SET_WRITE, (resources::create, &resources::ENTITLEMENT_SET)),
    plain("set-get", ("GET", "/v3/entitlement-sets/{}"), SET_READ, (resources::get, &resources::ENTITLEMENT_SET)),
    plain("maintenance-list", ("GET", "/v3/maintenance-policies"), MAINTENANCE_READ, (resources::list, &resources::MAINTENANCE_POLICY)),
    plain("maintenance-create", ("POST", "/v3/maintenance-policies"), MAINTENANCE_WRITE, (resources::create, &resources::MAINTENANCE_POLICY)),
    // Everything else
    plain("organization-list", ("GET", "/v3/organizations"), ORGANIZATION_READ, (resources::list, &resources::ORGANIZATION)),
    plain("organization-create", ("POST", "/v3/organizations"), ORGANIZATION_WRITE, (resources::create, &resources::ORGANIZATION)),
    plain("organization-get", ("GET", "/v3/organizations/{}"), ORGANIZATION_READ, (resources::get, &resources::ORGANIZATION)),
    plain("organization-patch", ("PATCH", "/v3/organizations/{}"), ORGANIZATION_WRITE, (resources::patch, &resources::ORGANIZATION)),
    plain("organization-delete", ("DELETE", "/v3/organizations/{}"), ORGANIZATION_WRITE, (resources::delete, &resources::ORGANIZATION)),
    plain("activation-list", ("GET", "/v3/activations"), ACTIVATION_READ, (resources::list, &resources::ACTIVATION)),
    own("activation-create", ("POST", "/v3/activations"), Access::Open, activations::create),
    plain("activation-get", ("GET", "/v3/activations/{}"), ACTIVATION_READ, (resources::get, &resources::ACTIVATION)),
    own("activation-delete", ("DELETE", "/v3/activations/{}"), ACTIVATION_WRITE, activations::delete),
    plain("tag-list", ("GET", "/v3/tags"), TAG_READ, (resources::list, &resources::TAG)),
    plain("tag-create", ("POST", "/v3/tags"), TAG_WRITE, (resources::create, &resources::TAG)),
    plain("token-list", ("GET", "/v3/personal-access-tokens"), Access::AnyToken, (resources::list, &resources::TOKEN)),
    plain("token-create", ("POST", "/v3/personal-access-tokens"), TOKEN_WRITE, (resources::create, &resources::TOKEN)),
    plain("token-get", ("GET", "/v3/personal-access-tokens/{}"), Access::AnyToken, (resources::get, &resources::TOKEN)),
];

impl Route {
    /// Does the work.
    pub fn run(&self, state: &mut State, call: &Call<'_>) -> Answer {
        match self.work {
            Work::Own(work) => work(state, call),
            Work::Plain(work, resource) => work(resource, state, call),
        }
    }

    /// Whether it is about a license whose id the path names first.
    pub fn names_license(&self) -> bool {
        self.path.starts_with("/v3/licenses/{}")
    }
}

/// The route of a request, its place and the ids in its path; `None` where there is no such URL.
pub fn find<'a>(method: &str, path: &'a str) -> Option<(usize, &'static Route, Vec<&'a str>)> {
    let path = path.trim_end_matches('/');
    let mut routes = ROUTES.iter().enumerate();
    routes.find_map(|(place, route)| match route.method == method {
        true => Some((place, route, url_path::ids(route.path, path)?)),
        false => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_routes() {
        for (method, path, expected) in [
            ("GET", "/v3/licenses", Some(("list", vec![]))),
            ("GET", "/v3/licenses/", Some(("list", vec![]))),
            ("GET", "/v3/licenses/abc", Some(("get", vec!["abc"]))),
            (
                "GET",
                "/v3/licenses/subscription-logs",
                Some(("log-list", vec![])),
            ),
            (
                "POST",
                "/v3/licenses/abc/renew",
                Some(("renew", vec!["abc"])),
            ),
            (
                "DELETE",
                "/v3/licenses/a/feature-entitlements/b",
                Some(("entitlement-delete", vec!["a", "b"])),
            ),
            ("PUT", "/v3/licenses/abc", None),
            ("GET", "/licenses", None),
            ("GET", "/v3/licenses/a/b/c", None),
        ] {
            let found = find(method, path).map(|(_, route, ids)| (route.kind, ids));

            assert_eq!(found, expected, "{method} {path}");
        }
    }
}
