//! A license server in memory that speaks Cryptlex's API: for the demo, the tests and trying things out.
//!
//! It knows nothing of Latchkey, as the real one does not.
//! Pure: a request and the time go in, a response and orders for the socket come out.
//! It has no clock and no file; only [`socket`] meets the network.

mod access;
mod activations;
mod calendar;
mod call;
mod catalog;
mod collection;
mod control;
mod entitlements;
pub mod fault;
mod fault_board;
pub mod fault_text;
mod fields;
mod filter;
pub mod ledger;
mod licenses;
pub mod limiter;
mod listing;
pub mod message;
pub mod options;
mod resources;
mod routes;
mod rows;
pub mod sample;
mod schema;
pub mod shared;
pub mod snapshot;
pub mod socket;
mod state;
mod term_length;
mod terms;
#[cfg(test)]
mod tests;
mod users;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::call::Call;
use crate::fault::{Mischief, When};
use crate::fault_board::{FaultBoard, Strike, Target};
use crate::ledger::{Entry, Ledger};
use crate::limiter::{Limiter, Verdict};
use crate::message::{Answer, Ending, Outcome, Refusal, Request, Response};
use crate::options::SandboxOptions;
use crate::routes::Route;
use crate::state::State;

/// The license server.
#[derive(Debug)]
pub struct Sandbox {
    state: State,
    limiter: Limiter,
    faults: FaultBoard,
    ledger: Ledger,
    /// How far the time it shows lies ahead of the time it is given.
    shift: SignedDuration,
}

impl Sandbox {
    /// An empty license server.
    pub fn new(options: SandboxOptions) -> Self {
        let mut faults = FaultBoard::default();
        faults.set(options.faults.clone());
        Self {
            state: State::new(options),
            limiter: Limiter::default(),
            faults,
            ledger: Ledger::default(),
            shift: SignedDuration::ZERO,
        }
    }

    /// Answers one request that came at `now`.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Outcome {
        if let Some(response) = control::answer(self, now, request) {
            return Outcome {
                number: None,
                response,
                delay: None,
                ending: Ending::Whole,
            };
        }
        let shown_now = calendar::plus(now, self.shift);
        let limit = self.state.options.rate_limit;
        let verdict = self.limiter.admit(&limit, &request.source_address, now);
        let found = routes::find(&request.method, &request.path);
        let (route, ids) = found.map_or((None, Vec::new()), |(route, ids)| (Some(route), ids));
        let mut entry = entry(now, request, route, &ids);

        self.state.settle();
        let outcome = match verdict {
            Verdict::Refuse(response) => whole(response),
            Verdict::Pass(headers) => {
                let strike = self.strike(request, route, &ids);
                let call = call(shown_now, request, &ids, &strike);
                let mut outcome = self.work(route, &call, &strike);
                outcome.response.headers.extend(headers);
                entry.faults = strike.texts;
                outcome
            }
        };
        entry.took_effect = request.method != "GET" && self.state.has_changed();
        entry.status = (outcome.ending != Ending::Dropped).then_some(outcome.response.status);
        if entry.license_id.is_none() && entry.took_effect && entry.kind == "create" {
            let newest = self.state.licenses.list().next_back();
            entry.license_id = newest.map(|license| collection::text(license, "id").to_owned());
        }
        let number = self.ledger.add(entry);
        Outcome {
            number: Some(number),
            ..outcome
        }
    }

    fn strike(&mut self, request: &Request, route: Option<&Route>, ids: &[&str]) -> Strike {
        let mentions = match self.faults.reads_mentions() {
            true => mentions(&self.state, request, ids),
            false => String::new(),
        };
        let target = Target {
            kind: route.map_or("unknown", |route| route.kind),
            method: &request.method,
            mentions: &mentions,
        };
        let state = &mut self.state;
        self.faults.strike(target, || state.new_fraction())
    }

    /// Does the work, with what strikes it.
    fn work(&mut self, route: Option<&Route>, call: &Call<'_>, strike: &Strike) -> Outcome {
        let mischief = strike.mischief.as_ref();
        let is_skipped = matches!(
            mischief,
            Some(
                Mischief::Status {
                    when: When::Before,
                    ..
                } | Mischief::Repeat
                    | Mischief::Cut(When::Before)
                    | Mischief::Hang(_, When::Before)
            )
        );
        let answer = match is_skipped {
            true => Ok(Response::empty(200)),
            false => self.answer(route, call),
        };
        let mut outcome = whole(answer.unwrap_or_else(Refusal::into_response));
        outcome.delay = strike.latency;
        match mischief {
            Some(Mischief::Status {
                status,
                retry_after,
                is_plain,
                ..
            }) => {
                outcome.response = error(*status, *retry_after, *is_plain);
            }
            Some(Mischief::Repeat) => outcome.response = repeated(call),
            Some(Mischief::Cut(_)) => outcome.ending = Ending::Dropped,
            Some(Mischief::Hang(length, _)) => {
                outcome.delay = Some(outcome.delay.unwrap_or(Duration::ZERO) + *length);
                outcome.ending = Ending::Dropped;
            }
            Some(Mischief::Lie) => self.state.undo(),
            Some(Mischief::Garble) => outcome.response.body = b"<html>{\"id\":".to_vec(),
            Some(Mischief::Misspell(field)) => misspell(&mut outcome.response.body, field),
            Some(Mischief::SlowBytes(pause)) => outcome.ending = Ending::SlowBytes(*pause),
            Some(Mischief::StaleSearch(_) | Mischief::None) | None => {}
        }
        outcome
    }

    fn answer(&mut self, route: Option<&Route>, call: &Call<'_>) -> Answer {
        let route = route.ok_or_else(|| Refusal::not_found("Resource"))?;
        access::check(
            route.access,
            call.bearer,
            &self.state.options.refused_tokens,
            call.now,
        )?;
        let answer = route.run(&mut self.state, call);
        if answer.is_err() {
            self.state.undo();
        }
        answer
    }
}

