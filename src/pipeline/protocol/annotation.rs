//! Annotate: metadata, with another plan of the product, and with a user where the license is nobody's.
//!
//! The period of a plan has a request of its own, which goes first: the rest says at last that the license is the plan's.

use std::mem;

use crate::domain::action::{Metadata, PlanChange};
use crate::domain::license::Shown;
use crate::domain::note;
use crate::domain::time::Period;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;
use crate::license_servers::reply::{Failure, FailureClass};
use crate::pipeline::protocol::holder::{Holder, User, UserRequest, UserStep};
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Protocol, Step};
use crate::pipeline::protocol::verify::{self, Difference};

#[derive(Debug, Clone)]
pub(super) struct Annotation {
    metadata: Vec<Metadata>,
    plan: Option<Box<PlanChange>>,
    user: User,
    notes: Notes,
    /// Whether a change was made whose response could not be read, so that it may be written already.
    is_read_back: bool,
    is_repeated: bool,
    pending: Pending,
}

/// The notes of the license; unread, nothing may be written in their place.
#[derive(Debug, Clone)]
enum Notes {
    Unread,
    Read(Option<String>),
}

#[derive(Debug, Clone, Default)]
enum Pending {
    #[default]
    Read,
    User(UserRequest),
    SetPeriod(Period),
    Write,
}

impl Protocol for Annotation {
    /// Metadata is not among what was last shown, however lately that was.
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        let is_plan_unseen = self.plan.is_some() && !license.is_fresh();
        if license.given.has_other_notes || is_plan_unseen {
            return self.send(Pending::Read);
        }
        self.write(license)
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        Ok(match mem::take(&mut self.pending) {
            Pending::Read => self.on_read(license, response.license()?),
            Pending::User(_) => {
                let step = self.user.on_response(response)?;
                self.go_on(license, step)
            }
            Pending::SetPeriod(period) => self.on_period_set(license, response.license()?, period),
            Pending::Write => self.on_written(license, response.license()?),
        })
    }

    fn on_failure(&mut self, license: &mut KnownLicense, failure: &Failure) -> Option<Step> {
        match (&self.pending, &failure.class) {
            (Pending::User(request), _) => {
                let step = self.user.on_failure(request, failure)?;
                Some(self.go_on(license, step))
            }
            // The user that was remembered may be gone: it is made.
            (Pending::SetPeriod(_) | Pending::Write, FailureClass::Rejected)
                if self.user.id().is_some() && !self.user.is_asked() =>
            {
                self.user = User::new(Holder::Unknown);
                Some(self.write(license))
            }
            _ => None,
        }
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        self.is_read_back = true;
        Some(self.send(Pending::Read))
    }

    fn on_found(&mut self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        if license.given.has_other_notes {
            return self.on_read(license, found);
        }
        license.see(&found);
        self.write(license)
    }
}

impl Annotation {
    pub(super) const fn new(metadata: Vec<Metadata>, plan: Option<Box<PlanChange>>) -> Self {
        Self {
            metadata,
            plan,
            user: User::new(Holder::Nobody),
            notes: Notes::Unread,
            is_read_back: false,
            is_repeated: false,
            pending: Pending::Read,
        }
    }

    pub(super) fn link_to(&mut self, holder: Holder) {
        self.user = User::new(holder);
    }

    fn send(&mut self, pending: Pending) -> Step {
        let request = match &pending {
            Pending::Read => Request::Read,
            Pending::User(request) => request.request(),
            Pending::SetPeriod(period) => Request::Set(Setting::Interval {
                period: Some(*period),
                start_trigger: None,
            }),
            Pending::Write => Request::Set(Setting::Several(self.settings())),
        };
        self.pending = pending;
        Step::Send(request)
    }

    /// Sends what is still to be written: the user is made first, then the period is set.
    fn write(&mut self, license: &KnownLicense) -> Step {
        if *self.user.holder() == Holder::Unknown {
            let request = self.user.create();
            return self.send(Pending::User(request));
        }
        let shown = license.before.as_ref();
        let is_other =
            |period: &Period| shown.is_none_or(|shown| verify::interval(*period, shown).is_some());
        let plan = self.plan.as_ref();
        match plan.and_then(|plan| plan.interval).filter(is_other) {
            Some(period) => self.send(Pending::SetPeriod(period)),
            None => self.send(Pending::Write),
        }
    }

