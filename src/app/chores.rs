//! What has to be done every so often, each in a loop of its own.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::accounts::chain_ends::ChainEnds;
use crate::accounts::data_keys;
use crate::accounts::master_keys::RotateError;
use crate::accounts::outbox;
use crate::accounts::sessions::DEVICE_KEPT;
use crate::mail::Mailer;
use crate::pipeline::Pipeline;
use crate::pipeline::clock::Clock;
use crate::pipeline::error::ProcessingError;
use crate::pipeline::ingest::rejections::RejectionCounter;
use crate::pipeline::queue::gauges::Gauges;
use crate::store::outbox as mails;
use crate::store::{
    PlatformUse, Scope, Store, StoreError, cause_counts, devices, email_proofs, sessions,
    shown_once, upkeep,
};

const UPKEEP: Scope = Scope::Platform(PlatformUse::Upkeep);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Loops that do chores until told to stop.
pub struct Chores {
    loops: JoinSet<()>,
    stop: watch::Receiver<bool>,
}

impl Chores {
    /// None yet; they end when `stop` says so.
    pub fn new(stop: watch::Receiver<bool>) -> Self {
        Self {
            loops: JoinSet::new(),
            stop,
        }
    }

    /// The loops, to be joined at the end.
    pub fn into_loops(self) -> JoinSet<()> {
        self.loops
    }

    /// What every process does: follows the time, and writes what it counted.
    pub fn begin(&mut self, store: &Store, clock: &Clock, refusals: &Arc<RejectionCounter>) {
        let (store, clock, refusals) = (store.clone(), clock.clone(), Arc::clone(refusals));
        let time = store.clone();
        self.every("following the database's clock", MINUTE, move || {
            anchor(time.clone(), clock.clone())
        });
        self.every("writing refused deliveries", 2 * SECOND, move || {
            let (store, refusals) = (store.clone(), Arc::clone(&refusals));
            async move { refusals.write(&store).await }
        });
    }

    /// What every process does where there is a mail server: sends what is in the outbox.
    pub fn begin_mail(&mut self, pipeline: &Pipeline, mailer: Mailer) {
        let pipeline = pipeline.clone();
        self.every("sending mail", 5 * SECOND, move || {
            let (pipeline, mailer) = (pipeline.clone(), mailer.clone());
            async move {
                let platform = (&pipeline.store, pipeline.tenant_keys.master_keys());
                let now = pipeline.clock.now();
                outbox::send_due(platform, &mailer, now).await.map(drop)
            }
        });
    }

    /// What a process that works on events does besides.
    pub fn begin_for_workers(&mut self, pipeline: &Pipeline, retention: SignedDuration) {
        let prober = pipeline.clone();
        self.every("probing license servers", SECOND, move || {
            let pipeline = prober.clone();
            async move { pipeline.probe().await.map(drop) }
        });
        let sweeper = pipeline.clone();
        self.every("reading licenses back", SECOND, move || {
            let pipeline = sweeper.clone();
            async move { pipeline.reconcile_batch().await.map(drop) }
        });
        let waker = pipeline.clone();
        self.every("waking what was held", 10 * SECOND, move || {
            let pipeline = waker.clone();
            async move { pipeline.wake_held().await.map(drop) }
        });
        let fetcher = pipeline.clone();
        self.every("fetching events that never came", 10 * SECOND, move || {
            let pipeline = fetcher.clone();
            async move { pipeline.fetch_missed_events().await.map(drop) }
        });
        let worker = pipeline.clone();
        self.every("going on with long work", SECOND, move || {
            go_on(worker.clone())
        });
        let checker = pipeline.clone();
        self.every("checking what products give", MINUTE, move || {
            let pipeline = checker.clone();
            async move { pipeline.check_catalogs().await.map(drop) }
        });
        let (measurer, gauges) = (pipeline.clone(), Arc::new(Gauges::default()));
        self.every("measuring what stands where", 15 * SECOND, move || {
            let (pipeline, gauges) = (measurer.clone(), Arc::clone(&gauges));
            async move { gauges.measure(&pipeline).await }
        });
        let (teller, ends) = (pipeline.clone(), Arc::new(ChainEnds::default()));
        self.every("telling where records end", MINUTE, move || {
            let (pipeline, ends) = (teller.clone(), Arc::clone(&ends));
            async move { ends.tell(&pipeline.store).await }
        });
        let sealer = pipeline.clone();
        self.every("sealing anew under new data keys", SECOND, move || {
            seal_anew(sealer.clone())
        });
        let folder = pipeline.store.clone();
        self.every("adding up what stands still", MINUTE, move || {
            let store = folder.clone();
            async move { store.write(UPKEEP, cause_counts::fold_across_tenants).await }
        });
        let keeper = pipeline.clone();
        self.every("keeping the database in order", 10 * MINUTE, move || {
            keep_in_order(keeper.clone(), retention)
        });
    }

