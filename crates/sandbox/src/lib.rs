//! A license server in memory that speaks Cryptlex's API or LicenseSpring's: for the demo, the tests and trying things
//! out.
//!
//! It knows nothing of Latchkey, as the real one does not.
//! Pure: a request and the time go in, a response and orders for the socket come out.
//! It has no clock and no file; only [`socket`] meets the network.

mod api;
mod calendar;
mod call;
mod collection;
mod control;
mod counts;
mod cryptlex;
pub mod fault;
mod fault_board;
pub mod fault_text;
pub mod ledger;
pub mod licensespring;
pub mod limiter;
pub mod message;
pub mod options;
mod random;
pub mod shared;
pub mod snapshot;
pub mod socket;
mod url_path;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::api::{Api, Destination};
use crate::call::Call;
use crate::collection::Collection;
/// The sample catalog of Cryptlex's kind.
pub use crate::cryptlex::sample;
use crate::cryptlex::state::State;
use crate::fault::{Mischief, When};
use crate::fault_board::{FaultBoard, Strike, Target};
use crate::ledger::{Entry, Ledger};
use crate::licensespring::Company;
use crate::limiter::{Limiter, Verdict};
use crate::message::{Answer, Ending, Outcome, Refusal, Request, Response};
use crate::options::{Kind, SandboxOptions};

/// The license server.
#[derive(Debug)]
pub struct Sandbox {
    api: Box<dyn Api>,
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
        let api: Box<dyn Api> = match options.kind {
            Kind::Cryptlex => Box::new(State::new(options)),
            Kind::LicenseSpring => Box::new(Company::new(options)),
        };
        Self {
            api,
            limiter: Limiter::default(),
            faults,
            ledger: Ledger::default(),
            shift: SignedDuration::ZERO,
        }
    }

    /// A license server with the sample catalog, made at `now`.
    pub fn sample(options: SandboxOptions, now: Timestamp) -> Self {
        let mut sandbox = Self::new(options);
        sandbox.api.stock(now);
        sandbox
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
        let options = self.api.options();
        let verdict = self.limiter.admit(options, &request.source_address, now);
        let destination = self.api.find(request);
        let destination = destination.as_ref();
        let mut entry = entry(now, request, destination);

        self.settle();
        let outcome = match verdict {
            Verdict::Refuse(response) => whole(response),
            Verdict::Pass(headers) => {
                let strike = self.strike(request, destination);
                let call = call(shown_now, request, destination, &strike);
                let mut outcome = self.work(destination, &call, &strike);
                outcome.response.headers.extend(headers);
                entry.faults = strike.texts;
                outcome
            }
        };
        entry.took_effect = request.method != "GET" && self.has_changed();
        entry.status = (outcome.ending != Ending::Dropped).then_some(outcome.response.status);
        if entry.license_id.is_none() && entry.took_effect && entry.kind == "create" {
            let newest = self.api.licenses().list().next_back();
            entry.license_id =
                newest.map(|license| collection::spelled(license, "id").into_owned());
        }
        let number = self.ledger.add(entry);
        Outcome {
            number: Some(number),
            ..outcome
        }
    }

    /// Begins a new piece of work: what was done before can no longer be undone.
    fn settle(&mut self) {
        let collections = self.api.collections();
        collections.into_iter().for_each(Collection::settle);
    }

    /// Whether anything was written since the work began.
    fn has_changed(&mut self) -> bool {
        let collections = self.api.collections();
        collections
            .into_iter()
            .any(|collection| collection.has_changed())
    }

    /// Takes back what was written since the work began.
    fn undo(&mut self) {
        let collections = self.api.collections();
        collections.into_iter().for_each(Collection::undo);
    }

    fn strike(&mut self, request: &Request, destination: Option<&Destination<'_>>) -> Strike {
        let mentions = match self.faults.reads_mentions() {
            true => mentions(self.api.licenses(), request, destination),
            false => String::new(),
        };
        let target = Target {
            kind: kind(destination),
            method: &request.method,
            mentions: &mentions,
        };
        let random = self.api.random();
        self.faults.strike(target, || random.fraction())
    }

    /// Does the work, with what strikes it.
    fn work(
        &mut self,
        destination: Option<&Destination<'_>>,
        call: &Call<'_>,
        strike: &Strike,
    ) -> Outcome {
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
            false => self.answer(destination, call),
        };
        let mut outcome = whole(answer.unwrap_or_else(|refusal| self.api.refuse(refusal)));
        outcome.delay = strike.latency;
        match mischief {
            Some(Mischief::Status {
                status,
                retry_after,
                is_plain,
                ..
            }) => {
                outcome.response = self.error(*status, *retry_after, *is_plain);
            }
            Some(Mischief::Repeat) => outcome.response = self.api.refuse(repeated(call)),
            Some(Mischief::Cut(_)) => outcome.ending = Ending::Dropped,
            Some(Mischief::Hang(length, _)) => {
                outcome.delay = Some(outcome.delay.unwrap_or(Duration::ZERO) + *length);
                outcome.ending = Ending::Dropped;
            }
            Some(Mischief::Lie) => self.undo(),
            Some(Mischief::Garble) => outcome.response.body = b"<html>{\"id\":".to_vec(),
            Some(Mischief::Misspell(field)) => misspell(&mut outcome.response.body, field),
            Some(Mischief::SlowBytes(pause)) => outcome.ending = Ending::SlowBytes(*pause),
            Some(Mischief::StaleSearch(_) | Mischief::None) | None => {}
        }
        outcome
    }

    fn answer(&mut self, destination: Option<&Destination<'_>>, call: &Call<'_>) -> Answer {
        let answer = self.api.answer(destination, call);
        if answer.is_err() {
            self.undo();
        }
        answer
    }

    fn error(&self, status: u16, retry_after: Option<u32>, is_plain: bool) -> Response {
        let message = format!("The sandbox was told to answer {status}.");
        let mut response = match is_plain {
            true => Response::text(status, &message),
            false => self.api.refuse(Refusal::new(status, message)),
        };
        if let Some(seconds) = retry_after {
            response.headers.push(("retry-after", seconds.to_string()));
        }
        response
    }
}