    fn settings(&self) -> Vec<Setting> {
        let plan = self.plan.as_deref().cloned().unwrap_or_default();
        let mut settings = vec![Setting::Metadata(self.metadata.clone())];
        settings.extend(self.user.id().cloned().map(Setting::User));
        settings.extend(plan.seats.map(Setting::Seats));
        settings.extend(plan.entitlement_set_id.map(Setting::EntitlementSet));
        settings.extend(plan.newest_version.map(Setting::NewestVersion));
        settings.extend(plan.maintenance_policy_id.map(Setting::MaintenancePolicy));
        settings.extend(plan.left_out.into_iter().map(Setting::LeftOut));
        if let (Some(line), Notes::Read(notes)) = (plan.note, &self.notes) {
            settings.extend(note::with_line(notes.as_deref(), &line).map(Setting::Notes));
        }
        settings
    }

    fn go_on(&mut self, license: &KnownLicense, step: UserStep) -> Step {
        match step {
            UserStep::Send(request) => self.send(Pending::User(request)),
            UserStep::Settled => self.write(license),
        }
    }

    fn on_read(&mut self, license: &mut KnownLicense, read: RemoteLicense) -> Step {
        if license.given.has_other_notes {
            self.keep_others_metadata(&read);
        }
        let shown = read.shown(license.now);
        if self.is_read_back && self.is_written(&read, &shown) {
            return Step::Finish(Finish::AlreadySo(self.user.proof(read)));
        }
        if shown.user_id.is_some() {
            // Somebody was faster; whose a license is, no purchase moves.
            self.user.leave_as_it_is();
        }
        self.notes = Notes::Read(read.notes);
        license.before = Some(shown);
        self.write(license)
    }

    /// Another system's metadata, as just read, is written again beside ours.
    fn keep_others_metadata(&mut self, read: &RemoteLicense) {
        let is_ours = |row: &Metadata| self.metadata.iter().any(|own| own.key == row.key);
        let others = read.metadata.iter().filter(|row| !is_ours(row));
        let others: Vec<Metadata> = others.cloned().collect();
        self.metadata.extend(others);
    }

    /// Whether metadata that is to be written stands there, and the rest is as asked.
    fn is_written(&self, read: &RemoteLicense, shown: &Shown) -> bool {
        let mut rows = self.metadata.iter();
        rows.all(|row| read.has_metadata(&row.key, &row.value)) && self.difference(shown).is_none()
    }

    fn on_period_set(
        &mut self,
        license: &mut KnownLicense,
        set: RemoteLicense,
        period: Period,
    ) -> Step {
        let shown = set.shown(license.now);
        if let Some(difference) = verify::interval(period, &shown) {
            return self.on_difference(license, set, difference);
        }
        license.before = Some(shown);
        self.notes = Notes::Read(set.notes);
        self.write(license)
    }

    fn on_written(&mut self, license: &KnownLicense, written: RemoteLicense) -> Step {
        match self.difference(&written.shown(license.now)) {
            Some(difference) => self.on_difference(license, written, difference),
            None => Step::Finish(Finish::Done(self.user.proof(written))),
        }
    }

    /// A server that says "done" and shows otherwise is asked once more.
    fn on_difference(
        &mut self,
        license: &KnownLicense,
        shown: RemoteLicense,
        difference: Difference,
    ) -> Step {
        if !self.is_repeated {
            self.is_repeated = true;
            return self.write(license);
        }
        Step::Finish(difference.into_finish(self.user.proof(shown)))
    }

    fn difference(&self, shown: &Shown) -> Option<Difference> {
        match &self.plan {
            Some(plan) => verify::plan(plan, shown),
            None => {
                let user = self.user.id();
                user.and_then(|user| verify::linked(user, shown))
            }
        }
    }
}
