//! Waiting for what other processes do.

use std::time::{Duration, Instant};

const AT_MOST: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// What `look` finds once it finds something; fails when that takes too long.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < AT_MOST, "in vain: {what}");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
