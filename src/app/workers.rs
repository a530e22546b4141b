//! Works on events as long as there are any, and sleeps until one is due.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::pipeline::Pipeline;
use crate::pipeline::step::Worked;
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
    let mut worked = Vec::new();
    while !*stop.borrow_and_update() {
        while let Some(subject) = in_hand.try_join_next() {
            worked.extend(subject);
        }
        let free = places.saturating_sub(in_hand.len());
        let claimed = match free {
            0 => Vec::new(),
            free => claim(&pipeline, free, &mut worked).await,
        };
        let (is_idle, is_line) = (claimed.is_empty(), claimed.len() == free);
        for claimed in claimed {
            let pipeline = pipeline.clone();
            in_hand.spawn(async move { pipeline.work(claimed).await });
        }
        if is_idle {
            worked.extend(wait(&pipeline, &mut in_hand, &mut stop).await);
        } else if is_line {
            let finished = join_until(&mut in_hand, places / 2, &mut worked);
            drop(timeout(LINGER, finished).await);
        }
    }
    let finished = join_until(&mut in_hand, 0, &mut worked);
    if timeout(FINISH_WITHIN, finished).await.is_err() {
        tracing::warn!("some work was not finished in time; others take it over");
    }
    claim(&pipeline, 0, &mut worked).await;
}

/// Until no more than so many are in hand.
async fn join_until(in_hand: &mut JoinSet<Worked>, left: usize, worked: &mut Vec<Worked>) {
    while in_hand.len() > left
        && let Some(subject) = in_hand.join_next().await
    {
        worked.extend(subject);
    }
}

/// Until something is stored, a place is free again, or the next due date may have passed.
async fn wait(
    pipeline: &Pipeline,
    in_hand: &mut JoinSet<Worked>,
    stop: &mut watch::Receiver<bool>,
) -> Option<Worked> {
    tokio::select! {
        () = pipeline.wake.notified() => None,
        Some(worked) = in_hand.join_next() => worked.ok(),
        _ = stop.changed() => None,
        () = sleep(SLEEP) => None,
    }
}

/// Gives back what was worked and claims anew; what could not be given back is kept for the next time.
async fn claim(pipeline: &Pipeline, free: usize, worked: &mut Vec<Worked>) -> Vec<Claimed> {
    match pipeline.claim(free, worked).await {
        Ok(claimed) => {
            worked.clear();
            claimed
        }
        Err(error) => {
            tracing::warn!(error = %error, "no events could be claimed");
            sleep(PAUSE).await;
            Vec::new()
        }
    }
}
