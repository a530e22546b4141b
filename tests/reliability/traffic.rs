//! Traffic over an outage: what is told to whom meanwhile, and that nothing is lost of it.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::postbook::Answer;
use crate::processes::program::Serving;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::Stage;
use crate::verdict::Verdict;

/// A delivery waits so long for the database before it is told to come again.
pub const HELD: Duration = Duration::from_secs(5);
/// By when each is answered: what it is held for, and what a busy machine may take on top.
pub const ANSWERED_WITHIN: Duration = Duration::from_millis(7_500);
/// Until the first delivery comes to what is away.
const A_MOMENT: Duration = Duration::from_millis(500);
const WORKED_WITHIN: Duration = Duration::from_secs(40);
/// Within which a process finds back by itself.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Traffic over an outage.
pub struct Traffic {
    /// Who sends it.
    pub sender: Sender,
    /// What came of it so far.
    pub verdict: Verdict,
    schedule: Schedule,
    load: JoinHandle<()>,
    _serving: Serving,
}

impl Traffic {
    /// So many seconds of it, of which the first has passed.
    pub async fn begin(stage: &Stage, seconds: u64) -> Self {
        let per_second = Size::asked().of(10, 100);
        let serving = stage.serve();
        let sender = stage.sender().await;
        let sends = per_second * seconds as usize;
        let schedule = Schedule::mixed_sends("R13", sends, stage.now(), Unrest::USUAL);
        let load = sender.begin(&schedule, per_second);
        sleep(Duration::from_secs(1)).await;
        Self {
            sender,
            verdict: stage.verdict("R13"),
            schedule,
            load,
            _serving: serving,
        }
    }

    /// From then until now nothing can have reached the disk.
    pub fn nothing_kept_since(&mut self, gone: Instant) {
        let book = &self.sender.book;
        let believed = book.acknowledged_between(gone, Instant::now());
        self.verdict.require(
            believed == 0,
            format!("{believed} acknowledged without a database"),
        );
    }

    /// Whether a delivery that came since then was taken, although it had to be held for nearly so long.
    pub fn was_held_since(&self, gone: Instant, away: Duration) -> bool {
        let held = self.sender.book.longest_taken_since(gone);
        held >= away.saturating_sub(A_MOMENT)
    }

    /// From now on everything is there again; it had been away since then.
    pub async fn back_after(&mut self, what: &str, gone: Instant) {
        let away = format!("{:.1}", gone.elapsed().as_secs_f64());
        self.verdict.figure(&format!("{what} for, s"), away);
        let back = Instant::now();
        sleep(Duration::from_secs(3)).await;
        let first = self.sender.book.first_after(back);
        let first = first.unwrap_or(Duration::MAX);
        self.verdict
            .within("answering again after", first, BACK_WITHIN);
    }

    /// Nobody waited longer than is granted, nobody was told anything but 503, and nothing is lost.
    pub async fn end(mut self, stage: &Stage) {
        let verdict = &mut self.verdict;
        self.load.await.expect("the shop does not panic");
        let book = &self.sender.book;
        verdict.figure("answers", format!("{:?}", book.answers()));
        let is_right =
            |answer: &Answer| matches!(answer, Answer::Acknowledged | Answer::Refused(503));
        verdict.require(
            book.answers().keys().all(is_right),
            "answered with something else",
        );
        verdict.within("slowest answer", book.slowest(), ANSWERED_WITHIN);
        let outcomes = self.schedule.outcomes();
        stage
            .judge(verdict, &self.sender, &outcomes, WORKED_WITHIN)
            .await;
        self.verdict.tell();
    }
}
