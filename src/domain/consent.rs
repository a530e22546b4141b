//! What a person is asked before access is taken away, and what they answered.

use std::collections::{BTreeMap, BTreeSet};

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::action::ActionKind;
use crate::domain::id::LicenseId;
use crate::domain::license::Root;
use crate::domain::plan::Planned;

/// How a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Answer {
    /// Do it.
    Approved,
    /// Leave the license as it is.
    Dropped,
}

impl Answer {
    /// As the store spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The answer of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
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
    ///
    /// A question is what is done, and why: `suspend/ended/2027-01-03T08:00:00Z`. A no stands for that license and that
    /// reason, whatever the rules would do by now. A yes stands for what was shown, and for what is no harder.
    pub fn answer(&self, planned: &Planned) -> Option<Answer> {
        let (license, question) = (planned.license_id?, planned.question.as_deref()?);
        if let Some(answer) = self.answers.get(&(license, question.to_owned())) {
            return Some(*answer);
        }
        let mut answers = self.to_reason(license, question);
        let found = answers.find(|(asked, answer)| {
            *answer == Answer::Dropped || weight(asked) >= weight(question)
        });
        found.map(|(_, answer)| answer)
    }

    /// Whether a person agreed to something, for the same reason, but to less than this.
    pub fn agreed_to_less(&self, planned: &Planned) -> bool {
        let asked = planned.license_id.zip(planned.question.as_deref());
        asked.is_some_and(|(license, question)| {
            self.answer(planned).is_none() && self.to_reason(license, question).next().is_some()
        })
    }

    /// What was answered about a license for the reason that a question names.
    fn to_reason<'a>(
        &'a self,
        license: LicenseId,
        question: &'a str,
    ) -> impl Iterator<Item = (&'a str, Answer)> {
        let answers = self.answers.range((license, String::new())..);
        answers
            .take_while(move |((id, _), _)| *id == license)
            .map(|((_, asked), answer)| (asked.as_str(), *answer))
            .filter(move |(asked, _)| reason(asked).is_some() && reason(asked) == reason(question))
    }
}

fn reason(question: &str) -> Option<&str> {
    question.split_once('/').map(|(_, reason)| reason)
}

/// How much what is done takes away.
fn weight(question: &str) -> usize {
    let kind = question.split('/').next();
    let by_weight = [ActionKind::Revoke, ActionKind::Delete];
    let position = by_weight
        .iter()
        .position(|harder| Some(harder.as_str()) == kind);
    position.map_or(0, |position| position + 1)
}
