//! Issuing: the user first, then the license; a conflict is settled by our key.

use super::{Ask, Conversation, Finish, Heard, Holder, Turn, out_of_turn, verify};
use crate::domain::action::Action;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};

impl Conversation {
    pub(super) fn begin_issue(&mut self) -> Turn {
        if self.unsettled.is_some() {
            return Turn::Ask(Ask::FindByKey);
        }
        self.ask_to_issue()
    }

    pub(super) fn hear_issue(&mut self, heard: Heard) -> Turn {
        match (self.last.clone(), heard) {
            (Some(Ask::FindByKey), Heard::Found(Some(license))) => {
                let proof = self.proof(Some(license));
                Turn::Finish(Finish::AlreadySo(proof))
            }
            (Some(Ask::FindByKey), Heard::Found(None)) => self.key_not_found(),
            (Some(Ask::CreateUser | Ask::FindUser | Ask::UpdateUser { .. }), heard) => {
                self.hear_holder(heard)
            }
            (Some(Ask::Issue { .. } | Ask::Read), Heard::License(license)) => {
                self.hear_issued(license)
            }
            _ => out_of_turn(),
        }
    }

    pub(super) fn hear_issue_failure(&mut self, failure: Failure) -> Turn {
        if let Some(turn) = self.hear_holder_failure(&failure) {
            return turn;
        }
        match (self.last.clone(), &failure.class) {
            (Some(Ask::Issue { .. }), FailureClass::Conflict) => {
                self.repeated = true;
                Turn::Ask(Ask::FindByKey)
            }
            (
                Some(Ask::Issue { user_id: Some(_) }),
                FailureClass::NotFound | FailureClass::Rejected,
            ) if !self.is_user_asked => {
                self.holder = Holder::Unknown;
                self.ask_to_issue()
            }
            _ => Turn::Finish(Finish::Failed(failure)),
        }
    }

    pub(super) fn ask_to_issue(&mut self) -> Turn {
        Turn::Ask(match &self.holder {
            Holder::Unknown => self.ask_for_holder(),
            Holder::Remembered(id) => Ask::Issue {
                user_id: Some(id.clone()),
            },
            Holder::Nobody => Ask::Issue { user_id: None },
        })
    }

    /// Taken, says the create; absent, says the search: the search lags behind, so ask again later.
    fn key_not_found(&mut self) -> Turn {
        if self.repeated {
            return Turn::Finish(Finish::Failed(Failure {
                class: FailureClass::Transient,
                text: "the license server says that the key is taken, but does not find it yet"
                    .to_owned(),
                after: None,
                may_have_applied: true,
            }));
        }
        self.unsettled = None;
        self.ask_to_issue()
    }

    fn hear_issued(&mut self, license: RemoteLicense) -> Turn {
        let Action::Issue(issue) = &self.action else {
            return out_of_turn();
        };
        match verify::issued(issue, &license, self.now) {
            None => {
                let proof = self.proof(Some(license));
                Turn::Finish(Finish::Done(proof))
            }
            Some(difference) => {
                let proof = self.proof(Some(license));
                Turn::Finish(difference.into_finish(proof))
            }
        }
    }
}
