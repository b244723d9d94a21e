//! Sends what waits to be sent, and looks again at what rules wait for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use driftline_alert::{Letter, Message, SendError, Sent, wait_ms};
use driftline_model::service::{Delivery, DeliveryState};
use driftline_store::{Attempt, Dialect, StoreError, StoredDelivery, new_id};
use tokio::task::{Id, JoinSet};

use super::{consider, link, prepared};
use crate::Service;
use crate::state::{now_ms, stopped};

/// Messages that are sent at the same time.
const MAX_AT_ONCE: usize = 16;
/// Those of them for one channel: a slow one leaves room for the others.
const MAX_OF_CHANNEL: usize = 2;
/// How often it looks whatever happens: for what other instances have made, and for what was lost with them.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Shortest time between two looks: much may happen at once.
const BREATH: Duration = Duration::from_millis(20);
/// How long a message belongs to who sends it, beside the time that sending may take.
const LEASE_MS: i64 = 15_000;
/// How long what is being sent may still take when the service stops.
const FAREWELL: Duration = Duration::from_secs(2);
/// Incidents that are looked at in one round.
const MOST_DUE: i64 = 100;

/// Works until the service stops. What is cut off is taken up again by the next start, or by another instance.
pub(crate) async fn run(service: Service) {
    let mut stopping = service.stopping.clone();
    let mut events = service.database.watch_events();
    if service.database.dialect() == Dialect::Sqlite {
        // Nobody else works with this database: what was being sent was cut off. If that cannot be written down now,
        // it is taken up a little later.
        let _ = service.database.release_deliveries().await;
    }
    let mut sending = Sending {
        service: service.clone(),
        owner: new_id(),
        at_work: JoinSet::new(),
        channels: HashMap::new(),
    };
    while !*stopping.borrow() {
        events.borrow_and_update();
        look_again(&service).await;
        sending.fill().await;
        let next = service.database.next_alert_ms(now_ms()).await.ok().flatten();
        let until_next =
            next.map_or(LOOK_EVERY, |at| Duration::from_millis((at - now_ms()).max(0).unsigned_abs()));
        tokio::select! {
            () = stopped(&mut stopping) => break,
            () = sending.one_ended() => {}
            // What the last look itself has written wakes it once more, and then no more.
            _ = events.changed() => tokio::time::sleep(BREATH).await,
            () = tokio::time::sleep(until_next.clamp(BREATH, LOOK_EVERY)) => {}
        }
    }
    sending.farewell().await;
}

/// What is being sent.
struct Sending {
    service: Service,
    owner: String,
    at_work: JoinSet<()>,
    /// The channel of each task.
    channels: HashMap<Id, String>,
}

impl Sending {
    /// Begins to send what waits, as far as there is room.
    async fn fill(&mut self) {
        let service = self.service.clone();
        let lease_ms = LEASE_MS + i64::try_from(service.config.alerts.timeout.as_millis()).unwrap_or(0);
        while self.at_work.len() < MAX_AT_ONCE {
            let now = now_ms();
            let taken =
                service.database.take_delivery(&self.owner, (now, now + lease_ms), &self.busy()).await;
            // A database that does not answer is asked again a little later.
            let Ok(Some(taken)) = taken else { return };
            let channel = taken.delivery.channel_id.clone();
            let (service, owner) = (service.clone(), self.owner.clone());
            let task = self.at_work.spawn(async move { send(&service, &owner, taken).await });
            self.channels.insert(task.id(), channel);
        }
    }

    /// Channels that have enough to do.
    fn busy(&self) -> Vec<String> {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for channel in self.channels.values() {
            *counts.entry(channel).or_default() += 1;
        }
        let is_busy = |(_, count): &(&String, usize)| *count >= MAX_OF_CHANNEL;
        counts.into_iter().filter(is_busy).map(|(channel, _)| channel.clone()).collect()
    }

    /// Waits until one message was sent, or could not be; for ever when none is on its way.
    async fn one_ended(&mut self) {
        let ended = match self.at_work.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => {
                tracing::error!(
                    cause = error.to_string(),
                    "sending a message failed: it is sent again later"
                );
                error.id()
            }
            None => return std::future::pending().await,
        };
        self.channels.remove(&ended);
    }

    async fn farewell(mut self) {
        let rest = async { while self.at_work.join_next().await.is_some() {} };
        // What takes longer is cut off, and sent again by the next start.
        let _ = tokio::time::timeout(FAREWELL, rest).await;
    }
}

/// Looks at all incidents for which a rule has waited until now.
async fn look_again(service: &Service) {
    let due = match service.database.due_alerts(now_ms(), MOST_DUE).await {
        Ok(due) => due,
        Err(error) => return tracing::warn!(cause = error.to_string(), "could not look for alerts"),
    };
    for alert in due {
        let looked = async {
            let mut change = service.database.change().await?;
            change.hold_incidents(&alert.workspace_id).await?;
            match change.incident(&alert.workspace_id, &alert.incident_id).await? {
                Some(incident) => consider(&mut change, &incident, now_ms()).await?,
                None => change.forget_alerts(&alert.incident_id).await?,
            }
            change.commit().await
        };
        if let Err(error) = looked.await {
            let incident = alert.incident_id;
            tracing::warn!(incident, cause = error.to_string(), "could not look at an alert");
        }
    }
}