/// Puts something unheard of in the place of a field, the first of that name; of a list, in its first thing.
fn misspell(body: &mut Vec<u8>, field: &str) {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    if replace_first(&mut answer, field) {
        *body = answer.to_string().into_bytes();
    }
}

/// Whether the field was there to be replaced.
fn replace_first(answer: &mut Value, field: &str) -> bool {
    match answer {
        Value::Object(members) => match members.get_mut(field) {
            Some(value) => {
                *value = serde_json::json!({ "unheard": "of" });
                true
            }
            None => members
                .values_mut()
                .any(|member| replace_first(member, field)),
        },
        Value::Array(things) => things
            .first_mut()
            .is_some_and(|first| replace_first(first, field)),
        _ => false,
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

fn call<'a>(
    now: Timestamp,
    request: &'a Request,
    destination: Option<&Destination<'a>>,
    strike: &Strike,
) -> Call<'a> {
    let id = |place: usize| {
        let ids = destination.map(|destination| &destination.ids);
        ids.and_then(|ids| ids.get(place)).copied()
    };
    Call {
        now,
        id: id(0).unwrap_or_default(),
        inner_id: id(1).unwrap_or_default(),
        path: &request.path,
        query: &request.query,
        body: &request.body,
        bearer: request.bearer.as_deref(),
        api_key: request.api_key.as_deref(),
        lag: match strike.mischief {
            Some(Mischief::StaleSearch(lag)) => Some(lag),
            _ => None,
        },
    }
}

fn kind(destination: Option<&Destination<'_>>) -> &'static str {
    destination.map_or("unknown", |destination| destination.kind)
}

fn entry(now: Timestamp, request: &Request, destination: Option<&Destination<'_>>) -> Entry {
    let of_license = destination.filter(|destination| destination.names_license);
    let license_id = of_license.and_then(|destination| destination.ids.first());
    Entry {
        number: 0,
        arrived_at: now,
        began: None,
        ended: None,
        source_address: request.source_address.clone(),
        method: request.method.clone(),
        path: request.path.clone(),
        kind: kind(destination),
        license_id: license_id.map(|id| (*id).to_owned()),
        is_unfiltered: destination.is_some_and(|destination| destination.is_unfiltered),
        status: None,
        took_effect: false,
        faults: Vec::new(),
    }
}

/// Everything that a fault's `about` may be found in.
fn mentions(
    licenses: &Collection,
    request: &Request,
    destination: Option<&Destination<'_>>,
) -> String {
    let mut mentions = request.path.clone();
    for (name, value) in &request.query {
        mentions.push_str(&format!("\n{name}={value}"));
    }
    mentions.push('\n');
    mentions.push_str(&String::from_utf8_lossy(&request.body));
    let id = destination.and_then(|destination| destination.ids.first());
    if let Some(license) = id.and_then(|id| licenses.find(id)) {
        mentions.push_str(&Value::Object(license.clone()).to_string());
    }
    mentions
}

fn repeated(call: &Call<'_>) -> Refusal {
    let token = call.bearer.or(call.api_key).unwrap_or_default();
    let body = String::from_utf8_lossy(call.body);
    Refusal::new(400, format!("No to {token}: {body}"))
}
