//! S6: deliveries that the shop did not sign, in many shapes and great numbers: none is accepted, and the shop still is.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::processes::vendor::{SECRET, Vendor, client};
use crate::shop::{Event, SIGNATURE_HEADER, body, order, sign};
use crate::size::Size;
use crate::stage::{Place, Stage, unlimited};
use crate::wire::Wire;

const CONNECTIONS: usize = 8;
/// Requests that are on their way before the first answer is read: as many as the HTTP library keeps in line for one
/// connection. What is sent beyond may lie unread until the connection is taken to be idle.
const IN_ONE_GO: usize = 16;
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s6_no_forged_delivery_is_accepted_on_sqlite() {
    forge(Place::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn s6_no_forged_delivery_is_accepted_on_postgres() {
    forge(Place::Postgres).await;
}

async fn forge(place: Place) {
    let Some(stage) = Stage::open(place, unlimited(&[])).await else {
        return;
    };
    let deliveries = Size::asked().of(5_000, 1_000_000);
    let serving = stage.serve();
    let vendor = Vendor::create(&stage.setup, serving.address, &stage.license_server).await;
    let begun = Instant::now();

    let forgers = (0..CONNECTIONS).map(|forger| {
        let vendor = vendor.clone();
        let forger = Forger::new(forger, &vendor);
        tokio::spawn(forger.deliver(serving.address, deliveries / CONNECTIONS))
    });
    let mut answers = Answers::default();
    for told in join_all(forgers).await {
        answers.add(told.expect("a forger ends"));
    }
    let took = begun.elapsed();

    let mut verdict = stage.verdict("S6");
    verdict.figure("forged deliveries", answers.refused);
    verdict.figure(
        "per second",
        answers.refused / took.as_secs().max(1) as usize,
    );
    verdict.require(
        answers.refused >= deliveries * 9 / 10,
        "too few were answered",
    );
    verdict.require(
        answers.others.is_empty(),
        format!("answered otherwise: {:?}", answers.others),
    );
    let stored = vendor.list_events(serving.address).await;
    verdict.require(
        stored.is_empty(),
        format!("{} events are stored", stored.len()),
    );
    let honest = order("honest").line("reverb", 1).completed();
    let begun = Instant::now();
    let taken = vendor.post(&client(), serving.address, &[honest]).await;
    verdict.within("the shop's own taken after", begun.elapsed(), TAKEN_WITHIN);
    verdict.require(
        taken.is_ok_and(|answer| answer.status() == 200),
        "the shop's own is refused",
    );
    verdict.tell();
}

/// How forged deliveries were answered.
#[derive(Default)]
struct Answers {
    /// With 401, or 400 where the body was no HTTP.
    refused: usize,
    /// What was done to the first few that were answered with anything else.
    others: Vec<(u16, String)>,
}

impl Answers {
    fn add(&mut self, more: Self) {
        self.refused += more.refused;
        self.others.extend(more.others);
        self.others.truncate(10);
    }
}

/// Somebody who has seen one delivery with its signature, and knows no secret.
struct Forger {
    random: StdRng,
    path: String,
    body: Vec<u8>,
    signature: String,
}

impl Forger {
    fn new(number: usize, vendor: &Vendor) -> Self {
        let seen: Vec<Event> = (0..2)
            .map(|event| {
                order(&format!("seen-{number}-{event}"))
                    .line("reverb", 1)
                    .completed()
            })
            .collect();
        let body = body(&seen);
        Self {
            random: StdRng::seed_from_u64(number as u64),
            path: vendor.hook_path().to_owned(),
            signature: sign(SECRET, &body),
            body,
        }
    }

    async fn deliver(mut self, address: std::net::SocketAddr, deliveries: usize) -> Answers {
        let mut wire = Wire::open(address).await;
        let mut answers = Answers::default();
        for _ in 0..deliveries.div_ceil(IN_ONE_GO) {
            let forged: Vec<(String, Vec<u8>)> = (0..IN_ONE_GO).map(|_| self.forge()).collect();
            let requests: Vec<Vec<u8>> =
                forged.iter().map(|(_, request)| request.clone()).collect();
            for (status, (shape, _)) in wire.ask(&requests).await.into_iter().zip(forged) {
                match status {
                    400 | 401 => answers.refused += 1,
                    _ => answers.others.push((status, shape)),
                }
            }
        }
        answers
    }

    /// One forged request, and what is wrong with it.
    fn forge(&mut self) -> (String, Vec<u8>) {
        let shape = self.random.random_range(0..4_u8);
        match shape {
            0 => self.with_other_body(),
            1 => self.with_other_signature(),
            2 => self.with_other_headers(),
            _ => self.in_pieces(),
        }
    }

    /// The signature is right for another body.
    fn with_other_body(&mut self) -> (String, Vec<u8>) {
        let mut body = self.body.clone();
        let at = self.random.random_range(0..body.len());
        let what = self.random.random_range(0..6_u8);
        match what {
            0 => body[at] ^= 1 << self.random.random_range(0..8_u8),
            1 => body.truncate(at),
            2 => body.insert(at, b' '),
            3 => body.extend_from_slice(b"\r\n"),
            4 => drop(body.drain(..=at)),
            _ => body.extend_from_within(at..),
        }
        let headers = [(SIGNATURE_HEADER, self.signature.clone())];
        (
            format!("body, {what} at {at}"),
            self.request(&headers, &body),
        )
    }

    /// The body is right, its signature is not.
    fn with_other_signature(&mut self) -> (String, Vec<u8>) {
        let bytes = STANDARD.decode(&self.signature).expect("it was made so");
        let mut other = bytes.clone();
        let at = self.random.random_range(0..other.len());
        other[at] ^= 1 << self.random.random_range(0..8_u8);
        let signature = match self.random.random_range(0..12_u8) {
            0 => STANDARD.encode(&other),
            1 => STANDARD_NO_PAD.encode(&bytes),
            2 => format!("{}=", self.signature),
            3 => self.trailing_bits(),
            4 => hex::encode(&bytes),
            5 => format!("sha256={}", self.signature),
            6 => format!("{0},{0}", self.signature),
            7 => STANDARD.encode(bytes.get(..at).unwrap_or_default()),
            8 => sign("another secret", &self.body),
            9 => sign("", &self.body),
            10 => sign(SECRET, b""),
            _ => URL_SAFE.encode(&other),
        };
        let headers = [(SIGNATURE_HEADER, signature.clone())];
        let body = self.body.clone();
        (
            format!("signature {signature}"),
            self.request(&headers, &body),
        )
    }

    /// Body and signature are right, and what carries the signature is not.
    fn with_other_headers(&mut self) -> (String, Vec<u8>) {
        let right = self.signature.clone();
        let wrong = sign("another secret", &self.body);
        let headers: &[(&str, String)] = &match self.random.random_range(0..7_u8) {
            0 => vec![],
            1 => vec![(SIGNATURE_HEADER, String::new())],
            2 => vec![(SIGNATURE_HEADER, right), (SIGNATURE_HEADER, wrong)],
            3 => vec![(SIGNATURE_HEADER, wrong), (SIGNATURE_HEADER, right)],
            4 => vec![(SIGNATURE_HEADER, right.clone()), (SIGNATURE_HEADER, right)],
            5 => vec![("X-FS-Signature-256", right)],
            _ => vec![("Authorization", right)],
        };
        let body = self.body.clone();
        (format!("headers {headers:?}"), self.request(headers, &body))
    }

    /// In chunks, of which one is changed.
    fn in_pieces(&mut self) -> (String, Vec<u8>) {
        let mut body = self.body.clone();
        let at = self.random.random_range(1..body.len());
        body[at] ^= 1;
        let mut request = self.head(&[(SIGNATURE_HEADER, self.signature.clone())]);
        request.push_str("transfer-encoding: chunked\r\n\r\n");
        let mut request = request.into_bytes();
        let (first, second) = body.split_at(at);
        for piece in [first, second] {
            request.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            request.extend_from_slice(piece);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        (format!("chunks, changed at {at}"), request)
    }

    /// Another spelling of the same 32 bytes: the last letter before the padding has two bits that count for nothing.
    fn trailing_bits(&self) -> String {
        let mut letters = self.signature.clone().into_bytes();
        let last = letters.len() - 2;
        letters[last] += 1;
        String::from_utf8(letters).expect("letters")
    }

    fn request(&self, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
        let mut request = self.head(headers);
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        request
    }

    fn head(&self, headers: &[(&str, String)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        format!(
            "POST {} HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n{}",
            self.path,
            headers.collect::<String>()
        )
    }
}
