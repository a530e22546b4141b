//! What is said to a license server to carry out one action, and what its answers prove.
//!
//! In comes an action and what is known of its license; out goes the next request ([`Request`]), and once its answer
//! ([`Response`]) has come, the one after it or the end. Pure: sending and records are left to the room `execution`. An earlier
//! try whose answer was lost is settled before anything else is asked.

mod features;
mod holder;
mod issue;
mod machines;
mod people;
mod renewal;
mod request;
mod settings;
mod term;
#[cfg(test)]
mod tests;
pub mod user_fields;
mod verify;

use jiff::SignedDuration;

use crate::domain::action::Action;
use crate::domain::license::{Given, Shown};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};

pub use people::Known;
pub use request::{Manager, Request, Response};

/// How long a license that was read counts as known.
pub const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// How long after it left a lost call may still arrive.
const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(15);

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
        /// What was asked.
        ours: String,
        /// What it shows.
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
    /// The license, where an answer carried it.
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

/// What is known of the holder when an issue begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Nobody shall be linked, or nobody is known.
    Nobody,
    /// Remembered from before; may step out gone.
    Remembered(String),
    /// To be made.
    Unknown,
}

/// An earlier try whose answer is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// When the action was put on record, before anything was sent.
    pub planned_at: Timestamp,
    /// When it left, while no answer came; `None` when the server itself said that it failed, which is believed at once.
    pub sent_at: Option<Timestamp>,
}

/// The conversation about one action on one license.
#[derive(Debug, Clone)]
pub struct Conversation {
    action: Action,
    given: Given,
    before: Option<Shown>,
    unsettled: Option<Unsettled>,
    began_at: Timestamp,
    now: Timestamp,
    holder: Holder,
    user_refused: Option<String>,
    /// Whether the user's id was asked for by now, so that it cannot be one remembered wrongly.
    is_user_asked: bool,
    last: Option<Request>,
    repeated: bool,
    searched_gone: bool,
    /// Machines that are still to be freed.
    machines: Vec<String>,
    /// What features are known, and what is to be sent about them.
    features: features::Features,
    /// What is known of people beyond the holder.
    people: people::People,
    /// How often machines were listed.
    listings: u32,
    /// The id of the license that was found by our key.
    found_id: Option<String>,
    /// A license whose end moved unexpectedly, until the log says why.
    doubt: Option<Box<RemoteLicense>>,
    /// Whether a person has said that what another person set shall give way.
    is_approved: bool,
    /// The notes as they were just read; `None` = they were not, so that nothing may be written in their place.
    notes: Option<Option<String>>,
    /// Whether a person had changed there what the action is about.
    is_hand_met: bool,
    /// Why the license server would not renew, until the license is read.
    refusal: Option<Failure>,
    /// A change that was answered in a way that cannot be read, and how.
    unread: Option<(Request, Failure)>,
}

impl Conversation {
    /// Begins; `before` is what the license server last showed, `unsettled` an earlier try of this action.
    pub fn new(
        action: Action,
        given: Given,
        before: Option<Shown>,
        unsettled: Option<Unsettled>,
        now: Timestamp,
    ) -> Self {
        Self {
            action,
            given,
            before,
            unsettled,
            began_at: now,
            now,
            holder: Holder::Nobody,
            user_refused: None,
            is_user_asked: false,
            last: None,
            repeated: false,
            searched_gone: false,
            machines: Vec::new(),
            features: features::Features::default(),
            people: people::People::default(),
            listings: 0,
            found_id: None,
            doubt: None,
            is_approved: false,
            notes: None,
            is_hand_met: false,
            refusal: None,
            unread: None,
        }
    }

    /// Says whom a new license is to be linked to.
    pub fn with_holder(mut self, holder: Holder) -> Self {
        self.holder = holder;
        self
    }

    /// Says that a person has approved it, even against what another person set.
    pub fn approved(mut self, is_approved: bool) -> Self {
        self.is_approved = is_approved;
        self
    }

    /// The first thing to ask.
    pub fn start(&mut self) -> Step {
        let step = match &self.action {
            Action::Issue(_) => self.start_issue(),
            Action::Renew { .. } | Action::SetTerm { .. } => self.start_term(),
            Action::Delete { .. } => Step::Send(Request::Delete),
            Action::ReleaseMachines => self.list_machines(),
            Action::Assign { .. } => self.start_people(),
            Action::SetEntitlements {
                entitlement_set_id: None,
                ..
            } => self.start_features(),
            _ => self.start_setting(),
        };
        self.remember(step)
    }

    /// What an answer proves, and what follows from it.
    pub fn on_response(&mut self, now: Timestamp, answer: Result<Response, Failure>) -> Step {
        self.now = now;
        let step = match answer {
            Ok(response) => self.on_success(response),
            Err(failure) => self.on_failure(failure),
        };
        let step = self.keep_in_doubt(self.ask_no_more(step));
        self.remember(step)
    }

    /// While an earlier try is not settled, no failure proves that nothing was applied.
    fn keep_in_doubt(&self, step: Step) -> Step {
        match step {
            Step::Finish(Finish::Failed(failure)) if self.unsettled.is_some() => {
                Step::Finish(Finish::Failed(Failure {
                    may_have_applied: true,
                    ..failure
                }))
            }
            step => step,
        }
    }

