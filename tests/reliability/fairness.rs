//! R18: ten tenants have orders queued under the budget, and one of them asks the API without end besides.

use std::time::Duration;

use futures::future::join_all;
use latchkey_sandbox::limiter::{RateLimit, WindowShape};
use latchkey_sandbox::options::SandboxOptions;
use latchkey_sandbox::snapshot::LicenseSnapshot;
use tokio::time::sleep;

use crate::budget::tell_budget;
use crate::history::History;
use crate::processes::vendor::Vendor;
use crate::questions::Questions;
use crate::schedule::{Schedule, Unrest};
use crate::sender::Sender;
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const TENANTS: usize = 10;
/// Deliveries of one shop at once.
const AT_ONCE: usize = 4;
/// What nobody may have had less of, in percent of the mean.
const LEAST_PERCENT: usize = 80;
/// Licenses a second that come through beside the questions, on a busy machine too; each takes two calls.
const LEAST_PER_SECOND: usize = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r18_ten_tenants_are_served_alike_beside_questions_on_sqlite() {
    ten_tenants_are_served_alike_beside_questions(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r18_ten_tenants_are_served_alike_beside_questions_on_postgres() {
    ten_tenants_are_served_alike_beside_questions(Place::Postgres).await;
}

async fn ten_tenants_are_served_alike_beside_questions(place: Place) {
    let options = SandboxOptions {
        rate_limit: RateLimit {
            shape: WindowShape::Sliding,
            ..RateLimit::default()
        },
        ..unlimited(&[])
    };
    let Some(stage) = Stage::open(place, options).await else {
        return;
    };
    let size = Size::asked();
    let seconds = size.of(20, 60);
    let orders = size.of(15, 100);
    let stage = stage.with("LATCHKEY_BUDGETS", "*=50/5s");
    let stage = stage.with("LATCHKEY_API_LIMIT", "off");
    let serving = stage.serve();
    let mut senders = Vec::new();
    for number in 0..TENANTS {
        let (name, address) = (format!("tenant-{number}"), stage.doors.next());
        let server = &stage.license_server;
        let vendor = Vendor::create_named(&name, &stage.setup, address, server).await;
        senders.push(Sender::new(&vendor, &stage.doors));
    }
    let questions = Questions::begin(&senders[0].vendor, &stage.doors).await;
    let queued = senders.iter().enumerate().map(async |(number, sender)| {
        let name = format!("R18-{number}");
        let bought = (0..orders).map(|order| History::bought(&name, order, stage.now()));
        let schedule = Schedule::of(bought.collect(), Unrest::NONE);
        sender.send_at_once(&schedule, AT_ONCE).await;
    });
    join_all(queued).await;
    let served = || served(&stage.license_server.sandbox.licenses());
    // Nobody counts as served before the others were in line.
    let before = served();
    sleep(Duration::from_secs(seconds as u64)).await;
    let mut served = served();
    for (served, before) in served.iter_mut().zip(before) {
        *served -= before;
    }
    let mut verdict = stage.verdict("R18");
    let (all, least): (usize, usize) = (served.iter().sum(), *served.iter().min().unwrap());
    verdict.figure("licenses", all);
    verdict.figure("seconds", seconds);
    verdict.figure("each tenant", format!("{served:?}"));
    questions.tell(&mut verdict);
    verdict.require(
        all >= LEAST_PER_SECOND * seconds,
        format!("{all} licenses in {seconds} s"),
    );
    verdict.require(
        // In a short time both of its ends cut off a license of some.
        (least + size.of(2, 0)) * TENANTS * 100 >= all * LEAST_PERCENT,
        format!("a tenant had {least}"),
    );
    tell_budget(&stage.license_server.ledger(), &mut verdict);
    drop(serving);
    verdict.tell();
}

/// How many licenses each tenant's buyers have.
fn served(licenses: &[LicenseSnapshot]) -> [usize; TENANTS] {
    let mut served = [0; TENANTS];
    for license in licenses {
        let order = &license.metadata["fastspring_order_id"];
        let tenant = (0..TENANTS).find(|number| order.contains(&format!("R18-{number}-")));
        served[tenant.expect("it is of one of them")] += 1;
    }
    served
}
