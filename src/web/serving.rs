//! A server that runs in the background, and how it is stopped.

use std::io;

use actix_web::dev::{Server, ServerHandle};
use tokio::task::JoinHandle;

/// A server that runs until it is stopped.
pub struct Serving {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

impl Serving {
    /// Begins to serve, inside the runtime.
    pub fn begin(server: Server) -> Self {
        Self {
            handle: server.handle(),
            task: tokio::spawn(server),
        }
    }

    /// Takes no more connections, finishes the requests in flight, and ends.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a server ended with an error"),
            Err(error) => tracing::warn!(%error, "a server ended early"),
        }
    }
}
