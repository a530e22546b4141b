//! What is said to a license server to carry out one action, and what its answers prove.
//!
//! In comes an action and what is known of its license; out goes the next request ([`Ask`]), and once its answer
//! ([`Heard`]) has come, the one after it or the end. Pure: sending and records are left to the room `execution`. An earlier
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
pub use request::{Ask, Heard, Manager};

/// How long a license that was read counts as known.
pub const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// How long after it left a lost call may still arrive.
const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(15);

/// What follows.
#[derive(Debug, Clone)]
pub enum Turn {
    /// Ask this next.
    Ask(Ask),
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
    /// Remembered from before; may turn out gone.
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
    last: Option<Ask>,
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
    unread: Option<(Ask, Failure)>,
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
    pub fn begin(&mut self) -> Turn {
        let turn = match &self.action {
            Action::Issue(_) => self.begin_issue(),
            Action::Renew { .. } | Action::SetTerm { .. } => self.begin_term(),
            Action::Delete { .. } => Turn::Ask(Ask::Delete),
            Action::ReleaseMachines => self.list_machines(),
            Action::Assign { .. } => self.begin_people(),
            Action::SetEntitlements {
                entitlement_set_id: None,
                ..
            } => self.begin_features(),
            _ => self.begin_setting(),
        };
        self.remember(turn)
    }

    /// What an answer proves, and what follows from it.
    pub fn hear(&mut self, now: Timestamp, answer: Result<Heard, Failure>) -> Turn {
        self.now = now;
        let turn = match answer {
            Ok(heard) => self.hear_answer(heard),
            Err(failure) => self.hear_failure(failure),
        };
        let turn = self.keep_in_doubt(self.ask_no_more(turn));
        self.remember(turn)
    }

    /// While an earlier try is not settled, no failure proves that nothing was applied.
    fn keep_in_doubt(&self, turn: Turn) -> Turn {
        match turn {
            Turn::Finish(Finish::Failed(failure)) if self.unsettled.is_some() => {
                Turn::Finish(Finish::Failed(Failure {
                    may_have_applied: true,
                    ..failure
                }))
            }
            turn => turn,
        }
    }

    /// What was answered in a way that cannot be read, and does not show when it is looked up, is for a person.
    fn ask_no_more(&self, turn: Turn) -> Turn {
        match (turn, &self.unread) {
            (Turn::Ask(ask), Some((asked, failure))) if ask == *asked => {
                Turn::Finish(Finish::Failed(failure.clone()))
            }
            (turn, _) => turn,
        }
    }

    fn remember(&mut self, turn: Turn) -> Turn {
        if let Turn::Ask(ask) = &turn {
            self.last = Some(ask.clone());
        }
        turn
    }

    fn hear_answer(&mut self, heard: Heard) -> Turn {
        if let Heard::Found(Some(license)) = &heard {
            self.found_id = Some(license.id.clone());
        }
        match &self.action {
            Action::Issue(_) => self.hear_issue(heard),
            Action::Renew { .. } | Action::SetTerm { .. } => self.hear_term(heard),
            Action::Delete { .. } => finish_done(),
            Action::ReleaseMachines => self.hear_machines(heard),
            Action::Assign { .. } => self.hear_people(heard),
            Action::SetEntitlements {
                entitlement_set_id: None,
                ..
            } => self.hear_features(heard),
            _ => self.hear_setting(heard),
        }
    }

    fn hear_failure(&mut self, failure: Failure) -> Turn {
        if let Some(turn) = self.look_up_unreadable(&failure) {
            return turn;
        }
        let is_freeing = matches!(self.last, Some(Ask::FreeMachine(_)));
        if is_freeing && failure.class == FailureClass::NotFound {
            return self.free_next();
        }
        if let Some(turn) = self.hear_feature_failure(&failure) {
            return turn;
        }
        if matches!(self.action, Action::Issue(_)) {
            return self.hear_issue_failure(failure);
        }
        if let Some(turn) = self.hear_link_failure(&failure) {
            return turn;
        }
        if let Some(turn) = self.hear_people_failure(&failure) {
            return turn;
        }
        match (&failure.class, &self.action) {
            (FailureClass::NotFound, Action::Delete { .. }) => finish_done(),
            (FailureClass::NotFound, _) if self.last == Some(Ask::FindByKey) => {
                Turn::Finish(Finish::Gone)
            }
            (FailureClass::NotFound, _) if !self.searched_gone => {
                self.searched_gone = true;
                Turn::Ask(Ask::FindByKey)
            }
            (FailureClass::NotFound, _) => Turn::Finish(Finish::Gone),
            (FailureClass::Rejected | FailureClass::Conflict, Action::Renew { .. })
                if self.last == Some(Ask::Renew) =>
            {
                self.refusal = Some(failure);
                Turn::Ask(Ask::Read)
            }
            _ => Turn::Finish(Finish::Failed(failure)),
        }
    }

    /// A change whose answer cannot be read may have been made: it is settled like one whose answer was lost, but at once.
    fn look_up_unreadable(&mut self, failure: &Failure) -> Option<Turn> {
        let asked = self.last.clone().filter(Ask::is_changing)?;
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
            Ask::Issue { .. } => Turn::Ask(Ask::FindByKey),
            Ask::AddFeature { .. } | Ask::ChangeFeature { .. } => self.begin_features(),
            _ => Turn::Ask(Ask::Read),
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

fn finish_done() -> Turn {
    Turn::Finish(Finish::Done(Proof::default()))
}

/// An answer that does not fit the question: treated as a failure that may have been applied.
fn out_of_turn() -> Turn {
    Turn::Finish(Finish::Failed(Failure {
        class: FailureClass::Transient,
        text: "the license server's answer does not fit the question".to_owned(),
        after: None,
        may_have_applied: true,
    }))
}
