//! The states of an event and of an effect.

use serde::{Deserialize, Serialize};

/// Where an action on record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// On record, not sent.
    Planned,
    /// Sent; the answer is not known yet.
    Sent,
    /// Carried out, and the answer said so.
    Done,
    /// Already so.
    Skipped,
    /// Refused by the license server.
    Failed,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Stored, in line.
    Received,
    /// In work.
    Working,
    /// Something else must come first.
    Waiting,
    /// Failed by itself; has a time of the next try.
    Retrying,
    /// Carried out.
    Done,
    /// There was nothing to do.
    Ignored,
    /// A person must act.
    Parked,
    /// Set aside by a person.
    Discarded,
}

impl EffectState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Planned,
        Self::Sent,
        Self::Done,
        Self::Skipped,
        Self::Failed,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl EventState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Received,
        Self::Working,
        Self::Waiting,
        Self::Retrying,
        Self::Done,
        Self::Ignored,
        Self::Parked,
        Self::Discarded,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
            Self::Discarded => "discarded",
        }
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing more happens by itself.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Ignored | Self::Parked | Self::Discarded
        )
    }
}
