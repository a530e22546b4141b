//! Long work: its kinds, and where it stands.

/// A kind of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// There is more to do.
    Running,
    /// Nothing is left to do.
    Done,
    /// It cannot go on.
    Failed,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Reconciliation,
        Self::IntervalMigration,
        Self::Takeover,
        Self::Replay,
        Self::Simulate,
    ];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reconciliation => "reconciliation",
            Self::IntervalMigration => "interval_migration",
            Self::Takeover => "takeover",
            Self::Replay => "replay",
            Self::Simulate => "simulate",
        }
    }

    /// The kind of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Running, Self::Done, Self::Failed];

    /// As the API and the store spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
