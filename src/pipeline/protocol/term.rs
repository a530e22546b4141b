//! Set the end: it is read before it is set, and never shortened against a person's will.

use crate::domain::license::BesideEnd;
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Protocol, Step};
use crate::pipeline::protocol::verify::{self, Verification};

#[derive(Debug, Clone)]
pub(super) struct TermChange {
    /// `None` makes the license perpetual.
    end: Option<Timestamp>,
    /// What is set with it; no license shows it.
    beside: BesideEnd,
    /// Whether a person has said that what another person set shall give way.
    pub(super) is_approved: bool,
    verification: Verification,
    pending: Pending,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Read,
    SetTerm,
}

impl Protocol for TermChange {
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        let is_known = license.is_fresh() && license.unsettled.is_none();
        self.send(if is_known && !self.is_met_by_hand(license) {
            Pending::SetTerm
        } else {
            Pending::Read
        })
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        let shown = response.license()?;
        Ok(match self.pending {
            Pending::Read => self.on_read(license, shown),
            Pending::SetTerm => self.on_set(license, shown),
        })
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::Read))
    }

    fn on_found(&mut self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        self.on_read(license, found)
    }
}

impl TermChange {
    pub(super) const fn new(end: Option<Timestamp>, beside: BesideEnd) -> Self {
        Self {
            end,
            beside,
            is_approved: false,
            verification: Verification::new(),
            pending: Pending::Read,
        }
    }

    fn send(&mut self, pending: Pending) -> Step {
        self.pending = pending;
        Step::Send(match pending {
            Pending::Read => Request::Read,
            Pending::SetTerm => Request::Set(self.setting()),
        })
    }

    fn setting(&self) -> Setting {
        let (end, beside) = (self.end, self.beside);
        if beside.is_empty() {
            Setting::Term(end)
        } else {
            Setting::TermBeside { end, beside }
        }
    }

    /// A person's later end stands against ours, unless the shop takes time back: then a person must say.
    fn on_read(&mut self, license: &mut KnownLicense, read: RemoteLicense) -> Step {
        let given = license.given.end;
        let is_moved = given.is_some() && given != read.expires_at;
        self.verification.met_change_by_hand = is_moved && license.unsettled.is_none();
        let is_ending_so = verify::end(self.end, &read.shown(license.now)).is_none();
        // Whether it is a trial or has grace is not shown, so the same end proves nothing of it.
        if is_ending_so && self.beside.is_empty() {
            return Step::Finish(Finish::AlreadySo(self.verification.proof(read)));
        }
        license.see(&read);
        if !self.is_met_by_hand(license) {
            return self.send(Pending::SetTerm);
        }
        self.verification.met_change_by_hand = true;
        let is_taking_back = match (self.end, given) {
            (Some(ours), Some(given)) => ours < given,
            _ => false,
        };
        let proof = self.verification.proof(read);
        Step::Finish(if is_taking_back {
            Finish::ByHandMustDecide(proof)
        } else {
            Finish::KeptByHand(proof)
        })
    }

    fn on_set(&mut self, license: &KnownLicense, set: RemoteLicense) -> Step {
        let difference = verify::end(self.end, &set.shown(license.now));
        match self.verification.judge(difference, set) {
            Some(finish) => Step::Finish(finish),
            None => self.send(Pending::SetTerm),
        }
    }

    /// Whether a person has given more time than we had, and more than is asked now, going by what was shown last.
    fn is_met_by_hand(&self, license: &KnownLicense) -> bool {
        let Some(shown) = license.before.as_ref().filter(|_| !self.is_approved) else {
            return false;
        };
        match (shown.expires_at, self.end, license.given.end) {
            (Some(theirs), Some(ours), Some(given)) => theirs > ours && theirs > given,
            (None, Some(_), Some(_)) => shown.is_perpetual,
            (_, _, None) | (_, None, _) => false,
        }
    }
}
