//! What has to be done every so often, each in a loop of its own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::domain::time::Timestamp;
use crate::pipeline::Pipeline;
use crate::pipeline::clock::Clock;
use crate::pipeline::refusals::Refusals;
use crate::pipeline::step::LEASE;
use crate::store::{PlatformUse, Scope, Store, StoreError, leases, sessions, upkeep};

const UPKEEP: Scope = Scope::Platform(PlatformUse::Upkeep);
/// Months whose tables are made ahead.
const MONTHS_AHEAD: i32 = 3;

/// Begins the loops of a process that takes deliveries and of every other.
pub fn begin(
    loops: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
    store: &Store,
    clock: &Clock,
    refusals: Arc<Refusals>,
) {
    let (anchored, told) = (store.clone(), clock.clone());
    every(
        loops,
        stop,
        Duration::from_secs(60),
        "following the database's clock",
        move || anchor(anchored.clone(), told.clone()),
    );
    let counted = store.clone();
    every(
        loops,
        stop,
        Duration::from_secs(2),
        "writing counts of refused deliveries",
        move || {
            let (store, refusals) = (counted.clone(), Arc::clone(&refusals));
            async move { refusals.write(&store).await }
        },
    );
}

/// Begins the loops of a process that works on events.
pub fn begin_for_workers(
    loops: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
    pipeline: &Pipeline,
    retention: SignedDuration,
) {
    let prober = pipeline.clone();
    every(
        loops,
        stop,
        Duration::from_secs(1),
        "probing license servers",
        move || {
            let pipeline = prober.clone();
            async move { pipeline.probe().await.map(drop) }
        },
    );
    let keeper = pipeline.clone();
    every(
        loops,
        stop,
        Duration::from_secs(600),
        "keeping the database in order",
        move || keep_in_order(keeper.store.clone(), keeper.clock.now(), retention),
    );
}

/// Holds what is in work, until the set is dropped: work in hand outlives the word to stop.
pub fn hold_leases(pipeline: Pipeline) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    loops.spawn(async move {
        let mut ticks = interval(Duration::from_secs(5));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = renew_leases(&pipeline).await {
                tracing::warn!(error = &error as &dyn Error, "leases were not renewed");
            }
        }
    });
    loops
}

/// Makes the clock follow the database's, where there is one that others follow too.
pub async fn anchor(store: Store, clock: Clock) -> Result<(), StoreError> {
    if let Some(time) = store.time().await? {
        clock.anchor(time);
    }
    Ok(())
}

async fn renew_leases(pipeline: &Pipeline) -> Result<(), StoreError> {
    let (owner, now) = (pipeline.owner(), pipeline.clock.now());
    pipeline
        .store
        .write(UPKEEP, move |db| {
            leases::extend_all_across_tenants(db, owner, now, now.plus(LEASE)).map(drop)
        })
        .await
}

async fn keep_in_order(
    store: Store,
    now: Timestamp,
    retention: SignedDuration,
) -> Result<(), StoreError> {
    store
        .write(UPKEEP, move |db| {
            upkeep::make_months(db, now, MONTHS_AHEAD)?;
            upkeep::forget_dead(db, now.plus_hours(-1))?;
            sessions::delete_ended(db, now).map(drop)
        })
        .await?;
    let before = now.plus(-retention);
    let drop_some = || {
        store.write(UPKEEP, move |db| {
            upkeep::drop_before_across_tenants(db, before)
        })
    };
    while drop_some().await? > 0 {}
    Ok(())
}

/// Does a chore at once and then every so often until told to stop; one that fails is done again next time.
fn every<Chore, Work, Failure>(
    loops: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
    pause: Duration,
    what: &'static str,
    mut chore: Chore,
) where
    Chore: FnMut() -> Work + Send + 'static,
    Work: Future<Output = Result<(), Failure>> + Send,
    Failure: Error + 'static,
{
    let mut stop = stop.clone();
    loops.spawn(async move {
        let mut ticks = interval(pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stop.borrow_and_update() {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.changed() => return,
            }
            if let Err(error) = chore().await {
                tracing::warn!(chore = what, error = &error as &dyn Error, "a chore failed");
            }
        }
    });
}
