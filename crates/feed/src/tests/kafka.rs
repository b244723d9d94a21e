use std::time::Duration;

use driftline_model::service::{FeedSettings, KafkaFeed, KafkaStart};
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::types::RDKafkaRespErr;

use super::{BOUND, is_waiting, near, next, text};
use crate::{Feed, Reach, connect};

const TOPIC: &str = "orders";

/// A cluster of its own, and somebody who writes.
struct Cluster {
    mock: MockCluster<'static, DefaultProducerContext>,
    producer: ThreadedProducer<DefaultProducerContext>,
}

impl Cluster {
    fn start(brokers: i32, partitions: i32) -> Self {
        let mock = MockCluster::new(brokers).unwrap();
        mock.create_topic(TOPIC, partitions, brokers).unwrap();
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", mock.bootstrap_servers());
        config.set("message.max.bytes", "8000000").set("compression.type", "gzip");
        Self { mock, producer: config.create_with_context(DefaultProducerContext).unwrap() }
    }

    fn write(&self, partition: i32, payloads: &[&[u8]]) {
        for payload in payloads {
            let record = BaseRecord::<(), [u8]>::to(TOPIC).partition(partition).payload(payload);
            self.producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        self.producer.flush(BOUND).unwrap();
    }

    /// Writes `{"n":N}` with all of these numbers, each to another partition than the one before.
    fn count(&self, numbers: std::ops::Range<usize>, partitions: usize) {
        for number in numbers {
            let text = format!("{{\"n\":{number}}}");
            self.write((number % partitions) as i32, &[text.as_bytes()]);
        }
    }

    fn settings(&self, start: KafkaStart) -> KafkaFeed {
        KafkaFeed { brokers: self.mock.bootstrap_servers(), ..settings(TOPIC, start) }
    }

    fn feed(&self, start: KafkaStart, position: Option<&str>) -> Box<dyn Feed> {
        connect(&FeedSettings::Kafka(self.settings(start)), position, &near()).unwrap()
    }
}

fn settings(topic: &str, start: KafkaStart) -> KafkaFeed {
    let (brokers, topic) = ("kafka.example.com:9092".to_owned(), topic.to_owned());
    KafkaFeed { brokers, topic, start, group: None, user: None, password: None }
}

/// The numbers in the next pieces, sorted, until there are as many, and the last position.
async fn numbers(feed: &mut dyn Feed, count: usize) -> (Vec<usize>, String) {
    let (mut all, mut position) = (Vec::new(), String::new());
    while all.len() < count {
        let piece = next(feed).await.unwrap();
        let text = String::from_utf8(piece.bytes.to_vec()).unwrap();
        let number = |line: &str| line["{\"n\":".len()..line.len() - 1].parse::<usize>().unwrap();
        all.extend(text.lines().map(number));
        position = piece.position;
    }
    all.sort_unstable();
    (all, position)
}

#[tokio::test]
async fn messages_of_all_partitions_come_once_over_restarts() {
    let cluster = Cluster::start(3, 4);
    cluster.count(0..10, 4);
    let mut feed = cluster.feed(KafkaStart::Earliest, None);
    let (first, position) = numbers(&mut *feed, 10).await;
    assert_eq!(first, (0..10).collect::<Vec<_>>());
    cluster.count(10..100, 4);
    let rest: Vec<usize> = (10..100).collect();
    assert_eq!(numbers(&mut *feed, 90).await.0, rest);
    assert!(is_waiting(&mut *feed).await);
    drop(feed);
    // From where it was kept, whatever was read since; a start is for the first time only.
    for start in [KafkaStart::Earliest, KafkaStart::Latest] {
        let mut again = cluster.feed(start, Some(&position));
        let (numbers, _) = numbers(&mut *again, 90).await;
        assert_eq!(numbers, rest);
        assert!(is_waiting(&mut *again).await);
    }
    // A topic of that name with fewer messages is another one, and a partition that is new is read whole.
    let mut other = cluster.feed(KafkaStart::Latest, Some("{\"offsets\":{\"0\":99,\"1\":25,\"2\":25}}"));
    let expected: Vec<usize> = (0..100).filter(|number| number % 4 == 0 || number % 4 == 3).collect();
    assert_eq!(numbers(&mut *other, 50).await.0, expected);
}

#[tokio::test]
async fn every_position_on_the_way_is_one_to_go_on_from() {
    let cluster = Cluster::start(1, 3);
    let long = "7".repeat(300_000);
    // More than a piece holds.
    for number in 0..12 {
        let text = format!("{{\"n\":{number},\"long\":{long}}}");
        cluster.write(number % 3, &[text.as_bytes()]);
    }
    let number = |line: &str| -> i32 { line[5..].split(',').next().unwrap().parse().unwrap() };
    let mut feed = cluster.feed(KafkaStart::Earliest, None);
    let (mut read, mut positions) = (Vec::new(), Vec::new());
    while read.len() < 12 {
        let piece = next(&mut *feed).await.unwrap();
        assert!(piece.bytes.len() <= 1 << 20);
        read.extend(std::str::from_utf8(&piece.bytes).unwrap().lines().map(number));
        positions.push((piece.position, read.len()));
    }
    for (position, before) in positions {
        let mut again = cluster.feed(KafkaStart::Earliest, Some(&position));
        let mut rest = Vec::new();
        while rest.len() < 12 - before {
            rest.extend(text(&mut *again).await.lines().map(number));
        }
        let mut all = [&read[..before], &rest].concat();
        all.sort_unstable();
        assert_eq!(all, (0..12).collect::<Vec<_>>(), "{position}");
    }
}

#[tokio::test]
async fn a_new_monitor_begins_with_the_next_message() {
    let cluster = Cluster::start(1, 1);
    cluster.count(0..5, 1);
    let mut feed = cluster.feed(KafkaStart::Latest, None);
    let mut waiting = tokio::spawn(async move { next(&mut *feed).await.unwrap() });
    // It is not told when it has begun: until then what is written may be before that.
    let mut number = 5;
    let piece = loop {
        cluster.count(number..number + 1, 1);
        number += 1;
        if let Ok(piece) = tokio::time::timeout(Duration::from_millis(100), &mut waiting).await {
            break piece.unwrap();
        }
        assert!(number < 200, "a message in time");
    };
    let text = String::from_utf8(piece.bytes.to_vec()).unwrap();
    assert!(!text.contains("\"n\":4}"), "{text}");
}

#[tokio::test]
async fn a_broker_that_is_gone_is_told_and_come_back_to() {
    let cluster = Cluster::start(1, 2);
    cluster.count(0..4, 2);
    let mut feed = cluster.feed(KafkaStart::Earliest, None);
    numbers(&mut *feed, 4).await;
    cluster.mock.broker_down(-1).unwrap();
    for _ in 0..2 {
        let error = tokio::time::timeout(BOUND, feed.next()).await.expect("an error in time").unwrap_err();
        assert_eq!(error.code(), "feed.connection", "{error}");
    }
    cluster.mock.broker_up(-1).unwrap();
    cluster.count(4..8, 2);
    let mut came = Vec::new();
    let coming = async {
        while came.len() < 4 {
            if let Ok(piece) = feed.next().await {
                came.extend(String::from_utf8(piece.bytes.to_vec()).unwrap().lines().map(str::to_owned));
            }
        }
    };
    tokio::time::timeout(BOUND * 3, coming).await.expect("rows in time");
    came.sort();
    assert_eq!(came, ["{\"n\":4}", "{\"n\":5}", "{\"n\":6}", "{\"n\":7}"]);
}

#[tokio::test]
async fn garbage_is_passed_on_or_told_and_passed_over() {
    let cluster = Cluster::start(1, 1);
    let long = vec![b'8'; 2 << 20];
    cluster.write(0, &[b"{\"a\":\n1}", b"\xff\x00 not json", b"", b"{\"a\":2}", &long, b"{\"a\":3}"]);
    let mut feed = cluster.feed(KafkaStart::Earliest, None);
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    let mut position = String::new();
    while rows.iter().filter(|byte| **byte == b'\n').count() < 4 {
        match next(&mut *feed).await {
            Ok(piece) => {
                rows.extend_from_slice(&piece.bytes);
                position = piece.position;
            }
            Err(error) => errors.push(error.code()),
        }
    }
    // What is no JSON the monitor counts as unreadable; what is too long never gets there.
    assert_eq!(rows, b"{\"a\": 1}\n\xff\x00 not json\n{\"a\":2}\n{\"a\":3}\n");
    if errors.is_empty() {
        errors.extend(next(&mut *feed).await.map_err(|error| error.code()).err());
    }
    assert_eq!(errors, ["feed.too_large"]);
    assert_eq!(position, "{\"offsets\":{\"0\":6}}");
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_told() {
    let cluster = Cluster::start(1, 1);
    let unknown = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    cluster.mock.topic_error(TOPIC, unknown).unwrap();
    let error = next(&mut *cluster.feed(KafkaStart::Latest, None)).await.unwrap_err();
    assert_eq!(error.code(), "feed.settings", "{error}");
    assert!(error.to_string().contains(TOPIC), "{error}");
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_told() {
    let code = |settings: KafkaFeed, position: Option<&str>, reach: &Reach| {
        connect(&FeedSettings::Kafka(settings), position, reach).map(|_| ()).unwrap_err().code()
    };
    let at = |brokers: &str| KafkaFeed { brokers: brokers.to_owned(), ..settings(TOPIC, KafkaStart::Latest) };
    assert_eq!(code(at("kafka://example.com"), None, &near()), "feed.settings");
    assert_eq!(code(settings("a b", KafkaStart::Latest), None, &near()), "feed.settings");
    let lone = KafkaFeed { user: Some("me".to_owned()), ..at("example.com") };
    assert_eq!(code(lone, None, &near()), "feed.settings");
    assert_eq!(code(at("example.com"), Some("7"), &near()), "feed.position");
    for private in ["127.0.0.1:9092", "example.com,[::1]:9092", "10.1.2.3"] {
        assert_eq!(code(at(private), None, &Reach::default()), "feed.refused", "{private}");
    }
    let mut feed = connect(&FeedSettings::Kafka(at("localhost:1")), None, &Reach::default()).unwrap();
    assert_eq!(next(&mut *feed).await.unwrap_err().code(), "feed.refused");
}
