//! What is said to a license server to carry out one action, and what its responses prove.
//!
//! In comes an action and what is known of its license; out goes the next [`Request`], and once its [`Response`] has come,
//! the one after it or the end. Pure: sending and records are left to the room `execution`.
//!
//! Each kind of action has a struct and a file of its own, which is its whole [`Protocol`]: what it remembers, which
//! request is pending, and what follows from the response. This file holds the rules that are the same for all of them.

mod annotation;
mod deletion;
mod features;
mod holder;
mod issue;
mod known_license;
mod machines;
mod people;
mod renewal;
mod request;
mod response;
mod setting;
mod standing;
mod step;
mod term;
#[cfg(test)]
mod tests;
pub mod user_fields;
mod verify;

use std::mem;

use crate::domain::action::Action;
use crate::domain::license::{Given, Shown};
use crate::domain::time::Timestamp;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::annotation::Annotation;
use crate::pipeline::protocol::deletion::Deletion;
use crate::pipeline::protocol::features::FeatureChange;
use crate::pipeline::protocol::issue::Issuance;
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::machines::MachineRelease;
use crate::pipeline::protocol::people::Assignment;
use crate::pipeline::protocol::renewal::Renewal;
use crate::pipeline::protocol::setting::{NoSetting, SettingChange};
use crate::pipeline::protocol::standing::StandingChange;
use crate::pipeline::protocol::step::Protocol;
use crate::pipeline::protocol::term::TermChange;

pub use holder::Holder;
pub use known_license::{FRESH, Unsettled};
pub use people::KnownPeople;
pub use request::Request;
pub use response::{Manager, Response};
pub use step::{Finish, Proof, Step};

/// The conversation about one action on one license.
#[derive(Debug, Clone)]
pub struct Conversation {
    license: KnownLicense,
    protocol: AnyProtocol,
    /// The request that was sent last.
    last: Option<Request>,
    search: Search,
    /// Whether a setting that was made without being shown is read back.
    is_read_back: bool,
    /// A change whose response could not be read, and how that failed.
    unreadable: Option<(Request, Failure)>,
}

/// The protocol of the action, with all that only this action needs.
#[derive(Debug, Clone)]
enum AnyProtocol {
    Issue(Issuance),
    Renew(Renewal),
    SetTerm(TermChange),
    SetStanding(StandingChange),
    Set(SettingChange),
    SetNothing(NoSetting),
    SetFeatures(FeatureChange),
    Assign(Assignment),
    Annotate(Annotation),
    ReleaseMachines(MachineRelease),
    Delete(Deletion),
}

/// Whether a license that was not found by its id was looked for by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    NotYet,
    Pending,
    Over,
}

impl Conversation {
    /// `before` is what the license server last showed, `unsettled` an earlier try of this action.
    pub fn new(
        action: Action,
        given: Given,
        before: Option<Shown>,
        unsettled: Option<Unsettled>,
        now: Timestamp,
    ) -> Self {
        Self {
            license: KnownLicense {
                given,
                before,
                unsettled,
                began_at: now,
                now,
                found_id: None,
            },
            protocol: AnyProtocol::of(action),
            last: None,
            search: Search::NotYet,
            is_read_back: false,
            unreadable: None,
        }
    }

    /// Says whom the license is to be linked to; nobody, where this is not said.
    pub fn with_holder(mut self, holder: Holder) -> Self {
        match &mut self.protocol {
            AnyProtocol::Issue(issuance) => issuance.link_to(holder),
            AnyProtocol::Annotate(annotation) => annotation.link_to(holder),
            _ => {}
        }
        self
    }

    /// Says whom the license is to be linked to beyond its holder; nobody, where this is not said.
    pub fn with_people(mut self, people: KnownPeople) -> Self {
        if let AnyProtocol::Assign(assignment) = &mut self.protocol {
            assignment.link_to(people);
        }
        self
    }

    /// Says whether a person has approved it, even against what another person set.
    pub fn approved(mut self, is_approved: bool) -> Self {
        if let AnyProtocol::SetTerm(change) = &mut self.protocol {
            change.is_approved = is_approved;
        }
        self
    }

    /// The first step.
    pub fn start(&mut self) -> Step {
        let step = self.protocol.get().start(&mut self.license);
        self.remember(step)
    }

    /// What the response to the last request proves, and what follows from it. A setting whose response does not show the
    /// license is read back, and what is read is its response.
    #[tracing::instrument(level = "debug", skip_all)]
    pub fn on_response(&mut self, now: Timestamp, result: Result<Response, Failure>) -> Step {
        self.license.now = now;
        let step = match result {
            result if self.search == Search::Pending => self.on_search(result),
            Ok(Response::Nothing) if matches!(self.last, Some(Request::Set(_))) => {
                self.is_read_back = true;
                Step::Send(Request::Read)
            }
            Ok(response) => {
                self.is_read_back = false;
                let protocol = self.protocol.get();
                let followed = protocol.on_response(&mut self.license, response);
                followed.unwrap_or_else(Step::from)
            }
            Err(failure) => self.on_failure(failure),
        };
        let step = self.refuse_to_repeat(step);
        let step = self.keep_in_doubt(step);
        self.remember(step)
    }

    /// What the license server showed before the action, as far as it is known by now.
    pub fn before(&self) -> Option<&Shown> {
        self.license.before.as_ref()
    }

    /// The license's id at the license server, where it was found under another one than we remember.
    pub fn found_id(&self) -> Option<&str> {
        self.license.found_id.as_deref()
    }

