//! LicenseSpring's Management API: what it answers at each URL, and what it remembers.
//!
//! Where the vendor's pages leave something open, the reading that is harder for callers is taken:
//! doubles are made, unknown filters filter nothing, members of a bundle take nothing but key and users from an order,
//! lengths begin with the first activation, and a limit does not say when to come again.

mod by_hand;
mod catalog;
mod company;
mod dates;
mod devices;
mod endpoints;
mod fields;
mod licenses;
mod lists;
mod new_license;
mod orders;
mod people;
mod plan;
mod rules;
pub mod sample;
mod schema;
mod terms;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::json;

use crate::api::{Api, Destination};
use crate::call::Call;
use crate::collection::{Collection, Document};
pub use crate::licensespring::company::Company;
use crate::licensespring::endpoints::{ENDPOINTS, REDIRECT};
use crate::message::{Answer, Refusal, Request, Response};
use crate::options::SandboxOptions;
use crate::random::Random;
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// Whether a kind of call has this name.
pub fn has_kind(name: &str) -> bool {
    name == REDIRECT || ENDPOINTS.iter().any(|endpoint| endpoint.kind == name)
}

impl Api for Company {
    fn options(&self) -> &SandboxOptions {
        &self.options
    }

    fn options_mut(&mut self) -> &mut SandboxOptions {
        &mut self.options
    }

    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn collections(&mut self) -> Vec<&mut Collection> {
        self.all().into()
    }

    fn licenses(&self) -> &Collection {
        &self.licenses
    }

    fn licenses_mut(&mut self) -> &mut Collection {
        &mut self.licenses
    }

    fn find<'a>(&self, request: &'a Request) -> Option<Destination<'a>> {
        let Some((place, endpoint, ids)) = endpoints::find(&request.method, &request.path) else {
            return endpoints::lacks_slash(&request.path).then(redirect);
        };
        let is_unfiltered = |filters| lists::is_unfiltered(&request.query, filters);
        Some(Destination {
            place,
            kind: endpoint.kind,
            ids,
            names_license: endpoint.names_license(),
            is_unfiltered: endpoint.owned.is_some_and(is_unfiltered),
        })
    }

    fn answer(&mut self, destination: Option<&Destination<'_>>, call: &Call<'_>) -> Answer {
        let destination = destination.ok_or_else(|| Refusal::new(404, "Not found."))?;
        let Some(endpoint) = ENDPOINTS.get(destination.place) else {
            return Ok(moved(call));
        };
        if !endpoint.is_open() {
            check_key(call.api_key, &self.options.refused_tokens)?;
        }
        (endpoint.work)(self, call)
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let body = match refusal.field {
            Some(field) => json!({ field: [refusal.message] }),
            None => json!({ "detail": refusal.message }),
        };
        Response::json(refusal.status, &body)
    }

    fn snapshot(&self, license: &Document) -> LicenseSnapshot {
        by_hand::snapshot(license)
    }

    fn edit_by_hand(&mut self, now: Timestamp, id: &str, edit: HandEdit) -> bool {
        by_hand::edit(self, now, id, edit)
    }

    fn stock(&mut self, now: Timestamp) {
        sample::stock(self, now);
    }
}

/// Where a path without its slash leads: to no place.
fn redirect<'a>() -> Destination<'a> {
    Destination {
        place: usize::MAX,
        kind: REDIRECT,
        ids: Vec::new(),
        names_license: false,
        is_unfiltered: false,
    }
}

fn moved(call: &Call<'_>) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(call.query)
        .finish();
    let separator = if query.is_empty() { "" } else { "?" };
    let location = format!("{}/{separator}{query}", call.path);
    let mut response = Response::empty(301);
    response.headers.push(("location", location));
    response
}

/// Any text is a good key, but those that are refused.
fn check_key(key: Option<&str>, refused: &[String]) -> Result<(), Refusal> {
    let key = key.map(str::trim).filter(|key| !key.is_empty());
    let refusal = match key {
        None => "Authentication credentials were not provided.",
        Some(key) if refused.iter().any(|refused| refused == key) => {
            "Authentication credentials are not valid."
        }
        Some(_) => return Ok(()),
    };
    Err(Refusal::new(403, refusal))
}
