//! Suspending, lifting, revoking, seats: settings, safe to ask for twice.

use super::{Ask, Conversation, Finish, Heard, Proof, Turn, judge, out_of_turn};
use crate::domain::action::{Action, Metadata};
use crate::domain::license::{Cause, Shown};
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;

impl Conversation {
    pub(super) fn begin_setting(&mut self) -> Turn {
        if self.needs_no_call() {
            return Turn::Finish(Finish::Done(Proof::default()));
        }
        let is_read_first = match self.action {
            Action::SetSeats { .. } => !self.is_fresh(),
            _ => self.writes_beside_others(),
        };
        if is_read_first {
            return Turn::Ask(Ask::Read);
        }
        self.ask_for_setting()
    }

    pub(super) fn hear_setting(&mut self, heard: Heard) -> Turn {
        match (self.last.clone(), heard) {
            (Some(Ask::FindByKey), Heard::Found(None)) => Turn::Finish(Finish::Gone),
            (Some(Ask::FindByKey), Heard::Found(Some(license))) if self.writes_beside_others() => {
                self.hear_setting_read(license)
            }
            (Some(Ask::FindByKey), Heard::Found(Some(license))) => {
                self.before = Some(license.shown(self.now));
                self.ask_for_setting()
            }
            (Some(Ask::Read), Heard::License(license)) => self.hear_setting_read(license),
            (Some(_), Heard::License(license)) => self.hear_set(license),
            _ => out_of_turn(),
        }
    }

    /// Whether metadata is written where another system's stands, which must be read to stay.
    fn writes_beside_others(&self) -> bool {
        matches!(self.action, Action::Annotate { .. }) && self.given.has_other_notes
    }

    /// One of our causes more or less changes nothing at the server while another of them holds, unless a person has
    /// lifted our suspension meanwhile.
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
                is_held && !is_lifted
            }
            Action::Reinstate { causes } => self
                .given
                .causes
                .iter()
                .any(|cause| !causes.contains(cause)),
            _ => false,
        }
    }

    fn ask_for_setting(&self) -> Turn {
        match &self.action {
            Action::Suspend { .. } => Turn::Ask(Ask::Set(Setting::Suspended(true))),
            Action::Reinstate { .. } => Turn::Ask(Ask::Set(Setting::Suspended(false))),
            Action::Revoke { .. } => Turn::Ask(Ask::Set(Setting::Revoked(true))),
            Action::SetSeats { seats } => Turn::Ask(Ask::Set(Setting::Seats(*seats))),
            Action::SetMaintenance {
                newest_version: Some(version),
                ..
            } => Turn::Ask(Ask::Set(Setting::NewestVersion(version.clone()))),
            Action::SetMaintenance { end: Some(end), .. } => {
                Turn::Ask(Ask::Set(Setting::MaintenanceEnd(*end)))
            }
            Action::SetEntitlements {
                entitlement_set_id: Some(id),
                ..
            } => Turn::Ask(Ask::Set(Setting::EntitlementSet(id.clone()))),
            Action::Annotate { metadata, .. } => {
                Turn::Ask(Ask::Set(Setting::Metadata(metadata.clone())))
            }
            _ => out_of_turn(),
        }
    }

    fn hear_setting_read(&mut self, license: RemoteLicense) -> Turn {
        if let Action::Annotate { metadata, .. } = &self.action {
            let is_others = |row: &Metadata| !metadata.iter().any(|own| own.key == row.key);
            let mut rows = metadata.clone();
            rows.extend(license.metadata.into_iter().filter(is_others));
            return Turn::Ask(Ask::Set(Setting::Metadata(rows)));
        }
        if self.difference(&license.shown(self.now)).is_none() {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::AlreadySo(proof));
        }
        self.before = Some(license.shown(self.now));
        self.ask_for_setting()
    }

    /// A server that says "done" and shows otherwise is asked once more.
    fn hear_set(&mut self, license: RemoteLicense) -> Turn {
        let Some(difference) = self.difference(&license.shown(self.now)) else {
            let proof = self.proof(Some(license));
            return Turn::Finish(Finish::Done(proof));
        };
        if !self.repeated {
            self.repeated = true;
            return self.ask_for_setting();
        }
        let proof = self.proof(Some(license));
        Turn::Finish(difference.into_finish(proof))
    }

    fn difference(&self, shown: &Shown) -> Option<judge::Difference> {
        match &self.action {
            Action::Suspend { .. } => judge::suspended(true, shown),
            Action::Reinstate { .. } => judge::suspended(false, shown),
            Action::Revoke { .. } => judge::revoked(true, shown),
            Action::SetSeats { seats } => judge::seats(*seats, shown),
            Action::SetMaintenance {
                newest_version: Some(version),
                ..
            } => judge::newest_version(version, shown),
            _ => None,
        }
    }
}
