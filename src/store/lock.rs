//! Keeps a second server off an SQLite file.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use crate::config::DatabaseUrl;
use crate::store::doors::Store;
use crate::store::error::StoreError;

/// Held while serving; the lock goes with it.
#[derive(Debug)]
pub struct ExclusiveLock {
    _file: Option<File>,
}

impl Store {
    /// Takes the lock file beside an SQLite database; [`StoreError::Conflict`] when another process serves from it.
    ///
    /// PostgreSQL serves several processes at once, so there it holds nothing.
    pub fn lock_exclusively(&self) -> Result<ExclusiveLock, StoreError> {
        let DatabaseUrl::Sqlite(path) = &self.url else {
            return Ok(ExclusiveLock { _file: None });
        };
        let mut name = path.clone().into_os_string();
        name.push(".lock");
        let name = PathBuf::from(name);
        if let Some(folder) = name.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::unavailable)?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&name)
            .map_err(StoreError::unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(ExclusiveLock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Conflict(
                "another latchkey process serves from this database file".into(),
            )),
            Err(TryLockError::Error(error)) => Err(StoreError::unavailable(error)),
        }
    }
}
