//! Begins the demo's database anew, unless another demo is using it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::config::DatabaseUrl;

/// Held while the demo runs, so that another one does not take its database away.
pub struct Alone {
    _lock: File,
}

/// Removes what the last demo left behind.
pub fn begin(database_url: &DatabaseUrl) -> Result<Alone> {
    let DatabaseUrl::Sqlite(database) = database_url else {
        bail!("the demo runs on SQLite only");
    };
    let folder = database.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("making {}", folder.display()))?;
    let lock = File::create(folder.join("demo.lock")).context("locking the demo's folder")?;
    if lock.try_lock().is_err() {
        bail!("another demo runs in {}; end it first", folder.display());
    }
    for ending in ["db", "db-wal", "db-shm", "key"] {
        remove(&database.with_extension(ending))?;
    }
    Ok(Alone { _lock: lock })
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}
