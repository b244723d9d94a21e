//! The service is killed in the middle of telling; the alert arrives all the same, under the same id.

#![cfg(unix)]

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::program::{Story, orders, run_async};
use crate::served::{Client, SETTLES_WITHIN, Served};

fn started(story: &Story) -> Served {
    let mut command = story.command("serve --data data --listen 127.0.0.1:0 --quiet");
    command.env("DRIFTLINE_ALERTS_ALLOW_PRIVATE_ADDRESSES", "true").env("DRIFTLINE_ALERTS_RETRY_SECS", "1");
    Served::of(command)
}

/// The next request: the line that it came on, the id of the delivery and the event.
async fn next(listener: &TcpListener) -> (BufReader<TcpStream>, String, String) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let (mut id, mut event, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "x-driftline-delivery" => value.clone_into(&mut id),
            "x-driftline-event" => value.clone_into(&mut event),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    (stream, id, event)
}

#[test]
fn an_alert_survives_a_kill() {
    let story = Story::begin();
    let token = story.run("token create t --role admin --data data").ends_with(0).stdout.trim().to_owned();
    let served = started(&story);
    let client = Client::of(&served, &token);
    run_async(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let channel = json!({ "name": "Hook", "kind": "webhook", "config": { "url": url } });
        let channel = client.ask("POST", "/channels", Some(channel)).await.is(201);
        let rule = json!({ "name": "All", "min_severity": "low", "channels": [channel["id"]] });
        client.ask("POST", "/alert-rules", Some(rule)).await.is(201);
        let reference = client.upload("january.csv", orders(2_000, false)).await;
        let current = client.upload("february.csv", orders(2_000, true)).await;
        client.check(&current, &reference).await;
        let (line, first, _) = next(&listener).await;
        served.kill();
        drop(line);

        let served = started(&story);
        let client = Client::of(&served, &token);
        let (mut line, again, event) = next(&listener).await;
        assert_eq!((&again, event.as_str()), (&first, "raised"));
        line.write_all(b"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n").await.unwrap();
        drop(line);
        let until = std::time::Instant::now() + SETTLES_WITHIN;
        loop {
            let log = client.get(&format!("/deliveries?channel={}", channel["id"].as_str().unwrap())).await;
            if log["items"][0]["state"] == "delivered" {
                assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
                break;
            }
            assert!(std::time::Instant::now() < until, "{log}");
            tokio::task::yield_now().await;
        }
        served.kill();
    });
    story.run("audit verify --data data").ends_with(0);
}
