//! Cryptlex's API: what it answers at each URL, and what it remembers.

mod access;
mod activations;
mod by_hand;
mod catalog;
mod entitlements;
mod fields;
mod filter;
mod licenses;
mod listing;
mod resources;
mod routes;
mod rows;
pub mod sample;
mod schema;
pub mod state;
mod term_length;
mod terms;
#[cfg(test)]
mod tests;
mod users;

use jiff::Timestamp;
use serde_json::json;

use crate::api::{Api, Destination};
use crate::call::Call;
use crate::collection::{Collection, Document};
use crate::cryptlex::routes::ROUTES;
use crate::cryptlex::state::State;
use crate::message::{Answer, Refusal, Request, Response};
use crate::options::SandboxOptions;
use crate::random::Random;
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// Lists of what belongs to buyers, which nobody asks for as a whole.
const OWNED: [&str; 3] = ["list", "user-find", "organization-list"];

/// Whether a kind of call has this name.
pub fn has_kind(name: &str) -> bool {
    ROUTES.iter().any(|route| route.kind == name)
}

impl Api for State {
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
        let (place, route, ids) = routes::find(&request.method, &request.path)?;
        Some(Destination {
            place,
            kind: route.kind,
            ids,
            names_license: route.names_license(),
            is_unfiltered: OWNED.contains(&route.kind) && listing::is_unfiltered(&request.query),
        })
    }

    fn answer(&mut self, destination: Option<&Destination<'_>>, call: &Call<'_>) -> Answer {
        let route = destination.and_then(|destination| ROUTES.get(destination.place));
        let route = route.ok_or_else(|| Refusal::not_found("Resource"))?;
        let refused = &self.options.refused_tokens;
        access::check(route.access, call.bearer, refused, call.now)?;
        route.run(self, call)
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let body = json!({ "message": refusal.message, "code": refusal.code });
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
