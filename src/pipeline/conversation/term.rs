//! Renewals and ends: never twice, never shortened against a person's will.

use super::{Ask, Conversation, Finish, Heard, IN_FLIGHT, Turn, Unsettled, judge, out_of_turn};
use crate::domain::action::Action;
use crate::domain::license::Shown;
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::{RemoteLicense, RenewalEntry, RenewalEntryKind};
use crate::license_servers::reply::{Failure, FailureClass};

/// How far a license server's clock may be behind ours.
const CLOCKS_APART_MINUTES: i64 = 2;

impl Conversation {
    pub(super) fn begin_term(&mut self) -> Turn {
        match &self.action {
            Action::Renew { .. } if self.unsettled.is_none() => Turn::Ask(Ask::Renew),
            Action::SetTerm { end, .. }
                if self.is_fresh() && self.unsettled.is_none() && !self.is_met_by_hand(*end) =>
            {
                Turn::Ask(Ask::Set(Setting::Term(*end)))
            }
            _ => Turn::Ask(Ask::Read),
        }
    }

    pub(super) fn hear_term(&mut self, heard: Heard) -> Turn {
        match (self.last.clone(), heard) {
            (Some(Ask::FindByKey), Heard::Found(None)) => Turn::Finish(Finish::Gone),
            (Some(Ask::FindByKey), Heard::Found(Some(license)))
            | (Some(Ask::Read), Heard::License(license)) => self.hear_read(license),
            (Some(Ask::ReadLog), Heard::Log(log)) => self.hear_log(&log),
            (Some(Ask::Renew), Heard::License(license)) => self.hear_renewed(license),
            (Some(Ask::Set(Setting::Term(end))), Heard::License(license)) => {
                self.hear_end_set(end, license)
            }
            _ => out_of_turn(),
        }
    }

    fn hear_read(&mut self, license: RemoteLicense) -> Turn {
        match &self.action {
            Action::Renew { .. } => self.settle_renewal(license),
            Action::SetTerm { end, .. } => {
                let end = *end;
                self.before_setting_end(end, license)
            }
            _ => out_of_turn(),
        }
    }

    /// An earlier renewal was sent and its answer lost: has the end moved?
    fn settle_renewal(&mut self, license: RemoteLicense) -> Turn {
        let end_before = self.before.as_ref().and_then(|shown| shown.expires_at);
        let end_now = license.expires_at;
        if end_before.is_some() && end_before == end_now {
            if self.is_landed() {
                self.unsettled = None;
                return Turn::Ask(Ask::Renew);
            }
            return wait_until_landed();
        }
        if let (Some(before), Some(now)) = (self.before.as_ref(), end_now)
            && expected_end(before).is_some_and(|expected| judge::is_same_day(now, expected))
        {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::AlreadySo(proof));
        }
        self.doubt = Some(Box::new(license));
        Turn::Ask(Ask::ReadLog)
    }

    /// The end moved, but not by one period: the server's own log decides.
    fn hear_log(&mut self, log: &[RenewalEntry]) -> Turn {
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
        let is_enough = match (&self.action, license.expires_at) {
            (
                Action::Renew {
                    through: Some(through),
                    ..
                },
                Some(end),
            ) => end >= through.plus_hours(-24),
            _ => license.is_perpetual,
        };
        if log.iter().any(is_ours) || is_enough {
            let mut proof = self.proof(Some(*license));
            proof.is_changed_by_hand = true;
            return Turn::Finish(Finish::AlreadySo(proof));
        }
        if !self.is_landed() {
            return wait_until_landed();
        }
        self.before = Some(license.shown(self.now));
        self.unsettled = None;
        Turn::Ask(Ask::Renew)
    }

    fn hear_renewed(&mut self, license: RemoteLicense) -> Turn {
        let end = license.expires_at;
        let Some(before) = self.before.clone() else {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::Done(proof));
        };
        let expected = expected_end(&before);
        if end == before.expires_at {
            return self.hear_unmoved(license, expected);
        }
        let is_as_expected = match (expected, end) {
            (Some(expected), Some(end)) => judge::is_same_day(end, expected),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let mut proof = self.proof(Some(license));
        proof.is_changed_by_hand = !is_as_expected;
        Turn::Finish(Finish::Done(proof))
    }

    /// "Done", but the end has not moved: ask once more, then show it.
    fn hear_unmoved(&mut self, license: RemoteLicense, expected: Option<Timestamp>) -> Turn {
        if !self.repeated {
            self.repeated = true;
            // It may have been applied all the same, so that a failure from here on proves nothing.
            self.unsettled = Some(Unsettled {
                planned_at: self.began_at,
                sent_at: None,
            });
            return Turn::Ask(Ask::Read);
        }
        let difference = judge::unmoved(expected, &license.shown(self.now));
        let proof = self.proof(Some(license));
        Turn::Finish(difference.into_finish(proof))
    }

    /// A person's later end stands against ours, unless the shop takes time back: then a person must say.
    fn before_setting_end(&mut self, asked: Option<Timestamp>, license: RemoteLicense) -> Turn {
        if judge::end(asked, &license.shown(self.now)).is_none() {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::AlreadySo(proof));
        }
        self.before = Some(license.shown(self.now));
        if self.is_met_by_hand(asked) {
            let is_taking_back = match (asked, self.given.end) {
                (Some(ours), Some(given)) => ours < given,
                _ => false,
            };
            let mut proof = self.proof(Some(license));
            proof.is_changed_by_hand = true;
            return Turn::Finish(if is_taking_back {
                Finish::ByHandMustDecide(proof)
            } else {
                Finish::KeptByHand(proof)
            });
        }
        Turn::Ask(Ask::Set(Setting::Term(asked)))
    }

    /// Whether a person has moved the end beyond what is asked now, going by what was shown last.
    fn is_met_by_hand(&self, asked: Option<Timestamp>) -> bool {
        let Some(shown) = self.before.as_ref().filter(|_| !self.is_approved) else {
            return false;
        };
        let is_moved = self.given.end.is_some() && self.given.end != shown.expires_at;
        let is_later = match (shown.expires_at, asked) {
            (Some(theirs), Some(ours)) => theirs > ours,
            (None, Some(_)) => shown.is_perpetual,
            (_, None) => false,
        };
        is_moved && is_later
    }

    fn hear_end_set(&mut self, asked: Option<Timestamp>, license: RemoteLicense) -> Turn {
        let Some(difference) = judge::end(asked, &license.shown(self.now)) else {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::Done(proof));
        };
        if !self.repeated {
            self.repeated = true;
            return Turn::Ask(Ask::Set(Setting::Term(asked)));
        }
        let proof = self.proof(Some(license));
        Turn::Finish(difference.into_finish(proof))
    }
}

/// A wait like any other for one's turn, and not an attempt of the event's own.
fn wait_until_landed() -> Turn {
    Turn::Finish(Finish::Failed(Failure {
        class: FailureClass::RateLimited {
            after: IN_FLIGHT.try_into().ok(),
        },
        text: "waiting until a lost renewal can no longer arrive".to_owned(),
        may_have_applied: true,
    }))
}

/// The end that one renewal brings; `None` where the license has no end or no period.
fn expected_end(before: &Shown) -> Option<Timestamp> {
    Some(before.expires_at?.plus_period(before.interval?))
}
