//! What holds for every row of the table, and what each channel makes of the same message.

use driftline_model::service::AlertEvent;

use super::*;
use crate::outgoing::HttpLetter;

type Values = BTreeMap<String, String>;

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Fields of a channel that is set up: those that are no secrets, and those that are.
fn set_up(kind: &str) -> (Values, Values) {
    match kind {
        "webhook" => (
            values(&[("url", "https://example.com/hook")]),
            values(&[("secret", "0123456789abcdef"), ("authorization", "Bearer s3cr3t-token")]),
        ),
        "slack" => (values(&[]), values(&[("url", "https://hooks.slack.com/services/T0/B1/s3cr3t")])),
        "teams" => (values(&[]), values(&[("url", "https://prod.logic.azure.com/w/s3cr3t?sig=s3cr3t")])),
        "pagerduty" => (values(&[]), values(&[("routing_key", &"k".repeat(32))])),
        "email" => (
            values(&[
                ("host", "smtp.example.com"),
                ("from", "Driftline <drift@example.com>"),
                ("to", "Ann <ann@example.com>, bob@example.com"),
                ("username", "drift"),
            ]),
            values(&[("password", "s3cr3t-password")]),
        ),
        _ => (values(&[]), values(&[])),
    }
}

fn fields<'a>(
    info: &'static ChannelInfo,
    (config, secrets): &'a (Values, Values),
    rules: &'a Rules,
) -> Fields<'a> {
    Fields { info, config, secrets, rules }
}

fn prepared(kind: &str, event: AlertEvent, templates: &Values) -> Result<Prepared, SendError> {
    let message = Message { rule: "Orders".to_owned(), ..Message::example(event, "Home", 1_795_608_000_000) };
    let link = "https://drift.example.com/findings?incident=1";
    let letter =
        Letter { message: &message, delivery_id: "d1", channel: "Ops", link, sent_ms: 1_795_608_001_000 };
    let (values, rules) = (set_up(kind), Rules::default());
    prepare(&fields(channel(kind).unwrap(), &values, &rules), templates, letter)
}

