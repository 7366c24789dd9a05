//! How long a client is waited for: to complete a request's headers once it has begun them, and to read what it is
//! answered. How long a body may take is the business of whoever reads it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::HEADERS_WITHIN;

/// The longest that a client may take to make room for more of an answer.
const READS_WITHIN: Duration = Duration::from_secs(30);

/// Whose turn it is on a connection: even while the client is to send headers, odd while it waits for the answer.
/// Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Patience(Arc<AtomicUsize>);

impl Patience {
    /// A request's headers are complete: it is not the client's turn any more.
    pub fn rest(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The request is answered; the next one may come.
    pub fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The turn, if it is the client's.
    fn awaited(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|turn| turn.is_multiple_of(2))
    }
}

/// A stream that fails when its client is too slow.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    /// The turn in which the first bytes of headers came last, and when.
    headers_since: Option<(usize, Instant)>,
    /// Rings when they should be complete.
    headers_due: Option<Pin<Box<Sleep>>>,
    /// Rings when the client should have read on.
    reading_due: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub fn new(stream: S, patience: Patience) -> Self {
        Patient {
            stream,
            patience,
            headers_since: None,
            headers_due: None,
            reading_due: None,
        }
    }

    /// Nothing more to read at the moment.
    fn wait_for_headers(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let awaited = self.patience.awaited();
        let Some((_, since)) = self.headers_since.filter(|(turn, _)| Some(*turn) == awaited) else {
            self.headers_due = None;
            return Poll::Pending;
        };
        let due = self
            .headers_due
            .get_or_insert_with(|| Box::pin(sleep_until(since + HEADERS_WITHIN)));
        ready!(due.as_mut().poll(cx));
        Poll::Ready(timed_out("the headers did not arrive in time"))
    }

    /// What is to be written does not fit, or has not gone out yet.
    fn wait_for_reader<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let due = self
            .reading_due
            .get_or_insert_with(|| Box::pin(sleep(READS_WITHIN)));
        ready!(due.as_mut().poll(cx));
        Poll::Ready(Err(timed_out("the answer was not read in time")))
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_pending() {
            return self.wait_for_reader(cx);
        }
        self.reading_due = None;
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if Pin::new(&mut self.stream).poll_read(cx, buffer)?.is_pending() {
            return self.wait_for_headers(cx).map(Err);
        }
        let awaited = self.patience.awaited();
        if let Some(turn) = awaited.filter(|_| buffer.filled().len() > before)
            && self.headers_since.is_none_or(|(begun, _)| begun != turn)
        {
            self.headers_since = Some((turn, Instant::now()));
            self.headers_due = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.written(cx, polled)
    }
}

fn timed_out(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn headers_that_do_not_end_are_given_up() {
        let (mut client, server) = duplex(64);
        let mut server = Patient::new(server, Patience::default());
        client.write_all(b"POST / HT").await.unwrap();
        let mut read = [0; 9];
        server.read_exact(&mut read).await.unwrap();
        let began = Instant::now();
        let error = server.read(&mut read).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), HEADERS_WITHIN);
    }

    async fn nothing_comes(server: &mut Patient<DuplexStream>) -> bool {
        let mut read = [0; 4];
        let read = server.read(&mut read);
        tokio::time::timeout(HEADERS_WITHIN * 6, read).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_may_think_between_requests_and_wait_for_an_answer() {
        let (mut client, server) = duplex(64);
        let patience = Patience::default();
        let mut server = Patient::new(server, patience.clone());
        assert!(nothing_comes(&mut server).await, "before the first byte");
        client.write_all(b"POST").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        patience.rest();
        assert!(nothing_comes(&mut server).await, "while the answer is worked on");
        patience.begin();
        assert!(nothing_comes(&mut server).await, "after the answer");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_is_given_up() {
        let (_client, server) = duplex(8);
        let mut server = Patient::new(server, Patience::default());
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
