//! Renew: one period for one charge. An end that a person set stands where it is the later of the two.
//!
//! As a rule it is one request. The license is read first where a person has moved its end, or where an earlier try may
//! have been applied: its end tells, and where that is not plain, the server's own log.

use std::mem;

use crate::domain::license::Shown;
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::{RemoteLicense, RenewalEntry, RenewalEntryKind};
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::{IN_FLIGHT, KnownLicense, Unsettled};
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};
use crate::pipeline::protocol::verify;

/// How far a license server's clock may be behind ours.
const CLOCKS_APART_MINUTES: i64 = 2;

#[derive(Debug, Clone)]
pub(super) struct Renewal {
    /// The end that was paid for, where the shop says one.
    through: Option<Timestamp>,
    met_change_by_hand: bool,
    is_repeated: bool,
    pending: Pending,
}

#[derive(Debug, Clone, Default)]
enum Pending {
    #[default]
    Renew,
    /// Why the license server would not renew, where it is read for that.
    Read {
        refusal: Option<Failure>,
    },
    /// The license whose end has moved, until the log says why.
    ReadLog {
        moved: Box<RemoteLicense>,
    },
    SetTerm(Timestamp),
}

impl Pending {
    const fn request(&self) -> Request {
        match self {
            Self::Renew => Request::Renew,
            Self::Read { .. } => Request::Read,
            Self::ReadLog { .. } => Request::ReadLog,
            Self::SetTerm(end) => Request::Set(Setting::Term(Some(*end))),
        }
    }
}

impl Protocol for Renewal {
    /// A period is added unless an earlier try may have done it, or a person has moved the end.
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        if license.unsettled.is_some() || is_end_moved(license) {
            return self.send(Pending::Read { refusal: None });
        }
        self.send(Pending::Renew)
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match mem::take(&mut self.pending) {
            Pending::Renew => self.on_renewed(license, response.license()?),
            Pending::Read { refusal } => self.on_read(license, response.license()?, refusal),
            Pending::ReadLog { moved } => self.on_log(license, *moved, &response.log()?),
            Pending::SetTerm(end) => self.on_end_set(license, response.license()?, end),
        })
    }

    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        match (&self.pending, &failure.class) {
            (Pending::Renew, FailureClass::Rejected | FailureClass::Conflict) => {
                let refusal = Some(failure.clone());
                Some(self.send(Pending::Read { refusal }))
            }
            _ => None,
        }
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::Read { refusal: None }))
    }

    fn on_found(&mut self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        let refusal = match mem::take(&mut self.pending) {
            Pending::Read { refusal } => refusal,
            Pending::Renew | Pending::ReadLog { .. } | Pending::SetTerm(_) => None,
        };
        self.on_read(license, found, refusal)
    }
}

impl Renewal {
    pub(super) const fn new(through: Option<Timestamp>) -> Self {
        Self {
            through,
            met_change_by_hand: false,
            is_repeated: false,
            pending: Pending::Renew,
        }
    }

    fn send(&mut self, pending: Pending) -> Step {
        let request = pending.request();
        self.pending = pending;
        Step::Send(request)
    }

    fn on_read(
        &mut self,
        license: &mut KnownLicense,
        read: RemoteLicense,
        refusal: Option<Failure>,
    ) -> Step {
        if let Some(refusal) = refusal {
            // What never ends cannot be renewed; whoever made it so gave more than a period.
            return if read.is_perpetual && license.given.end.is_some() {
                keep_theirs(license, read)
            } else {
                Step::Finish(Finish::Failed(refusal))
            };
        }
        if license.unsettled.is_some() {
            return self.settle(license, read);
        }
        license.see(&read);
        if !is_end_moved(license) {
            return self.send(Pending::Renew);
        }
        self.met_change_by_hand = true;
        match (our_end(license), read.expires_at) {
            (Some(ours), Some(theirs)) if !is_reached(theirs, ours) => {
                self.send(Pending::SetTerm(ours))
            }
            _ => keep_theirs(license, read),
        }
    }

    fn on_renewed(&mut self, license: &mut KnownLicense, renewed: RemoteLicense) -> Step {
        let (Some(before), end) = (license.before.clone(), renewed.expires_at) else {
            return self.finish(license, renewed);
        };
        let before = Shown {
            // The period that counted is the one that the license has now.
            interval: renewed.interval.or(before.interval),
            ..before
        };
        if end == before.expires_at {
            return self.on_unmoved(license, renewed, expected_end(&before));
        }
        license.before = Some(before);
        if is_as_expected(license, end) {
            return self.finish(license, renewed);
        }
        self.met_change_by_hand = true;
        match (our_end(license), their_end(license, end)) {
            (Some(ours), Some(theirs)) => self.send(Pending::SetTerm(ours.max(theirs))),
            _ => self.finish(license, renewed),
        }
    }

    /// "Done", but the end has not moved: it is renewed once more, then shown.
    fn on_unmoved(
        &mut self,
        license: &mut KnownLicense,
        unmoved: RemoteLicense,
        expected: Option<Timestamp>,
    ) -> Step {
        if !self.is_repeated {
            self.is_repeated = true;
            // It may have been applied all the same, so that a failure from here on proves nothing.
            license.unsettled = Some(Unsettled {
                planned_at: license.began_at,
                sent_at: None,
            });
            return self.send(Pending::Read { refusal: None });
        }
        let difference = verify::unmoved(expected, &unmoved.shown(license.now));
        Step::Finish(difference.into_finish(self.proof(unmoved)))
    }