#[test]
fn every_kind_is_complete_and_its_own_templates_work() {
    let mut ids: Vec<&str> = CHANNELS.iter().map(|info| info.id).collect();
    for info in CHANNELS {
        assert!(!info.name.is_empty() && info.summary.ends_with('.'), "{}", info.id);
        for field in info.fields {
            assert!(
                !field.name.is_empty() && !field.label.is_empty() && field.doc.ends_with('.'),
                "{field:?}"
            );
            assert!(!field.secret || field.default.is_empty(), "{field:?}");
        }
        let (given, rules) = (set_up(info.id), Rules::default());
        let fields = fields(info, &given, &rules);
        assert_eq!(fields.check(), Ok(()), "{}", info.id);
        assert_eq!(check_templates(&fields, &Values::new()), Ok(()), "{}", info.id);
        let unknown = values_with(&given, "config", ("nonsense", "x"));
        assert!(self::fields(info, &unknown, &rules).check().is_err());
        let wrong = values(&[("nonsense", "x")]);
        assert!(check_templates(&fields, &wrong).is_err());
        for template in info.templates {
            let broken = values(&[(template.name, "{{ nonsense }}")]);
            let error = check_templates(&fields, &broken).unwrap_err();
            assert!(matches!(error, SendError::Template(_)) && error.is_final(), "{error}");
        }
        for field in info.fields.iter().filter(|field| field.required) {
            let empty =
                values_with(&given, if field.secret { "secrets" } else { "config" }, (field.name, " "));
            assert_eq!(self::fields(info, &empty, &rules).check().unwrap_err().field, field.name);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CHANNELS.len());

    fn values_with(
        (config, secrets): &(Values, Values),
        place: &str,
        (name, value): (&str, &str),
    ) -> (Values, Values) {
        let (mut config, mut secrets) = (config.clone(), secrets.clone());
        let of = if place == "secrets" { &mut secrets } else { &mut config };
        of.insert(name.to_owned(), value.to_owned());
        (config, secrets)
    }
}

#[test]
fn what_is_shown_holds_no_secret() {
    for info in CHANNELS {
        let prepared = prepared(info.id, AlertEvent::Raised, &Values::new()).unwrap();
        let shown = format!("{:?} {prepared:?}", prepared.shown());
        for secret in set_up(info.id).1.values() {
            assert!(!shown.contains(secret.as_str()), "{}: {shown}", info.id);
        }
    }
}

#[test]
fn channels_say_it_in_their_own_way() {
    for info in CHANNELS {
        let prepared = prepared(info.id, AlertEvent::Raised, &Values::new()).unwrap();
        let shown = prepared.shown();
        let pretty = serde_json::from_str::<serde_json::Value>(&shown.body)
            .map_or(shown.body.clone(), |value| serde_json::to_string_pretty(&value).unwrap());
        let parts = [shown.subject.unwrap_or_default(), pretty, shown.html.unwrap_or_default()];
        insta::assert_snapshot!(info.id, parts.join("\n---\n"));
    }
}

fn request(kind: &str, event: AlertEvent) -> HttpLetter {
    match prepared(kind, event, &Values::new()).unwrap().outgoing {
        Outgoing::Http(letter) => letter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pagerduty_is_told_of_one_incident_all_its_life() {
    let of = |event| serde_json::from_str::<serde_json::Value>(&request("pagerduty", event).body).unwrap();
    for (event, action) in [
        (AlertEvent::Raised, "trigger"),
        (AlertEvent::Worsened, "trigger"),
        (AlertEvent::Escalated, "trigger"),
        (AlertEvent::Acknowledged, "acknowledge"),
        (AlertEvent::Resolved, "resolve"),
    ] {
        let body = of(event);
        assert_eq!(body["event_action"], action);
        assert_eq!(body["dedup_key"], format!("driftline-{}", "0".repeat(32)));
    }
    assert_eq!(of(AlertEvent::Test)["dedup_key"], "driftline-d1");
    assert_eq!(
        request("pagerduty", AlertEvent::Test).url.as_str(),
        "https://events.pagerduty.com/v2/enqueue"
    );
}

#[test]
fn a_webhook_carries_its_delivery_and_its_signature() {
    let letter = request("webhook", AlertEvent::Raised);
    let header = |name: &str| letter.headers.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    assert_eq!(header("X-Driftline-Delivery"), "d1");
    assert_eq!(header("X-Driftline-Event"), "raised");
    assert_eq!(header("Authorization"), "Bearer s3cr3t-token");
    let signed = crate::signature("0123456789abcdef", 1_795_608_001, &letter.body);
    assert_eq!(header("X-Driftline-Signature"), signed);
    let text = values(&[("body", "{\"text\": {{ heading }}, \"n\": {{ findings|length }}}")]);
    let own = prepared("webhook", AlertEvent::Raised, &text).unwrap();
    let own: serde_json::Value = serde_json::from_str(&own.shown().body).unwrap();
    assert_eq!(
        (&own["n"], own["text"].as_str().unwrap().starts_with("High: ")),
        (&serde_json::json!(2), true)
    );
    let no_json = values(&[("body", "heading: {{ heading }}")]);
    let error = prepared("webhook", AlertEvent::Raised, &no_json).unwrap_err();
    assert!(error.to_string().contains("makes no JSON"), "{error}");
}

#[test]
fn fields_that_make_no_sense_are_refused() {
    let rules = Rules::default();
    let refused = |kind: &str, config: &[(&str, &str)], secrets: &[(&str, &str)]| {
        let (mut all, mut hidden) = set_up(kind);
        all.extend(values(config));
        hidden.extend(values(secrets));
        fields(channel(kind).unwrap(), &(all, hidden), &rules).check().unwrap_err()
    };
    assert_eq!(refused("webhook", &[("url", "ftp://example.com")], &[]).field, "url");
    assert_eq!(refused("webhook", &[("url", "https://user:pw@example.com")], &[]).field, "url");
    assert_eq!(refused("webhook", &[], &[("secret", "short")]).field, "secret");
    assert_eq!(refused("webhook", &[], &[("authorization", "x\r\nHost: y")]).field, "authorization");
    assert_eq!(refused("slack", &[], &[("url", "http://hooks.slack.com/x")]).field, "url");
    assert_eq!(refused("pagerduty", &[], &[("routing_key", "short")]).field, "routing_key");
    assert_eq!(refused("email", &[("to", "nobody")], &[]).field, "to");
    assert_eq!(refused("email", &[("from", "a@example.com, b@example.com")], &[]).field, "from");
    assert_eq!(refused("email", &[("security", "none")], &[]).field, "security");
    assert_eq!(refused("email", &[("port", "0")], &[]).field, "port");
    assert_eq!(refused("email", &[("username", "")], &[]).field, "password");
    assert_eq!(refused("in_app", &[("least_role", "king")], &[]).field, "least_role");
    let error = refused("webhook", &[], &[("secret", "s3cr3t")]);
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
}
