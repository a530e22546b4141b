//! Suspending, lifting, revoking, seats: settings, safe to ask for twice.

use super::{Conversation, Finish, Holder, Proof, Request, Response, Step, out_of_turn, verify};
use crate::domain::action::{Action, Metadata, PlanChange};
use crate::domain::by_hand;
use crate::domain::license::{Cause, Shown};
use crate::domain::note;
use crate::domain::time::Period;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};

impl Conversation {
    pub(super) fn start_setting(&mut self) -> Step {
        if self.is_stopped_by_hand() {
            return Step::Finish(Finish::KeptByHand(Proof::default()));
        }
        if self.needs_no_call() {
            return Step::Finish(Finish::Done(Proof::default()));
        }
        match self.before.clone() {
            // Metadata is not among what was last shown, however lately that was.
            _ if self.writes_beside_others() => return Step::Send(Request::Read),
            Some(shown) if self.is_fresh() => self.meet_hand(&shown),
            _ if self.is_read_first() => return Step::Send(Request::Read),
            _ => {}
        }
        if self.is_kept_by_hand() {
            return Step::Finish(Finish::KeptByHand(self.proof(None)));
        }
        self.ask_for_setting()
    }

    /// Whether a person may have set another value there, which must be seen before ours is set.
    const fn is_read_first(&self) -> bool {
        matches!(
            self.action,
            Action::SetSeats { .. }
                | Action::Annotate { plan: Some(_), .. }
                | Action::SetMaintenance {
                    through: Some(_),
                    ..
                }
        )
    }

    /// A suspension by hand is never lifted; ours beside it are only forgotten.
    fn is_stopped_by_hand(&self) -> bool {
        matches!(self.action, Action::Reinstate { .. })
            && self.given.causes.contains(&Cause::ByHand)
    }

    fn meet_hand(&mut self, shown: &Shown) {
        let aspect = self.action.kind().aspect();
        self.is_hand_met = by_hand::differing(&self.given, shown).contains(&aspect);
    }

    /// Whether a person has moved the end of updates beyond the one that was paid for.
    fn is_kept_by_hand(&self) -> bool {
        let shown = self.before.as_ref();
        let theirs = shown.and_then(|shown| shown.maintenance_ends_at);
        match self.action {
            Action::SetMaintenance {
                end: Some(ours),
                through: Some(_),
                ..
            } => self.is_hand_met && theirs > Some(ours),
            _ => false,
        }
    }

    pub(super) fn on_setting(&mut self, response: Response) -> Step {
        match (self.last.clone(), response) {
            (Some(Request::FindByKey), Response::Found(None)) => Step::Finish(Finish::Gone),
            (Some(Request::FindByKey), Response::Found(Some(license)))
                if self.writes_beside_others() =>
            {
                self.on_setting_read(license)
            }
            (Some(Request::FindByKey), Response::Found(Some(license))) => {
                self.before = Some(license.shown(self.now));
                self.ask_for_setting()
            }
            (Some(Request::Read), Response::License(license)) => self.on_setting_read(license),
            (
                Some(Request::CreateUser | Request::FindUser | Request::UpdateUser { .. }),
                response,
            ) => self.on_holder(response),
            (Some(_), Response::License(license)) => self.on_set(license),
            _ => out_of_turn(),
        }
    }

    /// Whether metadata is written where another system's stands, which must be read to stay.
    fn writes_beside_others(&self) -> bool {
        matches!(self.action, Action::Annotate { .. }) && self.given.has_other_notes
    }

    /// Another system's metadata, as just read, is written again beside ours.
    fn keep_others_metadata(&mut self, license: &RemoteLicense) {
        if !self.writes_beside_others() {
            return;
        }
        if let Action::Annotate { metadata, .. } = &mut self.action {
            let is_ours = |row: &Metadata| metadata.iter().any(|own| own.key == row.key);
            let others = license.metadata.iter().filter(|row| !is_ours(row));
            let others: Vec<Metadata> = others.cloned().collect();
            metadata.extend(others);
        }
    }

