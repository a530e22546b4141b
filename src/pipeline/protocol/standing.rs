//! Suspend, reinstate, revoke: one setting, safe to send twice.

use crate::domain::by_hand;
use crate::domain::license::{Aspect, Cause, Given, Shown};
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};
use crate::pipeline::protocol::verify::{self, Difference, Verification};

#[derive(Debug, Clone)]
pub(super) struct StandingChange {
    standing: Standing,
    verification: Verification,
    pending: Pending,
}

#[derive(Debug, Clone)]
enum Standing {
    Suspended(Cause),
    /// The causes that no longer hold.
    Reinstated(Vec<Cause>),
    Revoked,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Set,
    /// Whether a change was made whose response could not be read.
    ReadBack,
}

impl Protocol for StandingChange {
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        if self.standing.is_stopped_by_hand(&license.given) {
            return Step::Finish(Finish::KeptByHand(Proof::default()));
        }
        if self.standing.needs_no_call(license) {
            return Step::Finish(Finish::Done(Proof::default()));
        }
        if let Some(shown) = license.before.as_ref().filter(|_| license.is_fresh()) {
            let differing = by_hand::differing(&license.given, shown);
            self.verification.met_change_by_hand = differing.contains(&Aspect::Standing);
        }
        self.send(Pending::Set)
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        let shown = response.license()?;
        Ok(match self.pending {
            Pending::Set => self.on_set(license, shown),
            Pending::ReadBack => self.on_read_back(license, shown),
        })
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::ReadBack))
    }

    fn on_found(&mut self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        license.see(&found);
        self.send(Pending::Set)
    }
}

impl StandingChange {
    pub(super) const fn suspend(cause: Cause) -> Self {
        Self::new(Standing::Suspended(cause))
    }

    pub(super) const fn reinstate(causes: Vec<Cause>) -> Self {
        Self::new(Standing::Reinstated(causes))
    }

    pub(super) const fn revoke() -> Self {
        Self::new(Standing::Revoked)
    }

    const fn new(standing: Standing) -> Self {
        Self {
            standing,
            verification: Verification::new(),
            pending: Pending::Set,
        }
    }

    fn send(&mut self, pending: Pending) -> Step {
        self.pending = pending;
        Step::Send(match pending {
            Pending::Set => Request::Set(self.standing.setting()),
            Pending::ReadBack => Request::Read,
        })
    }

    fn on_set(&mut self, license: &KnownLicense, set: RemoteLicense) -> Step {
        let difference = self.standing.difference(&set.shown(license.now));
        match self.verification.judge(difference, set) {
            Some(finish) => Step::Finish(finish),
            None => self.send(Pending::Set),
        }
    }

    fn on_read_back(&mut self, license: &mut KnownLicense, read: RemoteLicense) -> Step {
        let difference = self.standing.difference(&read.shown(license.now));
        if difference.is_none() {
            return Step::Finish(Finish::AlreadySo(self.verification.proof(read)));
        }
        license.see(&read);
        self.send(Pending::Set)
    }
}

impl Standing {
    const fn setting(&self) -> Setting {
        match self {
            Self::Suspended(_) => Setting::Suspended(true),
            Self::Reinstated(_) => Setting::Suspended(false),
            Self::Revoked => Setting::Revoked(true),
        }
    }

    fn difference(&self, shown: &Shown) -> Option<Difference> {
        match self {
            Self::Suspended(_) => verify::suspended(true, shown),
            Self::Reinstated(_) => verify::suspended(false, shown),
            Self::Revoked => verify::revoked(true, shown),
        }
    }

    /// A suspension by hand is never lifted; ours beside it are only forgotten.
    fn is_stopped_by_hand(&self, given: &Given) -> bool {
        matches!(self, Self::Reinstated(_)) && given.causes.contains(&Cause::ByHand)
    }

    /// One of our causes more or less changes nothing at the server while another of them holds, unless a person has
    /// lifted our suspension meanwhile; what ends a license makes sure of that.
    ///
    /// The action's own cause does not count: it is there already when an earlier response turned out to be no proof.
    fn needs_no_call(&self, license: &KnownLicense) -> bool {
        let held = &license.given.causes;
        match self {
            Self::Suspended(cause) => {
                let shown = license.before.as_ref();
                let is_lifted = shown.is_some_and(|shown| !shown.is_suspended);
                let others = || held.iter().filter(|other| *other != cause);
                let is_held =
                    others().next().is_some() && others().all(|other| *other != Cause::ByHand);
                let is_sure = matches!(cause, Cause::Overdue | Cause::Pause) || license.is_fresh();
                is_held && !is_lifted && is_sure
            }
            Self::Reinstated(causes) => held.iter().any(|cause| !causes.contains(cause)),
            Self::Revoked => false,
        }
    }
}
