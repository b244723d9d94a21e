//! A topic of Kafka, a JSON object a message.

mod native;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use driftline_ingest::live::RowFormat;
use driftline_model::service::{KafkaFeed as Settings, KafkaStart};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use serde::{Deserialize, Serialize};

use crate::framing::{Framer, Framing};
use crate::{Feed, FeedError, NextPiece, Piece, Reach, blocking, position};
use native::{Consumer, Gathered};

/// How long an answer of a broker may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How often it is looked whether the topic has more partitions now.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often the group is told where the feed stands.
const COMMIT_EVERY: Duration = Duration::from_secs(5);
/// The port of a broker that names none.
const PORT: u16 = 9092;
/// The group of feeds that have none. Nothing is written under it.
const NO_GROUP: &str = "driftline";

/// The offset of the next message, for every partition.
type Offsets = BTreeMap<i32, i64>;

/// Where the feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    offsets: Offsets,
}

/// A topic of Kafka.
pub(crate) struct KafkaFeed {
    settings: Settings,
    brokers: Vec<(String, u16)>,
    reach: Reach,
    /// Where the feed stands behind what was taken in, which may not have been given on yet; nothing before it was
    /// ever connected.
    taken: Option<Offsets>,
    /// The same for what was given on.
    given: Offsets,
    /// Messages between the two, by their numbers: the partition, and the offset behind them.
    between: VecDeque<(u64, i32, i64)>,
    messages: u64,
    consumer: Option<Arc<Consumer>>,
    looked: Instant,
    committed: Instant,
    framer: Framer,
    /// What is told once the rows in front of it are taken.
    failure: Option<FeedError>,
}

impl KafkaFeed {
    pub(crate) fn new(settings: &Settings, kept: Option<&str>, reach: &Reach) -> Result<Self, FeedError> {
        let brokers = brokers_of(&settings.brokers)?;
        if settings.topic.is_empty()
            || settings.topic.len() > 249
            || !settings.topic.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
        {
            let reason = "it must be the name of a topic: letters, digits, `.`, `_` and `-`".to_owned();
            return Err(FeedError::Settings { setting: "topic", reason });
        }
        if settings.user.is_some() != settings.password.is_some() {
            let reason = "a user and a password go together".to_owned();
            return Err(FeedError::Settings { setting: "user", reason });
        }
        for (host, _) in &brokers {
            if let Ok(address) = host.parse::<IpAddr>()
                && !reach.admits(address)
            {
                return Err(FeedError::Private { host: host.clone(), address });
            }
        }
        let position: Option<Position> = position::parse("kafka", kept)?;
        Ok(Self {
            settings: settings.clone(),
            brokers,
            reach: reach.clone(),
            given: position.clone().unwrap_or_default().offsets,
            taken: position.map(|position| position.offsets),
            between: VecDeque::new(),
            messages: 0,
            consumer: None,
            looked: Instant::now(),
            committed: Instant::now(),
            framer: Framer::new(Framing::Lines, None),
            failure: None,
        })
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            if let Some(piece) = self.take() {
                return Ok(piece);
            }
            // No rows: what is still under way had none, and is done.
            self.given.extend(self.between.drain(..).map(|(_, partition, offset)| (partition, offset)));
            if self.framer.dropped > 0 {
                self.framer.dropped = 0;
                return Err(position::record_too_large(self.origin()));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let Some(consumer) = self.consumer.clone() else {
                self.open().await?;
                continue;
            };
            if self.looked.elapsed() >= LOOK_EVERY {
                self.look(consumer).await?;
                continue;
            }
            self.commit(&consumer);
            let Gathered { messages, failure } = blocking(move || Ok(consumer.gather())).await?;
            for message in messages {
                self.messages += 1;
                self.framer.message(&message.payload, self.messages.to_string());
                self.between.push_back((self.messages, message.partition, message.offset + 1));
                self.taken.get_or_insert_default().insert(message.partition, message.offset + 1);
            }
            if let Some(reason) = failure {
                self.close();
                self.failure = Some(self.broken(reason));
            }
        }
    }

    fn take(&mut self) -> Option<Piece> {
        let rows = self.framer.take()?;
        let last = rows.last_id.and_then(|id| id.parse().ok()).unwrap_or(self.messages);
        while let Some((_, partition, offset)) = self.between.pop_front_if(|(number, ..)| *number <= last) {
            self.given.insert(partition, offset);
        }
        let position = position::text(Position { offsets: self.given.clone() });
        Some(Piece { bytes: rows.bytes, format: RowFormat::Ndjson, position })
    }

