//! Servers that Latchkey calls, all of whom repeat what they were told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server of HTTP or mail.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Heard,
}

/// Heads and bodies of requests, or lines of mail.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

impl Server {
    /// One of HTTP with these answers in turn, the last one from then on; each repeats head and body.
    pub async fn of_http(statuses: &'static [u16]) -> Self {
        Self::start(move |stream, number, heard| {
            let status = statuses[number.min(statuses.len() - 1)];
            tokio::spawn(repeat(stream, status, heard));
        })
        .await
    }

    /// One of mail that refuses, in turn, who signs in, whom mail is for, and mail itself.
    pub async fn of_mail() -> Self {
        Self::start(|stream, number, heard| {
            let refused = ["AUTH", "RCPT", "."][number % 3];
            tokio::spawn(refuse_mail(stream, refused, heard));
        })
        .await
    }

    /// Everything that it was ever told: head and body of each request, or lines of mail.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().expect("nobody panicked").clone()
    }

    async fn start(answer: impl Fn(TcpStream, usize, Heard) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Heard::default();
        let memory = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, number, Arc::clone(&memory));
                number += 1;
            }
        });
        Self { address, heard }
    }
}

/// One request on each connection.
async fn repeat(stream: TcpStream, status: u16, heard: Heard) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    hear(&heard, &[head.as_bytes(), &body]);
    let words = format!("no to {head}: {}", String::from_utf8_lossy(&body));
    let answer =
        json!({ "message": words, "code": status, "error": { "told": words }, "errors": [words] });
    let answer = answer.to_string();
    let told = head.lines().last().unwrap_or_default();
    let length = answer.len();
    let answer = format!(
        "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\nx-told: {told}\r\n\r\n{answer}"
    );
    stream.write_all(answer.as_bytes()).await.ok()
}

/// Takes mail until the refused step, whose words it repeats.
async fn refuse_mail(stream: TcpStream, refused: &str, heard: Heard) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut is_letter, mut letter) = (false, String::new());
    stream.write_all(b"220 mail\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return Some(());
        }
        hear(&heard, &[line.as_bytes()]);
        let line = line.trim_end();
        letter.push_str(line);
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if is_letter => {
                is_letter = false;
                format!("554 5.6.0 no to {letter}")
            }
            _ if is_letter => continue,
            verb if verb == refused => format!("550 5.1.1 no to {line}"),
            "EHLO" => "250-mail\r\n250 AUTH PLAIN LOGIN".to_owned(),
            "AUTH" => "235 come in".to_owned(),
            "DATA" => {
                is_letter = true;
                "354 go on".to_owned()
            }
            _ => "250 well".to_owned(),
        };
        let answer = format!("{answer}\r\n");
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

fn hear(heard: &Heard, told: &[&[u8]]) {
    let told = told.iter().map(|told| told.to_vec());
    heard.lock().expect("nobody panicked").extend(told);
}
