//! Traffic over an outage: what is told to whom meanwhile, and that nothing is lost of it.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::postbook::Answer;
use crate::processes::program::Serving;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::Stage;
use crate::verdict::Verdict;

/// A delivery waits so long for the database before it is told to come again.
pub const HELD: Duration = Duration::from_secs(5);
/// What a busy machine may take on top.
const GRACE: Duration = Duration::from_millis(2_500);
const WORKED_WITHIN: Duration = Duration::from_secs(40);

/// Traffic over an outage.
pub struct Traffic {
    /// Who sends it.
    pub sender: Sender,
    schedule: Schedule,
    load: JoinHandle<()>,
    _serving: Serving,
}

impl Traffic {
    /// So many seconds of it.
    pub async fn begin(stage: &Stage, seconds: u64) -> Self {
        let per_second = Size::asked().of(10, 100);
        let serving = stage.serve();
        let sender = stage.sender().await;
        let sends = per_second * seconds as usize;
        let schedule = Schedule::mixed_sends("R13", sends, stage.now(), Unrest::USUAL);
        Self {
            load: sender.begin(&schedule, per_second),
            sender,
            schedule,
            _serving: serving,
        }
    }

    /// Nobody waited longer than is granted, nobody was told anything but 503, and nothing is lost.
    pub async fn end(self, stage: &Stage, mut verdict: Verdict) {
        self.load.await.expect("the shop does not panic");
        let book = &self.sender.book;
        verdict.figure("answers", format!("{:?}", book.answers()));
        let is_right =
            |answer: &Answer| matches!(answer, Answer::Acknowledged | Answer::Refused(503));
        verdict.require(
            book.answers().keys().all(is_right),
            "answered with something else",
        );
        verdict.within("slowest answer", book.percentile(100), HELD + GRACE);
        let outcomes = self.schedule.outcomes();
        stage
            .judge(&mut verdict, &self.sender, &outcomes, WORKED_WITHIN)
            .await;
        verdict.tell();
    }
}
