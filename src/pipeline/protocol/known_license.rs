//! What is known of a license while an action is carried out on it; the same for all actions.

use jiff::SignedDuration;

use crate::domain::license::{Given, Shown};
use crate::domain::time::Timestamp;
use crate::license_servers::remote::RemoteLicense;

/// How long a license that was read counts as known.
pub const FRESH: SignedDuration = SignedDuration::from_secs(60);
/// How long after it left a lost call may still arrive.
pub(super) const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(15);

/// An earlier try whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// When the action was put on record, before anything was sent.
    pub planned_at: Timestamp,
    /// When it left, while no answer came; `None` when the server itself said that it failed, which is believed at once.
    pub sent_at: Option<Timestamp>,
}

/// A license as it is known by now.
#[derive(Debug, Clone)]
pub(super) struct KnownLicense {
    pub(super) given: Given,
    /// What the license server showed before the action.
    pub(super) before: Option<Shown>,
    pub(super) unsettled: Option<Unsettled>,
    pub(super) began_at: Timestamp,
    pub(super) now: Timestamp,
    /// Its id at the license server, where it was found by its key.
    pub(super) found_id: Option<String>,
}

impl KnownLicense {
    /// Keeps what was just read as what was shown before the change that comes next.
    pub(super) fn see(&mut self, read: &RemoteLicense) {
        self.before = Some(read.shown(self.now));
    }

    /// Whether what was last shown is young enough to act on.
    pub(super) fn is_fresh(&self) -> bool {
        let shown = self.before.as_ref();
        shown.is_some_and(|shown| self.now.since(shown.read_at) <= FRESH)
    }

    /// Whether a lost try can no longer arrive.
    pub(super) fn is_landed(&self) -> bool {
        let unsettled = self.unsettled.as_ref();
        let sent_at = unsettled.and_then(|unsettled| unsettled.sent_at);
        sent_at.is_none_or(|sent_at| self.now.since(sent_at) >= IN_FLIGHT)
    }
}
