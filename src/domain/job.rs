//! Long work: its kinds, and where it stands.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// A kind of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum JobKind {
    /// Licenses are compared with what the license server holds.
    Reconciliation,
    /// Ends are brought to the shop's dates.
    IntervalMigration,
    /// What another system made is found and adopted.
    Takeover,
    /// Many messages are run again.
    Replay,
    /// A pretended story is played.
    Simulate,
}

/// Where long work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum JobState {
    /// There is more to do.
    Running,
    /// Nothing is left to do.
    Done,
    /// It cannot go on.
    Failed,
}

impl JobKind {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl JobState {
    /// As the API and the store spell it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
