//! R13: two processes over one database, whose machines' clocks are ten minutes ahead and ten minutes behind.
//!
//! Both are the whole program, started within the test as `serve` starts it, but by a clock that was set wrong: the clock
//! of a process outside is its machine's. What the shop, the license server and the oracle go by is right.
//! A clock that is set meanwhile is noticed by the next process only: over PostgreSQL each looks at it once, as it starts,
//! and follows the database from there. So one is set back by ten minutes more, and its process is started anew.

use std::time::{Duration, Instant};

use clap::Parser;
use jiff::SignedDuration;
use latchkey::app::{ProcessRole, Running, start_by};
use latchkey::config::{Flags, Settings};
use latchkey::domain::time::Timestamp;
use latchkey::pipeline::clock::Clock;

use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::verdict::Verdict;

const WRONG: SignedDuration = SignedDuration::from_mins(10);
/// Two calls are turned away for so long; and each takes its time, so that whoever took another's lease would be seen.
const FAULTS: [&str; 2] = [
    "status=429,retry-after=2,on=create,times=2",
    "latency=100ms",
];
const TURNED_AWAY: SignedDuration = SignedDuration::from_secs(2);
/// What a busy machine may take on top.
const GRACE: SignedDuration = SignedDuration::from_millis(2_500);
const WORKED_WITHIN: Duration = Duration::from_secs(40);

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    flags: Flags,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_machines_whose_clocks_are_wrong_work_by_the_databases() {
    let Some(stage) = Stage::open(Place::Postgres, unlimited(&FAULTS)).await else {
        return;
    };
    let (ahead, behind) = (start(&stage, WRONG).await, start(&stage, -WRONG).await);
    stage.doors.set(&[ahead.address, behind.address]);
    let sender = stage.sender().await;
    let (size, begun) = (Size::asked(), stage.now());
    let mut verdict = stage.verdict("R13");

    let first = History::bought("R13-first", 0, begun);
    sender.deliver(&first.events(), Instant::now()).await;
    stage.wait(&mut verdict, &sender, WORKED_WITHIN).await;
    tell_waits(&stage, &mut verdict);
    let sends = size.of(60, 6_000);
    let schedule = Schedule::mixed_sends("R13", sends, begun, Unrest::USUAL);
    let load = sender.begin(&schedule, size.of(20, 50));
    stage.doors.set(&[ahead.address]);
    behind.stop().await;
    let set_back = start(&stage, -WRONG * 2).await;
    stage.doors.set(&[ahead.address, set_back.address]);
    verdict.require(!load.is_finished(), "no load while the clock was set");
    load.await.expect("the shop does not panic");

    let mut outcomes = schedule.outcomes();
    outcomes.push(first.outcome());
    stage
        .judge(&mut verdict, &sender, &outcomes, WORKED_WITHIN)
        .await;
    tell_dates(&stage, &mut verdict, &sender, begun).await;
    ahead.stop().await;
    set_back.stop().await;
    verdict.tell();
}

/// The program, on a machine whose clock is off by so much.
async fn start(stage: &Stage, off: SignedDuration) -> Running {
    let arguments = stage.setup.arguments();
    let command = Command::try_parse_from(["latchkey".to_owned()].into_iter().chain(arguments));
    let settings = Settings::try_from(command.expect("the settings are flags too").flags);
    let clock = Clock::starting_at(stage.now().plus(off));
    let started = start_by(
        clock,
        &settings.expect("they are right"),
        ProcessRole::All,
        None,
    )
    .await;
    started.expect("it starts")
}

/// What was to wait waited, and not longer: neither process took it up by its machine's clock.
fn tell_waits(stage: &Stage, verdict: &mut Verdict) {
    let ledger = stage.license_server.ledger();
    let creations = ledger.entries().filter(|entry| entry.kind == "create");
    let times: Vec<_> = creations.map(|entry| entry.arrived_at).collect();
    let waits: Vec<SignedDuration> = times
        .windows(2)
        .map(|two| two[1].duration_since(two[0]))
        .collect();
    verdict.figure("waits of two seconds", format!("{waits:.2?}"));
    let is_right = |wait: &SignedDuration| (TURNED_AWAY..TURNED_AWAY + GRACE).contains(wait);
    verdict.require(
        waits.len() == 2 && waits.iter().all(is_right),
        format!("waited {waits:?} instead of {TURNED_AWAY:?} twice"),
    );
}

/// What both processes wrote down happened when it did.
async fn tell_dates(stage: &Stage, verdict: &mut Verdict, sender: &Sender, begun: Timestamp) {
    let ended = stage.now().plus(GRACE);
    let begun = begun.plus(-GRACE);
    let events = sender.vendor.list_events(stage.doors.next()).await;
    let received = events
        .iter()
        .filter_map(|event| event["received_at"].as_str());
    let received: Vec<Timestamp> = received.filter_map(|text| text.parse().ok()).collect();
    let wrong = received.iter().filter(|at| **at < begun || **at > ended);
    let wrong = wrong.count();
    verdict.figure("wrong dates", wrong);
    verdict.require(
        wrong == 0 && received.len() == events.len() && !events.is_empty(),
        format!("{wrong} of {} events have a wrong date", events.len()),
    );
}
