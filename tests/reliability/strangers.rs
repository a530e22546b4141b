//! S7: strangers hold thousands of connections and send slowly or nothing, and good traffic notices nothing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::history::History;
use crate::schedule::{Schedule, Unrest};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};

const MOST_MEGABYTES: usize = 512;
const TAKEN_WITHIN: Duration = Duration::from_millis(250);
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// What one address may hold, by default.
const PER_ADDRESS: usize = 500;
/// Between two bytes of a slow stranger.
const PAUSE: Duration = Duration::from_secs(3);

/// How a stranger begins, and what it sends bit by bit from then on.
const WAYS: [(&str, &str); 5] = [
    ("", ""),
    ("GET /sign-in HTTP/1.1\r\nhost: a\r\n", "a: b\r\n"),
    ("GET /sign-in HTTP/1.1\r\nhost: a\r\n\r\n", ""),
    (
        "POST /sign-in HTTP/1.1\r\nhost: a\r\ncontent-length: 8000\r\n\r\nemail=",
        "x",
    ),
    (
        "POST /theme HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
        "1\r\nx\r\n",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s7_strangers_hold_connections_and_nobody_notices_on_sqlite() {
    strangers_hold_connections_and_nobody_notices(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s7_strangers_hold_connections_and_nobody_notices_on_postgres() {
    strangers_hold_connections_and_nobody_notices(Place::Postgres).await;
}

async fn strangers_hold_connections_and_nobody_notices(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let size = Size::asked();
    let (strangers, seconds) = (size.of(700, 10_000), size.of(15, 120));
    let per_address = PER_ADDRESS.to_string();
    let stage = stage.with("LATCHKEY_CONNECTIONS_PER_ADDRESS", &per_address);
    allow_many_files();
    let serving = stage.serve();
    let shop = stage.sender().await;
    let orders = (0..10 * seconds).map(|number| History::bought("good", number, stage.now()));
    let orders = Schedule::of(orders.collect(), Unrest::NONE);

    let crowd = Crowd::default();
    let mut tasks = JoinSet::new();
    for number in 0..strangers {
        tasks.spawn(crowd.clone().hold(serving.address, number));
    }
    let (greedy, address) = (Crowd::default(), Ipv4Addr::new(127, 9, 9, 9));
    for _ in 0..PER_ADDRESS + 100 {
        tasks.spawn(greedy.clone().keep(serving.address, address));
    }
    let sent = shop.begin(&orders, 10);
    let mut most = (0, 0);
    for _ in 0..seconds {
        sleep(Duration::from_secs(1)).await;
        let now = (crowd.open(), greedy.open());
        most = (most.0.max(now.0), most.1.max(now.1));
    }
    sent.await.expect("the shop does not panic");
    let (memory, _) = serving.memory();
    let begun = Instant::now();
    serving.terminate();
    let status = tokio::task::spawn_blocking(|| serving.ended()).await;
    let took = begun.elapsed();
    tasks.shutdown().await;

    let mut verdict = stage.verdict("S7");
    verdict.figure("strangers at once", most.0);
    verdict.require(
        most.0 >= strangers * 9 / 10,
        "too few strangers were let in to judge",
    );
    verdict.figure("connections of one address", most.1);
    verdict.require(
        most.1 <= PER_ADDRESS,
        "one address has too many connections",
    );
    verdict.figure("megabytes at most", memory);
    verdict.require(memory < MOST_MEGABYTES, "too much memory");
    verdict.within_in_full(
        "good deliveries, p99",
        shop.book.percentile(99),
        TAKEN_WITHIN,
    );
    verdict.require(shop.book.failures() == 0, "a good delivery failed");
    verdict.within("ended", took, ENDS_WITHIN);
    let is_well = status.is_ok_and(|status| status.success());
    verdict.require(is_well, "it did not end well");
    verdict.tell();
}

/// Connections of strangers. Clones count together.
#[derive(Clone, Default)]
struct Crowd(Arc<AtomicUsize>);

impl Crowd {
    fn open(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Opens a connection in its own way again and again, from an address that it shares with few.
    async fn hold(self, server: SocketAddr, number: usize) {
        let [.., high, low] = (number / 100).to_be_bytes();
        let from = Ipv4Addr::new(127, 1, high, low.max(1));
        let (begin, bit) = WAYS[number % WAYS.len()];
        loop {
            if let Some(mut stream) = connect(from, server).await {
                self.0.fetch_add(1, Ordering::Relaxed);
                if stream.write_all(begin.as_bytes()).await.is_ok() {
                    trickle(&mut stream, bit).await;
                }
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
            sleep(PAUSE).await;
        }
    }

    /// Opens a connection and keeps it in use for as long as that is allowed.
    async fn keep(self, server: SocketAddr, from: Ipv4Addr) {
        let Some(mut stream) = connect(from, server).await else {
            return;
        };
        let asked = stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
            .await;
        let mut answer = [0; 12];
        if asked.is_ok() && stream.read_exact(&mut answer).await.is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
            trickle(&mut stream, "").await;
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Sends bit by bit until the other end has had enough.
async fn trickle(stream: &mut TcpStream, bit: &str) {
    let mut answer = [0; 4_096];
    loop {
        match timeout(PAUSE, stream.read(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(_)) => {}
            Err(_elapsed) if bit.is_empty() => {}
            Err(_elapsed) => {
                if stream.write_all(bit.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn connect(from: Ipv4Addr, server: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.set_reuseaddr(true).ok()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).ok()?;
    socket.connect(server).await.ok()
}

/// One process opens what many would.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("what is allowed may be asked for");
}
