//! How many files the system lets this process open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::ConnectionLimits;

/// What is kept for the database, for calls to license servers and for files.
const KEPT: u64 = 256;

/// Asks for as many open files as may be had, and lets in no more connections than fit.
///
/// The limit that a process begins with is low for the sake of programs that cannot cope with more.
pub fn allow(asked: ConnectionLimits) -> ConnectionLimits {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_refused) => limit.current,
    };
    let fit = files.map(|files| files.saturating_sub(KEPT).max(KEPT));
    let Some(fit) = fit.and_then(|fit| usize::try_from(fit).ok()) else {
        return asked;
    };
    if fit < asked.all {
        tracing::warn!(
            connections = fit,
            "fewer connections than LATCHKEY_CONNECTIONS fit into the limit of open files"
        );
    }
    ConnectionLimits {
        all: asked.all.min(fit),
        ..asked
    }
}