    /// One of our causes more or less changes nothing at the server while another of them holds, unless a person has
    /// lifted our suspension meanwhile; what ends a license makes sure of that.
    ///
    /// The action's own cause does not count: it is there already when an answer turned out to be no proof.
    fn needs_no_call(&self) -> bool {
        match &self.action {
            Action::Suspend { cause } => {
                let is_lifted = self
                    .before
                    .as_ref()
                    .is_some_and(|shown| !shown.is_suspended);
                let others = || self.given.causes.iter().filter(|other| *other != cause);
                let is_held =
                    others().next().is_some() && others().all(|other| *other != Cause::ByHand);
                let is_sure = matches!(cause, Cause::Overdue | Cause::Pause) || self.is_fresh();
                is_held && !is_lifted && is_sure
            }
            Action::Reinstate { causes } => self
                .given
                .causes
                .iter()
                .any(|cause| !causes.contains(cause)),
            _ => false,
        }
    }

    /// What a failure of the user's part leaves to be done; `None` when it is handled like any other.
    pub(super) fn on_link_failure(&mut self, failure: &Failure) -> Option<Step> {
        if let Some(step) = self.on_holder_failure(failure) {
            return Some(step);
        }
        // The user that was remembered may be gone: it is asked for once more.
        let is_linking =
            self.user_to_link().is_some() && matches!(self.last, Some(Request::Set(_)));
        if is_linking && !self.is_user_asked && failure.class == FailureClass::Rejected {
            self.holder = Holder::Unknown;
            return Some(self.ask_for_setting());
        }
        None
    }

    /// The user that is written on a license which is nobody's.
    fn user_to_link(&self) -> Option<&String> {
        match (&self.action, &self.holder) {
            (
                Action::Annotate {
                    holder: Some(_), ..
                },
                Holder::Remembered(id),
            ) => Some(id),
            _ => None,
        }
    }

    pub(super) fn ask_for_setting(&mut self) -> Step {
        if matches!(self.action, Action::Annotate { .. }) && self.holder == Holder::Unknown {
            return Step::Send(self.ask_for_holder());
        }
        match &self.action {
            Action::Suspend { .. } => Step::Send(Request::Set(Setting::Suspended(true))),
            Action::Reinstate { .. } => Step::Send(Request::Set(Setting::Suspended(false))),
            Action::Revoke { .. } => Step::Send(Request::Set(Setting::Revoked(true))),
            Action::SetSeats { seats } => Step::Send(Request::Set(Setting::Seats(*seats))),
            Action::SetMaintenance {
                newest_version: Some(version),
                ..
            } => Step::Send(Request::Set(Setting::NewestVersion(version.clone()))),
            Action::SetMaintenance { end: Some(end), .. } => {
                Step::Send(Request::Set(Setting::MaintenanceEnd(*end)))
            }
            Action::SetEntitlements {
                entitlement_set_id: Some(id),
                ..
            } => Step::Send(Request::Set(Setting::EntitlementSet(id.clone()))),
            Action::Annotate { metadata, plan, .. } => self.ask_for_plan(metadata, plan.as_deref()),
            _ => out_of_turn(),
        }
    }

    /// The period has a request of its own, which goes first: the rest says at last that the license is the plan's.
    fn ask_for_plan(&self, metadata: &[Metadata], plan: Option<&PlanChange>) -> Step {
        let period = self.period_asked().filter(|period| {
            let shown = self.before.as_ref();
            shown.is_none_or(|shown| verify::interval(*period, shown).is_some())
        });
        if period.is_some() {
            return Step::Send(Request::Set(Setting::Interval {
                period,
                start_trigger: None,
            }));
        }
        let plan = plan.cloned().unwrap_or_default();
        let mut settings = vec![Setting::Metadata(metadata.to_vec())];
        settings.extend(self.user_to_link().cloned().map(Setting::User));
        settings.extend(plan.seats.map(Setting::Seats));
        settings.extend(plan.entitlement_set_id.map(Setting::EntitlementSet));
        settings.extend(plan.newest_version.map(Setting::NewestVersion));
        settings.extend(plan.maintenance_policy_id.map(Setting::MaintenancePolicy));
        settings.extend(plan.left_out.into_iter().map(Setting::LeftOut));
        if let (Some(line), Some(notes)) = (plan.note, &self.notes) {
            settings.extend(note::with_line(notes.as_deref(), &line).map(Setting::Notes));
        }
        Step::Send(Request::Set(Setting::Several(settings)))
    }