    /// Begins anew behind what was taken in, with the next question.
    fn close(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            // Taking a consumer down waits for its threads.
            std::thread::spawn(move || drop(consumer));
        }
    }

    /// For information only: whoever watches the group sees how far the feed is.
    fn commit(&mut self, consumer: &Consumer) {
        if self.settings.group.is_some() && self.committed.elapsed() >= COMMIT_EVERY {
            self.committed = Instant::now();
            consumer.commit(&self.settings.topic, &self.given);
        }
    }

    /// Looks whether there are more partitions. The consumer is let go of where waiting for it holds nobody up.
    async fn look(&mut self, consumer: Arc<Consumer>) -> Result<(), FeedError> {
        self.looked = Instant::now();
        let (topic, origin) = (self.settings.topic.clone(), self.origin());
        let found = blocking(move || partitions(&consumer, &topic, &origin)).await;
        let known = self.taken.as_ref().map_or(0, Offsets::len);
        if found.as_ref().is_ok_and(|found| found.ids.len() == known) {
            return Ok(());
        }
        self.close();
        found.map(drop)
    }

    async fn open(&mut self) -> Result<(), FeedError> {
        self.guard_names().await?;
        let config = self.config();
        let (reach, origin) = (self.reach.clone(), self.origin());
        let (topic, start, kept) = (self.settings.topic.clone(), self.settings.start, self.taken.clone());
        let begun = blocking(move || {
            let consumer = Consumer::new(&config, &reach)
                .map_err(|reason| FeedError::Settings { setting: "brokers", reason })?;
            let found = partitions(&consumer, &topic, &origin)?;
            guard_brokers(&found.brokers, &reach)?;
            let mut offsets = Offsets::new();
            for id in found.ids {
                let watermarks = consumer.client().fetch_watermarks(&topic, id, ANSWER);
                let watermarks = watermarks.map_err(|error| lost(&consumer, &origin, error.to_string()))?;
                let known = kept.as_ref().map(|kept| kept.get(&id).copied());
                offsets.insert(id, begin_at(known, watermarks, start));
            }
            // What was wrong on the way here no longer is.
            let _ = consumer.trouble();
            consumer.assign(&topic, &offsets).map_err(|reason| lost(&consumer, &origin, reason))?;
            Ok((consumer, offsets))
        });
        let (consumer, offsets) = begun.await?;
        self.given.extend(&offsets);
        self.taken = Some(offsets);
        self.consumer = Some(Arc::new(consumer));
        self.looked = Instant::now();
        Ok(())
    }

    /// Whether the brokers to begin with may be asked. Every connection is judged once more when it is made.
    async fn guard_names(&self) -> Result<(), FeedError> {
        if self.reach.allows_private {
            return Ok(());
        }
        for (host, port) in &self.brokers {
            let found = tokio::net::lookup_host((host.as_str(), *port)).await;
            for found in found.map_err(|error| self.broken(error.to_string()))? {
                if !self.reach.admits(found.ip()) {
                    return Err(FeedError::Private { host: host.clone(), address: found.ip() });
                }
            }
        }
        Ok(())
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        let brokers = self.brokers.iter().map(|(host, port)| match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        });
        config
            .set("bootstrap.servers", brokers.collect::<Vec<_>>().join(","))
            .set("client.id", "driftline")
            .set("group.id", self.settings.group.as_deref().unwrap_or(NO_GROUP))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("allow.auto.create.topics", "false")
            .set("reconnect.backoff.max.ms", "10000")
            // What is fetched ahead of what is asked for.
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.message.max.bytes", "1048576")
            .set_log_level(RDKafkaLogLevel::Emerg);
        if let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) {
            config
                .set("security.protocol", "sasl_plaintext")
                .set("sasl.mechanism", "PLAIN")
                .set("sasl.username", user)
                .set("sasl.password", password);
        }
        config
    }

    fn origin(&self) -> String {
        format!("kafka://{}", self.settings.brokers)
    }

    fn broken(&self, reason: String) -> FeedError {
        FeedError::Connection { origin: self.origin(), reason }
    }
}

impl Feed for KafkaFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}

impl Drop for KafkaFeed {
    fn drop(&mut self) {
        self.close();
    }
}

