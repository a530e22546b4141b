//! Works on events as long as there are any, and sleeps until one is due.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::pipeline::Pipeline;
use crate::store::events::Claimed;

/// The longest sleep: other processes store events too, and due dates pass without a sound.
const SLEEP: Duration = Duration::from_millis(500);
/// Where there is a line, one claim for several places costs as much as one for each: they are waited for so long.
const LINGER: Duration = Duration::from_millis(5);
/// After a failure of the database itself.
const PAUSE: Duration = Duration::from_secs(1);
/// What work in hand is given at the end: longer than any one call may take.
const FINISH_WITHIN: Duration = Duration::from_secs(25);

/// Claims and works until told to stop, then finishes what is in hand.
pub async fn work(pipeline: Pipeline, mut stop: watch::Receiver<bool>) {
    let places = pipeline.options.workers;
    let mut in_hand = JoinSet::new();
    while !*stop.borrow_and_update() {
        while in_hand.try_join_next().is_some() {}
        let free = places.saturating_sub(in_hand.len());
        let claimed = match free {
            0 => Vec::new(),
            free => claim(&pipeline, free).await,
        };
        let (is_idle, is_line) = (claimed.is_empty(), claimed.len() == free);
        for prepared in pipeline.prefetch(claimed).await {
            let pipeline = pipeline.clone();
            in_hand.spawn(async move { pipeline.process_subject(prepared).await });
        }
        if is_idle {
            wait(&pipeline, &mut in_hand, &mut stop).await;
        } else if is_line {
            drop(timeout(LINGER, join_until(&mut in_hand, places / 2)).await);
        }
    }
    if timeout(FINISH_WITHIN, join_until(&mut in_hand, 0))
        .await
        .is_err()
    {
        tracing::warn!("some work was not finished in time; others take it over");
    }
    claim(&pipeline, 0).await;
}

/// Until no more than so many are in hand.
async fn join_until(in_hand: &mut JoinSet<()>, left: usize) {
    while in_hand.len() > left && in_hand.join_next().await.is_some() {}
}

/// Until something is stored, a place is free again, or the next due date may have passed.
async fn wait(pipeline: &Pipeline, in_hand: &mut JoinSet<()>, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = pipeline.wake.notified() => {}
        Some(_) = in_hand.join_next() => {}
        _ = stop.changed() => {}
        () = sleep(SLEEP) => {}
    }
}

async fn claim(pipeline: &Pipeline, free: usize) -> Vec<Claimed> {
    match pipeline.claim(free).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::warn!(error = %error, "no events could be claimed");
            sleep(PAUSE).await;
            Vec::new()
        }
    }
}
