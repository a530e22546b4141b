//! Renewals: one period for each charge. An end that a person set stands where it is the later of the two.

use super::{
    Conversation, Finish, IN_FLIGHT, Proof, Request, Step, Unsettled, out_of_turn, verify,
};
use crate::domain::action::Action;
use crate::domain::license::Shown;
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::{RemoteLicense, RenewalEntry, RenewalEntryKind};
use crate::license_servers::reply::{Failure, FailureClass};

/// How far a license server's clock may be behind ours.
const CLOCKS_APART_MINUTES: i64 = 2;

impl Conversation {
    /// A period is added unless an earlier try may have done it, or a person has moved the end.
    pub(super) fn start_renewal(&self) -> Step {
        Step::Send(if self.unsettled.is_some() || self.is_end_moved() {
            Request::Read
        } else {
            Request::Renew
        })
    }

    pub(super) fn on_renewal_read(&mut self, license: RemoteLicense) -> Step {
        if let Some(refusal) = self.refusal.take() {
            // What never ends cannot be renewed; whoever made it so gave more than a period.
            return if license.is_perpetual && self.given.end.is_some() {
                self.keep_theirs(license)
            } else {
                Step::Finish(Finish::Failed(refusal))
            };
        }
        if self.unsettled.is_some() {
            return self.settle_renewal(license);
        }
        self.before = Some(license.shown(self.now));
        if !self.is_end_moved() {
            return Step::Send(Request::Renew);
        }
        self.is_hand_met = true;
        match (self.our_end(), license.expires_at) {
            (Some(ours), Some(theirs)) if !is_reached(theirs, ours) => {
                Step::Send(Request::Set(Setting::Term(Some(ours))))
            }
            _ => self.keep_theirs(license),
        }
    }

    pub(super) fn on_renewed(&mut self, license: RemoteLicense) -> Step {
        let (Some(before), end) = (self.before.clone(), license.expires_at) else {
            return self.finish_renewed(license);
        };
        let before = Shown {
            // The period that counted is the one that the license has now.
            interval: license.interval.or(before.interval),
            ..before
        };
        if end == before.expires_at {
            return self.on_unmoved(license, expected_end(&before));
        }
        self.before = Some(before);
        if self.is_as_expected(end) {
            return self.finish_renewed(license);
        }
        self.is_hand_met = true;
        match (self.our_end(), self.their_end(end)) {
            (Some(ours), Some(theirs)) => {
                Step::Send(Request::Set(Setting::Term(Some(ours.max(theirs)))))
            }
            _ => self.finish_renewed(license),
        }
    }

    /// The end is the later of ours and theirs by now.
    pub(super) fn finish_renewed(&self, license: RemoteLicense) -> Step {
        let is_theirs = self.is_hand_met
            && match (self.our_end(), license.expires_at) {
                (Some(ours), Some(end)) => !verify::is_same_day(ours, end),
                _ => false,
            };
        if is_theirs {
            return self.keep_theirs(license);
        }
        Step::Finish(Finish::Done(self.proof(Some(license))))
    }

    fn keep_theirs(&self, license: RemoteLicense) -> Step {
        Step::Finish(Finish::KeptByHand(Proof {
            is_changed_by_hand: true,
            our_end: self.our_end(),
            ..self.proof(Some(license))
        }))
    }

    /// Whether the license was last seen with another end than the one that we gave.
    fn is_end_moved(&self) -> bool {
        let shown = self.before.as_ref();
        match (self.given.end, shown.and_then(|shown| shown.expires_at)) {
            (Some(given), Some(shown)) => !verify::is_same_day(given, shown),
            (Some(_), None) => shown.is_some_and(|shown| shown.is_perpetual),
            (None, _) => false,
        }
    }

    /// The end that this renewal stands for, whatever a person had set.
    fn our_end(&self) -> Option<Timestamp> {
        let before = self.before.as_ref()?;
        let end = self.given.end.or(before.expires_at)?;
        Some(end.plus_period(before.interval?))
    }

    /// The end from which a period led to this one.
    fn their_end(&self, end: Option<Timestamp>) -> Option<Timestamp> {
        let period = self.before.as_ref()?.interval?;
        Some(end?.latest_before(period))
    }

