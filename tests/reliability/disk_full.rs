//! R13: the disk that holds the database is full for a while.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::traffic::{HELD, Traffic};

/// So long that everybody is told to come again.
const FULL_FOR: Duration = Duration::from_millis(6_500);
/// What is held that long may be told a moment sooner.
const A_MOMENT: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_full_disk_is_waited_for_and_never_believed_on_sqlite() {
    let Some(disk) = SmallDisk::mount(24 * times()) else {
        return;
    };
    let stage = Stage::open(Place::Sqlite, unlimited(&[])).await;
    let file = format!("sqlite://{}/latchkey.db", disk.0.path().display());
    let stage = stage.expect("SQLite is always there");
    let stage = stage.with("LATCHKEY_DATABASE_URL", &file);
    a_full_disk_is_waited_for_and_never_believed(&stage, &disk).await;
}

/// Its tables lie on the small disk. Its log does not: for want of room there the server itself ends, as when killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_full_disk_is_waited_for_and_never_believed_on_postgres() {
    let Some(disk) = SmallDisk::mount(64 * times()) else {
        return;
    };
    let Some(stage) = Stage::open(Place::OwnPostgres, unlimited(&[])).await else {
        return;
    };
    let database = stage.own_server.as_ref().expect("it has its own");
    database.move_to(disk.0.path());
    a_full_disk_is_waited_for_and_never_believed(&stage, &disk).await;
}

/// How often it is full; what is stored meanwhile needs as many times the room.
fn times() -> usize {
    Size::asked().of(1, 10)
}

async fn a_full_disk_is_waited_for_and_never_believed(stage: &Stage, disk: &SmallDisk) {
    let mut traffic = Traffic::begin(stage, 2 + 10 * times() as u64).await;

    for _ in 0..times() {
        let ballast = disk.fill();
        let full = Instant::now();
        sleep(FULL_FOR).await;
        std::fs::remove_file(ballast).expect("it is ours");
        traffic.back_after("disk full", full).await;
    }
    let shortest = traffic.sender.book.shortest_wait();
    let (is_right, otherwise) = match shortest {
        Some(wait) => (wait >= HELD - A_MOMENT, format!("not held but {wait:?}")),
        None => (false, "the full disk was not noticed".to_owned()),
    };
    traffic.verdict.require(is_right, otherwise);
    traffic.end(stage).await;
}

/// A file system in memory, gone at the end of the test.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Of so many megabytes; `None` where we may not make one, which standard error says.
    fn mount(megabytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut mount = Command::new("mount");
        let size = format!("size={megabytes}m");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        let mounted = mount.arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("no right to mount a small disk: R13 goes without a full one");
        None
    }

    /// Writes until nothing fits any more; the file that is in the way.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.0.path().join("ballast");
        let mut file = File::create(&path).expect("the disk is ours");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
        assert!(
            unmounted.is_ok_and(|status| status.success()),
            "it stays mounted"
        );
    }
}
