use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use bytes::Bytes;
use driftline_model::service::FeedSettings;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::{near, next, serve, text};
use crate::http::Patience;
use crate::stream::StreamFeed;
use crate::{Feed, Reach, connect};

fn feed_of(url: &str, position: Option<&str>) -> Box<dyn Feed> {
    let settings =
        FeedSettings::Stream { url: url.to_owned(), authorization: Some("Bearer sesame".to_owned()) };
    connect(&settings, position, &near()).unwrap()
}

/// Answers every question with what its number says, and keeps the headers of the questions.
async fn server(
    kind: &'static str,
    answers: &'static [&'static str],
) -> (String, Arc<Mutex<Vec<HeaderMap>>>, Arc<Mutex<Vec<Sender<Bytes>>>>) {
    let asked: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let open: Arc<Mutex<Vec<Sender<Bytes>>>> = Arc::default();
    let (seen, kept) = (Arc::clone(&asked), Arc::clone(&open));
    let answer = move |headers: HeaderMap| {
        let (sender, receiver) = channel(8);
        let mut seen = seen.lock().unwrap();
        seen.push(headers);
        // The last answer stays open.
        let text = answers[(seen.len() - 1).min(answers.len() - 1)];
        sender.try_send(Bytes::from_static(text.as_bytes())).unwrap();
        if seen.len() >= answers.len() {
            kept.lock().unwrap().push(sender);
        }
        let chunks = tokio_stream::StreamExt::map(ReceiverStream::new(receiver), Ok::<_, Infallible>);
        std::future::ready(([("content-type", kind)], Body::from_stream(chunks)))
    };
    (serve(Router::new().route("/", get(answer))).await, asked, open)
}

#[tokio::test]
async fn lines_come_as_they_are_sent() {
    let (url, asked, open) = server("application/x-ndjson", &["{\"a\":1}\n{\"a\""]).await;
    let mut feed = feed_of(&url, None);
    assert_eq!(text(&mut *feed).await, "{\"a\":1}\n");
    let sender = open.lock().unwrap().pop().unwrap();
    sender.send(Bytes::from_static(b":2}\n{\"a\":3}\n{\"a\":4}")).await.unwrap();
    assert_eq!(text(&mut *feed).await, "{\"a\":2}\n{\"a\":3}\n");
    drop(sender);
    assert_eq!(text(&mut *feed).await, "{\"a\":4}\n");
    assert_eq!(asked.lock().unwrap()[0]["authorization"], "Bearer sesame");
}

#[tokio::test]
async fn events_go_on_behind_the_last_one() {
    let answers =
        &["retry: 100\n\nid: 1\ndata: {\"a\":1}\n\nid: 2\ndata: {\"a\":2}\n\nid: 3\n", "data: {}\nid: 3\n\n"];
    let (url, asked, _open) = server("text/event-stream; charset=utf-8", answers).await;
    let mut feed = feed_of(&url, None);
    let first = next(&mut *feed).await.unwrap();
    assert_eq!(&first.bytes[..], b"{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(text(&mut *feed).await, "{}\n");
    let mut again = feed_of(&url, Some(&first.position));
    assert_eq!(text(&mut *again).await, "{}\n");
    let ids: Vec<Option<String>> = asked
        .lock()
        .unwrap()
        .iter()
        .map(|headers| headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned()))
        .collect();
    assert_eq!(ids, [None, Some("2".to_owned()), Some("2".to_owned())]);
}

#[tokio::test]
async fn a_record_that_is_too_long_is_told_and_passed_over() {
    let (url, _, open) = server("application/x-ndjson", &["{}\n"]).await;
    let mut feed = feed_of(&url, None);
    assert_eq!(text(&mut *feed).await, "{}\n");
    let sender = open.lock().unwrap().pop().unwrap();
    let long = tokio::spawn(async move {
        for _ in 0..20 {
            sender.send(Bytes::from(vec![b'8'; 100_000])).await.unwrap();
        }
        sender.send(Bytes::from_static(b"\n{\"a\":1}\n")).await.unwrap();
        sender
    });
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(next(&mut *feed).await.map(|piece| piece.bytes).map_err(|error| error.code()));
    }
    assert_eq!(taken, [Ok(Bytes::from_static(b"{\"a\":1}\n")), Err("feed.too_large")]);
    long.await.unwrap();
}

#[tokio::test]
async fn what_a_server_does_wrong_is_told_without_secrets() {
    let router = Router::new()
        .route("/denied", get(|| async { StatusCode::UNAUTHORIZED }))
        .route("/empty", get(|| async { "" }))
        .route("/page", get(|| async { ([("content-type", "text/html")], "<p>").into_response() }))
        .route("/around", get(|| async { Redirect::temporary("/around?token=sesame") }));
    let url = serve(router).await;
    for (path, code) in [
        ("/denied?token=sesame", "feed.answer"),
        ("/empty", "feed.ended"),
        ("/page", "feed.shape"),
        ("/around", "feed.connection"),
    ] {
        let mut feed = feed_of(&format!("{url}{path}"), None);
        for _ in 0..2 {
            let error = next(&mut *feed).await.unwrap_err();
            assert_eq!(error.code(), code, "{path}: {error}");
            assert!(!error.to_string().contains("sesame"), "{error}");
            assert!(error.to_string().contains("127.0.0.1"), "{error}");
        }
    }
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = next(&mut *feed_of(&format!("http://{closed}"), None)).await.unwrap_err();
    assert_eq!(error.code(), "feed.connection", "{error}");
}

#[tokio::test]
async fn silence_is_told() {
    let (url, _, _open) = server("application/x-ndjson", &["{}\n"]).await;
    let patience = Patience { silence: Duration::from_millis(200) };
    let mut feed = StreamFeed::new((&url, None), None, &near(), patience).unwrap();
    assert_eq!(text(&mut feed).await, "{}\n");
    assert_eq!(next(&mut feed).await.unwrap_err().code(), "feed.silent");
    assert_eq!(text(&mut feed).await, "{}\n");
}

#[tokio::test]
async fn private_addresses_are_asked_only_when_that_is_allowed() {
    let url = serve(Router::new().route("/", get(|| async { "{}\n" }))).await;
    let settings = |url: &str| FeedSettings::Stream { url: url.to_owned(), authorization: None };
    let far = Reach::default();
    for url in [url.as_str(), "http://[::1]:80/", "http://0x7f.1/", "http://169.254.169.254/latest"] {
        let error = connect(&settings(url), None, &far).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "feed.refused", "{url}");
    }
    let named = url.replace("127.0.0.1", "localhost");
    let mut feed = connect(&settings(&named), None, &far).unwrap();
    let error = next(&mut *feed).await.unwrap_err();
    assert_eq!(error.code(), "feed.refused", "{error}");
    let mut feed = connect(&settings(&named), None, &near()).unwrap();
    assert_eq!(text(&mut *feed).await, "{}\n");
    for odd in ["ftp://x/", "rows", "http://"] {
        let error = connect(&settings(odd), None, &far).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "feed.settings", "{odd}");
    }
}
