//! Alerts: they arrive whatever the other side does, are told once, and give nothing away.

use std::time::Duration;

use driftline_model::service::Role;
use driftline_server::ServiceConfig;
use serde_json::{Value, json};

use crate::receiver::{Manner, Receiver, fine, mail_server};
use crate::support::{Harness, orders};

const SECRET: &str = "a-very-secret-secret";
const TOKEN: &str = "Bearer t0ken-of-the-receiver";

/// Alerts to loopback are allowed, and everything is quicker.
fn hasty(config: &mut ServiceConfig) {
    config.alerts.allow_private_addresses = true;
    config.alerts.retry = Duration::from_millis(50);
    config.alerts.timeout = Duration::from_millis(700);
}

struct Story {
    service: Harness,
    admin: String,
    editor: String,
    january: String,
}

impl Story {
    async fn begin() -> Self {
        let service = Harness::with(hasty).await;
        let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
        let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
        Self { service, admin, editor, january }
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.service.ask(method, path, &self.admin, body).await;
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer.body
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null).await
    }

    async fn channel(&self, kind: &str, config: Value, secrets: Value) -> Value {
        let body =
            json!({ "name": format!("My {kind}"), "kind": kind, "config": config, "secrets": secrets });
        self.ask("POST", "/api/v1/channels", body).await
    }

    async fn webhook(&self, receiver: &Receiver) -> Value {
        let secrets = json!({ "secret": SECRET, "authorization": TOKEN });
        self.channel("webhook", json!({ "url": receiver.url() }), secrets).await
    }

    /// A rule that tells a channel of everything.
    async fn rule(&self, channel: &Value, more: Value) -> Value {
        let mut rule = json!({ "name": "All", "min_severity": "low", "channels": [channel["id"]] });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask("POST", "/api/v1/alert-rules", rule).await
    }

    /// An incident: the amounts of these data have moved up.
    async fn incident(&self, name: &str) -> Value {
        let current = self.service.upload(&self.editor, name, orders(2_000, true)).await;
        let body = json!({ "current": { "dataset": current }, "reference": { "dataset": self.january } });
        let queued = self.service.ask("POST", "/api/v1/checks", &self.editor, body).await.is(202);
        let check = self.service.ended(&self.editor, queued["id"].as_str().unwrap()).await;
        assert_eq!(check["state"], "done", "{check}");
        let all = self.get("/api/v1/incidents").await;
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|incident| incident["current_name"] == name)
            .unwrap()
            .clone()
    }

    async fn change(&self, incident: &Value, state: &str) -> Value {
        let path = format!("/api/v1/incidents/{}", incident["id"].as_str().unwrap());
        let present = self.get(&path).await["incident"].clone();
        self.ask("PATCH", &path, json!({ "version": present["version"], "state": state })).await
    }

    /// The deliveries of a channel, oldest first, once all of them have ended.
    async fn ended(&self, channel: &Value) -> Vec<Value> {
        self.until(channel, |all| {
            let is_final = |one: &Value| !matches!(one["state"].as_str(), Some("pending" | "sending"));
            !all.is_empty() && all.iter().all(is_final)
        })
        .await
    }

    async fn until(&self, channel: &Value, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut news = self.service.running.database().watch_events();
        let path = format!("/api/v1/deliveries?channel={}", channel["id"].as_str().unwrap());
        let looking = async {
            loop {
                let mut all = self.get(&path).await["items"].as_array().unwrap().clone();
                all.reverse();
                if is_so(&all) {
                    return all;
                }
                news.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), looking).await.unwrap()
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_alert_arrives_however_often_the_other_side_fails_and_always_under_one_id() {
    let story = Story::begin().await;
    let later = Manner::Status(429, "Retry-After: 0\r\n", "slow down".to_owned());
    let broken = Manner::Status(500, "", format!("{TOKEN} {}", "x".repeat(10 << 20)));
    let elsewhere = Manner::Status(302, "Location: http://127.0.0.1:1/\r\n", String::new());
    let manners = vec![Manner::Closed, Manner::Silent, later, broken, elsewhere, fine()];
    let receiver = Receiver::begin(manners).await;
    let channel = story.webhook(&receiver).await;
    story.rule(&channel, json!({})).await;
    let incident = story.incident("orders.csv").await;
    let letters = receiver.wait(5).await;
    let delivery = story.ended(&channel).await.remove(0);
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("delivered"), &json!(6)), "{delivery}");
    assert_eq!((&delivery["event"], &delivery["incident_id"]), (&json!("raised"), &incident["id"]));
    for letter in &letters {
        assert_eq!(letter.header("X-Driftline-Delivery"), delivery["id"].as_str());
        assert_eq!(letter.header("X-Driftline-Event"), Some("raised"));
        assert_eq!(letter.header("Authorization"), Some(TOKEN));
        let signature = letter.header("X-Driftline-Signature").unwrap();
        let at: i64 = signature[2..].split(',').next().unwrap().parse().unwrap();
        assert_eq!(signature, driftline_alert::signature(SECRET, at, &letter.body));
    }
    let body = letters[4].json();
    assert_eq!((&body["incident"]["id"], &body["severity"]), (&incident["id"], &incident["severity"]));
    let link = format!("{}/findings?incident={}", story.service.running.url(), id(&incident));
    assert_eq!((&body["link"], body["findings"].as_array().unwrap().is_empty()), (&json!(link), false));
    assert_eq!(receiver.letters().len(), 5, "the redirect was not followed, and nothing came twice");
    let metrics = story.service.client.get(story.service.url("/metrics")).send().await.unwrap();
    let metrics = String::from_utf8(metrics.bytes().await.unwrap().to_vec()).unwrap();
    for expected in ["outcome=\"delivered\"} 1\n", "outcome=\"retried\"} 5\n"] {
        let line = format!("driftline_deliveries_total{{channel=\"webhook\",{expected}");
        assert!(metrics.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn what_waits_survives_a_restart_and_arrives_in_its_order() {
    let story = Story::begin().await;
    let receiver = Receiver::begin(vec![Manner::Status(503, "Retry-After: 1\r\n", String::new())]).await;
    let (port, channel) = (receiver.port, story.webhook(&receiver).await);
    story.rule(&channel, json!({})).await;
    let incident = story.incident("orders.csv").await;
    story.change(&incident, "resolved").await;
    receiver.wait(1).await;
    receiver.end().await;
    let waiting = story.until(&channel, |all| all.len() == 2 && all[0]["state"] == "pending").await;
    let Story { service, admin, editor, january } = story;
    let Harness { folder, running, client } = service;
    running.stop().await.unwrap();
    let receiver = Receiver::on(port, vec![fine()]).await;
    let mut config = ServiceConfig::new(folder.path().to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    hasty(&mut config);
    let running = driftline_server::serve(config).await.unwrap();
    let story = Story { service: Harness { folder, running, client }, admin, editor, january };
    let letters = receiver.wait(2).await;
    let told: Vec<_> = letters.iter().map(|letter| letter.header("X-Driftline-Event").unwrap()).collect();
    assert_eq!(told, ["raised", "resolved"]);
    let ids: Vec<_> = letters.iter().map(|letter| letter.header("X-Driftline-Delivery").unwrap()).collect();
    assert_eq!(ids, [id(&waiting[0]), id(&waiting[1])]);
    let log = story.ended(&channel).await;
    assert!(log.iter().all(|one| one["state"] == "delivered"), "{log:?}");
}

#[tokio::test]
async fn a_slow_channel_holds_nobody_up() {
    let story = Story::begin().await;
    let (slow, quick) = (Receiver::begin(vec![Manner::Silent]).await, Receiver::begin(vec![fine()]).await);
    let (slow_channel, channel) = (story.webhook(&slow).await, story.webhook(&quick).await);
    story.rule(&slow_channel, json!({})).await;
    for name in ["a.csv", "b.csv", "c.csv"] {
        story.incident(name).await;
    }
    slow.wait(2).await;
    story.rule(&channel, json!({ "name": "Quick" })).await;
    story.incident("d.csv").await;
    quick.wait(1).await;
    let page = story.get(&format!("/api/v1/deliveries?channel={}&limit=2", id(&slow_channel))).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = format!("/api/v1/deliveries?channel={}&limit=2&before=", id(&slow_channel));
    let next = story.get(&format!("{next}{}", page["next"].as_str().unwrap())).await;
    assert_eq!(next["items"].as_array().unwrap().len(), 2);
    story.service.running.stop().await.unwrap();
}

#[tokio::test]
async fn secrets_are_given_to_nobody() {
    let story = Story::begin().await;
    // The other side gives back what it was sent.
    let echo = format!("{TOKEN} and {SECRET}");
    let receiver = Receiver::begin(vec![Manner::Status(410, "", echo)]).await;
    let channel = story.webhook(&receiver).await;
    assert_eq!(channel["secrets"], json!({ "authorization": true, "secret": true }));
    let path = format!("/api/v1/channels/{}", id(&channel));
    let outcome = story.ask("POST", &format!("{path}/test"), Value::Null).await;
    assert_eq!((&outcome["delivered"], &outcome["delivery"]["http_status"]), (&json!(false), &json!(410)));
    assert_eq!(outcome["delivery"]["error"], "the answer was 410: *** and ***");
    story.rule(&channel, json!({})).await;
    story.incident("orders.csv").await;
    let given_up = story.ended(&channel).await;
    assert_eq!(given_up.last().unwrap()["state"], "failed", "it is gone for good");
    // Another place gets none of them.
    let elsewhere = json!({ "version": 1, "config": { "url": "http://127.0.0.1:1/other" } });
    let refused = story.service.ask("PATCH", &path, &story.admin, elsewhere).await;
    assert!(refused.status == 422 && refused.body.to_string().contains("must be sent again"), "{refused:?}");
    let renamed = json!({ "version": 1, "name": "Other", "secrets": { "authorization": null } });
    let changed = story.ask("PATCH", &path, renamed.clone()).await;
    assert_eq!(
        (&changed["secrets"]["authorization"], &changed["secrets"]["secret"]),
        (&json!(false), &json!(true))
    );
    let late = story.service.ask("PATCH", &path, &story.admin, renamed).await;
    assert_eq!((late.status, late.code()), (409, "data.conflict"));
    let mut everything = String::new();
    for path in ["/api/v1/channels", &path, "/api/v1/deliveries", "/api/v1/audit?limit=200", "/api/v1/system"]
    {
        everything.push_str(&story.get(path).await.to_string());
    }
    let workspace = channel["workspace_id"].as_str().unwrap();
    let events = story.service.running.database().events_after(workspace, 0).await.unwrap();
    everything.push_str(&serde_json::to_string(&events).unwrap());
    assert!(everything.contains("channel.change") && everything.contains("delivery.failed"));
    for secret in [SECRET, TOKEN, "t0ken-of-the-receiver"] {
        assert!(!everything.contains(secret), "{secret} was given away");
    }
    let alerts = story.get("/api/v1/system").await;
    let health = alerts["health"].as_array().unwrap().iter().find(|check| check["name"] == "alerts").unwrap();
    assert_eq!(health["state"], "warning", "{health}");
}

#[tokio::test]
async fn nothing_is_sent_into_the_network_unless_that_is_allowed() {
    let service = Harness::begin().await;
    let admin = service.token(Role::Admin).await;
    let receiver = Receiver::begin(vec![fine()]).await;
    let port = receiver.port;
    let mapped = format!("http://[::ffff:127.0.0.1]:{port}/");
    for url in
        [receiver.url(), format!("http://localhost:{port}/"), mapped, format!("http://2130706433:{port}/")]
    {
        let body = json!({ "name": "Inside", "kind": "webhook", "config": { "url": url } });
        let channel = service.ask("POST", "/api/v1/channels", &admin, body).await.is(201);
        let path = format!("/api/v1/channels/{}/test", id(&channel));
        let outcome = service.ask("POST", &path, &admin, Value::Null).await.is(200);
        let error = outcome["delivery"]["error"].as_str().unwrap();
        assert!(error.contains("private address"), "{url}: {error}");
    }
    let mail = json!({ "host": "localhost", "port": port.to_string(), "from": "a@example.com", "to": "b@example.com" });
    let body = json!({ "name": "Mail", "kind": "email", "config": mail });
    let channel = service.ask("POST", "/api/v1/channels", &admin, body).await.is(201);
    let path = format!("/api/v1/channels/{}/test", id(&channel));
    let outcome = service.ask("POST", &path, &admin, Value::Null).await.is(200);
    assert!(outcome["delivery"]["error"].as_str().unwrap().contains("private address"), "{outcome}");
    assert!(receiver.letters().is_empty());
    let plain = json!({ "name": "S", "kind": "slack", "secrets": { "url": receiver.url() } });
    service.ask("POST", "/api/v1/channels", &admin, plain).await.is(422);
}

#[tokio::test]
async fn mails_arrive_and_keep_their_id() {
    let story = Story::begin().await;
    let (port, mut mails) = mail_server(1).await;
    let config = json!({
        "host": "127.0.0.1", "port": port.to_string(), "security": "none",
        "from": "Driftline <drift@example.com>", "to": "ann@example.com, Bob <bob@example.com>",
    });
    let channel = story.channel("email", config, json!({})).await;
    story.rule(&channel, json!({})).await;
    story.incident("orders.csv").await;
    let waited = tokio::time::timeout(Duration::from_secs(20), mails.wait_for(|mails| !mails.is_empty()));
    let mail = waited.await.unwrap().unwrap()[0].clone();
    let delivery = story.ended(&channel).await.remove(0);
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("delivered"), &json!(2)), "{delivery}");
    for expected in [
        "RCPT TO:<ann@example.com>",
        "RCPT TO:<bob@example.com>",
        "amount",
        "multipart/alternative",
        "text/html",
        &format!("Message-ID: <{}@driftline>", id(&delivery)),
    ] {
        assert!(mail.contains(expected), "{expected} is not in {mail}");
    }
}

#[tokio::test]
async fn pagerduty_and_slack_and_teams_are_told_in_their_own_way() {
    let story = {
        let events = Receiver::begin(vec![Manner::Status(202, "", "{}".to_owned())]).await;
        let port = events.port;
        let service = Harness::with(|config| {
            hasty(config);
            config.alerts.pagerduty_url = format!("http://127.0.0.1:{port}/v2/enqueue");
        })
        .await;
        let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
        let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
        (Story { service, admin, editor, january }, events)
    };
    let (story, events) = story;
    let pager = story.channel("pagerduty", json!({}), json!({ "routing_key": "k".repeat(32) })).await;
    let receiver = Receiver::begin(vec![fine()]).await;
    let slack =
        story.channel("slack", json!({}), json!({ "url": format!("{}/slack", receiver.url()) })).await;
    let teams =
        story.channel("teams", json!({}), json!({ "url": format!("{}/teams", receiver.url()) })).await;
    let rule = json!({ "channels": [pager["id"], slack["id"], teams["id"]], "on_resolved": false });
    story.rule(&pager, rule).await;
    let incident = story.incident("orders.csv").await;
    story.change(&incident, "acknowledged").await;
    story.change(&incident, "resolved").await;
    let letters = events.wait(3).await;
    let actions: Vec<Value> = letters.iter().map(|letter| letter.json()["event_action"].clone()).collect();
    assert_eq!(actions, ["trigger", "acknowledge", "resolve"]);
    let key = format!("driftline-{}", id(&incident));
    assert!(letters.iter().all(|letter| letter.json()["dedup_key"] == key && letter.path == "/v2/enqueue"));
    let others = receiver.wait(2).await;
    assert_eq!(others.len(), 2, "only who keeps incidents is told the rest");
    let by = |end: &str| others.iter().find(|letter| letter.path.ends_with(end)).unwrap().json();
    assert!(by("slack")["blocks"][0]["text"]["text"].as_str().unwrap().contains("orders.csv"));
    assert_eq!(by("teams")["attachments"][0]["content"]["type"], "AdaptiveCard");
}

#[tokio::test]
async fn rules_are_kept_in_order_tried_and_followed() {
    let story = Story::begin().await;
    let receiver = Receiver::begin(vec![fine()]).await;
    let channel = story.webhook(&receiver).await;
    let first = story.get("/api/v1/alert-rules").await[0].clone();
    assert_eq!(first["settings"]["name"], "High and critical incidents", "every workspace begins with it");
    let quiet = json!({ "time_zone": "UTC", "windows": [{ "from": "00:00", "to": "00:00" }] });
    let night = story.rule(&channel, json!({ "name": "Never now", "quiet": quiet })).await;
    let other = json!({ "name": "Orders only", "names": ["orders*"], "codes": ["drift.*"], "stops": true });
    let other = story.rule(&channel, other).await;
    let order = json!({ "ids": [other["id"], first["id"], night["id"]] });
    let ordered = story.ask("PUT", "/api/v1/alert-rules/order", order).await;
    assert_eq!((&ordered[0]["id"], &ordered[2]["position"]), (&other["id"], &json!(2)));
    let bad = json!({ "ids": [other["id"]] });
    story.service.ask("PUT", "/api/v1/alert-rules/order", &story.admin, bad).await.is(409);
    for bad in [
        json!({ "name": "x", "channels": ["nowhere"] }),
        json!({ "name": "x", "channels": [] }),
        json!({ "name": "x", "channels": [channel["id"]], "nonsense": 1 }),
        json!({ "name": "x", "channels": [channel["id"]], "min_severity": "none" }),
    ] {
        story.service.ask("POST", "/api/v1/alert-rules", &story.admin, bad).await.is(422);
    }
    let path = format!("/api/v1/channels/{}", id(&channel));
    let used = story.service.ask("DELETE", &path, &story.admin, Value::Null).await;
    assert_eq!(used.status, 409, "{used:?}");
    assert!(used.body.to_string().contains("Orders only"));

    story.incident("orders.csv").await;
    story.incident("customers.csv").await;
    let letters = receiver.wait(1).await;
    assert_eq!(letters[0].json()["rule"], "Orders only");
    let try_it = json!({ "settings": { "min_severity": "low", "columns": ["amo*"], "names": ["cust*"] } });
    let tried = story.ask("POST", "/api/v1/alert-rules/preview", try_it).await;
    assert_eq!(tried["alerts"], 1, "{tried}");
    let rows = tried["incidents"].as_array().unwrap();
    assert_eq!((&rows[0]["matches"], &rows[0]["alert_ms"]), (&json!(true), &rows[0]["first_seen_ms"]));
    assert_eq!((&rows[1]["matches"], rows[1].get("alert_ms")), (&json!(false), None));

    // What was held back is told as soon as the rule says so.
    let mut settings = night["settings"].clone();
    settings["quiet"] = Value::Null;
    let change = json!({ "version": 1, "settings": settings });
    let path = format!("/api/v1/alert-rules/{}", id(&night));
    story.ask("PUT", &path, change.clone()).await;
    story.service.ask("PUT", &path, &story.admin, change).await.is(409);
    let letters = receiver.wait(2).await;
    assert_eq!(letters[1].json()["incident"]["current_name"], "customers.csv");
    assert_eq!(letters.len(), 2);
    story.ask("DELETE", &path, Value::Null).await;
    story.service.ask("GET", &path, &story.admin, Value::Null).await.is(404);
}

#[tokio::test]
async fn what_was_given_up_can_be_sent_again_and_what_was_told_is_told_to_be_over() {
    let story = Story::begin().await;
    let receiver = Receiver::begin(vec![Manner::Status(410, "", String::new())]).await;
    let channel = story.webhook(&receiver).await;
    story.rule(&channel, json!({})).await;
    let incident = story.incident("orders.csv").await;
    let failed = story.ended(&channel).await.remove(0);
    receiver.behave(fine());
    let path = format!("/api/v1/deliveries/{}/retry", id(&failed));
    let again = story.service.ask("POST", &path, &story.editor, Value::Null).await.is(200);
    assert_eq!(again["state"], "pending");
    let sent = story.ended(&channel).await.remove(0);
    assert_eq!((&sent["state"], &sent["id"]), (&json!("delivered"), &failed["id"]));
    story.service.ask("POST", &path, &story.editor, Value::Null).await.is(404);
    // The incident goes with its check.
    let check = incident["last_check_id"].as_str().unwrap();
    let gone =
        story.service.ask("DELETE", &format!("/api/v1/checks/{check}"), &story.editor, Value::Null).await;
    assert_eq!(gone.status, 204);
    let log = story.until(&channel, |all| all.len() == 2 && all[1]["state"] == "delivered").await;
    assert_eq!((&log[1]["event"], &log[1]["incident_id"]), (&json!("resolved"), &incident["id"]));
    // A channel that is off is told nothing.
    let path = format!("/api/v1/channels/{}", id(&channel));
    story.ask("PATCH", &path, json!({ "version": 1, "enabled": false })).await;
    story.incident("orders.csv").await;
    assert_eq!(story.ended(&channel).await.len(), 2);
}

#[tokio::test]
async fn templates_are_shown_before_they_are_kept() {
    let story = Story::begin().await;
    let text = "*{{ title }}* in {{ workspace }}: {{ findings|length }}";
    let body = json!({ "kind": "slack", "templates": { "text": text } });
    let shown = story.ask("POST", "/api/v1/channels/preview", body).await;
    assert!(shown["body"].as_str().unwrap().contains("in Home: 2"), "{shown}");
    let mail =
        story.ask("POST", "/api/v1/channels/preview", json!({ "kind": "email", "event": "resolved" })).await;
    assert!(mail["subject"].as_str().unwrap().starts_with("Over: ") && mail["html"].is_string(), "{mail}");
    let incident = story.incident("orders.csv").await;
    let own = json!({ "kind": "in_app", "incident": incident["id"] });
    let own = story.ask("POST", "/api/v1/channels/preview", own).await;
    assert!(own["body"].as_str().unwrap().contains("orders.csv"), "{own}");
    let wrong = json!({ "kind": "slack", "templates": { "text": "fine\n{{ nonsense }}" } });
    let wrong = story.service.ask("POST", "/api/v1/channels/preview", &story.admin, wrong).await;
    assert_eq!((wrong.status, wrong.code()), (422, "data.template"));
    assert_eq!(wrong.body["error"]["place"]["line"], 2, "{wrong:?}");
    let kept = json!({ "name": "S", "kind": "slack", "secrets": { "url": "https://hooks.slack.com/services/T/B/x" },
                       "templates": { "text": "{% for x in %}" } });
    story.service.ask("POST", "/api/v1/channels", &story.admin, kept).await.is(422);
    story
        .service
        .ask("POST", "/api/v1/channels/preview", &story.admin, json!({ "kind": "fax" }))
        .await
        .is(422);
}

#[tokio::test]
async fn notices_are_a_channel_like_others() {
    let story = Story::begin().await;
    let config = json!({ "least_role": "editor" });
    let body = json!({ "name": "Everybody", "kind": "in_app", "config": config,
                       "templates": { "text": "Look: {{ title }}" } });
    let channel = story.ask("POST", "/api/v1/channels", body).await;
    story.rule(&channel, json!({})).await;
    let incident = story.incident("orders.csv").await;
    let path = format!("/api/v1/incidents/{}", id(&incident));
    story.get(&path).await;
    let notices = async |token: &str| {
        story.service.ask("GET", "/api/v1/notices", token, Value::Null).await.is(200)["items"].clone()
    };
    let told = notices(&story.editor).await;
    assert_eq!(told[0]["text"], format!("Look: {}", incident["title"].as_str().unwrap()), "{told}");
    assert_eq!(story.ended(&channel).await[0]["state"], "delivered");
    let outcome = story.ask("POST", &format!("/api/v1/channels/{}/test", id(&channel)), Value::Null).await;
    assert_eq!(outcome["delivered"], true);
    assert!(notices(&story.admin).await[0]["text"].as_str().unwrap().starts_with("Look: "));
    assert_eq!(notices(&story.editor).await.as_array().unwrap().len(), 1, "a test is for who tests");
}
