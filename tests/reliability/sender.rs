//! The shop's sending: at a fixed rate whatever the answers, each delivery again until it is acknowledged.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use reqwest::Client;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, sleep_until};

use crate::postbook::{Answer, Attempt, Postbook};
use crate::processes::vendor::{Vendor, client};
use crate::schedule::Schedule;
use crate::shop::Event;

/// Before a delivery that was not acknowledged is made again; the shop waits an hour.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// After so long the shop gives up; nothing of it counts as acknowledged.
const PATIENCE: Duration = Duration::from_secs(150);

/// Where processes listen, as a load balancer knows them. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    open: Arc<RwLock<Vec<SocketAddr>>>,
    next: Arc<AtomicUsize>,
}

impl Doors {
    /// These and no others from now on.
    pub fn set(&self, addresses: &[SocketAddr]) {
        *self.open.write().unwrap() = addresses.to_vec();
    }

    /// One after another in turn.
    pub fn next(&self) -> SocketAddr {
        let open = self.open.read().unwrap();
        open[self.next.fetch_add(1, Ordering::Relaxed) % open.len()]
    }
}

/// One vendor's shop. Clones are the same one.
#[derive(Clone)]
pub struct Sender {
    /// Whose.
    pub vendor: Vendor,
    /// Where it sends.
    pub doors: Doors,
    /// What it notes.
    pub book: Postbook,
    http: Client,
}

impl Sender {
    /// A shop that has sent nothing yet.
    pub fn new(vendor: &Vendor, doors: &Doors) -> Self {
        Self {
            vendor: vendor.clone(),
            doors: doors.clone(),
            book: Postbook::default(),
            http: client(),
        }
    }

    /// Begins to send so many a second; ends when all is acknowledged or given up.
    pub fn begin(&self, schedule: &Schedule, per_second: usize) -> JoinHandle<()> {
        let (sender, schedule) = (self.clone(), schedule.clone());
        let pause = Duration::from_secs(1) / u32::try_from(per_second).unwrap_or(u32::MAX);
        tokio::spawn(async move {
            let mut deliveries = JoinSet::new();
            let mut due = Instant::now();
            for place in 0..schedule.len() {
                sleep_until(due.into()).await;
                let (sender, events) = (sender.clone(), vec![schedule.event(place)]);
                deliveries.spawn(async move { sender.deliver(&events, due).await });
                while deliveries.try_join_next().is_some() {}
                due += pause;
            }
            deliveries.join_all().await;
        })
    }

    /// Sends all as fast as so many at once can.
    pub async fn send_at_once(&self, schedule: &Schedule, at_once: usize) {
        let deliveries = (0..schedule.len()).map(|place| async move {
            let events = [schedule.event(place)];
            self.deliver(&events, Instant::now()).await;
        });
        stream::iter(deliveries)
            .buffer_unordered(at_once)
            .collect::<()>()
            .await;
    }

    /// Delivers these events together until all are acknowledged, or gives up.
    pub async fn deliver(&self, events: &[Event], due: Instant) {
        let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
        let mut due = due;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.post(events, &ids, due).await == Answer::Acknowledged {
                return;
            }
            sleep(AGAIN_AFTER).await;
            due = Instant::now();
        }
    }

    async fn post(&self, events: &[Event], ids: &[String], due: Instant) -> Answer {
        self.book.sending(ids);
        let posted = self.vendor.post(&self.http, self.doors.next(), events);
        let (status, body) = match posted.await {
            Ok(answer) => (answer.status().as_u16(), answer.text().await.ok()),
            Err(_) => (0, None),
        };
        let named = body.as_deref().unwrap_or_default().lines();
        let named: Vec<String> = named.map(str::to_owned).collect();
        let answer = match (status, &body) {
            (0, _) | (_, None) => Answer::None,
            (200, _) if named == ids => Answer::Acknowledged,
            (200 | 202, _) => Answer::NotNamed(status),
            _ => Answer::Refused(status),
        };
        let acknowledged = match answer {
            Answer::Acknowledged | Answer::NotNamed(_) => named,
            Answer::Refused(_) | Answer::None => Vec::new(),
        };
        let ended = Instant::now();
        let attempt = Attempt { due, ended, answer };
        self.book.answered(attempt, acknowledged);
        answer
    }
}
