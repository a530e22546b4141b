//! Issuing: the user first, then the license; a conflict is settled by our key.

use super::{Conversation, Finish, Holder, Request, Response, Step, out_of_turn, verify};
use crate::domain::action::Action;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};

impl Conversation {
    pub(super) fn start_issue(&mut self) -> Step {
        if self.unsettled.is_some() {
            return Step::Send(Request::FindByKey);
        }
        self.ask_to_issue()
    }

    pub(super) fn on_issue(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(Some(license))) => {
                let proof = self.proof(Some(license));
                Step::Finish(Finish::AlreadySo(proof))
            }
            (Some(Request::FindByKey), Response::Found(None)) => self.key_not_found(),
            (
                Some(Request::CreateUser | Request::FindUser | Request::UpdateUser { .. }),
                response,
            ) => self.on_holder(response),
            (Some(Request::Issue { .. } | Request::Read), Response::License(license)) => {
                self.on_issued(license)
            }
            _ => out_of_turn(),
        }
    }

    pub(super) fn on_issue_failure(&mut self, failure: Failure) -> Step {
        if let Some(step) = self.on_holder_failure(&failure) {
            return step;
        }
        match (self.last.clone(), &failure.class) {
            (Some(Request::Issue { .. }), FailureClass::Conflict) => {
                self.repeated = true;
                Step::Send(Request::FindByKey)
            }
            (
                Some(Request::Issue { user_id: Some(_) }),
                FailureClass::NotFound | FailureClass::Rejected,
            ) if !self.is_user_asked => {
                self.holder = Holder::Unknown;
                self.ask_to_issue()
            }
            _ => Step::Finish(Finish::Failed(failure)),
        }
    }

    pub(super) fn ask_to_issue(&mut self) -> Step {
        Step::Send(match &self.holder {
            Holder::Unknown => self.ask_for_holder(),
            Holder::Remembered(id) => Request::Issue {
                user_id: Some(id.clone()),
            },
            Holder::Nobody => Request::Issue { user_id: None },
        })
    }

    /// Taken, says the create; absent, says the search: the search lags behind, so ask again later.
    fn key_not_found(&mut self) -> Step {
        if self.repeated {
            return Step::Finish(Finish::Failed(Failure {
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

    fn on_issued(&mut self, license: RemoteLicense) -> Step {
        let Action::Issue(issue) = &self.action else {
            return out_of_turn();
        };
        match verify::issued(issue, &license, self.now) {
            None => {
                let proof = self.proof(Some(license));
                Step::Finish(Finish::Done(proof))
            }
            Some(difference) => {
                let proof = self.proof(Some(license));
                Step::Finish(difference.into_finish(proof))
            }
        }
    }
}
