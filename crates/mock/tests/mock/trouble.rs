//! What happens to requests: tokens, limits, and what was planted for them.

use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use driftline_mock::{Data, MockError, MockSettings};

use crate::support::{ask, get, mock, mock_with, settings};

#[tokio::test]
async fn some_requests_fail() {
    let router = mock("[[fault]]\nkind = \"http_errors\"\ndata = \"orders\"\nstrength = 0.4").router();
    let mut failed = 0;
    for _ in 0..500 {
        let answer = get(&router, "/v1/orders?limit=1").await;
        if answer.status.as_u16() == 503 {
            failed += 1;
            assert_eq!(answer.header("retry-after"), "1");
            assert_eq!(answer.json()["error"]["message"], "planted: http_errors-1");
        } else {
            answer.is(200);
        }
    }
    assert!((160..240).contains(&failed), "{failed}");
    for _ in 0..20 {
        get(&router, "/v1/web?limit=1").await.is(200);
        get(&router, "/v1/truth").await.is(200);
    }
}

#[tokio::test]
async fn all_data_can_fail_for_a_time() {
    let text = "[[fault]]\nkind = \"http_errors\"\nvalue = \"429\"\nstrength = 1.0\nlength = \"30ms\"";
    let router = mock(text).router();
    for data in Data::ALL {
        let answer = get(&router, &format!("/v1/{}/stream", data.name())).await.is(429);
        // The time of the data runs a thousand times slower here.
        let secs: u64 = answer.header("retry-after").parse().unwrap();
        assert!((20..=30).contains(&secs), "{secs}");
    }
    let text = "[[fault]]\nkind = \"http_errors\"\nvalue = \"500\"\nstrength = 1.0";
    let answer = get(&mock(text).router(), "/v1/web.csv").await.is(500);
    assert_eq!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn answers_take_long() {
    let text = "[[fault]]\nkind = \"slow_answers\"\ndata = \"web\"\nstrength = 0.3\nshare = 1.0";
    let router = mock(text).router();
    let begun = Instant::now();
    get(&router, "/v1/web?limit=1").await.is(200);
    assert!(begun.elapsed().as_secs_f64() >= 0.3);
}

#[tokio::test]
async fn a_page_with_a_broken_row_ends_there() {
    let text = "[[fault]]\nkind = \"garbage\"\ndata = \"orders\"\nstart = \"-1h\"\nstrength = 0.02";
    let mock = mock(text);
    let router = mock.router();
    let mut broken = 0;
    for page in 1..=40 {
        let answer = get(&router, &format!("/v1/orders?page={page}&per_page=20")).await.is(200);
        let first = (page - 1) * 20;
        let has_cut = mock.generator().numbered(Data::Orders, first, 20).any(|row| row.cut.is_some());
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err(), has_cut);
        broken += usize::from(has_cut);
    }
    assert!((5..25).contains(&broken), "{broken}");
}

#[tokio::test]
async fn without_the_token_nothing_is_told() {
    let token = Some("s3cret".to_owned());
    let router = mock_with(MockSettings { generator: settings(""), token, ..Default::default() }).router();
    for path in ["/v1", "/v1/orders", "/v1/orders.csv", "/v1/truth", "/v1/faults", "/v1/web/stream"] {
        let answer = get(&router, path).await.is(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.text().contains("s3cret"));
    }
    get(&router, "/health").await.is(200);
    for (shown, status) in [("Bearer s3cret", 200), ("Bearer s3cres", 401), ("s3cret", 401), ("Bearer ", 401)]
    {
        let request = Request::get("/v1/orders").header("authorization", shown).body(Body::empty()).unwrap();
        ask(&router, request).await.is(status);
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let limited =
        MockSettings { generator: settings(""), requests_per_sec: Some(0.01), ..Default::default() };
    let router = mock_with(limited).router();
    get(&router, "/v1/orders").await.is(200);
    let answer = get(&router, "/v1/orders").await.is(429);
    let secs: u64 = answer.header("retry-after").parse().unwrap();
    assert!((90..=100).contains(&secs), "{secs}");
    assert_eq!(answer.json()["error"]["code"], "too_many_requests");
    // The truth is never withheld.
    get(&router, "/v1/truth").await.is(200);
}

#[test]
fn settings_that_cannot_be() {
    let usual = || MockSettings { generator: settings(""), ..Default::default() };
    for (wrong, expected) in [
        (MockSettings { speed: 0.0, ..usual() }, "speed is 0"),
        (MockSettings { data: Vec::new(), ..usual() }, "no data"),
        (MockSettings { requests_per_sec: Some(-1.0), ..usual() }, "requests per second is -1"),
    ] {
        let error: MockError = driftline_mock::Mock::new(wrong).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn only_the_data_that_were_asked_for_are_served() {
    let only = MockSettings { generator: settings(""), data: vec![Data::Web], ..Default::default() };
    let router = mock_with(only).router();
    get(&router, "/v1/web").await.is(200);
    let answer = get(&router, "/v1/orders").await.is(404).json();
    assert_eq!(answer["error"]["message"], "there is no `orders`, only web");
}
