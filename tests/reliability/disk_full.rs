//! R13: the disk that holds the database is full for a while.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::traffic::Traffic;

/// So long that everybody is told to come again.
const FULL_FOR: Duration = Duration::from_millis(6_500);
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn r13_a_full_disk_is_waited_for_and_never_believed() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let stage = Stage::open(Place::Sqlite, unlimited(&[])).await;
    let file = format!("sqlite://{}/latchkey.db", disk.0.path().display());
    let stage = stage.expect("SQLite is always there");
    let stage = stage.with("LATCHKEY_DATABASE_URL", &file);
    let traffic = Traffic::begin(&stage, 12).await;
    let mut verdict = stage.verdict("R13");

    sleep(Duration::from_secs(1)).await;
    for _ in 0..Size::asked().of(1, 10) {
        let ballast = disk.fill();
        sleep(FULL_FOR).await;
        std::fs::remove_file(ballast).expect("it is ours");
        let back = Instant::now();
        sleep(Duration::from_secs(3)).await;
        let first = traffic.sender.book.first_after(back);
        verdict.within(
            "answering again after",
            first.unwrap_or(Duration::MAX),
            BACK_WITHIN,
        );
    }
    let failures = traffic.sender.book.failures();
    verdict.require(failures > 0, "the full disk was not noticed");
    verdict.figure("disk full for, s", FULL_FOR.as_secs_f64());
    traffic.end(&stage, verdict).await;
}

/// A file system in memory, gone at the end of the test.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where we may not make one, which standard error says.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]);
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
