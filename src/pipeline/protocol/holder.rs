//! Whom a license is linked to: made, else found, else left out; a license never waits for its user.

use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::Proof;
use crate::pipeline::protocol::user_fields::UserFields;

/// What is known of the holder of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Nobody shall be linked, or nobody is known.
    Nobody,
    /// Remembered from before, or made or found by now. One that is remembered may turn out gone.
    Remembered(String),
    /// To be made.
    Unknown,
}

/// The user that a license is linked to.
#[derive(Debug, Clone)]
pub(super) struct User {
    holder: Holder,
    /// Whether the license server was asked for the user by now, so that its id cannot be one remembered wrongly.
    is_asked: bool,
    /// Why the license is linked to nobody.
    refused: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum UserRequest {
    Create,
    Find,
    Update { user_id: String, fields: UserFields },
}

impl UserRequest {
    pub(super) fn request(&self) -> Request {
        match self {
            Self::Create => Request::CreateUser,
            Self::Find => Request::FindUser,
            Self::Update { user_id, fields } => Request::UpdateUser {
                user_id: user_id.clone(),
                fields: *fields,
            },
        }
    }
}

/// What follows from a response about the user.
pub(super) enum UserStep {
    Send(UserRequest),
    /// The holder is known, or nobody is linked.
    Settled,
}

impl User {
    pub(super) const fn new(holder: Holder) -> Self {
        Self {
            holder,
            is_asked: false,
            refused: None,
        }
    }

    pub(super) const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The user's id, where the license is to be linked to one.
    pub(super) const fn id(&self) -> Option<&String> {
        match &self.holder {
            Holder::Remembered(id) => Some(id),
            Holder::Nobody | Holder::Unknown => None,
        }
    }

    pub(super) const fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// The user is made without a look for one: most buyers are new.
    pub(super) const fn create(&mut self) -> UserRequest {
        self.is_asked = true;
        UserRequest::Create
    }

    /// The license is linked to somebody already, and stays so.
    pub(super) fn leave_as_it_is(&mut self) {
        self.holder = Holder::Nobody;
    }

    pub(super) fn on_response(&mut self, response: Response) -> Result<UserStep, Mismatch> {
        match response {
            Response::User(Some(id)) => {
                self.holder = Holder::Remembered(id);
                Ok(UserStep::Settled)
            }
            Response::User(None) => Ok(self
                .leave_out("the address is taken, but no user with exactly this address is shown")),
            Response::UserBehind { id, fields } => {
                self.holder = Holder::Remembered(id.clone());
                Ok(UserStep::Send(UserRequest::Update {
                    user_id: id,
                    fields,
                }))
            }
            _ => Err(Mismatch),
        }
    }

    /// What a failure to make or find the user leaves to be done; `None` where it has failed like any other request.
    pub(super) fn on_failure(
        &mut self,
        pending: &UserRequest,
        failure: &Failure,
    ) -> Option<UserStep> {
        match (pending, &failure.class) {
            (UserRequest::Create, FailureClass::Conflict | FailureClass::Unreadable { .. }) => {
                Some(UserStep::Send(UserRequest::Find))
            }
            (UserRequest::Create | UserRequest::Find, class) if is_about_the_request(class) => {
                Some(self.leave_out(&failure.text))
            }
            (UserRequest::Update { .. }, class) if is_about_the_request(class) => {
                Some(UserStep::Settled)
            }
            _ => None,
        }
    }

    pub(super) fn proof(&self, license: RemoteLicense) -> Proof {
        Proof {
            user_refused: self.refused.clone(),
            user_id: self.id().filter(|_| self.is_asked).cloned(),
            ..Proof::of(license)
        }
    }

    fn leave_out(&mut self, why: &str) -> UserStep {
        self.refused = Some(why.to_owned());
        self.holder = Holder::Nobody;
        UserStep::Settled
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
