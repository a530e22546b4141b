//! The files of an SQLite database: made for their owner alone, and mended where they are not.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

/// What its owner may do, and nobody else.
const OWN_FILE: u32 = 0o600;
const OWN_FOLDER: u32 = 0o700;
/// What others may do.
const OTHERS: u32 = 0o077;

/// One at a time: closing a file that SQLite has open in this process would drop the locks that it holds on it.
static ALONE: Mutex<()> = Mutex::new(());

/// Makes folder and file where they are missing, and closes the files to others; a folder that was there is left as it is,
/// since it may hold more than ours.
pub(super) fn prepare(path: &Path) -> io::Result<()> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => prepare_folder(folder)?,
        _ => {}
    }
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWN_FILE)
        .open(path)
    {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for file in ["", "-wal", "-shm"].map(|suffix| beside(path, suffix)) {
        close_to_others(&file);
    }
    Ok(())
}

/// The file of that suffix beside the database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.to_path_buf().into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

fn prepare_folder(folder: &Path) -> io::Result<()> {
    static WARNED: Once = Once::new();
    match folder.metadata() {
        Ok(metadata) if metadata.permissions().mode() & OTHERS != 0 => WARNED.call_once(|| {
            tracing::warn!(
                folder = %folder.display(),
                "others may look into the folder of the database; close it to them with `chmod 700`"
            );
        }),
        Ok(_) => {}
        Err(_missing) => DirBuilder::new()
            .recursive(true)
            .mode(OWN_FOLDER)
            .create(folder)?,
    }
    Ok(())
}

/// What is not there, or belongs to somebody else, is left.
fn close_to_others(file: &Path) {
    static WARNED: Once = Once::new();
    let is_open = |metadata: std::fs::Metadata| metadata.permissions().mode() & OTHERS != 0;
    if file.metadata().is_ok_and(is_open)
        && let Err(error) = std::fs::set_permissions(file, Permissions::from_mode(OWN_FILE))
    {
        WARNED.call_once(|| {
            tracing::warn!(
                file = %file.display(),
                error = &error as &dyn std::error::Error,
                "others may read the database, and it cannot be closed to them"
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/data/latchkey.db");

        prepare(&path).unwrap();

        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&folder.path().join("new")), 0o700);
    }

    #[test]
    fn files_that_were_open_to_others_are_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latchkey.db");
        let files = ["", "-wal", "-shm"].map(|suffix| beside(&path, suffix));
        for file in &files {
            std::fs::write(file, "kept").unwrap();
            std::fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }

        prepare(&path).unwrap();

        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
            assert_eq!(std::fs::read_to_string(file).unwrap(), "kept");
        }
    }
}
