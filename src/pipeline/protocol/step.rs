//! What follows from a response: the next request, or the end of the action; and the form that each protocol has.

use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};

/// The protocol of one kind of action.
///
/// A license that is gone and a change whose response cannot be read are handled for all of them by the conversation,
/// which asks the protocol only how it goes on then.
pub(super) trait Protocol {
    /// The first step.
    fn start(&mut self, license: &mut KnownLicense) -> Step;

    /// What follows from the response to the pending request.
    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch>;

    /// What follows from the failure of the pending request; `None` where it has failed like any other.
    fn on_failure(&mut self, _license: &mut KnownLicense, _failure: &Failure) -> Option<Step> {
        None
    }

    /// Looks up whether a change was made whose response cannot be read; `None` where the response of no change is read.
    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        None
    }

    /// Goes on with a license that was found by its key, after the pending request did not find it by its id.
    fn on_found(&mut self, license: &mut KnownLicense, _found: RemoteLicense) -> Step {
        self.start(license)
    }
}

/// What follows.
#[derive(Debug, Clone)]
pub enum Step {
    /// Send this request next.
    Send(Request),
    /// The action has come to its end.
    Finish(Finish),
}

/// How an action ended.
#[derive(Debug, Clone)]
pub enum Finish {
    /// Done and compared with what was asked.
    Done(Proof),
    /// It was so already, or an earlier try had been applied.
    AlreadySo(Proof),
    /// A person at the license server had set something that stands; nothing was changed.
    KeptByHand(Proof),
    /// A person had set a later end than the one that is to be taken away; a person must say.
    ByHandMustDecide(Proof),
    /// The license is not there any more.
    Gone,
    /// It answered "done" twice but shows something else.
    Differs {
        /// What was asked, in words.
        ours: String,
        /// What it shows, in words.
        theirs: String,
        /// The license as shown.
        proof: Proof,
    },
    /// It failed; the class says what next.
    Failed(Failure),
}

/// What the license server showed at the end.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The license, where a response carried it.
    pub license: Option<Box<RemoteLicense>>,
    /// Whether a person's change was met on the way.
    pub is_changed_by_hand: bool,
    /// The end that a renewal stands for, where the end that a person set is kept.
    pub our_end: Option<Timestamp>,
    /// The server's words if it refused the user; the license was made all the same.
    pub user_refused: Option<String>,
    /// The user that was found or made, and is to be remembered.
    pub user_id: Option<String>,
    /// Further users by their place among the addresses.
    pub further_users: Vec<(usize, String)>,
}

impl Proof {
    pub(super) fn of(license: RemoteLicense) -> Self {
        Self {
            license: Some(Box::new(license)),
            ..Self::default()
        }
    }
}

impl From<Mismatch> for Step {
    /// It proves nothing: the request may have been carried out.
    fn from(_mismatch: Mismatch) -> Self {
        Self::Finish(Finish::Failed(Failure {
            class: FailureClass::Transient,
            text: "the license server's answer does not fit the question".to_owned(),
            after: None,
            may_have_applied: true,
        }))
    }
}
