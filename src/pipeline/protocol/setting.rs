//! Seats, the entitlement set, and until when or which version updates are given: one setting, safe to send twice.
//!
//! Where a person may have set another value there, the license is read first.

use crate::domain::by_hand;
use crate::domain::license::{Aspect, Seats, Shown};
use crate::domain::time::Timestamp;
use crate::license_servers::order::Setting;
use crate::license_servers::remote::RemoteLicense;
use crate::pipeline::protocol::known_license::KnownLicense;
use crate::pipeline::protocol::request::Request;
use crate::pipeline::protocol::response::{Mismatch, Response};
use crate::pipeline::protocol::step::{Finish, Proof, Protocol, Step};
use crate::pipeline::protocol::verify::{self, Difference, Verification};

#[derive(Debug, Clone)]
pub(super) struct SettingChange {
    value: Value,
    verification: Verification,
    pending: Pending,
}

#[derive(Debug, Clone)]
enum Value {
    Seats(Seats),
    EntitlementSet(String),
    NewestVersion(String),
    /// The end of updates, of which a later one that a person set stands.
    PaidUpdates(Timestamp),
    /// The end of updates, whatever a person set.
    Updates(Timestamp),
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Read,
    /// Whether a change was made whose response could not be read.
    ReadBack,
    Set,
}

impl Protocol for SettingChange {
    fn start(&mut self, license: &mut KnownLicense) -> Step {
        match license.before.clone() {
            Some(shown) if license.is_fresh() => self.meet_hand(license, &shown),
            _ if self.value.is_read_first() => return self.send(Pending::Read),
            _ => {}
        }
        if self.is_kept_by_hand(license) {
            return Step::Finish(Finish::KeptByHand(Proof {
                is_changed_by_hand: true,
                ..Proof::default()
            }));
        }
        self.send(Pending::Set)
    }

    fn on_response(
        &mut self,
        license: &mut KnownLicense,
        response: Response,
    ) -> Result<Step, Mismatch> {
        let shown = response.license()?;
        Ok(match self.pending {
            Pending::Read => {
                self.meet_hand(license, &shown.shown(license.now));
                self.on_read(license, shown)
            }
            Pending::ReadBack => self.on_read(license, shown),
            Pending::Set => self.on_set(license, shown),
        })
    }

    fn on_unreadable(&mut self, _license: &KnownLicense) -> Option<Step> {
        Some(self.send(Pending::ReadBack))
    }

    fn on_found(&mut self, license: &mut KnownLicense, found: RemoteLicense) -> Step {
        license.see(&found);
        self.send(Pending::Set)
    }
}

impl SettingChange {
    pub(super) const fn seats(seats: Seats) -> Self {
        Self::new(Value::Seats(seats))
    }

    pub(super) const fn entitlement_set(id: String) -> Self {
        Self::new(Value::EntitlementSet(id))
    }

    pub(super) const fn newest_version(version: String) -> Self {
        Self::new(Value::NewestVersion(version))
    }

    pub(super) const fn paid_updates(end: Timestamp) -> Self {
        Self::new(Value::PaidUpdates(end))
    }

    pub(super) const fn updates(end: Timestamp) -> Self {
        Self::new(Value::Updates(end))
    }

    const fn new(value: Value) -> Self {
        Self {
            value,
            verification: Verification::new(),
            pending: Pending::Set,
        }
    }

    fn send(&mut self, pending: Pending) -> Step {
        self.pending = pending;
        Step::Send(match pending {
            Pending::Read | Pending::ReadBack => Request::Read,
            Pending::Set => Request::Set(self.value.setting()),
        })
    }

    fn on_read(&mut self, license: &mut KnownLicense, read: RemoteLicense) -> Step {
        if self.value.difference(&read.shown(license.now)).is_none() {
            return Step::Finish(Finish::AlreadySo(self.verification.proof(read)));
        }
        license.see(&read);
        if self.is_kept_by_hand(license) {
            return Step::Finish(Finish::KeptByHand(self.verification.proof(read)));
        }
        self.send(Pending::Set)
    }

    fn on_set(&mut self, license: &KnownLicense, set: RemoteLicense) -> Step {
        let difference = self.value.difference(&set.shown(license.now));
        match self.verification.judge(difference, set) {
            Some(finish) => Step::Finish(finish),
            None => self.send(Pending::Set),
        }
    }

    fn meet_hand(&mut self, license: &KnownLicense, shown: &Shown) {
        let differing = by_hand::differing(&license.given, shown);
        self.verification.met_change_by_hand = differing.contains(&self.value.aspect());
    }

    /// Whether a person has moved the end of updates beyond the one that was paid for.
    fn is_kept_by_hand(&self, license: &KnownLicense) -> bool {
        let shown = license.before.as_ref();
        let theirs = shown.and_then(|shown| shown.maintenance_ends_at);
        match self.value {
            Value::PaidUpdates(ours) => self.verification.met_change_by_hand && theirs > Some(ours),
            _ => false,
        }
    }
}

impl Value {
    const fn aspect(&self) -> Aspect {
        match self {
            Self::Seats(_) => Aspect::Seats,
            Self::EntitlementSet(_) => Aspect::Entitlements,
            Self::NewestVersion(_) | Self::PaidUpdates(_) | Self::Updates(_) => Aspect::Maintenance,
        }
    }

    /// Whether a person may have set another value there, which must be seen before ours is set.
    const fn is_read_first(&self) -> bool {
        matches!(self, Self::Seats(_) | Self::PaidUpdates(_))
    }

    fn setting(&self) -> Setting {
        match self {
            Self::Seats(seats) => Setting::Seats(*seats),
            Self::EntitlementSet(id) => Setting::EntitlementSet(id.clone()),
            Self::NewestVersion(version) => Setting::NewestVersion(version.clone()),
            Self::PaidUpdates(end) | Self::Updates(end) => Setting::MaintenanceEnd(*end),
        }
    }

    /// Which entitlement set a license has is believed.
    fn difference(&self, shown: &Shown) -> Option<Difference> {
        match self {
            Self::Seats(seats) => verify::seats(*seats, shown),
            Self::EntitlementSet(_) => None,
            Self::NewestVersion(version) => verify::newest_version(version, shown),
            Self::PaidUpdates(end) | Self::Updates(end) => verify::updates_end(*end, shown),
        }
    }
}

/// Maintenance of which neither an end nor a version is to be set: nothing is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoSetting;

impl Protocol for NoSetting {
    fn start(&mut self, _license: &mut KnownLicense) -> Step {
        Step::Finish(Finish::Done(Proof::default()))
    }

    fn on_response(
        &mut self,
        _license: &mut KnownLicense,
        _response: Response,
    ) -> Result<Step, Mismatch> {
        Err(Mismatch)
    }
}
