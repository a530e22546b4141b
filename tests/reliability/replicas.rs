//! R17: two processes, few subjects, many events, and one process that sleeps beyond its lease in the middle of renewals.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::history::History;
use crate::leases::Leases;
use crate::processes::program::Serving;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const SUBJECTS: usize = 10;
/// So that a renewal is always under way.
const SLOW: &str = "latency=400ms,on=renew+get";
const WORKED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at what is in work.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r17_no_two_calls_for_a_license_overlap_even_when_a_process_sleeps() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&[SLOW])).await else {
        return;
    };
    let size = Size::asked();
    // Each has two events more: 100 and 1,000 in all.
    let (renewals, sleeps) = (size.of(8, 98), size.of(1, 5));
    // Beyond the lease of 20 s, and the 18 s after which a call counts as abandoned.
    let asleep = Duration::from_secs(size.of(23, 60) as u64);
    // Where there are several sleeps, there must be something left to do in the last.
    let per_second = if sleeps == 1 { 40 } else { 4 };
    let processes = stage.serve_all(2);
    let addresses = [processes[0].address, processes[1].address];
    let database = stage.database.as_ref().expect("it is on the server");
    let mut leases = Leases::of(&database.url());
    let owners = leases.owners(addresses).await;
    let sender = stage.sender().await;
    let now = stage.now();
    let histories =
        (0..SUBJECTS).map(|number| History::renewed("R17", number, renewals as u32, now));
    let schedule = Schedule::of(histories.collect(), Unrest::USUAL);
    let mut verdict = stage.verdict("R17");
    verdict.figure("events", SUBJECTS * (2 + renewals));
    verdict.figure("sleeps beyond the lease", sleeps);

    let load = sender.begin(&schedule, per_second);
    for sleeper in [0, 1].into_iter().cycle().take(sleeps) {
        some_are_renewed(&stage).await;
        let (process, owner) = (&processes[sleeper], &owners[sleeper]);
        let in_work = freeze_at_work(process, owner, &mut leases).await;
        stage.doors.set(&[addresses[1 - sleeper]]);
        sleep(asleep).await;
        let taken_over = taken_over(owner, in_work, &mut leases).await;
        process.wake();
        stage.doors.set(&addresses);
        verdict.figure("subjects taken over", taken_over);
        verdict.require(taken_over > 0, "nobody took over what the sleeper had");
    }
    load.await.expect("the shop does not panic");

    let outcomes = schedule.outcomes();
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    verdict.tell();
}

/// Returns when both have had something to do.
async fn some_are_renewed(stage: &Stage) {
    let renewals = stage.license_server.effects("renew");
    let begun = Instant::now();
    while stage.license_server.effects("renew") < renewals + 5 {
        assert!(begun.elapsed() < WORKED_WITHIN, "nothing is renewed");
        sleep(LOOK_EVERY).await;
    }
}

/// Stops a process at a moment at which it has something in work, and says how many subjects.
async fn freeze_at_work(process: &Serving, owner: &str, leases: &mut Leases) -> usize {
    let begun = Instant::now();
    loop {
        process.freeze();
        // What it has told the database already is carried out without it.
        sleep(LOOK_EVERY).await;
        let in_work = leases.in_work_of(owner);
        if in_work > 0 {
            return in_work;
        }
        process.wake();
        assert!(begun.elapsed() < WORKED_WITHIN, "it has nothing in work");
        sleep(LOOK_EVERY).await;
    }
}

/// How many of the subjects in work another has taken from their sleeping owner; looks until there is one, for a while.
async fn taken_over(owner: &str, in_work: usize, leases: &mut Leases) -> usize {
    let begun = Instant::now();
    loop {
        let taken_over = in_work.saturating_sub(leases.in_work_of(owner));
        if taken_over > 0 || begun.elapsed() > WORKED_WITHIN {
            return taken_over;
        }
        sleep(LOOK_EVERY).await;
    }
}
