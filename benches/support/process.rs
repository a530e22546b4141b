//! The program in a process of its own, and what it weighs.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::vendor::MASTER_KEYS;

const PROGRAM: &str = env!("CARGO_BIN_EXE_latchkey");
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that takes what shops send; ended when dropped.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first word that it is ready.
    pub ready_after: Duration,
}

impl Process {
    /// Starts it, and waits until it is ready.
    pub async fn start(database_url: &str) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begun = Instant::now();
        let child = Command::new(PROGRAM)
            .args(["serve", "--role", "web", "--database-url", database_url])
            .args(["--listen", &address.to_string()])
            .args(["--master-keys", MASTER_KEYS])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the program")?;
        let mut process = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        let url = format!("http://{address}/readyz");
        while !is_ready(&url).await {
            ensure!(begun.elapsed() < PATIENCE, "the program is not ready");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        process.ready_after = begun.elapsed();
        Ok(process)
    }

    /// What it holds in memory now.
    pub fn resident_bytes(&self) -> Result<u64> {
        self.status("VmRSS")
    }

    /// The most that it ever held.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.status("VmHWM")
    }

    fn status(&self, field: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
            .and_then(|value| value.trim().strip_suffix(" kB"))
            .with_context(|| format!("{field} of the program"))?
            .parse()?;
        Ok(kibibytes * 1_024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How large the program is.
pub fn program_bytes() -> Result<u64> {
    Ok(std::fs::metadata(PROGRAM)?.len())
}

async fn is_ready(url: &str) -> bool {
    match reqwest::get(url).await {
        Ok(answer) => answer.status().is_success(),
        Err(_not_yet) => false,
    }
}
