//! A process that runs, and how it ends: no request fails, and what is in hand is finished.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::pipeline::ingest::rejections::RejectionCounter;
use crate::store::{ExclusiveLock, Store};
use crate::web::serving::Serving;
use crate::web::state::State;

/// Between "not ready" and closed doors: long enough for callers with an open connection to be told.
const NOTICE: Duration = Duration::from_millis(500);
/// What is in work is given to come to an end: well under the minute after which a process is usually killed.
const WORK_ENDS_WITHIN: Duration = Duration::from_secs(40);
/// What the last deliveries are given to reach the disk.
const LAST_COMMIT_WITHIN: Duration = Duration::from_secs(6);

/// A process at work.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it serves metrics, if anywhere.
    pub metrics_address: Option<SocketAddr>,
    /// What its handlers share.
    pub state: State,
    pub(super) servers: Vec<Serving>,
    pub(super) loops: JoinSet<()>,
    pub(super) leases: JoinSet<()>,
    pub(super) ingest: JoinHandle<()>,
    pub(super) refusals: Arc<RejectionCounter>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) lock: ExclusiveLock,
}

impl Running {
    /// Ends it: not ready first, then no new connections; requests and work in hand are finished.
    pub async fn stop(mut self) {
        tracing::info!("stopping");
        self.state.readiness.begin_to_stop();
        self.stop.send_replace(true);
        sleep(NOTICE).await;
        for server in self.servers {
            server.stop().await;
        }
        let ended = async { while self.loops.join_next().await.is_some() {} };
        if timeout(WORK_ENDS_WITHIN, ended).await.is_err() {
            tracing::warn!(
                "what is still in work is left as it is; it goes on from what is on record"
            );
            self.loops.shutdown().await;
        }
        self.leases.shutdown().await;
        let store: Store = self.state.store.clone();
        // The writer of deliveries ends with its last sender, which the state holds.
        drop(self.state);
        if timeout(LAST_COMMIT_WITHIN, self.ingest).await.is_err() {
            tracing::warn!(
                "the last deliveries were not committed in time; nobody was told that they were"
            );
        }
        if let Err(error) = self.refusals.write(&store).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "counts of refused deliveries are lost"
            );
        }
        drop(self.lock);
        tracing::info!("stopped");
    }
}