    /// Does a chore at once and then every so often; one that fails is done again next time.
    fn every<Chore, Work, Failure>(&mut self, what: &'static str, pause: Duration, mut chore: Chore)
    where
        Chore: FnMut() -> Work + Send + 'static,
        Work: Future<Output = Result<(), Failure>> + Send,
        Failure: Error + 'static,
    {
        let mut stop = self.stop.clone();
        self.loops.spawn(async move {
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
}

/// Holds what is in work, until the set is dropped: work in hand outlives the word to stop.
pub fn hold_leases(pipeline: Pipeline) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    loops.spawn(async move {
        let mut ticks = interval(5 * SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = pipeline.renew_leases().await {
                tracing::warn!(error = &error as &dyn Error, "leases were not renewed");
            }
        }
    });
    loops
}

/// Makes the clock follow the database's, where there is one that others follow too; else this machine's, which may have
/// slept.
pub async fn anchor(store: Store, clock: Clock) -> Result<(), NotAnchored> {
    for _ in 0..QUESTIONS {
        let asked = Instant::now();
        let Some(time) = store.time().await? else {
            clock.catch_up();
            return Ok(());
        };
        if clock.anchor(time, asked) {
            return Ok(());
        }
    }
    Err(NotAnchored::Slow)
}

/// How often the time is asked for until an answer comes so soon that it can be believed.
const QUESTIONS: usize = 5;

/// Why the clock goes on as it was.
#[derive(Debug, thiserror::Error)]
pub enum NotAnchored {
    /// The database does not answer.
    #[error("asking the database for its time")]
    Store(#[from] StoreError),
    /// It answers too slowly to set a clock by.
    #[error("the database takes more than a second to tell its time")]
    Slow,
}

/// Pieces of long work in one go, so that a process that is told to stop soon does.
const PIECES: usize = 10;

async fn go_on(pipeline: Pipeline) -> Result<(), ProcessingError> {
    for _ in 0..PIECES {
        if pipeline.run_job_step().await? == 0 {
            break;
        }
    }
    Ok(())
}

async fn seal_anew(pipeline: Pipeline) -> Result<(), RotateError> {
    let master_keys = pipeline.tenant_keys.master_keys();
    for _ in 0..PIECES {
        if data_keys::step(&pipeline.store, master_keys, pipeline.clock.now()).await? == 0 {
            break;
        }
    }
    Ok(())
}

async fn keep_in_order(pipeline: Pipeline, retention: SignedDuration) -> Result<(), StoreError> {
    let now = pipeline.clock.now();
    pipeline
        .store
        .write(UPKEEP, move |db| {
            upkeep::forget_dead(db, now.plus_hours(-1))?;
            sessions::delete_ended(db, now)?;
            devices::delete_unused(db, now.plus(-DEVICE_KEPT))?;
            email_proofs::delete_expired(db, now)?;
            shown_once::delete_expired_across_tenants(db, now)?;
            mails::delete_old_across_tenants(db, now.plus(-outbox::KEPT)).map(drop)
        })
        .await?;
    pipeline.store.write(UPKEEP, upkeep::count_rows).await?;
    pipeline.drop_old(retention).await.map(drop)
}
