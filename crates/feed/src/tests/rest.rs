use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use driftline_model::service::{FeedSettings, RestFeed};

use super::{is_waiting, near, next, serve, text};
use crate::{Feed, connect};

/// Answers with what the test has laid out, by path and query, and keeps what was asked.
#[derive(Clone, Default)]
struct Api {
    answers: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Api {
    fn set(&self, question: &str, answer: &str) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(known, _)| known != question);
        answers.push((question.to_owned(), answer.to_owned()));
    }

    fn answer(&self, uri: &Uri) -> Response {
        let question = uri.to_string();
        let mut asked = self.asked.lock().unwrap();
        asked.push(question.clone());
        let answers = self.answers.lock().unwrap();
        match answers.iter().find(|(known, _)| *known == question) {
            Some((_, answer)) => answer.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    async fn serve(&self) -> String {
        let api = self.clone();
        let all = move |uri: Uri| std::future::ready(api.answer(&uri));
        serve(Router::new().fallback(get(all))).await
    }
}

fn settings(url: &str) -> RestFeed {
    RestFeed {
        url: url.to_owned(),
        authorization: None,
        items: "/items".to_owned(),
        cursor: None,
        cursor_parameter: None,
        interval_ms: 100,
    }
}

fn paged(url: &str, parameter: Option<&str>) -> RestFeed {
    let cursor = Some("/next".to_owned());
    RestFeed { cursor, cursor_parameter: parameter.map(str::to_owned), ..settings(url) }
}

fn feed_of(settings: &RestFeed, position: Option<&str>) -> Box<dyn Feed> {
    connect(&FeedSettings::Rest(settings.clone()), position, &near()).unwrap()
}

#[tokio::test]
async fn pages_are_followed_and_the_last_one_is_asked_again() {
    let api = Api::default();
    let url = format!("{}/rows?size=2&at=0", api.serve().await);
    api.set("/rows?size=2&at=0", r#"{"items":[{"a":1},{"a":2}],"next":"x y"}"#);
    api.set("/rows?size=2&at=x+y", r#"{"items":[{"a":3}],"next":null}"#);
    let settings = paged(&url, Some("at"));
    let mut feed = feed_of(&settings, None);
    let first = next(&mut *feed).await.unwrap();
    assert_eq!(&first.bytes[..], b"{\"a\":1}\n{\"a\":2}\n");
    let second = next(&mut *feed).await.unwrap();
    assert_eq!(&second.bytes[..], b"{\"a\":3}\n");
    assert!(is_waiting(&mut *feed).await);
    api.set("/rows?size=2&at=x+y", r#"{"items":[{"a":3},{"a":4}],"next":7}"#);
    api.set("/rows?size=2&at=7", r#"{"items":[],"next":7}"#);
    assert_eq!(text(&mut *feed).await, "{\"a\":4}\n");
    assert!(is_waiting(&mut *feed).await);
    let mut again = feed_of(&settings, Some(&first.position));
    assert_eq!(text(&mut *again).await, "{\"a\":3}\n{\"a\":4}\n");
    let mut last = feed_of(&settings, Some(&second.position));
    assert_eq!(text(&mut *last).await, "{\"a\":4}\n");
}

#[tokio::test]
async fn links_are_followed_on_the_same_server_only() {
    let api = Api::default();
    let url = api.serve().await;
    api.set("/rows", r#"{"items":[{"a":1}],"next":"/rows?page=2"}"#);
    api.set("/rows?page=2", r#"{"items":[{"a":2}],"next":"http://example.com/rows"}"#);
    let mut feed = feed_of(&paged(&format!("{url}/rows"), None), None);
    assert_eq!(text(&mut *feed).await, "{\"a\":1}\n");
    assert_eq!(text(&mut *feed).await, "{\"a\":2}\n");
    assert_eq!(next(&mut *feed).await.unwrap_err().code(), "feed.shape");
}

#[tokio::test]
async fn without_a_cursor_only_new_rows_are_taken() {
    let api = Api::default();
    let settings = settings(&format!("{}/rows", api.serve().await));
    api.set("/rows", r#"{"items":[{"a":1},{"a":1},{"a":2}]}"#);
    let mut feed = feed_of(&settings, None);
    let first = next(&mut *feed).await.unwrap();
    assert_eq!(&first.bytes[..], b"{\"a\":1}\n{\"a\":1}\n{\"a\":2}\n");
    assert!(is_waiting(&mut *feed).await);
    api.set("/rows", r#"{"items":[{"a":2},{"a":3}]}"#);
    assert_eq!(text(&mut *feed).await, "{\"a\":3}\n");
    let mut again = feed_of(&settings, Some(&first.position));
    assert_eq!(text(&mut *again).await, "{\"a\":3}\n");
}

#[tokio::test]
async fn a_long_answer_comes_in_pieces_that_can_be_gone_on_behind() {
    let api = Api::default();
    let settings = settings(&format!("{}/rows", api.serve().await));
    let row = |number: usize| format!("{{\"a\":{number},\"b\":\"{}\"}}", "x".repeat(400_000));
    let rows: Vec<String> = (0..5).map(row).collect();
    api.set("/rows", &format!("{{\"items\":[{}, \"{}\"]}}", rows.join(","), "y".repeat(1 << 20)));
    let mut feed = feed_of(&settings, None);
    let first = next(&mut *feed).await.unwrap();
    let mut lengths = vec![first.bytes.len() / 400_000];
    for _ in 0..2 {
        lengths.push(next(&mut *feed).await.unwrap().bytes.len() / 400_000);
    }
    assert_eq!(lengths, [2, 2, 1]);
    assert_eq!(next(&mut *feed).await.unwrap_err().code(), "feed.too_large");
    let mut again = feed_of(&settings, Some(&first.position));
    assert!(text(&mut *again).await.starts_with("{\"a\":2,"));
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_is() {
    let asked: Arc<Mutex<u32>> = Arc::default();
    let counted = Arc::clone(&asked);
    let answer = move || {
        let mut asked = counted.lock().unwrap();
        *asked += 1;
        std::future::ready(match *asked {
            1 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], "").into_response(),
            2 => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], "")
                .into_response(),
            3 => StatusCode::BAD_GATEWAY.into_response(),
            4 => StatusCode::TOO_MANY_REQUESTS.into_response(),
            5 => StatusCode::NO_CONTENT.into_response(),
            6 => "[]".into_response(),
            _ => r#"{"items":{"a":1}}"#.into_response(),
        })
    };
    let url = serve(Router::new().route("/", get(answer))).await;
    let mut feed = feed_of(&settings(&url), None);
    // It is dropped while it waits, and asks no sooner for that.
    for _ in 0..3 {
        assert!(tokio::time::timeout(Duration::from_millis(100), feed.next()).await.is_err());
    }
    assert_eq!(*asked.lock().unwrap(), 1);
    for (code, number) in [("feed.answer", 3), ("feed.answer", 4), ("feed.shape", 6)] {
        assert_eq!(next(&mut *feed).await.unwrap_err().code(), code);
        assert_eq!(*asked.lock().unwrap(), number);
    }
    assert_eq!(text(&mut *feed).await, "{\"a\":1}\n");
}

#[tokio::test]
async fn a_question_goes_on_while_nobody_waits() {
    let asked: Arc<Mutex<u32>> = Arc::default();
    let gate = Arc::new(tokio::sync::Notify::new());
    let (counted, opened) = (Arc::clone(&asked), Arc::clone(&gate));
    let answer = move || {
        *counted.lock().unwrap() += 1;
        let opened = Arc::clone(&opened);
        async move {
            opened.notified().await;
            r#"{"items":[{"a":1}]}"#
        }
    };
    let url = serve(Router::new().route("/", get(answer))).await;
    let mut feed = feed_of(&settings(&url), None);
    for _ in 0..3 {
        assert!(tokio::time::timeout(Duration::from_millis(50), feed.next()).await.is_err());
    }
    gate.notify_one();
    assert_eq!(text(&mut *feed).await, "{\"a\":1}\n");
    assert_eq!(*asked.lock().unwrap(), 1);
}

#[test]
fn settings_that_cannot_be_right_are_told() {
    let url = "https://example.com/rows";
    let wrong = [
        RestFeed { items: "items".to_owned(), ..settings(url) },
        RestFeed { cursor: Some("next".to_owned()), ..settings(url) },
        RestFeed { cursor_parameter: Some("at".to_owned()), ..settings(url) },
        RestFeed { interval_ms: 99, ..settings(url) },
        RestFeed { authorization: Some("a\nb".to_owned()), ..settings(url) },
        settings("example.com"),
    ];
    for settings in wrong {
        let error = connect(&FeedSettings::Rest(settings), None, &near()).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "feed.settings", "{error}");
    }
}
