//! `/_sandbox/…`: the ledger, the counts of licenses, the faults and the clock, for tests and people.
//! No token, no limit, no ledger entry.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Sandbox;
use crate::calendar;
use crate::counts;
use crate::fault::Fault;
use crate::fault_text::FaultError;
use crate::message::{Refusal, Request, Response};

/// The answer to a control request; `None` for all others.
pub fn answer(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Option<Response> {
    let path = request.path.strip_prefix("/_sandbox/")?;
    let answer = match (request.method.as_str(), path) {
        ("GET", "ledger") => Ok(ledger(sandbox)),
        ("GET", "licenses") => Ok(licenses(sandbox, &request.query)),
        ("GET", "faults") => Ok(faults(sandbox)),
        ("POST", "faults") => add_faults(sandbox, &request.body),
        ("DELETE", "faults") => {
            sandbox.faults.set(Vec::new());
            Ok(Response::empty(204))
        }
        ("POST", "clock") => set_clock(sandbox, now, &request.body),
        _ => Err(Refusal::not_found("Control")),
    };
    Some(answer.unwrap_or_else(|refusal| sandbox.api.refuse(refusal)))
}

fn ledger(sandbox: &Sandbox) -> Response {
    let entries = sandbox.ledger.entries().map(|entry| json!(entry));
    Response::json(200, &entries.collect())
}

/// How many licenses were ever made, `?by=` what they hold under a member.
fn licenses(sandbox: &Sandbox, query: &[(String, String)]) -> Response {
    let by = query.iter().find(|(name, _)| name == "by");
    let by = by.map_or("id", |(_, member)| member.as_str());
    let counts = counts::by_member(sandbox.api.licenses(), by);
    Response::json(200, &json!(counts))
}

fn faults(sandbox: &Sandbox) -> Response {
    let faults = sandbox.faults.list().into_iter();
    let faults = faults.map(|(text, struck)| json!({ "fault": text, "struck": struck }));
    Response::json(200, &faults.collect())
}

/// One fault a line; a line that is none refuses them all.
fn add_faults(sandbox: &mut Sandbox, body: &[u8]) -> Result<Response, Refusal> {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let faults: Result<Vec<Fault>, FaultError> = lines.map(str::parse).collect();
    let faults = faults.map_err(|error| Refusal::invalid(error.to_string()))?;
    sandbox.faults.add(faults);
    Ok(self::faults(sandbox))
}

/// The time to show from now on, as text; an empty body shows the real time again.
fn set_clock(sandbox: &mut Sandbox, now: Timestamp, body: &[u8]) -> Result<Response, Refusal> {
    let text = String::from_utf8_lossy(body);
    let shown = match text.trim() {
        "" => now,
        text => match calendar::time(text) {
            Ok(shown) => shown,
            Err(error) => return Err(Refusal::invalid(format!("The time is unreadable: {error}"))),
        },
    };
    sandbox.shift = shown.duration_since(now);
    Ok(Response::json(200, &Value::String(shown.to_string())))
}