/// Sends one message once, and notes what came of it.
async fn send(service: &Service, owner: &str, taken: StoredDelivery) {
    let id = taken.delivery.id.clone();
    let noted = async {
        let (attempt, outcome) = attempt(service, &taken).await?;
        let mut change = service.database.change().await?;
        let now = now_ms();
        let Some(delivery) = change.note_attempt((&id, owner), &attempt, now).await? else { return Ok(()) };
        let kind = match delivery.state {
            DeliveryState::Delivered => "delivery.delivered",
            DeliveryState::Failed => "delivery.failed",
            DeliveryState::Cancelled => "delivery.cancelled",
            _ => "delivery.retried",
        };
        change.publish((&delivery.workspace_id, kind, &id), &delivery, now).await?;
        change.commit().await?;
        told(service, &delivery, outcome);
        Ok::<_, StoreError>(())
    };
    if let Err(error) = noted.await {
        // It stays taken until its lease has run out, and is sent again then.
        tracing::error!(
            delivery = id,
            cause = error.to_string(),
            "what came of a message could not be noted"
        );
    }
}

/// Tells the figures and the log what came of an attempt.
pub(crate) fn told(service: &Service, delivery: &Delivery, outcome: &'static str) {
    service.telemetry.metrics.delivery(&delivery.channel_kind, outcome);
    let Delivery { id, channel_id, channel_kind, attempts, .. } = delivery;
    let (event, ms) = (delivery.event.name(), delivery.duration_ms.unwrap_or(0));
    match &delivery.error {
        None => tracing::info!(
            delivery = id,
            channel = channel_id,
            channel_kind,
            event,
            outcome,
            ms,
            "alert sent"
        ),
        Some(cause) => {
            tracing::warn!(
                delivery = id,
                channel = channel_id,
                channel_kind,
                event,
                outcome,
                attempts,
                cause,
                "alert not sent"
            );
        }
    }
}

/// What came of one attempt, and the word for it.
async fn attempt(service: &Service, taken: &StoredDelivery) -> Result<(Attempt, &'static str), StoreError> {
    let delivery = &taken.delivery;
    let known = service.database.channel(&delivery.workspace_id, &delivery.channel_id).await?;
    let Some(stored) = known.filter(|stored| stored.channel.enabled) else {
        let error = Some("the channel was switched off or deleted".to_owned());
        return Ok((
            Attempt { state: Some(DeliveryState::Cancelled), error, ..Attempt::default() },
            "cancelled",
        ));
    };
    let message: Message = serde_json::from_str(&taken.message)
        .map_err(|error| StoreError::Stored { reason: error.to_string() })?;
    let link = link(service, &message.incident.id);
    let letter = Letter {
        message: &message,
        delivery_id: &delivery.id,
        channel: &stored.channel.name,
        link: &link,
        sent_ms: now_ms(),
    };
    let sent = match prepared(&stored, service.alerts.rules(), letter) {
        Ok(prepared) => service.alerts.send(&prepared).await,
        Err(error) => Sent { outcome: Err(error), http_status: None, took: Duration::ZERO },
    };
    Ok(judged(service, taken, sent))
}

/// Whether a message has arrived, is tried again, or is given up.
fn judged(service: &Service, taken: &StoredDelivery, sent: Sent) -> (Attempt, &'static str) {
    let attempt = Attempt {
        http_status: sent.http_status.map(i64::from),
        duration_ms: i64::try_from(sent.took.as_millis()).ok(),
        ..Attempt::default()
    };
    let Err(error) = sent.outcome else {
        return (Attempt { state: Some(DeliveryState::Delivered), ..attempt }, "delivered");
    };
    let attempt = Attempt { error: Some(error.to_string()), ..attempt };
    match again_ms(service, taken, &error) {
        Some(at) => {
            (Attempt { state: Some(DeliveryState::Pending), next_attempt_ms: Some(at), ..attempt }, "retried")
        }
        None => (Attempt { state: Some(DeliveryState::Failed), ..attempt }, "failed"),
    }
}

/// When a message is sent again; nothing when that makes no sense, or a day is over.
fn again_ms(service: &Service, taken: &StoredDelivery, error: &SendError) -> Option<i64> {
    if error.is_final() {
        return None;
    }
    let first_ms = i64::try_from(service.config.alerts.retry.as_millis()).unwrap_or(i64::MAX);
    // The id ends with random digits: as good as a lot.
    let digits = taken.delivery.id.get(16..).unwrap_or_default();
    let lot = u64::from_str_radix(digits, 16)
        .unwrap_or(0)
        .rotate_left(u32::try_from(taken.delivery.attempts % 64).unwrap_or(0));
    let at = now_ms() + wait_ms(taken.delivery.attempts, first_ms, error.retry_after_ms(), lot);
    (at <= taken.give_up_ms).then_some(at)
}
