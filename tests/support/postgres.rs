//! A throw-away PostgreSQL for tests: one server per test binary, one database per test.
//!
//! `TEST_DATABASE_URL` names a server to use instead; its user must be allowed to make databases and roles.
//! Ours does not wait for the disk unless `TEST_POSTGRES_FSYNC` is `on`.
//! Where there is neither, tests run on SQLite alone and say so, unless `LATCHKEY_TESTS_REQUIRE_POSTGRES` is `1`.

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use latchkey::config::DatabaseUrl;
use latchkey::store::Store;

/// The role that serves, as `latchkey migrate` makes it.
pub const ROLE: &str = "latchkey_app";

/// A database of one test's own; dropped at its end.
pub struct TestDatabase {
    server: &'static Server,
    name: String,
}

/// A server of one test's own, which may be killed and started again; gone at the end of the test.
pub struct OwnServer(Server);

impl TestDatabase {
    /// `None` where there is no PostgreSQL.
    pub fn migrated() -> Option<Self> {
        let server = Server::shared()?;
        Some(Self::copy(server, server.template()))
    }

    /// One without any table; `None` where there is no PostgreSQL.
    pub fn empty() -> Option<Self> {
        Some(Self::copy(Server::shared()?, "template1"))
    }

    /// The URL of its owner.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// The same, parsed.
    pub fn database_url(&self) -> DatabaseUrl {
        self.url().parse().expect("the URL is well formed")
    }

    fn copy(server: &'static Server, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "latchkey_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        server.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { server, name }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = &self.name;
        self.server
            .execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

impl OwnServer {
    /// `None` where no PostgreSQL is installed.
    pub fn start() -> Option<Self> {
        binaries().map(|binaries| Self(Server::start(&binaries)))
    }

    /// The URL of its one database, which has no table at first.
    pub fn url(&self) -> String {
        self.0.url("postgres")
    }

    /// Ends every one of its processes at once, as a power cut would.
    pub fn kill(&self) {
        self.0.order("kill");
        while PgConnection::establish(&self.url()).is_ok() {}
    }

    /// Moves the tables of its one database, which nobody may be connected to, into this empty folder.
    pub fn move_to(&self, folder: &Path) {
        if let Some((user, group)) = unprivileged() {
            chown(folder, Some(user), Some(group)).expect("the folder is ours");
        }
        let mut connection =
            PgConnection::establish(&self.0.url("template1")).expect("the server answers");
        let place = format!(
            "CREATE TABLESPACE elsewhere LOCATION '{}'",
            folder.display()
        );
        // Neither may be part of a transaction.
        for statement in [&place, "ALTER DATABASE postgres SET TABLESPACE elsewhere"] {
            let moved = connection.batch_execute(statement);
            moved.expect("the statement is right");
        }
    }

    /// Starts it again on the same files, and returns when it answers.
    pub fn restart(&self) {
        self.0.order("start");
        self.0.wait_until_ready();
    }
}

/// A server, ours or a given one.
struct Server {
    base_url: String,
    template: OnceLock<String>,
    /// What ours is told to do; it stops when this pipe closes, however the tests end.
    orders: Option<Mutex<ChildStdin>>,
}

impl Server {
    fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER.get_or_init(Self::find).as_ref()
    }

    fn find() -> Option<Self> {
        if let Some(url) = setting("TEST_DATABASE_URL") {
            let base_url = url.rsplit_once('/').map_or(url.as_str(), |(base, _)| base);
            return Some(Self::at(base_url.to_owned(), None));
        }
        let Some(binaries) = binaries() else {
            assert!(
                setting("LATCHKEY_TESTS_REQUIRE_POSTGRES").as_deref() != Some("1"),
                "PostgreSQL is required: install its server or set TEST_DATABASE_URL"
            );
            eprintln!("no PostgreSQL found: SQLite only");
            return None;
        };
        Some(Self::start(&binaries))
    }

    fn at(base_url: String, orders: Option<ChildStdin>) -> Self {
        Self {
            base_url,
            template: OnceLock::new(),
            orders: orders.map(Mutex::new),
        }
    }

    fn order(&self, word: &str) {
        let orders = self.orders.as_ref().expect("the server is ours");
        let mut orders = orders.lock().expect("nobody panics with it");
        writeln!(orders, "{word}").expect("the server's shell listens");
    }

    fn start(binaries: &Path) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("latchkey-postgres")
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let owner = unprivileged();
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("the folder is ours");
        }
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).expect("it is ours");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "postgres"])
            .args([binaries, &folder])
            .arg(port.to_string())
            .arg(setting("TEST_POSTGRES_FSYNC").as_deref().unwrap_or("off"))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some((user, group)) = owner {
            command.gid(group).uid(user);
        }
        #[expect(clippy::zombie_processes, reason = "it lives as long as the tests")]
        let mut child = command.spawn().expect("a shell");
        let orders = child.stdin.take();
        let server = Self::at(format!("postgres://postgres@127.0.0.1:{port}"), orders);
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let begun = Instant::now();
        while let Err(error) = PgConnection::establish(&self.url("postgres")) {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "PostgreSQL did not start: {error}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base_url)
    }

    fn execute(&self, statement: &str) {
        PgConnection::establish(&self.url("postgres"))
            .expect("the server answers")
            .batch_execute(statement)
            .expect("the statement is right");
    }

    /// The name of a database that is migrated once and copied for each test.
    fn template(&'static self) -> &'static str {
        self.template.get_or_init(|| {
            let name = format!("latchkey_template_{}", std::process::id());
            self.execute(&format!("DROP DATABASE IF EXISTS {name}"));
            self.execute(&format!("CREATE DATABASE {name}"));
            let url = self.url(&name).parse().expect("the URL is well formed");
            // A thread of its own, since the caller may already be inside a runtime.
            std::thread::spawn(move || migrate(&url))
                .join()
                .expect("the migrations run");
            name
        })
    }
}

/// Runs the server and does as standard input says until that closes, then leaves nothing behind.
const SCRIPT: &str = r#"
binaries=$1 folder=$2 port=$3 fsync=$4
start() {
    "$binaries/postgres" -D "$folder/data" -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 \
        -c "fsync=$fsync" -c max_connections=300 -c shared_buffers=64MB < /dev/null &
    server=$!
}
"$binaries/initdb" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 -D "$folder/data" || exit 1
start
while read -r order; do
    case $order in
    kill)
        read -r children < "/proc/$server/task/$server/children"
        kill -KILL "$server" $children
        wait "$server"
        ;;
    start) start ;;
    esac
done
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
"#;

fn migrate(url: &DatabaseUrl) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(url, 1).expect("the store opens");
        store.migrate().await.expect("the migrations run");
        store.grant(ROLE).await.expect("the role is made");
    });
}

/// The newest server that Debian's packages or the search path offer.
fn binaries() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut folders: Vec<(u32, PathBuf)> = installed
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, path)| path.join("initdb").exists())
        .collect();
    folders.sort();
    let on_path = || {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        path.join("initdb").exists().then_some(path)
    };
    folders.pop().map(|(_, path)| path).or_else(on_path)
}

/// Who runs the server when we are root, which it refuses to be; `None` when we are not.
fn unprivileged() -> Option<(u32, u32)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))?
        .split_whitespace()
        .nth(1)?;
    if effective != "0" {
        return None;
    }
    let people = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = people
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own settings, which no config reads"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
