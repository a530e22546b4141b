//! A connection to the program by hand: many requests in one go, and their answers in order.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

/// A connection that stays open.
pub struct Wire {
    address: SocketAddr,
    stream: BufStream<TcpStream>,
}

impl Wire {
    /// To this process.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the program listens");
        stream.set_nodelay(true).expect("a socket");
        Self {
            address,
            stream: BufStream::new(stream),
        }
    }

    /// Sends these requests without waiting in between, and gives the status of each answer.
    pub async fn ask(&mut self, requests: &[Vec<u8>]) -> Vec<u16> {
        for request in requests {
            self.stream.write_all(request).await.expect("it reads on");
        }
        self.stream.flush().await.expect("it reads on");
        let mut statuses = Vec::new();
        while statuses.len() < requests.len() {
            let (status, is_closed) = self.answer().await;
            statuses.push(status);
            if is_closed && statuses.len() < requests.len() {
                // What was not answered any more is asked once more by whoever wants to know.
                *self = Self::open(self.address).await;
                break;
            }
        }
        statuses
    }

    /// The status of the next answer, and whether the program closes after it.
    async fn answer(&mut self) -> (u16, bool) {
        let (mut status, mut length, mut is_closed) = (0, 0, false);
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).await;
            assert!(read.expect("a line") > 0, "the connection was cut");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest
                    .get(..3)
                    .and_then(|code| code.parse().ok())
                    .expect("a status");
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().expect("a number");
            } else if line == "connection: close" {
                is_closed = true;
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream
            .read_exact(&mut body)
            .await
            .expect("the whole answer");
        (status, is_closed)
    }
}
