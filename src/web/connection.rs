//! One connection, and how long it waits for its caller.
//!
//! The HTTP library times the first request of a connection and the pause before the next. What it leaves open is timed
//! here: a later request that trickles in, the rest of a body that nobody reads any more, an answer that nobody takes.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::web::connections::ConnectionSeat;

/// Longer than load balancers keep a connection, so that none closes under a request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// A caller who sends its headers more slowly means no good.
pub const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// A caller who takes nothing of its answer for so long has gone without a word.
const TAKES_WITHIN: Duration = Duration::from_secs(30);

/// What is known of a connection by whoever handles its requests.
pub struct Waiting {
    /// When it is given up; `None` while a request is in hand.
    until: Cell<Option<Instant>>,
    has_begun: Cell<bool>,
}

impl Waiting {
    fn for_the_first() -> Self {
        Self {
            // The library, which answers, comes first.
            until: Cell::new(Some(Instant::now() + HEADERS_WITHIN * 2)),
            has_begun: Cell::new(true),
        }
    }

    /// A request is in hand: its body has a limit of its own, and so has everything that is done for it.
    pub fn end(&self) {
        self.until.set(None);
    }

    /// A request was answered; its answer may still be on its way.
    pub fn begin(&self) {
        self.until
            .set(Some(Instant::now() + KEEP_ALIVE + HEADERS_WITHIN));
        self.has_begun.set(false);
    }

    /// Something came: the rest of that request must follow soon.
    fn hear(&self) {
        let Some(until) = self.until.get() else {
            return;
        };
        if !self.has_begun.replace(true) {
            self.until
                .set(Some(until.min(Instant::now() + HEADERS_WITHIN)));
        }
    }
}

/// A stream that ends when it has waited for too long.
pub struct Connection {
    stream: TcpStream,
    waiting: Rc<Waiting>,
    alarm: Pin<Box<Sleep>>,
    stalled: Option<Pin<Box<Sleep>>>,
    _seat: ConnectionSeat,
}

impl Connection {
    /// A connection that was let in.
    pub fn new(stream: TcpStream, seat: ConnectionSeat) -> Self {
        Self {
            stream,
            waiting: Rc::new(Waiting::for_the_first()),
            alarm: Box::pin(sleep_until(Instant::now() + HEADERS_WITHIN * 2)),
            stalled: None,
            _seat: seat,
        }
    }

    /// For whoever handles its requests.
    pub fn waiting(&self) -> Rc<Waiting> {
        Rc::clone(&self.waiting)
    }

    /// Whether it has waited for too long; else wakes the connection once it has.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let Some(until) = self.waiting.until.get() else {
            return false;
        };
        if self.alarm.deadline() != until {
            self.alarm.as_mut().reset(until);
        }
        self.alarm.as_mut().poll(context).is_ready()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_over(context) {
            // As if the caller had ended it: an answer on its way still goes out.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.waiting.hear();
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(TAKES_WITHIN)));
        stalled
            .as_mut()
            .poll(context)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The library flushes after each answer, and need not read again before the caller sends something.
        let _woken_when_over = self.is_over(context);
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