    fn on_end_set(&mut self, license: &KnownLicense, set: RemoteLicense, asked: Timestamp) -> Step {
        let Some(difference) = verify::end(Some(asked), &set.shown(license.now)) else {
            return self.finish(license, set);
        };
        if !self.is_repeated {
            self.is_repeated = true;
            return self.send(Pending::SetTerm(asked));
        }
        Step::Finish(difference.into_finish(self.proof(set)))
    }

    /// An earlier renewal may have been applied: has the end moved?
    fn settle(&mut self, license: &mut KnownLicense, read: RemoteLicense) -> Step {
        let before = license.before.as_ref();
        let end_before = before.and_then(|shown| shown.expires_at);
        if end_before.is_some() && end_before == read.expires_at {
            if license.is_landed() {
                license.unsettled = None;
                return self.send(Pending::Renew);
            }
            return wait_until_landed();
        }
        if let Some(end) = read.expires_at
            && let Some(expected) = before.and_then(expected_end)
            && verify::is_same_day(end, expected)
        {
            return Step::Finish(Finish::AlreadySo(self.proof(read)));
        }
        let moved = Box::new(read);
        self.send(Pending::ReadLog { moved })
    }

    /// The end moved, but not by one period: the server's own log decides.
    fn on_log(
        &mut self,
        license: &mut KnownLicense,
        moved: RemoteLicense,
        log: &[RenewalEntry],
    ) -> Step {
        let unsettled = license.unsettled.as_ref();
        let planned_at = unsettled
            .map_or(license.began_at, |unsettled| unsettled.planned_at)
            .plus_minutes(-CLOCKS_APART_MINUTES);
        let is_ours = |entry: &RenewalEntry| {
            entry.kind == RenewalEntryKind::Renewed && entry.at >= planned_at
        };
        if log.iter().any(is_ours) {
            self.met_change_by_hand = true;
            return Step::Finish(Finish::AlreadySo(self.proof(moved)));
        }
        if self.is_paid_by(&moved) {
            return keep_theirs(license, moved);
        }
        if !license.is_landed() {
            return wait_until_landed();
        }
        self.met_change_by_hand = false;
        license.unsettled = None;
        license.see(&moved);
        self.send(Pending::Renew)
    }

    /// Whether the end that was found there covers what was paid for.
    fn is_paid_by(&self, license: &RemoteLicense) -> bool {
        match (self.through, license.expires_at) {
            (Some(through), Some(end)) => is_reached(end, through),
            _ => license.is_perpetual,
        }
    }

    /// The end is the later of ours and theirs by now.
    fn finish(&self, license: &KnownLicense, renewed: RemoteLicense) -> Step {
        let is_theirs = self.met_change_by_hand
            && match (our_end(license), renewed.expires_at) {
                (Some(ours), Some(end)) => !verify::is_same_day(ours, end),
                _ => false,
            };
        if is_theirs {
            return keep_theirs(license, renewed);
        }
        Step::Finish(Finish::Done(self.proof(renewed)))
    }

    fn proof(&self, license: RemoteLicense) -> Proof {
        Proof {
            is_changed_by_hand: self.met_change_by_hand,
            ..Proof::of(license)
        }
    }
}

fn keep_theirs(license: &KnownLicense, theirs: RemoteLicense) -> Step {
    Step::Finish(Finish::KeptByHand(Proof {
        is_changed_by_hand: true,
        our_end: our_end(license),
        ..Proof::of(theirs)
    }))
}

/// A wait like any other for one's turn, and not an attempt of the event's own.
fn wait_until_landed() -> Step {
    Step::Finish(Finish::Failed(Failure {
        class: FailureClass::RateLimited,
        after: IN_FLIGHT.try_into().ok(),
        text: "waiting until a lost renewal can no longer arrive".to_owned(),
        may_have_applied: true,
    }))
}

/// Whether the license was last seen with another end than the one that we gave.
fn is_end_moved(license: &KnownLicense) -> bool {
    let shown = license.before.as_ref();
    match (license.given.end, shown.and_then(|shown| shown.expires_at)) {
        (Some(given), Some(shown)) => !verify::is_same_day(given, shown),
        (Some(_), None) => shown.is_some_and(|shown| shown.is_perpetual),
        (None, _) => false,
    }
}

/// The end that this renewal stands for, whatever a person had set.
fn our_end(license: &KnownLicense) -> Option<Timestamp> {
    let before = license.before.as_ref()?;
    let end = license.given.end.or(before.expires_at)?;
    Some(end.plus_period(before.interval?))
}

/// The end from which a period led to this one.
fn their_end(license: &KnownLicense, end: Option<Timestamp>) -> Option<Timestamp> {
    let period = license.before.as_ref()?.interval?;
    Some(end?.latest_before(period))
}

/// The end that one renewal brings; `None` where the license has no end or no period.
fn expected_end(before: &Shown) -> Option<Timestamp> {
    Some(before.expires_at?.plus_period(before.interval?))
}

/// One period from the end, or from now where servers count like that after the end.
fn is_as_expected(license: &KnownLicense, end: Option<Timestamp>) -> bool {
    let Some(before) = &license.before else {
        return true;
    };
    let (Some(from), Some(period)) = (before.expires_at, before.interval) else {
        return true;
    };
    end.is_some_and(|end| {
        [from, from.max(license.now)]
            .into_iter()
            .any(|from| verify::is_same_day(end, from.plus_period(period)))
    })
}

/// Whether an end lies as late as another, give or take a day.
fn is_reached(end: Timestamp, other: Timestamp) -> bool {
    end > other || verify::is_same_day(end, other)
}
