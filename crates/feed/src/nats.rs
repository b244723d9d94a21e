//! A stream of NATS JetStream, a JSON object a message.

use std::net::IpAddr;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::{self, Message};
use async_nats::{ConnectOptions, ServerAddr};
use driftline_ingest::live::RowFormat;
use serde::{Deserialize, Serialize};
use tokio_stream::StreamExt;

use crate::framing::{Framer, Framing};
use crate::position;
use crate::{Feed, FeedError, NextPiece, Piece, Reach};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it is waited for more when there are rows, so that they come in fewer pieces.
const GATHER: Duration = Duration::from_millis(20);

/// Where the feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The number of the last message of the stream that is done.
    sequence: u64,
}

/// A stream of NATS JetStream.
pub(crate) struct NatsFeed {
    address: ServerAddr,
    stream: String,
    subject: String,
    reach: Reach,
    /// The last message that was taken in, which may not have been given on yet.
    taken: Option<u64>,
    messages: Option<Ordered>,
    framer: Framer,
    /// What is told once the rows in front of it are taken.
    failure: Option<FeedError>,
}

impl NatsFeed {
    pub(crate) fn new(
        url: &str,
        (stream, subject): (&str, Option<&str>),
        kept: Option<&str>,
        reach: &Reach,
    ) -> Result<Self, FeedError> {
        let wrong = |setting, reason: String| FeedError::Settings { setting, reason };
        let address: ServerAddr =
            url.parse().map_err(|error: std::io::Error| wrong("url", error.to_string()))?;
        if !matches!(address.scheme(), "nats" | "tls") || address.host().is_empty() {
            return Err(wrong("url", "it must begin with `nats://` or `tls://` and name a host".to_owned()));
        }
        if stream.is_empty()
            || stream.contains(|letter: char| letter.is_whitespace() || ".*>".contains(letter))
        {
            return Err(wrong(
                "stream",
                "it must be the name of a stream, without `.`, `*` and `>`".to_owned(),
            ));
        }
        if let Ok(literal) = address.host().parse::<IpAddr>()
            && !reach.admits(literal)
        {
            return Err(FeedError::Private { host: address.host().to_owned(), address: literal });
        }
        let position: Option<Position> = position::parse("nats", kept)?;
        Ok(Self {
            address,
            stream: stream.to_owned(),
            subject: subject.unwrap_or_default().to_owned(),
            reach: reach.clone(),
            taken: position.map(|position| position.sequence),
            messages: None,
            framer: Framer::new(Framing::Lines, None),
            failure: None,
        })
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            let is_over = self.messages.is_none();
            if (is_over || self.framer.dropped > 0 || self.framer.is_full())
                && let Some(piece) = self.take()
            {
                return Ok(piece);
            }
            if self.framer.dropped > 0 {
                self.framer.dropped = 0;
                return Err(position::record_too_large(self.origin()));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let Some(messages) = &mut self.messages else {
                self.open().await?;
                continue;
            };
            let came = match self.framer.has_rows() {
                false => messages.next().await,
                true => match tokio::time::timeout(GATHER, messages.next()).await {
                    Ok(came) => came,
                    Err(_) => match self.take() {
                        Some(piece) => return Ok(piece),
                        None => continue,
                    },
                },
            };
            match came {
                Some(Ok(message)) => self.receive(&message),
                Some(Err(error)) => self.close(error.to_string()),
                None => self.close("the server has ended the stream".to_owned()),
            }
        }
    }

    fn receive(&mut self, message: &Message) {
        let Ok(sequence) = message.info().map(|info| info.stream_sequence) else { return };
        self.framer.message(&message.payload, sequence.to_string());
        self.taken = Some(sequence);
    }

    fn take(&mut self) -> Option<Piece> {
        let rows = self.framer.take()?;
        let sequence = rows.last_id.and_then(|id| id.parse().ok()).or(self.taken)?;
        let position = position::text(Position { sequence });
        Some(Piece { bytes: rows.bytes, format: RowFormat::Ndjson, position })
    }

    /// The next question connects anew and goes on behind what was taken in.
    fn close(&mut self, reason: String) {
        self.messages = None;
        self.failure = Some(self.broken(reason));
    }

    fn broken(&self, reason: String) -> FeedError {
        broken(&self.address, reason)
    }

    fn origin(&self) -> String {
        origin(&self.address)
    }

    async fn open(&mut self) -> Result<(), FeedError> {
        let address = guarded(&self.address, &self.reach).await?;
        // Other servers that this one names may be anywhere; a connection that breaks is told, and begun anew.
        let options = ConnectOptions::new()
            .name("driftline")
            .connection_timeout(CONNECT)
            .ignore_discovered_servers()
            .max_reconnects(1);
        let client = options.connect(address).await.map_err(|error| self.broken(error.to_string()))?;
        let context = jetstream::new(client);
        let stream = context.get_stream(&self.stream).await.map_err(|error| self.no_stream(&error))?;
        let last = stream.cached_info().state.last_sequence;
        // A stream that has fewer messages than were read of it is another one.
        let done = match self.taken {
            Some(taken) if taken > last => 0,
            Some(taken) => taken,
            None => last,
        };
        self.taken = Some(done);
        let config = OrderedConfig {
            filter_subject: self.subject.clone(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: done + 1 },
            ..OrderedConfig::default()
        };
        let consumer =
            stream.create_consumer(config).await.map_err(|error| self.broken(error.to_string()))?;
        let messages = consumer.messages().await.map_err(|error| self.broken(error.to_string()))?;
        self.messages = Some(messages);
        Ok(())
    }

    fn no_stream(&self, error: &GetStreamError) -> FeedError {
        match error.kind() {
            GetStreamErrorKind::Request => self.broken(error.to_string()),
            kind => FeedError::Settings { setting: "stream", reason: format!("{}: {kind}", self.stream) },
        }
    }
}

impl Feed for NatsFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}

/// The server without what may be secret.
fn origin(address: &ServerAddr) -> String {
    format!("{}://{}:{}", address.scheme(), address.host(), address.port())
}

fn broken(address: &ServerAddr, reason: String) -> FeedError {
    FeedError::Connection { origin: origin(address), reason }
}

/// The server, with the address that its name leads to where that had to be judged: who answers otherwise the next time
/// gains nothing. With TLS the certificate says who it is.
async fn guarded(address: &ServerAddr, reach: &Reach) -> Result<ServerAddr, FeedError> {
    if reach.allows_private {
        return Ok(address.clone());
    }
    let failed = |reason: String| broken(address, reason);
    let found: Vec<_> = address.socket_addrs().await.map_err(|error| failed(error.to_string()))?.collect();
    if let Some(private) = found.iter().find(|found| !reach.admits(found.ip())) {
        return Err(FeedError::Private { host: address.host().to_owned(), address: private.ip() });
    }
    let mut url = address.clone().into_inner();
    match found.first() {
        Some(first) if address.scheme() == "nats" => {
            url.set_ip_host(first.ip()).map_err(|()| failed("its address cannot be used".to_owned()))?;
        }
        _ => {}
    }
    ServerAddr::from_url(url).map_err(|error| failed(error.to_string()))
}
