//! What came of a bench's targets; a bench that missed one fails, once all are told.

use anyhow::{Result, ensure};

/// What came of the targets so far.
#[derive(Default)]
pub struct Verdicts {
    missed: usize,
}

impl Verdicts {
    /// Says what came of a target on this database.
    #[expect(clippy::print_stdout, reason = "what a bench is for")]
    pub fn tell(&mut self, target: &str, database: &str, figures: &str, is_met: bool) {
        let word = if is_met { "met" } else { "MISSED" };
        self.missed += usize::from(!is_met);
        println!("verdict: {target}, {database}: {figures}: {word}");
    }

    /// An error when one was missed; to be asked when all are told.
    pub fn judge(&self) -> Result<()> {
        ensure!(self.missed == 0, "targets missed: {}", self.missed);
        Ok(())
    }
}
