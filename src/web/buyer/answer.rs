//! Does a buyer have a working license? The sentence that answers it, and why.

use strum::{IntoStaticStr, VariantArray};

use crate::domain::kind::LicenseServerKind;
use crate::domain::license::{Cause, LicenseState};
use crate::domain::time::Timestamp;
use crate::web::partials::{Headline, Tone, Way};
use crate::web::words;

/// Dates that are told of one buyer; the rest are in the table below.
const SHOWN: usize = 4;

/// What is known of one license of theirs.
#[derive(Debug, Clone)]
pub struct BuyerLicense {
    /// What it is called: the product's name, told apart from other licenses of the buyer.
    pub product: String,
    /// The program that it is for: the product's name alone.
    pub program: String,
    /// The kind of license server that it is at.
    pub service: LicenseServerKind,
    /// Where it stands.
    pub state: LicenseState,
    /// Why we suspended it.
    pub causes: Vec<Cause>,
    /// Why we revoked or deleted it.
    pub taken_for: Option<Cause>,
    /// Whether somebody at the company stopped it rather than us.
    pub is_by_hand: bool,
    /// Its end; `None` = never, or not begun.
    pub ends: Option<Timestamp>,
    /// Whether it never ends.
    pub is_perpetual: bool,
    /// Until when it is paid for.
    pub paid_until: Option<Timestamp>,
    /// Since when a payment is missing.
    pub missed_since: Option<Timestamp>,
    /// Its page.
    pub href: String,
}

/// A message about them that is not carried out.
#[derive(Debug, Clone)]
pub struct Open {
    /// Whether a person at the company must act.
    pub needs_vendor: bool,
    /// Why it stands there, in one sentence; may be empty.
    pub reason: String,
    /// When it is tried next, as people say it.
    pub next: Option<String>,
    /// Its page.
    pub href: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether they have a working license.
    pub works: bool,
    /// What programs read.
    pub kind: AnswerKind,
    /// `YES`, `NO`, and until when.
    pub title: String,
    /// Why, and what follows.
    pub text: String,
    /// The one thing to do, and where.
    pub way: Option<(String, String)>,
}

/// Which of the answers it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum AnswerKind {
    /// It works.
    Works,
    /// It works, and will stop if nothing is paid.
    WorksUntil,
    /// It works; something else of theirs waits for the company.
    WorksAndNeedsVendor,
    /// It does not yet; Latchkey is at it.
    BeingMade,
    /// It does not; the company has to say something first.
    NeedsVendor,
    /// It does not, and that is as it should be.
    #[strum(serialize = "rightly_not")]
    Rightly,
    /// Somebody stopped it by hand.
    #[strum(serialize = "stopped_by_hand")]
    ByHand,
    /// Nothing of theirs ever gave a license.
    #[strum(serialize = "no_license")]
    Nothing,
}

impl AnswerKind {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Works => Tone::Good,
            Self::WorksUntil => Tone::Wait,
            Self::BeingMade => Tone::Work,
            Self::NeedsVendor | Self::WorksAndNeedsVendor => Tone::Act,
            Self::Rightly | Self::Nothing => Tone::Quiet,
            Self::ByHand => Tone::Bad,
        }
    }
}

impl Answer {
    fn new(kind: AnswerKind, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            works: matches!(
                kind,
                AnswerKind::Works | AnswerKind::WorksUntil | AnswerKind::WorksAndNeedsVendor
            ),
            kind,
            title: title.into(),
            text: text.into(),
            way: None,
        }
    }

    fn way(mut self, label: &str, href: &str) -> Self {
        self.way = Some((label.to_owned(), href.to_owned()));
        self
    }

    /// The first line of a page: the question by name, and this.
    pub fn headline(&self, question: &str) -> Headline {
        let headline = Headline::new(
            self.kind.tone(),
            format!("{question} {}", self.title),
            self.text.clone(),
        );
        match &self.way {
            Some((label, href)) => headline.way(Way::link(label, href).button()),
            None => headline,
        }
    }
}

/// The answer for somebody who holds these licenses and waits for that.
pub fn answer(held: &[BuyerLicense], open: Option<&Open>, now: Timestamp) -> Answer {
    let working: Vec<&BuyerLicense> = held
        .iter()
        .filter(|license| license.state == LicenseState::Active)
        .collect();
    if !working.is_empty() {
        let works = works(&working);
        return match open {
            Some(open) => works_beside(works, open),
            None => works,
        };
    }
    if let Some(open) = open {
        return waits(open);
    }
    match held.first() {
        Some(license) => stopped(license, now),
        None => Answer::new(
            AnswerKind::Nothing,
            "NO.",
            "No purchase of theirs gave a license.",
        ),
    }
}

