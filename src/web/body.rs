//! The body of a request: how much of it is taken, and how long its sender may take.

use std::cell::Cell;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut, Data};
use futures::StreamExt as _;
use futures::future::{Either, pending, select};
use tokio::time::{Instant, sleep, sleep_until};

use crate::web::state::State;

/// What every body has, however small it is …
const AT_FIRST: Duration = Duration::from_secs(10);
/// … and how many bytes must have come for each further second …
const BYTES_PER_SECOND: usize = 4 * 1024;
/// … until it must be whole.
const WHOLE_WITHIN: Duration = Duration::from_secs(60);
/// What a body is given that is under way when the process is told to stop.
const LAST_WITHIN: Duration = Duration::from_secs(3);
/// A body that is too large is read on to so many times what is taken, so that its sender gets to read the answer.
const READ_ON: usize = 4;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than what is taken.
    TooLarge,
    /// It came too slowly.
    TooSlow,
    /// Its sender went away.
    BrokenOff,
}

/// A whole body of at most so many bytes.
pub fn read(
    http: &HttpRequest,
    payload: &mut Payload,
    most_bytes: usize,
) -> impl Future<Output = Result<Bytes, Unread>> + use<> {
    let payload = payload.take();
    let state = http.app_data::<Data<State>>().cloned();
    async move {
        let seen = Cell::new(0);
        let whole = std::pin::pin!(take(payload, most_bytes, &seen));
        let late = std::pin::pin!(late(state, &seen));
        match select(whole, late).await {
            Either::Left((body, _)) => body,
            Either::Right(_) => Err(Unread::TooSlow),
        }
    }
}

async fn take(
    mut payload: Payload,
    most_bytes: usize,
    seen: &Cell<usize>,
) -> Result<Bytes, Unread> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_broken_off| Unread::BrokenOff)?;
        seen.set(seen.get().saturating_add(piece.len()));
        if seen.get() <= most_bytes {
            body.extend_from_slice(&piece);
        } else if seen.get() > most_bytes.saturating_mul(READ_ON) {
            break;
        }
    }
    if seen.get() > most_bytes {
        return Err(Unread::TooLarge);
    }
    Ok(body.freeze())
}

/// Comes back when the sender has taken too long for what it has sent, or nobody can wait for it any more.
async fn late(state: Option<Data<State>>, seen: &Cell<usize>) {
    let stopped = std::pin::pin!(async {
        match state {
            Some(state) => state.readiness.stopping().await,
            None => pending().await,
        }
        sleep(LAST_WITHIN).await;
    });
    let too_slow = std::pin::pin!(async {
        let begun = Instant::now();
        while begun.elapsed() < allowed(seen.get()) {
            sleep_until(begun + allowed(seen.get())).await;
        }
    });
    select(stopped, too_slow).await;
}

/// How long a sender may have taken for so many bytes.
fn allowed(bytes: usize) -> Duration {
    let earned = Duration::from_secs((bytes / BYTES_PER_SECOND) as u64);
    (AT_FIRST + earned).min(WHOLE_WITHIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sends_more_may_take_longer_but_not_for_ever() {
        for (bytes, seconds) in [(0, 10), (4_095, 10), (40 * 1024, 20), (2 * 1024 * 1024, 60)] {
            assert_eq!(allowed(bytes), Duration::from_secs(seconds), "{bytes}");
        }
    }
}
