//! Channels, alert rules and deliveries.

use driftline_model::Severity;
use driftline_model::service::{
    AlertEvent, AlertRule, AlertRuleSettings, Channel, Delivery, DeliveryState, PageRequest,
};
use driftline_store::{Attempt, Database, DeliveryFilter, DueAlert, StoredChannel, StoredDelivery, new_id};

use crate::{NOW, begun};

fn delivery(workspace: &str, channel: &str, incident: &str) -> StoredDelivery {
    let delivery = Delivery {
        id: new_id(),
        workspace_id: workspace.to_owned(),
        channel_id: channel.to_owned(),
        channel_name: "Hook".to_owned(),
        channel_kind: "webhook".to_owned(),
        rule_id: Some("r".to_owned()),
        rule_name: Some("Rule".to_owned()),
        incident_id: Some(incident.to_owned()),
        event: AlertEvent::Raised,
        title: "It moved".to_owned(),
        severity: Severity::High,
        state: DeliveryState::Pending,
        attempts: 0,
        created_ms: NOW,
        next_attempt_ms: Some(NOW),
        attempted_ms: None,
        ended_ms: None,
        error: None,
        http_status: None,
        duration_ms: None,
    };
    StoredDelivery { delivery, message: "{}".to_owned(), give_up_ms: NOW + 1_000_000 }
}

pub(crate) async fn channels_and_rules(database: &Database) {
    let (_, workspace) = begun(database).await;
    let first = database.channels(&workspace).await.unwrap();
    assert_eq!((first.len(), first[0].channel.kind.as_str()), (1, "in_app"), "every workspace has one");
    let rules = database.alert_rules(&workspace).await.unwrap();
    assert_eq!(rules[0].settings, AlertRuleSettings::first(&first[0].channel.id));

    let channel = Channel { id: new_id(), kind: "webhook".to_owned(), ..first[0].channel.clone() };
    let secrets = [("secret".to_owned(), "s3cr3t".to_owned())].into();
    let mut stored = StoredChannel { channel, secrets };
    stored.note_secrets();
    let mut change = database.change().await.unwrap();
    change.create_channel(&stored).await.unwrap();
    assert!(!change.update_channel(&stored).await.unwrap(), "it is of version 1 already");
    (stored.channel.version, stored.channel.enabled) = (2, false);
    assert!(change.update_channel(&stored).await.unwrap());
    change.commit().await.unwrap();
    let known = database.channel(&workspace, &stored.channel.id).await.unwrap().unwrap();
    assert_eq!((&known, known.channel.secrets["secret"]), (&stored, true));
    assert!(!format!("{known:?}").contains("s3cr3t"));
    assert_eq!(database.channel("elsewhere", &stored.channel.id).await.unwrap(), None);

    let mut change = database.change().await.unwrap();
    let rule = AlertRule { id: new_id(), position: 1, ..rules[0].clone() };
    change.create_alert_rule(&rule).await.unwrap();
    let changed = AlertRule { version: 2, ..rule.clone() };
    assert!(change.update_alert_rule(&changed).await.unwrap());
    assert!(!change.update_alert_rule(&changed).await.unwrap());
    change.place_alert_rule(&rule.id, -1).await.unwrap();
    let order: Vec<String> =
        change.alert_rules(&workspace).await.unwrap().into_iter().map(|rule| rule.id).collect();
    assert_eq!(order, [rule.id.clone(), rules[0].id.clone()]);
    let of = |incident: &str| DueAlert { workspace_id: workspace.clone(), incident_id: incident.to_owned() };
    change.set_alert(&rule.id, &of("i1"), "one", Some(NOW + 5)).await.unwrap();
    change.set_alert(&rule.id, &of("i1"), "two", Some(NOW + 10)).await.unwrap();
    change.set_alert(&rules[0].id, &of("i1"), "x", Some(NOW + 20)).await.unwrap();
    change.set_alert(&rule.id, &of("i2"), "y", None).await.unwrap();
    change.set_alert_flaps((&rule.id, "orders.csv"), "f1", NOW).await.unwrap();
    change.set_alert_flaps((&rule.id, "orders.csv"), "f2", NOW + 1).await.unwrap();
    assert_eq!(change.alert_flaps(&rule.id, "orders.csv").await.unwrap(), Some("f2".to_owned()));
    assert_eq!(change.alert_flaps(&rule.id, "other.csv").await.unwrap(), None);
    assert!(change.alerts_of("i1").await.unwrap().contains(&(rule.id.clone(), "two".to_owned())));
    change.commit().await.unwrap();
    assert_eq!(database.due_alerts(NOW + 9, 10).await.unwrap(), []);
    assert_eq!(database.due_alerts(NOW + 20, 10).await.unwrap(), [of("i1")]);
    assert_eq!(database.next_alert_ms(NOW).await.unwrap(), Some(NOW + 10));
    assert_eq!(database.next_alert_ms(NOW + 20).await.unwrap(), None);
    let mut change = database.change().await.unwrap();
    assert!(change.delete_alert_rule(&workspace, &rule.id).await.unwrap());
    assert!(!change.delete_alert_rule(&workspace, &rule.id).await.unwrap());
    assert_eq!(change.alerts_of("i2").await.unwrap(), []);
    assert_eq!(change.alert_flaps(&rule.id, "orders.csv").await.unwrap(), None);
    change.forget_alerts("i1").await.unwrap();
    assert_eq!(change.alerts_of("i1").await.unwrap(), []);
    assert_eq!(change.workspace_name(&workspace).await.unwrap(), "Home");
    assert_eq!(change.members(&workspace).await.unwrap().len(), 1);
    change.commit().await.unwrap();
}