    /// What was answered in a way that cannot be read, and does not show when it is looked up, is for a person.
    fn ask_no_more(&self, step: Step) -> Step {
        match (step, &self.unread) {
            (Step::Send(ask), Some((asked, failure))) if ask == *asked => {
                Step::Finish(Finish::Failed(failure.clone()))
            }
            (step, _) => step,
        }
    }

    fn remember(&mut self, step: Step) -> Step {
        if let Step::Send(ask) = &step {
            self.last = Some(ask.clone());
        }
        step
    }

    fn on_success(&mut self, response: Response) -> Step {
        if let Response::Found(Some(license)) = &response {
            self.found_id = Some(license.id.clone());
        }
        match &self.action {
            Action::Issue(_) => self.on_issue(response),
            Action::Renew { .. } | Action::SetTerm { .. } => self.on_term(response),
            Action::Delete { .. } => finish_done(),
            Action::ReleaseMachines => self.on_machines(response),
            Action::Assign { .. } => self.on_people(response),
            Action::SetEntitlements {
                entitlement_set_id: None,
                ..
            } => self.on_features(response),
            _ => self.on_setting(response),
        }
    }

    fn on_failure(&mut self, failure: Failure) -> Step {
        if let Some(step) = self.look_up_unreadable(&failure) {
            return step;
        }
        let is_freeing = matches!(self.last, Some(Request::FreeMachine(_)));
        if is_freeing && failure.class == FailureClass::NotFound {
            return self.free_next();
        }
        if let Some(step) = self.on_feature_failure(&failure) {
            return step;
        }
        if matches!(self.action, Action::Issue(_)) {
            return self.on_issue_failure(failure);
        }
        if let Some(step) = self.on_link_failure(&failure) {
            return step;
        }
        if let Some(step) = self.on_people_failure(&failure) {
            return step;
        }
        match (&failure.class, &self.action) {
            (FailureClass::NotFound, Action::Delete { .. }) => finish_done(),
            (FailureClass::NotFound, _) if self.last == Some(Request::FindByKey) => {
                Step::Finish(Finish::Gone)
            }
            (FailureClass::NotFound, _) if !self.searched_gone => {
                self.searched_gone = true;
                Step::Send(Request::FindByKey)
            }
            (FailureClass::NotFound, _) => Step::Finish(Finish::Gone),
            (FailureClass::Rejected | FailureClass::Conflict, Action::Renew { .. })
                if self.last == Some(Request::Renew) =>
            {
                self.refusal = Some(failure);
                Step::Send(Request::Read)
            }
            _ => Step::Finish(Finish::Failed(failure)),
        }
    }

    /// A change whose answer cannot be read may have been made: it is settled like one whose answer was lost, but at once.
    fn look_up_unreadable(&mut self, failure: &Failure) -> Option<Step> {
        let asked = self.last.clone().filter(Request::is_changing)?;
        if !matches!(failure.class, FailureClass::Unreadable { .. }) || self.unread.is_some() {
            return None;
        }
        let failure = Failure {
            may_have_applied: true,
            ..failure.clone()
        };
        self.unread = Some((asked.clone(), failure));
        self.unsettled = Some(Unsettled {
            planned_at: self.began_at,
            sent_at: None,
        });
        Some(match asked {
            Request::Issue { .. } => Step::Send(Request::FindByKey),
            Request::AddFeature { .. } | Request::ChangeFeature { .. } => self.start_features(),
            _ => Step::Send(Request::Read),
        })
    }

    /// What the license server showed before the action, as far as it is known by now.
    pub fn before(&self) -> Option<&Shown> {
        self.before.as_ref()
    }

    /// The license's id at the license server, where it was found under another one than we remember.
    pub fn found_id(&self) -> Option<&str> {
        self.found_id.as_deref()
    }

    /// Whether what was last shown is young enough to act on.
    fn is_fresh(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|shown| self.now.since(shown.read_at) <= FRESH)
    }

    /// Whether a lost try can no longer arrive.
    fn is_landed(&self) -> bool {
        let sent_at = self
            .unsettled
            .as_ref()
            .and_then(|unsettled| unsettled.sent_at);
        sent_at.is_none_or(|sent_at| self.now.since(sent_at) >= IN_FLIGHT)
    }

    fn proof(&self, license: Option<RemoteLicense>) -> Proof {
        Proof {
            license: license.map(Box::new),
            user_refused: self.user_refused.clone(),
            user_id: match &self.holder {
                Holder::Remembered(id) if self.is_user_asked => Some(id.clone()),
                Holder::Remembered(_) | Holder::Nobody | Holder::Unknown => None,
            },
            further_users: self.people.known(),
            is_changed_by_hand: self.is_hand_met,
            our_end: None,
        }
    }
}

fn finish_done() -> Step {
    Step::Finish(Finish::Done(Proof::default()))
}

/// An answer that does not fit the question: treated as a failure that may have been applied.
fn out_of_turn() -> Step {
    Step::Finish(Finish::Failed(Failure {
        class: FailureClass::Transient,
        text: "the license server's answer does not fit the question".to_owned(),
        after: None,
        may_have_applied: true,
    }))
}
