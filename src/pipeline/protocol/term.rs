//! Ends: read before they are set, and never shortened against a person's will.

use super::{Conversation, Finish, Request, Response, Step, out_of_turn, verify};
use crate::domain::action::Action;
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;

impl Conversation {
    pub(super) fn start_term(&mut self) -> Step {
        match &self.action {
            Action::Renew { .. } => self.start_renewal(),
            Action::SetTerm { end, .. }
                if self.is_fresh() && self.unsettled.is_none() && !self.is_met_by_hand(*end) =>
            {
                Step::Send(Request::Set(Setting::Term(*end)))
            }
            _ => Step::Send(Request::Read),
        }
    }

    pub(super) fn on_term(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(None)) => Step::Finish(Finish::Gone),
            (Some(Request::FindByKey), Response::Found(Some(license)))
            | (Some(Request::Read), Response::License(license)) => self.on_read(license),
            (Some(Request::ReadLog), Response::Log(log)) => self.on_log(&log),
            (Some(Request::Renew), Response::License(license)) => self.on_renewed(license),
            (Some(Request::Set(Setting::Term(end))), Response::License(license)) => {
                self.on_end_set(end, license)
            }
            _ => out_of_turn(),
        }
    }

    fn on_read(&mut self, license: RemoteLicense) -> Step {
        match &self.action {
            Action::Renew { .. } => self.on_renewal_read(license),
            Action::SetTerm { end, .. } => {
                let end = *end;
                self.before_setting_end(end, license)
            }
            _ => out_of_turn(),
        }
    }

    /// A person's later end stands against ours, unless the shop takes time back: then a person must say.
    fn before_setting_end(&mut self, asked: Option<Timestamp>, license: RemoteLicense) -> Step {
        self.is_hand_met = self.unsettled.is_none() && self.is_moved(license.expires_at);
        if verify::end(asked, &license.shown(self.now)).is_none() {
            let proof = self.proof(Some(license));
            return Step::Finish(Finish::AlreadySo(proof));
        }
        self.before = Some(license.shown(self.now));
        if self.is_met_by_hand(asked) {
            let is_taking_back = match (asked, self.given.end) {
                (Some(ours), Some(given)) => ours < given,
                _ => false,
            };
            self.is_hand_met = true;
            let proof = self.proof(Some(license));
            return Step::Finish(if is_taking_back {
                Finish::ByHandMustDecide(proof)
            } else {
                Finish::KeptByHand(proof)
            });
        }
        Step::Send(Request::Set(Setting::Term(asked)))
    }

    /// Whether a person has given more time than we had, and more than is asked now, going by what was shown last.
    fn is_met_by_hand(&self, asked: Option<Timestamp>) -> bool {
        let Some(shown) = self.before.as_ref().filter(|_| !self.is_approved) else {
            return false;
        };
        match (shown.expires_at, asked, self.given.end) {
            (Some(theirs), Some(ours), Some(given)) => theirs > ours && theirs > given,
            (None, Some(_), Some(_)) => shown.is_perpetual,
            (_, _, None) | (_, None, _) => false,
        }
    }

    fn is_moved(&self, end: Option<Timestamp>) -> bool {
        self.given.end.is_some() && self.given.end != end
    }

    fn on_end_set(&mut self, asked: Option<Timestamp>, license: RemoteLicense) -> Step {
        let Some(difference) = verify::end(asked, &license.shown(self.now)) else {
            return match &self.action {
                Action::Renew { .. } => self.finish_renewed(license),
                _ => Step::Finish(Finish::Done(self.proof(Some(license)))),
            };
        };
        if !self.repeated {
            self.repeated = true;
            return Step::Send(Request::Set(Setting::Term(asked)));
        }
        let proof = self.proof(Some(license));
        Step::Finish(difference.into_finish(proof))
    }
}
