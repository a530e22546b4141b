//! What a person is asked before access is taken away, and what they answered.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::LicenseId;
use crate::domain::license::Root;
use crate::domain::plan::Planned;

/// How a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Do it.
    Approved,
    /// Leave the license as it is.
    Dropped,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 2] = [Self::Approved, Self::Dropped];

    /// As the store spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Dropped => "dropped",
        }
    }

    /// The answer of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == text)
    }
}

/// Answers by license and question.
pub type Answers = BTreeMap<(LicenseId, String), Answer>;

/// What people answered so far, and where the brake holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents {
    /// Answers by license and question; the same question is never asked twice.
    pub answers: Answers,
    /// Purchases that the brake stopped.
    pub braked: BTreeSet<Root>,
}

impl Consents {
    /// What was answered about an action; `None` when nobody was asked, or it takes nothing away.
    pub fn answer(&self, planned: &Planned) -> Option<Answer> {
        let key = (planned.license_id?, planned.question.clone()?);
        self.answers.get(&key).copied()
    }
}