pub(crate) async fn deliveries_arrive_in_order(database: &Database) {
    let (_, workspace) = begun(database).await;
    let [first, second, other] = ["i1", "i1", "i2"].map(|incident| delivery(&workspace, "c1", incident));
    let elsewhere = delivery(&workspace, "c2", "i1");
    let mut change = database.change().await.unwrap();
    for one in [&first, &second, &other, &elsewhere] {
        change.create_delivery(one).await.unwrap();
    }
    change.commit().await.unwrap();
    let lease = (NOW, NOW + 100);
    let take = async |busy: &[String]| {
        let taken = database.take_delivery("me", lease, busy).await.unwrap();
        taken.map(|taken| (taken.delivery.id, taken.delivery.attempts))
    };
    assert_eq!(take(&["c2".to_owned()]).await, Some((first.delivery.id.clone(), 1)));
    assert_eq!(take(&[]).await, Some((other.delivery.id.clone(), 1)), "the second waits for the first");
    assert_eq!(take(&["c2".to_owned(), "c3".to_owned()]).await, None);
    assert_eq!(take(&[]).await, Some((elsewhere.delivery.id.clone(), 1)));
    assert_eq!(take(&[]).await, None);
    let queue = database.delivery_queue(NOW).await.unwrap();
    assert_eq!((queue.waiting, queue.oldest_ms, queue.failed), (4, Some(NOW), 0));

    let failed = Attempt {
        next_attempt_ms: Some(NOW + 50),
        error: Some("500".to_owned()),
        http_status: Some(500),
        duration_ms: Some(7),
        ..Attempt::default()
    };
    let mut change = database.change().await.unwrap();
    let of = (first.delivery.id.as_str(), "another");
    assert_eq!(change.note_attempt(of, &failed, NOW + 1).await.unwrap(), None, "it is not the other's");
    let noted = change.note_attempt((of.0, "me"), &failed, NOW + 1).await.unwrap().unwrap();
    assert_eq!(
        (noted.state, noted.http_status, noted.next_attempt_ms),
        (DeliveryState::Pending, Some(500), Some(NOW + 50))
    );
    let gone = Attempt { state: Some(DeliveryState::Failed), ..Attempt::default() };
    let noted = change.note_attempt((&other.delivery.id, "me"), &gone, NOW + 2).await.unwrap().unwrap();
    assert_eq!((noted.state, noted.ended_ms), (DeliveryState::Failed, Some(NOW + 2)));
    change.commit().await.unwrap();
    assert_eq!(database.delivery_queue(NOW).await.unwrap().failed, 1);
    assert_eq!(take(&[]).await, None);
    // Its time has come again, and who had the one elsewhere was lost.
    let later = |at| database.take_delivery("you", (at, at + 100), &[]);
    assert_eq!(later(NOW + 60).await.unwrap().unwrap().delivery.id, first.delivery.id);
    assert_eq!(later(NOW + 100).await.unwrap().unwrap().delivery.id, elsewhere.delivery.id);
    assert_eq!(database.release_deliveries().await.unwrap(), 2);
    assert_eq!(later(NOW + 101).await.unwrap().unwrap().delivery.attempts, 3);

    let mut change = database.change().await.unwrap();
    let again = change.retry_delivery((&workspace, &other.delivery.id), NOW + 200, NOW + 900).await.unwrap();
    assert_eq!(again.unwrap().next_attempt_ms, Some(NOW + 200));
    assert_eq!(change.retry_delivery(("elsewhere", &other.delivery.id), 1, 1).await.unwrap(), None);
    assert_eq!(change.last_message("i2").await.unwrap(), Some("{}".to_owned()));
    change.delete_channel(&workspace, "c1", NOW + 300).await.unwrap();
    change.commit().await.unwrap();
    let filter = DeliveryFilter { state: Some(DeliveryState::Cancelled), ..DeliveryFilter::default() };
    let page = PageRequest { limit: Some(1), before: None };
    let cancelled = database.deliveries(&workspace, &filter, &page).await.unwrap();
    assert_eq!((cancelled.items.len(), cancelled.next.is_some()), (1, true));
    let of_one =
        DeliveryFilter { channel_id: Some("c2".to_owned()), incident_id: Some("i1".to_owned()), state: None };
    assert_eq!(
        database.deliveries(&workspace, &of_one, &PageRequest::default()).await.unwrap().items.len(),
        1
    );
    let mut change = database.change().await.unwrap();
    assert!(change.forget_deliveries(NOW + 300).await.unwrap() == 0);
    assert!(change.forget_deliveries(NOW + 301).await.unwrap() >= 2);
    change.commit().await.unwrap();
}