    fn period_asked(&self) -> Option<Period> {
        match &self.action {
            Action::Annotate { plan, .. } => plan.as_ref()?.interval,
            _ => None,
        }
    }

    fn on_setting_read(&mut self, license: RemoteLicense) -> Step {
        self.keep_others_metadata(&license);
        let shown = license.shown(self.now);
        if self.unread.is_none() {
            self.meet_hand(&shown);
        } else if self.is_written(&license) {
            return Step::Finish(Finish::AlreadySo(self.proof(Some(license))));
        }
        self.notes = Some(license.notes.clone());
        if shown.user_id.is_some() && matches!(self.action, Action::Annotate { .. }) {
            // Somebody was faster; whose a license is, no purchase moves.
            self.holder = Holder::Nobody;
        }
        // Metadata is written in any case: what is not compared is never so already.
        let is_compared = !matches!(self.action, Action::Annotate { .. });
        if is_compared && self.difference(&shown).is_none() {
            let proof = self.proof(Some(license));
            return Step::Finish(Finish::AlreadySo(proof));
        }
        self.before = Some(shown);
        if self.is_kept_by_hand() {
            return Step::Finish(Finish::KeptByHand(self.proof(Some(license))));
        }
        self.ask_for_setting()
    }

    /// Whether metadata that is to be written stands there, and the rest is as asked.
    fn is_written(&self, license: &RemoteLicense) -> bool {
        let Action::Annotate { metadata, .. } = &self.action else {
            return false;
        };
        let mut rows = metadata.iter();
        rows.all(|row| license.has_metadata(&row.key, &row.value))
            && self.difference(&license.shown(self.now)).is_none()
    }

    /// A server that says "done" and shows otherwise is asked once more.
    fn on_set(&mut self, license: RemoteLicense) -> Step {
        let shown = license.shown(self.now);
        let Some(difference) = self.difference(&shown) else {
            if let Some(Request::Set(Setting::Interval { .. })) = self.last {
                self.before = Some(shown);
                self.notes = Some(license.notes);
                return self.ask_for_setting();
            }
            let proof = self.proof(Some(license));
            return Step::Finish(Finish::Done(proof));
        };
        if !self.repeated {
            self.repeated = true;
            return self.ask_for_setting();
        }
        let proof = self.proof(Some(license));
        Step::Finish(difference.into_finish(proof))
    }

    fn difference(&self, shown: &Shown) -> Option<verify::Difference> {
        match &self.action {
            Action::Suspend { .. } => verify::suspended(true, shown),
            Action::Reinstate { .. } => verify::suspended(false, shown),
            Action::Revoke { .. } => verify::revoked(true, shown),
            Action::SetSeats { seats } => verify::seats(*seats, shown),
            Action::SetMaintenance {
                newest_version: Some(version),
                ..
            } => verify::newest_version(version, shown),
            Action::SetMaintenance { end: Some(end), .. } => verify::updates_end(*end, shown),
            Action::Annotate {
                plan: Some(plan), ..
            } => match (&self.last, plan.interval) {
                (Some(Request::Set(Setting::Interval { .. })), Some(asked)) => {
                    verify::interval(asked, shown)
                }
                _ => verify::plan(plan, shown),
            },
            Action::Annotate { .. } => self
                .user_to_link()
                .and_then(|user| verify::linked(user, shown)),
            _ => None,
        }
    }
}
