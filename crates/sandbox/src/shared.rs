//! One sandbox in several hands: the socket's and the test's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::Sandbox;
use crate::counts;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::limiter::RateLimit;
use crate::message::{Outcome, Request};
use crate::snapshot::{HandEdit, LicenseSnapshot};

/// A sandbox that may be cloned; all clones are the same one.
#[derive(Debug, Clone)]
pub struct SharedSandbox(Arc<Mutex<Sandbox>>);

impl SharedSandbox {
    /// Shares a sandbox.
    pub fn new(sandbox: Sandbox) -> Self {
        Self(Arc::new(Mutex::new(sandbox)))
    }

    /// Answers one request that came at `now`.
    pub fn handle(&self, now: Timestamp, request: &Request) -> Outcome {
        self.lock().handle(now, request)
    }

    /// Every request so far.
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// The licenses there are, oldest first.
    pub fn licenses(&self) -> Vec<LicenseSnapshot> {
        let sandbox = self.lock();
        let licenses = sandbox.api.licenses().list();
        licenses
            .map(|license| sandbox.api.snapshot(license))
            .collect()
    }

    /// The licenses that were deleted, in the order of their going.
    pub fn deleted_licenses(&self) -> Vec<LicenseSnapshot> {
        let sandbox = self.lock();
        let removed = sandbox.api.licenses().removed();
        removed
            .map(|license| sandbox.api.snapshot(license))
            .collect()
    }

    /// How many licenses were ever made, by what they hold under a member: `order_store_id`, `license_key`,
    /// `metadata.unit`. More than was bought are doubles.
    pub fn licenses_by(&self, member: &str) -> BTreeMap<String, usize> {
        counts::by_member(self.lock().api.licenses(), member)
    }

    /// These faults and no others; their counts begin anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.lock().faults.set(faults);
    }

    /// This many requests per source address from now on.
    pub fn set_rate_limit(&self, limit: RateLimit) {
        self.lock().api.options_mut().rate_limit = limit;
    }

    /// This many requests of all callers together from now on.
    pub fn set_company_limit(&self, limit: RateLimit) {
        self.lock().api.options_mut().company_limit = limit;
    }

    /// A change by hand that the ledger does not see; false where there is no such license.
    pub fn edit_license_by_hand(&self, now: Timestamp, id: &str, edit: HandEdit) -> bool {
        self.lock().api.edit_by_hand(now, id, edit)
    }

    /// Removes a license by hand; one that is not there is left alone.
    pub fn delete_license_by_hand(&self, id: &str) {
        self.lock().api.licenses_mut().remove(id);
    }

    /// Tokens and keys that are refused from now on, instead of those before.
    pub fn refuse_tokens(&self, tokens: Vec<String>) {
        self.lock().api.options_mut().refused_tokens = tokens;
    }

    /// Shows `shown` at `now`, and runs on from there.
    pub fn set_clock(&self, now: Timestamp, shown: Timestamp) {
        self.lock().shift = shown.duration_since(now);
    }

    /// Notes when the socket began with a request.
    pub fn begin(&self, number: u64, at: Duration) {
        self.lock().ledger.begin(number, at);
    }

    /// Notes when the socket was done with a request.
    pub fn end(&self, number: u64, at: Duration) {
        self.lock().ledger.end(number, at);
    }

    /// A test that failed while it held the lock shall not hide behind the failure of all others.
    fn lock(&self) -> MutexGuard<'_, Sandbox> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
