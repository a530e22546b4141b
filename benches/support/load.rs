//! A client of so many connections, each sending the next request as soon as the last is answered, or at a steady pace.
//!
//! It speaks just enough HTTP/1.1 over bare sockets to cost the server little of the machine they share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figures::Figures;
use crate::template::{Template, sign};

/// What is sent, where and for how long.
#[derive(Clone)]
pub struct Load {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The path that is posted to.
    pub path: String,
    /// The bodies.
    pub template: Arc<Template>,
    /// The number of the next body.
    pub next: Arc<AtomicU64>,
    /// The number at which to stop.
    pub end: u64,
    /// How long to go on at most.
    pub length: Duration,
    /// Connections at once.
    pub connections: usize,
    /// Requests a second, each with its time: whoever is late is late for the next as well. `None` = as fast as it goes.
    pub pace: Option<f64>,
}

/// Sends on a thread of its own until the time or the numbers are over; an answer other than 200 is an error.
pub async fn send(load: Load) -> Result<Figures> {
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(send_all(load))
    })
    .await?
}

async fn send_all(load: Load) -> Result<Figures> {
    let begun = Instant::now();
    let first = load.next.load(Ordering::Relaxed);
    let mut connections = JoinSet::new();
    for _ in 0..load.connections {
        connections.spawn(send_some(load.clone(), begun, first));
    }
    let mut latencies = Vec::new();
    while let Some(sent) = connections.join_next().await {
        latencies.extend(sent??);
    }
    Ok(Figures::new(latencies, begun.elapsed()))
}

async fn send_some(load: Load, begun: Instant, first: u64) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(load.address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut answer = Vec::with_capacity(1_024);
    while begun.elapsed() < load.length {
        let number = load.next.fetch_add(1, Ordering::Relaxed);
        if number >= load.end {
            break;
        }
        let request = request(&load, number)?;
        let sent = match load.pace {
            Some(pace) => wait_for_turn(begun, (number - first) as f64 / pace).await,
            None => Instant::now(),
        };
        stream.write_all(&request).await?;
        hear(&mut stream, &mut answer).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

/// Waits until so many seconds have gone by; the time that was meant, even when it has passed already.
async fn wait_for_turn(begun: Instant, seconds: f64) -> Instant {
    let turn = begun + Duration::from_secs_f64(seconds);
    tokio::time::sleep_until(turn.into()).await;
    turn
}

fn request(load: &Load, number: u64) -> Result<Vec<u8>> {
    let body = load.template.body(number);
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
         x-fs-signature: {}\r\ncontent-length: {}\r\n\r\n",
        load.path,
        sign(&body)?,
        body.len()
    );
    Ok([head.into_bytes(), body].concat())
}

/// Reads one whole answer.
async fn hear(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    loop {
        ensure!(
            stream.read_buf(answer).await? > 0,
            "the server closed the connection"
        );
        let text = std::str::from_utf8(answer).context("the answer is no text")?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(Ok(0), str::parse::<usize>)?;
        if body.len() < length {
            continue;
        }
        if !head.starts_with("HTTP/1.1 200") {
            bail!("{text}");
        }
        return Ok(());
    }
}
