//! How a scenario ends: one line with its figures, and every difference by name where it is missed.

use std::fmt::Display;
use std::time::Duration;

use crate::difference::Difference;
use crate::size::Size;

/// Differences that are told in full; beyond it their number is.
const TOLD: usize = 20;
/// How many purchases are told in full.
const TOLD_AT_LENGTH: usize = 2;

/// What came of a scenario.
pub struct Verdict {
    target: &'static str,
    figures: Vec<String>,
    misses: Vec<String>,
}

impl Verdict {
    /// On one target, at this place.
    pub fn on(target: &'static str, place: &str) -> Self {
        Self {
            target,
            figures: vec![place.to_owned()],
            misses: Vec::new(),
        }
    }

    /// Something to be told.
    pub fn figure(&mut self, name: &str, value: impl Display) {
        self.figures.push(format!("{name} {value}"));
    }

    /// Something that must not take longer than this.
    pub fn within(&mut self, name: &str, taken: Duration, limit: Duration) {
        let text = format!("{name} {:.2} s", taken.as_secs_f64());
        if taken > limit {
            self.misses.push(format!("{text}, not within {limit:?}"));
        }
        self.figures.push(text);
    }

    /// The same, where the whole machine and a release build are needed to judge: told, and judged in the full size.
    pub fn within_in_full(&mut self, name: &str, taken: Duration, limit: Duration) {
        match Size::asked() {
            Size::Full => self.within(name, taken, limit),
            Size::Short | Size::Middle => {
                self.figure(name, format!("{:.3} s (not judged)", taken.as_secs_f64()));
            }
        }
    }

    /// Something that must be so.
    pub fn require(&mut self, is_so: bool, otherwise: impl Display) {
        if !is_so {
            self.misses.push(otherwise.to_string());
        }
    }

    /// What the oracle found, which must be nothing.
    pub fn differences(&mut self, found: &[Difference]) {
        self.figures.push(format!("{} differences", found.len()));
        let told = found.iter().take(TOLD).map(ToString::to_string);
        self.misses.extend(told);
        if found.len() > TOLD {
            self.misses.push(format!("and {} more", found.len() - TOLD));
        }
    }

    /// What helps to see why, about the first of them.
    pub fn tell_more(&mut self, stories: impl Iterator<Item = String>) {
        self.misses.extend(stories.take(TOLD_AT_LENGTH));
    }

    /// Says the line; a scenario that misses its target fails.
    #[expect(clippy::print_stdout, reason = "what a scenario is for")]
    #[track_caller]
    pub fn tell(self) {
        let word = if self.misses.is_empty() {
            "met"
        } else {
            "missed"
        };
        let figures = self.figures.join(", ");
        println!("verdict: {} {word}: {figures}", self.target);
        assert!(self.misses.is_empty(), "{}", self.misses.join("\n"));
    }
}