    /// One period from the end, or from now where servers count like that after the end.
    fn is_as_expected(&self, end: Option<Timestamp>) -> bool {
        let Some(before) = &self.before else {
            return true;
        };
        let (Some(from), Some(period)) = (before.expires_at, before.interval) else {
            return true;
        };
        end.is_some_and(|end| {
            [from, from.max(self.now)]
                .into_iter()
                .any(|from| verify::is_same_day(end, from.plus_period(period)))
        })
    }

    /// An earlier renewal was sent and its answer lost: has the end moved?
    fn settle_renewal(&mut self, license: RemoteLicense) -> Step {
        let end_before = self.before.as_ref().and_then(|shown| shown.expires_at);
        let end_now = license.expires_at;
        if end_before.is_some() && end_before == end_now {
            if self.is_landed() {
                self.unsettled = None;
                return Step::Send(Request::Renew);
            }
            return wait_until_landed();
        }
        if let (Some(before), Some(now)) = (self.before.as_ref(), end_now)
            && expected_end(before).is_some_and(|expected| verify::is_same_day(now, expected))
        {
            let proof = self.proof(Some(license));
            return Step::Finish(Finish::AlreadySo(proof));
        }
        self.doubt = Some(Box::new(license));
        Step::Send(Request::ReadLog)
    }

    /// The end moved, but not by one period: the server's own log decides.
    pub(super) fn on_log(&mut self, log: &[RenewalEntry]) -> Step {
        let Some(license) = self.doubt.take() else {
            return out_of_turn();
        };
        let planned_at = self
            .unsettled
            .as_ref()
            .map_or(self.began_at, |unsettled| unsettled.planned_at)
            .plus_minutes(-CLOCKS_APART_MINUTES);
        let is_ours = |entry: &RenewalEntry| {
            entry.kind == RenewalEntryKind::Renewed && entry.at >= planned_at
        };
        self.is_hand_met = true;
        if log.iter().any(is_ours) {
            let proof = self.proof(Some(*license));
            return Step::Finish(Finish::AlreadySo(proof));
        }
        if self.is_enough(&license) {
            return self.keep_theirs(*license);
        }
        if !self.is_landed() {
            return wait_until_landed();
        }
        self.is_hand_met = false;
        self.unsettled = None;
        self.before = Some(license.shown(self.now));
        Step::Send(Request::Renew)
    }

    /// Whether the end that was found there covers what was paid for.
    fn is_enough(&self, license: &RemoteLicense) -> bool {
        match (&self.action, license.expires_at) {
            (
                Action::Renew {
                    through: Some(through),
                    ..
                },
                Some(end),
            ) => is_reached(end, *through),
            _ => license.is_perpetual,
        }
    }

    /// "Done", but the end has not moved: ask once more, then show it.
    fn on_unmoved(&mut self, license: RemoteLicense, expected: Option<Timestamp>) -> Step {
        if !self.repeated {
            self.repeated = true;
            // It may have been applied all the same, so that a failure from here on proves nothing.
            self.unsettled = Some(Unsettled {
                planned_at: self.began_at,
                sent_at: None,
            });
            return Step::Send(Request::Read);
        }
        let difference = verify::unmoved(expected, &license.shown(self.now));
        let proof = self.proof(Some(license));
        Step::Finish(difference.into_finish(proof))
    }
}

/// Whether an end lies as late as another, give or take a day.
fn is_reached(end: Timestamp, other: Timestamp) -> bool {
    end > other || verify::is_same_day(end, other)
}

/// A wait like any other for one's step, and not an attempt of the event's own.
fn wait_until_landed() -> Step {
    Step::Finish(Finish::Failed(Failure {
        class: FailureClass::RateLimited,
        after: IN_FLIGHT.try_into().ok(),
        text: "waiting until a lost renewal can no longer arrive".to_owned(),
        may_have_applied: true,
    }))
}

/// The end that one renewal brings; `None` where the license has no end or no period.
fn expected_end(before: &Shown) -> Option<Timestamp> {
    Some(before.expires_at?.plus_period(before.interval?))
}
