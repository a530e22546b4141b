//! The program as a process: started with settings, watched through its log, gone with the test.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A debug build on a busy machine takes its time; a program that hangs fails the test all the same.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A folder and the settings that every process started here gets.
pub struct Setup {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    started: AtomicU32,
}

/// What a command that has ended left behind.
pub struct Ended {
    pub code: Option<i32>,
    /// Its answer.
    pub output: String,
    /// Its complaints and its log.
    pub errors: String,
}

/// A process that serves; killed when dropped.
pub struct Serving {
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Setup {
    /// Over a fresh SQLite file in a folder of its own.
    pub fn sqlite() -> Self {
        let setup = Self::new();
        let file = setup.folder().join("latchkey.db");
        setup.with(
            "LATCHKEY_DATABASE_URL",
            format!("sqlite://{}", file.display()),
        )
    }

    /// Over this PostgreSQL database.
    pub fn postgres(url: &str) -> Self {
        Self::new()
            .with("LATCHKEY_DATABASE_URL", url)
            // 32 bytes of the letter k.
            .with(
                "LATCHKEY_MASTER_KEYS",
                "test:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
            )
    }

    fn new() -> Self {
        let setup = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            settings: Vec::new(),
            started: AtomicU32::new(0),
        };
        setup
            .with("LATCHKEY_LISTEN", "127.0.0.1:0")
            .with("LATCHKEY_METRICS_LISTEN", "off")
            .with("LATCHKEY_LOG_FORMAT", "json")
            // Everybody comes from one address, and asks through the API how things stand.
            .with("LATCHKEY_CONNECTIONS_PER_ADDRESS", "16000")
            .with("LATCHKEY_API_LIMIT", "off")
            .with("LATCHKEY_RETRY_SCHEDULE", "1s,1s,2s,2s,5s,5s,5s,5s")
    }

    /// With this setting instead of what it was.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.settings.push((name, value.into()));
        self
    }

    /// With this setting unset.
    pub fn without(mut self, name: &str) -> Self {
        self.settings.retain(|(known, _)| *known != name);
        self
    }

    /// Where the processes run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The same settings as arguments.
    pub fn arguments(&self) -> Vec<String> {
        let spell = |(name, value): &(&str, String)| {
            let name = name.trim_start_matches("LATCHKEY_").to_lowercase();
            format!("--{}={value}", name.replace('_', "-"))
        };
        self.settings.iter().map(spell).collect()
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let (mut child, output, errors) = self.start(arguments);
        let status = wait(&mut child);
        Ended {
            code: status.and_then(|status| status.code()),
            output: read(&output),
            errors: read(&errors),
        }
    }

    /// Starts a process that serves and waits until it listens.
    pub fn serve(&self) -> Serving {
        self.begin(&["serve"])
    }

    /// Starts a license server of that kind, and waits until it listens.
    pub fn sandbox(&self, kind: &str) -> Serving {
        self.begin(&["sandbox", "--listen", "127.0.0.1:0", "--kind", kind])
    }

    fn begin(&self, arguments: &[&str]) -> Serving {
        let (child, output, log) = self.start(arguments);
        let mut serving = Serving {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child,
            log,
        };
        let begun = Instant::now();
        serving.address = loop {
            let named = listening(&serving.log()).or_else(|| said(&read(&output)));
            if let Some(address) = named {
                break address;
            }
            let ended = serving.child.try_wait().expect("it is our child");
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "it does not listen: {ended:?}\n{}",
                serving.log()
            );
            sleep(PAUSE);
        };
        serving
    }

    fn start(&self, arguments: &[&str]) -> (Child, PathBuf, PathBuf) {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let output = self.folder().join(format!("{number}.out"));
        let errors = self.folder().join(format!("{number}.err"));
        let child = Command::new(env!("CARGO_BIN_EXE_latchkey"))
            .args(arguments)
            .env_clear()
            .envs(self.settings.iter().cloned())
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .stdout(File::create(&output).expect("the folder is ours"))
            .stderr(File::create(&errors).expect("the folder is ours"))
            .spawn()
            .expect("the program was built");
        (child, output, errors)
    }
}

impl Serving {
    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Tells it that its terminal is gone.
    pub fn hang_up(&self) {
        self.signal("HUP");
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// The most memory that it ever had, and what it has now, in megabytes.
    pub fn memory(&self) -> (usize, usize) {
        let status = read(Path::new(&format!("/proc/{}/status", self.child.id())));
        let megabytes = |name: &str| -> usize {
            let line = status.lines().find(|line| line.starts_with(name));
            let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            kilobytes.unwrap_or(0) / 1_024
        };
        (megabytes("VmHWM:"), megabytes("VmRSS:"))
    }

    /// Stops it in the middle of whatever it does, until it is woken.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on as if nothing had happened.
    pub fn wake(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let (name, process) = (format!("-{name}"), self.child.id().to_string());
        let status = Command::new("kill").args([&name, &process]).status();
        assert!(status.expect("the command is there").success());
    }

    /// How it ended, once it has.
    pub fn ended(mut self) -> ExitStatus {
        wait(&mut self.child).expect("it ends when asked to")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Neither can fail in a way that matters: it is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits for the end; a process that takes too long is killed and `None`.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return Some(status);
        }
        if begun.elapsed() > PATIENCE {
            child.kill().expect("it is our child");
            child.wait().expect("it is our child");
            return None;
        }
        sleep(PAUSE);
    }
}

/// The address that the log names.
fn listening(log: &str) -> Option<SocketAddr> {
    let lines = log.lines().map(serde_json::from_str::<Value>);
    let mut lines = lines.filter_map(Result::ok);
    let line = lines.find(|line| line["message"] == "listening")?;
    line["address"].as_str()?.parse().ok()
}

/// The address that a command said, which has no log.
fn said(output: &str) -> Option<SocketAddr> {
    let mut lines = output.lines();
    lines.find_map(|line| line.strip_prefix("listening address=http://")?.parse().ok())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
