//! Issue: the user is made first, then the license; a taken key is settled by looking for it.
//!
//! An issue whose outcome is not known is looked for by its key before another one is sent.

use std::mem;

use crate::domain::action::Issue;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::holder::{Holder, User, UserRequest, UserStep};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Protocol, Step};
use crate::pipeline::protocol::verify;

#[derive(Debug, Clone)]
pub(super) struct Issuance {
    issue: Box<Issue>,
    user: User,
    /// Whether the license server has said that there is a license with this key.
    is_key_taken: bool,
    pending: Pending,
}

#[derive(Debug, Clone, Default)]
enum Pending {
    #[default]
    Find,
    User(UserRequest),
    Issue {
        user_id: Option<String>,
    },
}

impl Pending {
    fn request(&self) -> Request {
        match self {
            Self::Find => Request::FindByKey,
            Self::User(request) => request.request(),
            Self::Issue { user_id } => Request::Issue {
                user_id: user_id.clone(),
            },
        }
    }
}

impl Protocol for Issuance {
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        if license.unsettled.is_some() {
            return self.send(Pending::Find);
        }
        self.issue()
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match mem::take(&mut self.pending) {
            Pending::Find => match response.found()? {
                Some(found) => self.on_found_by_key(license, found),
                None => self.on_key_not_found(license),
            },
            Pending::User(_) => {
                let step = self.user.on_response(response)?;
                self.go_on(step)
            }
            Pending::Issue { .. } => self.on_issued(license, response.license()?),
        })
    }

    /// Handles every failure: a license that is not there yet cannot be gone.
    fn on_failure(&mut self, _license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        let is_user_asked = self.user.is_asked();
        match (&self.pending, &failure.class) {
            (Pending::User(request), _) => {
                if let Some(step) = self.user.on_failure(request, failure) {
                    return Some(self.go_on(step));
                }
            }
            (Pending::Issue { .. }, FailureClass::Conflict) => {
                self.is_key_taken = true;
                return Some(self.send(Pending::Find));
            }
            // The user that was remembered may be gone.
            (
                Pending::Issue { user_id: Some(_) },
                FailureClass::NotFound | FailureClass::Rejected,
            ) if !is_user_asked => {
                self.user = User::new(Holder::Unknown);
                return Some(self.issue());
            }
            _ => {}
        }
        Some(Step::Finish(Finish::Failed(failure.clone())))
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::Find))
    }
}

impl Issuance {
    pub(super) const fn new(issue: Box<Issue>) -> Self {
        Self {
            issue,
            user: User::new(Holder::Nobody),
            is_key_taken: false,
            pending: Pending::Find,
        }
    }

    pub(super) fn link_to(&mut self, holder: Holder) {
        self.user = User::new(holder);
    }

    fn send(&mut self, pending: Pending) -> Step {
        let request = pending.request();
        self.pending = pending;
        Step::Send(request)
    }

    fn issue(&mut self) -> Step {
        let pending = match self.user.holder() {
            Holder::Unknown => Pending::User(self.user.create()),
            Holder::Remembered(id) => Pending::Issue {
                user_id: Some(id.clone()),
            },
            Holder::Nobody => Pending::Issue { user_id: None },
        };
        self.send(pending)
    }

    fn go_on(&mut self, step: UserStep) -> Step {
        match step {
            UserStep::Send(request) => self.send(Pending::User(request)),
            UserStep::Settled => self.issue(),
        }
    }

    fn on_found_by_key(&self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        license.found_id = Some(found.id.clone());
        Step::Finish(Finish::AlreadySo(self.user.proof(found)))
    }

    /// Taken, says the issue; absent, says the search: the search lags behind, so ask again later.
    fn on_key_not_found(&mut self, license: &mut KnownLicense) -> Step {
        if self.is_key_taken {
            return Step::Finish(Finish::Failed(Failure {
                class: FailureClass::Transient,
                text: "the license server says that the key is taken, but does not find it yet"
                    .to_owned(),
                after: None,
                may_have_applied: true,
            }));
        }
        license.unsettled = None;
        self.issue()
    }

    fn on_issued(&self, license: &KnownLicense, issued: RemoteLicense) -> Step {
        let difference = verify::issued(&self.issue, &issued, license.now);
        let proof = self.user.proof(issued);
        Step::Finish(match difference {
            None => Finish::Done(proof),
            Some(difference) => difference.into_finish(proof),
        })
    }
}
