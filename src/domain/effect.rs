//! The states of an event and of an effect.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Where an action on record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
#[derive(EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
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
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl EventState {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// Whether nothing more happens by itself.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Ignored | Self::Parked | Self::Discarded
        )
    }
}