/// Hosts and ports of a list such as `one:9092, [::1]:9092, three`.
fn brokers_of(list: &str) -> Result<Vec<(String, u16)>, FeedError> {
    let wrong = |broker: &str| {
        let reason =
            format!("`{broker}` is not the host and the port of a broker, such as `kafka.example.com:9092`");
        FeedError::Settings { setting: "brokers", reason }
    };
    let broker = |text: &str| {
        let text = text.trim();
        let (host, rest) = match text.strip_prefix('[') {
            Some(inner) => inner.split_once(']').ok_or_else(|| wrong(text))?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong(text))?,
            None if rest.is_empty() => PORT,
            None => return Err(wrong(text)),
        };
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".-_:%".contains(letter);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(wrong(text));
        }
        Ok((host.to_owned(), port))
    };
    list.split(',').map(broker).collect()
}

/// What a topic is made of, and who holds it.
struct Found {
    ids: Vec<i32>,
    brokers: Vec<(String, u16)>,
}

fn partitions(consumer: &Consumer, topic: &str, origin: &str) -> Result<Found, FeedError> {
    let metadata = consumer.client().fetch_metadata(Some(topic), ANSWER);
    let metadata = metadata.map_err(|error| lost(consumer, origin, error.to_string()))?;
    let broker = |host: &str, port: i32| (host.to_owned(), u16::try_from(port).unwrap_or(PORT));
    let brokers = metadata.brokers().iter().map(|at| broker(at.host(), at.port())).collect();
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let reason = match found.map(|found| (found.error(), found.partitions())) {
        Some((None, partitions)) if !partitions.is_empty() => {
            let ids = partitions.iter().map(|partition| partition.id()).collect();
            return Ok(Found { ids, brokers });
        }
        Some((Some(error), _)) => rdkafka::types::RDKafkaErrorCode::from(error).to_string(),
        _ => "it has no partitions".to_owned(),
    };
    Err(FeedError::Settings { setting: "topic", reason: format!("{topic}: {reason}") })
}

/// A connection that did not come about: what the consumer says of it is more than that an answer did not come.
fn lost(consumer: &Consumer, origin: &str, reason: String) -> FeedError {
    FeedError::Connection { origin: origin.to_owned(), reason: consumer.trouble().unwrap_or(reason) }
}

/// Whether the brokers that the first ones name may be asked.
fn guard_brokers(brokers: &[(String, u16)], reach: &Reach) -> Result<(), FeedError> {
    if reach.allows_private {
        return Ok(());
    }
    for (host, port) in brokers {
        // A name that leads nowhere is not asked either.
        let found = std::net::ToSocketAddrs::to_socket_addrs(&(host.as_str(), *port));
        if let Some(found) = found.into_iter().flatten().find(|found| !reach.admits(found.ip())) {
            return Err(FeedError::Private { host: host.clone(), address: found.ip() });
        }
    }
    Ok(())
}

/// The offset at which a partition is begun. `known` is nothing for a feed that was never connected, and nothing within
/// for a partition that is new to it, all of whose messages have come since.
fn begin_at(known: Option<Option<i64>>, (first, end): (i64, i64), start: KafkaStart) -> i64 {
    match known {
        // A topic that has fewer messages than were read of it is another one; what it has dropped is missing.
        Some(Some(offset)) if (first..=end).contains(&offset) => offset,
        Some(_) => first,
        None if start == KafkaStart::Earliest => first,
        None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_hosts_and_ports() {
        let all = brokers_of("a.b:1, [::1]:2,c").unwrap();
        assert_eq!(all, [("a.b".to_owned(), 1), ("::1".to_owned(), 2), ("c".to_owned(), PORT)]);
        for wrong in ["", "a:b", "a,,b", "http://a", "[::1", "[::1]x", "a:1:2", "a b:1", "user@a:1"] {
            assert!(brokers_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_partition_is_begun_where_nothing_is_missed_or_read_twice() {
        let (earliest, latest) = (KafkaStart::Earliest, KafkaStart::Latest);
        assert_eq!(begin_at(None, (3, 9), latest), 9);
        assert_eq!(begin_at(None, (3, 9), earliest), 3);
        for start in [earliest, latest] {
            assert_eq!(begin_at(Some(None), (3, 9), start), 3);
            let known = [(0, 3), (3, 3), (5, 5), (9, 9), (10, 3)];
            for (offset, begun) in known {
                assert_eq!(begin_at(Some(Some(offset)), (3, 9), start), begun);
            }
        }
    }
}