/// What works, and what does not yet: a paid purchase must not hide behind an older license.
fn works_beside(works: Answer, open: &Open) -> Answer {
    if open.needs_vendor {
        let text = format!("{} {}", open.reason, works.text);
        return Answer::new(
            AnswerKind::WorksAndNeedsVendor,
            "YES, and something else waits for you.",
            text.trim(),
        )
        .way("See what is needed", &open.href);
    }
    let text = format!(
        "{} Something newer is under way. {}",
        works.text, open.reason
    );
    Answer {
        text: text.trim().to_owned(),
        ..works
    }
    .way("See how far it is", &open.href)
}

fn works(working: &[&BuyerLicense]) -> Answer {
    let mut sentences: Vec<String> = working
        .iter()
        .take(SHOWN)
        .map(|license| lasts(license))
        .collect();
    let more = working.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        let others = words::counted(more, "other license works", "other licenses work");
        sentences.push(format!("{others} too."));
    }
    let at_risk = working
        .iter()
        .filter(|license| license.missed_since.is_some())
        .min_by_key(|license| license.ends);
    if let (Some(license), [_only]) = (at_risk, working)
        && let (Some(end), Some(missed)) = (license.ends, license.missed_since)
    {
        let text = format!(
            "The payment failed on {}. If none comes, {} stops then.",
            missed.long_day(),
            license.product
        );
        return Answer::new(
            AnswerKind::WorksUntil,
            format!("YES, until {}.", end.long_day()),
            text,
        );
    }
    if let Some((license, missed)) =
        at_risk.and_then(|license| Some((license, license.missed_since?)))
    {
        sentences.push(format!(
            "The payment for {} failed on {}.",
            license.product,
            missed.long_day()
        ));
    }
    Answer::new(AnswerKind::Works, "YES.", sentences.join(" "))
}

/// `Studio Pro is paid until 3 January 2027 and works until 13 January 2027.`
fn lasts(license: &BuyerLicense) -> String {
    let product = &license.product;
    match (license.ends, license.paid_until) {
        (Some(end), Some(paid)) if paid < end => format!(
            "{product} is paid until {} and works until {}.",
            paid.long_day(),
            end.long_day()
        ),
        (Some(end), _) => format!("{product} works until {}.", end.long_day()),
        (None, _) if license.is_perpetual => format!("{product} never ends."),
        (None, _) => format!("The time of {product} begins when it is first activated."),
    }
}

fn waits(open: &Open) -> Answer {
    if open.needs_vendor {
        return Answer::new(
            AnswerKind::NeedsVendor,
            "NO, and it waits for you.",
            open.reason.clone(),
        )
        .way("See what is needed", &open.href);
    }
    let next = open
        .next
        .as_ref()
        .map(|next| format!("Next try {next}."))
        .unwrap_or_default();
    let text = [open.reason.as_str(), next.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    Answer::new(AnswerKind::BeingMade, "NO, and it is being mended.", text)
        .way("See how far it is", &open.href)
}

fn stopped(license: &BuyerLicense, now: Timestamp) -> Answer {
    let product = &license.product;
    let because = license
        .taken_for
        .iter()
        .chain(&license.causes)
        .next()
        .map(|why| format!(", because {}", words::cause(*why)))
        .unwrap_or_default();
    match license.state {
        LicenseState::Pending => Answer::new(
            AnswerKind::BeingMade,
            "NO, and it is being mended.",
            format!("{product} is being made at {}.", license.service.name()),
        )
        .way("See the license", &license.href),
        LicenseState::Suspended if license.causes.is_empty() && license.is_by_hand => Answer::new(
            AnswerKind::ByHand,
            "NO.",
            format!("Someone at your company suspended {product}. Payments do not lift it."),
        )
        .way("See the license", &license.href),
        LicenseState::Expired => {
            let end = license.ends.unwrap_or(now).long_day();
            Answer::new(
                AnswerKind::Rightly,
                "NO, and that is right.",
                format!("{product} ended on {end}, and nothing was paid for later."),
            )
        }
        LicenseState::Active | LicenseState::Suspended => Answer::new(
            AnswerKind::Rightly,
            "NO, and that is right.",
            format!("{product} is suspended{because}. It can be switched on again."),
        ),
        LicenseState::Revoked => Answer::new(
            AnswerKind::Rightly,
            "NO, and that is right.",
            format!("{product} was revoked{because}."),
        ),
        LicenseState::Deleted => Answer::new(
            AnswerKind::Rightly,
            "NO, and that is right.",
            format!("{product} was deleted{because}."),
        ),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
