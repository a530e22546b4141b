//! Whom a license is linked to: made, else found, else left out; a license never waits for its user.

use super::{Conversation, Holder, Request, Response, Step, out_of_turn};
use crate::domain::action::Action;
use crate::license_servers::reply::{Failure, FailureClass};

impl Conversation {
    /// The user is made without a look for one: most buyers are new.
    pub(super) const fn ask_for_holder(&mut self) -> Request {
        self.is_user_asked = true;
        Request::CreateUser
    }

    /// What follows from an answer about the user.
    pub(super) fn on_holder(&mut self, response: Response) -> Step {
        match response {
            Response::User(Some(id)) => {
                self.holder = Holder::Remembered(id);
                self.go_on()
            }
            Response::User(None) => {
                self.user_refused = Some(
                    "the address is taken, but no user with exactly this address is shown"
                        .to_owned(),
                );
                self.holder = Holder::Nobody;
                self.go_on()
            }
            Response::UserBehind { id, fields } => {
                self.holder = Holder::Remembered(id.clone());
                Step::Send(Request::UpdateUser {
                    user_id: id,
                    fields,
                })
            }
            _ => out_of_turn(),
        }
    }

    /// What a failure to make or find the user leaves to be done; `None` when it is handled like any other.
    pub(super) fn on_holder_failure(&mut self, failure: &Failure) -> Option<Step> {
        match (self.last.as_ref()?, &failure.class) {
            (Request::CreateUser, FailureClass::Conflict | FailureClass::Unreadable { .. }) => {
                Some(Step::Send(Request::FindUser))
            }
            (Request::CreateUser | Request::FindUser, class) if is_about_the_request(class) => {
                self.user_refused = Some(failure.text.clone());
                self.holder = Holder::Nobody;
                Some(self.go_on())
            }
            // A license never waits for a user's details.
            (Request::UpdateUser { .. }, class) if is_about_the_request(class) => {
                Some(self.go_on())
            }
            _ => None,
        }
    }

    fn go_on(&mut self) -> Step {
        match self.action {
            Action::Issue(_) => self.ask_to_issue(),
            _ => self.ask_for_setting(),
        }
    }
}

/// Whether a failure is about what was asked, and not about the server as a whole.
const fn is_about_the_request(class: &FailureClass) -> bool {
    match class {
        FailureClass::NotFound
        | FailureClass::Conflict
        | FailureClass::Rejected
        | FailureClass::Unreadable { .. }
        | FailureClass::PlanLimit
        | FailureClass::Forbidden { .. } => true,
        FailureClass::Transient | FailureClass::RateLimited | FailureClass::Unauthorized => false,
    }
}