/// Puts something unheard of in the place of a field; of a list, in its first thing.
fn misspell(body: &mut Vec<u8>, field: &str) {
    let Ok(mut answer) = serde_json::from_slice::<serde_json::Value>(body) else {
        return;
    };
    let thing = match &mut answer {
        serde_json::Value::Array(things) => things.first_mut(),
        thing => Some(thing),
    };
    if let Some(value) = thing.and_then(|thing| thing.get_mut(field)) {
        *value = serde_json::json!({ "unheard": "of" });
        *body = answer.to_string().into_bytes();
    }
}

fn whole(response: Response) -> Outcome {
    Outcome {
        number: None,
        response,
        delay: None,
        ending: Ending::Whole,
    }
}

fn call<'a>(now: Timestamp, request: &'a Request, ids: &[&'a str], strike: &Strike) -> Call<'a> {
    Call {
        now,
        id: ids.first().copied().unwrap_or_default(),
        inner_id: ids.get(1).copied().unwrap_or_default(),
        query: &request.query,
        body: &request.body,
        bearer: request.bearer.as_deref(),
        lag: match strike.mischief {
            Some(Mischief::StaleSearch(lag)) => Some(lag),
            _ => None,
        },
    }
}

/// Lists of what belongs to buyers, which nobody asks for as a whole.
const OWNED: [&str; 3] = ["list", "user-find", "organization-list"];

fn entry(now: Timestamp, request: &Request, route: Option<&Route>, ids: &[&str]) -> Entry {
    let license_id = ids
        .first()
        .filter(|_| route.is_some_and(Route::names_license));
    let kind = route.map_or("unknown", |route| route.kind);
    Entry {
        number: 0,
        arrived_at: now,
        began: None,
        ended: None,
        source_address: request.source_address.clone(),
        method: request.method.clone(),
        path: request.path.clone(),
        kind,
        license_id: license_id.map(|id| (*id).to_owned()),
        is_unfiltered: OWNED.contains(&kind) && listing::is_unfiltered(&request.query),
        status: None,
        took_effect: false,
        faults: Vec::new(),
    }
}

/// Everything that a fault's `about` may be found in.
fn mentions(state: &State, request: &Request, ids: &[&str]) -> String {
    let mut mentions = request.path.clone();
    for (name, value) in &request.query {
        mentions.push_str(&format!("\n{name}={value}"));
    }
    mentions.push('\n');
    mentions.push_str(&String::from_utf8_lossy(&request.body));
    if let Some(license) = ids.first().and_then(|id| state.licenses.find(id)) {
        mentions.push_str(&Value::Object(license.clone()).to_string());
    }
    mentions
}

fn repeated(call: &Call<'_>) -> Response {
    let token = call.bearer.unwrap_or_default();
    let body = String::from_utf8_lossy(call.body);
    Refusal::new(400, format!("No to {token}: {body}")).into_response()
}

fn error(status: u16, retry_after: Option<u32>, is_plain: bool) -> Response {
    let message = format!("The sandbox was told to answer {status}.");
    let mut response = match is_plain {
        true => Response::text(status, &message),
        false => Refusal::new(status, message).into_response(),
    };
    if let Some(seconds) = retry_after {
        response.headers.push(("retry-after", seconds.to_string()));
    }
    response
}
