//! How large a scenario is.

use std::time::Duration;

/// How large a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For every run of the tests.
    Short,
    /// Between the two, to see that the full form works.
    Middle,
    /// What targets ask for.
    Full,
}

impl Size {
    /// As `LATCHKEY_RELIABILITY` says; short without it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests' own setting, which no config reads"
    )]
    pub fn asked() -> Self {
        match std::env::var("LATCHKEY_RELIABILITY").as_deref() {
            Ok("full") => Self::Full,
            Ok("middle") => Self::Middle,
            Ok("" | "short") | Err(_) => Self::Short,
            Ok(unknown) => panic!("LATCHKEY_RELIABILITY is short, middle or full, not {unknown}"),
        }
    }

    /// The time for what was held by the dead; in full, when kills leave a backlog, that for all of it at a machine's pace.
    pub fn with_backlog(self, held: Duration) -> Duration {
        match self {
            Self::Short | Self::Middle => held,
            Self::Full => Duration::from_secs(900),
        }
    }

    /// So many; in between, as far from one as from the other by ratio.
    pub fn of(self, short: usize, full: usize) -> usize {
        match self {
            Self::Short => short,
            Self::Middle => ((short * full) as f64).sqrt() as usize,
            Self::Full => full,
        }
    }
}
