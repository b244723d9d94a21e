//! Connections that speak TLS. Handshakes go on beside each other, so that one that is slow delays none.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::serve::Listener;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::error::{Problem, ProblemDetails};

/// How long a client may take to agree on keys.
const PATIENCE: Duration = Duration::from_secs(10);
/// Handshakes at the same time; those beyond wait in the queue of the system.
const MOST_HANDSHAKES: usize = 1_024;
/// Connections that are ready and wait to be served.
const MOST_READY: usize = 64;
/// The first byte of TLS: a record of the handshake (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// Most bytes of a plain request that are read before it is told off.
const MAX_PLAIN: usize = 16 << 10;

/// A connection that is ready, and where it comes from.
type Ready = (TlsStream<TcpStream>, SocketAddr);

/// Listens, and gives connections whose handshake is done.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<Ready>,
    accepting: JoinHandle<()>,
}

impl TlsListener {
    /// Begins to take connections.
    pub(crate) fn begin(listener: TcpListener, address: SocketAddr, acceptor: TlsAcceptor) -> Self {
        let (sender, ready) = mpsc::channel(MOST_READY);
        let accepting = tokio::spawn(accept(listener, acceptor, sender));
        Self { address, ready, accepting }
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Ready {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The other end goes only with this one.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(mut listener: TcpListener, acceptor: TlsAcceptor, sender: mpsc::Sender<Ready>) {
    let handshakes = Arc::new(Semaphore::new(MOST_HANDSHAKES));
    while let Ok(permit) = Arc::clone(&handshakes).acquire_owned().await {
        // The one of the framework: it goes on after errors.
        let (stream, address) = Listener::accept(&mut listener).await;
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            match timeout(PATIENCE, secured(stream, acceptor)).await {
                // Nobody is left to serve it when the service stops.
                Ok(Ok(Some(stream))) => drop(sender.send((stream, address)).await),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    let (address, cause) = (address.ip().to_string(), error.to_string());
                    tracing::debug!(address, cause, "no TLS connection came about");
                }
                Err(_) => tracing::debug!(address = %address.ip(), "a TLS handshake took too long"),
            }
            drop(permit);
        });
    }
}

/// The secured connection; nothing when the client does not speak TLS.
async fn secured(mut stream: TcpStream, acceptor: TlsAcceptor) -> io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0_u8];
    match (stream.peek(&mut first).await?, first) {
        (0, _) => Ok(None),
        (_, [HANDSHAKE]) => acceptor.accept(stream).await.map(Some),
        _ => {
            tell_off(&mut stream).await?;
            Ok(None)
        }
    }
}

/// Answers a request in plain HTTP, so that who sent it understands.
async fn tell_off(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = [0_u8; 1024];
    // What has arrived is read first: closing a connection with unread bytes may lose the answer. How much that is
    // does not matter.
    let _ = stream.read(&mut request).await?;
    stream.write_all(plain_answer().as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = (&mut *stream).take(MAX_PLAIN as u64);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}

fn plain_answer() -> String {
    let error = ProblemDetails {
        code: "usage.https".to_owned(),
        message: "this port speaks HTTPS, not plain HTTP".to_owned(),
        help: Some("use an address that begins with https://".to_owned()),
        present: None,
        place: None,
        request_id: None,
    };
    // Texts alone can always be written as JSON.
    let body = serde_json::to_string(&Problem { error }).unwrap_or_default();
    format!(
        "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        StatusCode::BAD_REQUEST,
        body.len()
    )
}
