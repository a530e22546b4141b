//! Keeps a second server off an SQLite file, by whatever name it is called.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::config::DatabaseUrl;
use crate::store::doors::Store;
use crate::store::error::StoreError;
use crate::store::files::{beside, prepare};

/// Held while serving; the lock goes with it.
#[derive(Debug)]
pub struct ExclusiveLock {
    _file: Option<File>,
    _name: Option<inode::Name>,
}

impl Store {
    /// Locks an SQLite database for this process; [`StoreError::Conflict`] when another one serves from it.
    ///
    /// PostgreSQL serves several processes at once, so there it holds nothing.
    pub fn lock_exclusively(&self) -> Result<ExclusiveLock, StoreError> {
        let DatabaseUrl::Sqlite(path) = &self.url else {
            return Ok(ExclusiveLock {
                _file: None,
                _name: None,
            });
        };
        prepare(path).map_err(StoreError::unavailable)?;
        // What a symbolic link points to is locked, not the link.
        let path = path.canonicalize().map_err(StoreError::unavailable)?;
        Ok(ExclusiveLock {
            _file: Some(lock_beside(&path)?),
            _name: inode::take(&path).map_err(taken)?,
        })
    }
}

fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(beside(path, ".lock"))
        .map_err(StoreError::unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(taken(io::ErrorKind::AddrInUse.into())),
        Err(TryLockError::Error(error)) => Err(StoreError::unavailable(error)),
    }
}

fn taken(_in_use: io::Error) -> StoreError {
    StoreError::Conflict("another latchkey process serves from this database file".into())
}

/// A lock by device and inode, which a file has whatever its names are: a hard link is another path to the same one.
///
/// It is a socket without a path, because a lock on the database itself would get in the way of SQLite's own.
#[cfg(target_os = "linux")]
mod inode {
    use std::io;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::path::Path;

    /// The name that is held.
    pub(super) type Name = UnixDatagram;

    /// Takes the name of a file; an error when another process has it. Where there are no such sockets, none is taken.
    pub(super) fn take(path: &Path) -> io::Result<Option<Name>> {
        let file = path.metadata()?;
        let name = format!("latchkey database {} {}", file.dev(), file.ino());
        match SocketAddr::from_abstract_name(name).and_then(|name| UnixDatagram::bind_addr(&name)) {
            Ok(name) => Ok(Some(name)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
            Err(_unsupported) => Ok(None),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod inode {
    use std::io;
    use std::path::Path;

    /// There are no sockets without a path here.
    #[derive(Debug)]
    pub(super) enum Name {}

    pub(super) fn take(_path: &Path) -> io::Result<Option<Name>> {
        Ok(None)
    }
}
