//! R17: two processes, few subjects, many events, and one process that sleeps beyond its lease in the middle of renewals.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const SUBJECTS: usize = 10;
/// Beyond the lease of 20 s, and the 16 s after which a call counts as abandoned.
const ASLEEP: Duration = Duration::from_secs(23);
/// So that a renewal is always under way.
const SLOW: &str = "latency=400ms,on=renew+get";
const WORKED_WITHIN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r17_no_two_calls_for_a_license_overlap_even_when_a_process_sleeps() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&[SLOW])).await else {
        return;
    };
    let size = Size::asked();
    // Each has two events more: 100 and 1,000 in all.
    let (renewals, sleeps) = (size.of(8, 98), size.of(1, 5));
    let processes = stage.serve_all(2);
    let addresses = [processes[0].address, processes[1].address];
    let sender = stage.sender().await;
    let now = stage.now();
    let histories =
        (0..SUBJECTS).map(|number| History::renewed("R17", number, renewals as u32, now));
    let schedule = Schedule::of(histories.collect(), Unrest::USUAL);
    let mut verdict = stage.verdict("R17");
    verdict.figure("events", SUBJECTS * (2 + renewals));
    verdict.figure("sleeps beyond the lease", sleeps);

    let load = sender.begin(&schedule, 40);
    for sleeper in [0, 1].into_iter().cycle().take(sleeps) {
        let renewals = stage.license_server.effects("renew");
        let begun = Instant::now();
        while stage.license_server.effects("renew") < renewals + 5 {
            assert!(begun.elapsed() < WORKED_WITHIN, "nothing is renewed");
            sleep(Duration::from_millis(20)).await;
        }
        processes[sleeper].freeze();
        stage.doors.set(&[addresses[1 - sleeper]]);
        sleep(ASLEEP).await;
        processes[sleeper].wake();
        stage.doors.set(&addresses);
    }
    load.await.expect("the shop does not panic");

    let outcomes = schedule.outcomes();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}