    fn on_failure(&mut self, mut failure: Failure) -> Step {
        // What is read back was changed before.
        failure.may_have_applied |= mem::take(&mut self.is_read_back);
        if let Some(step) = self.look_up_unreadable(&failure) {
            return step;
        }
        let protocol = self.protocol.get();
        if let Some(step) = protocol.on_failure(&mut self.license, &failure) {
            return step;
        }
        match (&failure.class, self.search) {
            (FailureClass::NotFound, Search::NotYet) => {
                self.search = Search::Pending;
                Step::Send(Request::FindByKey)
            }
            (FailureClass::NotFound, _) => Step::Finish(Finish::Gone),
            _ => Step::Finish(Finish::Failed(failure)),
        }
    }

    /// A license that is not there under the id that we remember may be there under another.
    fn on_search(&mut self, result: Result<Response, Failure>) -> Step {
        self.search = Search::Over;
        let response = match result {
            Ok(response) => response,
            Err(failure) if failure.class == FailureClass::NotFound => {
                return Step::Finish(Finish::Gone);
            }
            Err(failure) => return Step::Finish(Finish::Failed(failure)),
        };
        match response.found() {
            Ok(Some(found)) => {
                self.license.found_id = Some(found.id.clone());
                self.protocol.get().on_found(&mut self.license, found)
            }
            Ok(None) => Step::Finish(Finish::Gone),
            Err(mismatch) => mismatch.into(),
        }
    }

    /// A change whose response cannot be read may have been made: it is settled like one whose response was lost, but at
    /// once.
    fn look_up_unreadable(&mut self, failure: &Failure) -> Option<Step> {
        let request = self.last.clone().filter(Request::is_changing)?;
        if !matches!(failure.class, FailureClass::Unreadable { .. }) || self.unreadable.is_some() {
            return None;
        }
        let step = self.protocol.get().on_unreadable(&self.license)?;
        let failure = Failure {
            may_have_applied: true,
            ..failure.clone()
        };
        self.unreadable = Some((request, failure));
        self.license.unsettled = Some(Unsettled {
            planned_at: self.license.began_at,
            sent_at: None,
        });
        Some(step)
    }

    /// A change whose response could not be read, and which does not show when it is looked up, is for a person.
    fn refuse_to_repeat(&self, step: Step) -> Step {
        match (step, &self.unreadable) {
            (Step::Send(request), Some((unreadable, failure))) if request == *unreadable => {
                Step::Finish(Finish::Failed(failure.clone()))
            }
            (step, _) => step,
        }
    }

    /// While an earlier try is not settled, no failure proves that nothing was applied.
    fn keep_in_doubt(&self, step: Step) -> Step {
        match step {
            Step::Finish(Finish::Failed(failure)) if self.license.unsettled.is_some() => {
                Step::Finish(Finish::Failed(Failure {
                    may_have_applied: true,
                    ..failure
                }))
            }
            step => step,
        }
    }

    fn remember(&mut self, step: Step) -> Step {
        if let Step::Send(request) = &step {
            self.last = Some(request.clone());
        }
        step
    }
}

impl AnyProtocol {
    fn of(action: Action) -> Self {
        match action {
            Action::Issue(issue) => Self::Issue(Issuance::new(issue)),
            Action::Renew { through, .. } => Self::Renew(Renewal::new(through)),
            Action::SetTerm { end, beside, .. } => Self::SetTerm(TermChange::new(end, beside)),
            Action::Suspend { cause } => Self::SetStanding(StandingChange::suspend(cause)),
            Action::Reinstate { causes } => Self::SetStanding(StandingChange::reinstate(causes)),
            Action::Revoke { .. } => Self::SetStanding(StandingChange::revoke()),
            Action::SetSeats { seats } => Self::Set(SettingChange::seats(seats)),
            Action::SetMaintenance {
                newest_version: Some(version),
                ..
            } => Self::Set(SettingChange::newest_version(version)),
            Action::SetMaintenance {
                end: Some(end),
                through: Some(_),
                ..
            } => Self::Set(SettingChange::paid_updates(end)),
            Action::SetMaintenance { end: Some(end), .. } => Self::Set(SettingChange::updates(end)),
            Action::SetMaintenance { end: None, .. } => Self::SetNothing(NoSetting),
            Action::SetEntitlements {
                entitlement_set_id: Some(id),
                ..
            } => Self::Set(SettingChange::entitlement_set(id)),
            Action::SetEntitlements {
                entitlement_set_id: None,
                features,
            } => Self::SetFeatures(FeatureChange::new(features)),
            Action::Assign { is_managed, .. } => Self::Assign(Assignment::new(is_managed)),
            Action::Annotate { metadata, plan, .. } => {
                Self::Annotate(Annotation::new(metadata, plan))
            }
            Action::ReleaseMachines => Self::ReleaseMachines(MachineRelease::default()),
            Action::Delete { .. } => Self::Delete(Deletion),
        }
    }

    fn get(&mut self) -> &mut dyn Protocol {
        match self {
            Self::Issue(protocol) => protocol,
            Self::Renew(protocol) => protocol,
            Self::SetTerm(protocol) => protocol,
            Self::SetStanding(protocol) => protocol,
            Self::Set(protocol) => protocol,
            Self::SetNothing(protocol) => protocol,
            Self::SetFeatures(protocol) => protocol,
            Self::Assign(protocol) => protocol,
            Self::Annotate(protocol) => protocol,
            Self::ReleaseMachines(protocol) => protocol,
            Self::Delete(protocol) => protocol,
        }
    }
}
