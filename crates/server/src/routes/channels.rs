//! Channels: places that alerts are sent to.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_alert::{
    ChannelInfo, FieldShape, Fields, Letter, Message, SendError, Sent, channel, check_templates, prepare,
};
use driftline_model::service::{
    AlertEvent, Channel, ChannelChange, Delivery, DeliveryState, NewChannel, NoticeKind,
};
use driftline_store::{Change, MAX_CHANNELS, StoredChannel, StoredDelivery, new_id};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::alerting::{fields_of, letter_error, link, message_of, prepared, told};
use crate::answered;
use crate::caller::Caller;
use crate::notify::{News, tell};
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, delete))
        .routes(routes!(test))
        .routes(routes!(preview))
}

/// Channels of the workspace
///
/// Secrets are never answered: `secrets` says which of them are set.
#[utoipa::path(get, path = "/api/v1/channels", tag = "alerts",
    responses((status = 200, description = "Oldest first; at most 100", body = Vec<Channel>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Response, ApiError> {
    let made = async {
        let known = service.database.channels(&caller.workspace_id).await?;
        Ok(known.into_iter().map(|stored| stored.channel).collect::<Vec<_>>())
    };
    answered::list(&service, (&caller.workspace_id, "channels"), made).await
}

/// One channel
#[utoipa::path(get, path = "/api/v1/channels/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The channel")),
    responses((status = 200, description = "The channel", body = Channel)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Channel>, ApiError> {
    Ok(Json(known(&service, &caller, &id).await?.channel))
}

async fn known(service: &Service, caller: &Caller, id: &str) -> Result<StoredChannel, ApiError> {
    let known = service.database.channel(&caller.workspace_id, id).await?;
    known.ok_or_else(|| ApiError::missing("channel"))
}

/// Make a channel
#[utoipa::path(post, path = "/api/v1/channels", tag = "alerts", request_body = NewChannel,
    responses((status = 201, description = "Made", body = Channel)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewChannel>,
) -> Result<(StatusCode, Json<Channel>), ApiError> {
    let now = now_ms();
    let mut stored = StoredChannel {
        channel: Channel {
            id: new_id(),
            workspace_id: caller.workspace_id.clone(),
            name: checked_name(&body.name)?,
            kind: body.kind,
            enabled: body.enabled,
            config: body.config,
            secrets: BTreeMap::new(),
            templates: body.templates,
            version: 1,
            created_ms: now,
            created_by: caller.user_id.clone(),
            updated_ms: now,
        },
        secrets: body.secrets,
    };
    check(&service, &mut stored)?;
    let mut change = service.database.change().await?;
    let present = change.channels(&caller.workspace_id).await?;
    if present.len() >= MAX_CHANNELS {
        return Err(ApiError::invalid(format!("a workspace has {MAX_CHANNELS} channels at most")));
    }
    change.create_channel(&stored).await?;
    changed(&service, &caller, change, ("channel.create", &stored.channel)).await?;
    Ok((StatusCode::CREATED, Json(stored.channel)))
}

/// Change a channel
///
/// What is left out stays. Secrets that are not sent stay too, unless the place that the channel sends to is changed:
/// then they must be sent again (422). Answers 409 with the present channel when somebody else has changed it.
#[utoipa::path(patch, path = "/api/v1/channels/{id}", tag = "alerts", request_body = ChannelChange,
    params(("id" = String, Path, description = "The channel")),
    responses((status = 200, description = "Changed", body = Channel)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<ChannelChange>,
) -> Result<Json<Channel>, ApiError> {
    let before = known(&service, &caller, &id).await?;
    let conflict = |present: &Channel| ApiError::conflict("somebody else has changed the channel", present);
    if body.version != before.channel.version {
        return Err(conflict(&before.channel));
    }
    let mut stored = before.clone();
    if let Some(name) = &body.name {
        stored.channel.name = checked_name(name)?;
    }
    stored.channel.enabled = body.enabled.unwrap_or(before.channel.enabled);
    stored.channel.config = body.config.unwrap_or(stored.channel.config);
    stored.channel.templates = body.templates.unwrap_or(stored.channel.templates);
    for (name, value) in &body.secrets {
        match value {
            Some(value) => stored.secrets.insert(name.clone(), value.clone()),
            None => stored.secrets.remove(name),
        };
    }
    check(&service, &mut stored)?;
    secrets_stay_home(&before, &stored, &body.secrets)?;
    (stored.channel.version, stored.channel.updated_ms) = (before.channel.version + 1, now_ms());
    let mut change = service.database.change().await?;
    if !change.update_channel(&stored).await? {
        drop(change);
        return Err(conflict(&known(&service, &caller, &id).await?.channel));
    }
    changed(&service, &caller, change, ("channel.change", &stored.channel)).await?;
    Ok(Json(stored.channel))
}

/// A secret that was given for one place is not sent to another one by who may not know it.
fn secrets_stay_home(
    before: &StoredChannel,
    after: &StoredChannel,
    sent: &BTreeMap<String, Option<String>>,
) -> Result<(), ApiError> {
    let Some(info) = channel(&before.channel.kind) else { return Ok(()) };
    let value = |stored: &StoredChannel, name: &str| stored.channel.config.get(name).cloned();
    let moved = info
        .fields
        .iter()
        .filter(|field| field.is_destination && !field.secret)
        .find(|field| value(before, field.name) != value(after, field.name));
    let kept = |name: &&String| !sent.contains_key(name.as_str());
    match (moved, after.secrets.keys().find(kept)) {
        (Some(moved), Some(secret)) => {
            let message =
                format!("`{secret}` must be sent again, because `{}` is another one now", moved.name);
            Err(ApiError::invalid(message))
        }
        _ => Ok(()),
    }
}

/// Delete a channel
///
/// What waits for it is cancelled. Answers 409 with the names of the rules while some tell it.
#[utoipa::path(delete, path = "/api/v1/channels/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The channel")),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    let rules = change.alert_rules(&caller.workspace_id).await?;
    let tells = |channels: &[String]| channels.contains(&id);
    let users: Vec<&str> = rules
        .iter()
        .filter(|rule| {
            tells(&rule.settings.channels)
                || rule.settings.escalation.iter().any(|step| tells(&step.channels))
        })
        .map(|rule| rule.settings.name.as_str())
        .collect();
    if !users.is_empty() {
        return Err(ApiError::conflict("alert rules tell this channel", &users));
    }
    if !change.delete_channel(&caller.workspace_id, &id, now).await? {
        return Err(ApiError::missing("channel"));
    }
    change.publish((&caller.workspace_id, "channel.deleted", &id), &id, now).await?;
    service.audited(&mut change, &caller, ("channel.delete", &id, "")).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The outcome of a test.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TestOutcome {
    /// Whether the message has arrived.
    delivered: bool,
    /// The delivery, as the log keeps it.
    delivery: Delivery,
}

/// Try a channel
///
/// Sends a real message, once, and answers with what came of it: 200 in either case.
#[utoipa::path(post, path = "/api/v1/channels/{id}/test", tag = "alerts",
    params(("id" = String, Path, description = "The channel")),
    responses((status = 200, description = "What came of it", body = TestOutcome)))]
async fn test(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<TestOutcome>, ApiError> {
    let stored = known(&service, &caller, &id).await?;
    let begun = now_ms();
    let mut change = service.database.change().await?;
    let workspace = change.workspace_name(&caller.workspace_id).await?;
    // While a message is on its way nobody waits for the database.
    drop(change);
    let message = Message::example(AlertEvent::Test, &workspace, begun);
    let delivery_id = new_id();
    let letter = Letter {
        message: &message,
        delivery_id: &delivery_id,
        channel: &stored.channel.name,
        link: &format!("{}/findings", service.url),
        sent_ms: begun,
    };
    let (sent, notice) = match prepared(&stored, service.alerts.rules(), letter) {
        Ok(prepared) => (service.alerts.send(&prepared).await, prepared.notice().map(str::to_owned)),
        Err(error) => (Sent { outcome: Err(error), http_status: None, took: Duration::ZERO }, None),
    };
    let delivery = tried(&stored, &message, (delivery_id, begun), &sent);
    let now = now_ms();
    let mut change = service.database.change().await?;
    if let Some(text) = notice {
        let news = News {
            workspace_id: &caller.workspace_id,
            kind: NoticeKind::Incident,
            finding_id: None,
            incident_id: None,
            actor: "system",
            text,
        };
        tell(&mut change, &[&caller.user_id], &news, now).await?;
    }
    let text = serde_json::to_string(&message).map_err(|error| ApiError::internal(error.to_string()))?;
    let kept = StoredDelivery { delivery: delivery.clone(), message: text, give_up_ms: now };
    change.create_delivery(&kept).await?;
    let (kind, outcome) = match delivery.state {
        DeliveryState::Delivered => ("delivery.delivered", "delivered"),
        _ => ("delivery.failed", "failed"),
    };
    change.publish((&caller.workspace_id, kind, &delivery.id), &delivery, now).await?;
    service.audited(&mut change, &caller, ("channel.test", &id, outcome)).await?;
    change.commit().await?;
    told(&service, &delivery, outcome);
    Ok(Json(TestOutcome { delivered: sent.outcome.is_ok(), delivery }))
}

/// The one attempt of a test, for the log.
fn tried(stored: &StoredChannel, message: &Message, (id, begun_ms): (String, i64), sent: &Sent) -> Delivery {
    let channel = &stored.channel;
    let error = sent.outcome.as_ref().err().map(SendError::to_string);
    let took = i64::try_from(sent.took.as_millis()).unwrap_or(i64::MAX);
    Delivery {
        id,
        workspace_id: channel.workspace_id.clone(),
        channel_id: channel.id.clone(),
        channel_name: channel.name.clone(),
        channel_kind: channel.kind.clone(),
        rule_id: None,
        rule_name: None,
        incident_id: None,
        event: AlertEvent::Test,
        title: message.incident.title.clone(),
        severity: message.severity,
        state: if error.is_none() { DeliveryState::Delivered } else { DeliveryState::Failed },
        attempts: 1,
        created_ms: begun_ms,
        next_attempt_ms: None,
        attempted_ms: Some(begun_ms),
        ended_ms: Some(begun_ms.saturating_add(took)),
        error,
        http_status: sent.http_status.map(i64::from),
        duration_ms: Some(took),
    }
}

/// What to show.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewLetter {
    /// The kind of channel.
    kind: String,
    /// Templates of its own, by name; the others are the default ones.
    #[serde(default)]
    templates: BTreeMap<String, String>,
    /// What happens; `raised` without it.
    #[serde(default)]
    event: Option<AlertEvent>,
    /// An incident to tell of: its id; an example without it.
    #[serde(default)]
    incident: Option<String>,
}

/// What a channel would send.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ShownLetter {
    /// The subject of a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The body of a request, the text of a mail, or the sentence of a notice.
    body: String,
    /// The HTML of a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// Show what a channel would send
///
/// Nothing is sent and nothing is kept. A template that cannot be used is answered with 422 and `place`, the line of
/// the mistake.
#[utoipa::path(post, path = "/api/v1/channels/preview", tag = "alerts", request_body = PreviewLetter,
    responses((status = 200, description = "What it would send", body = ShownLetter)))]
async fn preview(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<PreviewLetter>,
) -> Result<Json<ShownLetter>, ApiError> {
    let info = channel(&body.kind).ok_or_else(|| unknown_kind(&body.kind))?;
    let now = now_ms();
    let mut change = service.database.change().await?;
    let event = body.event.unwrap_or(AlertEvent::Raised);
    let message = match &body.incident {
        Some(id) => {
            let incident = change.incident(&caller.workspace_id, id).await?;
            let incident = incident.ok_or_else(|| ApiError::missing("incident"))?;
            Message { event, rule: "Rule".to_owned(), ..message_of(&mut change, &incident, now).await? }
        }
        None => {
            let workspace = change.workspace_name(&caller.workspace_id).await?;
            Message { rule: "Rule".to_owned(), ..Message::example(event, &workspace, now) }
        }
    };
    drop(change);
    let (config, secrets) = placeholders(info);
    let fields = Fields { info, config: &config, secrets: &secrets, rules: service.alerts.rules() };
    let link = link(&service, &message.incident.id);
    let letter =
        Letter { message: &message, delivery_id: &new_id(), channel: "Channel", link: &link, sent_ms: now };
    let shown = prepare(&fields, &body.templates, letter).map_err(|error| letter_error(&error))?.shown();
    Ok(Json(ShownLetter { subject: shown.subject, body: shown.body, html: shown.html }))
}

/// Values for the fields that a channel cannot do without, to show what it says.
fn placeholders(info: &ChannelInfo) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut config, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    for field in info.fields.iter().filter(|field| field.required) {
        let value = match field.shape {
            FieldShape::Url => "https://example.com/",
            FieldShape::Emails => "someone@example.com",
            _ => "example",
        };
        let of = if field.secret { &mut secrets } else { &mut config };
        of.insert(field.name.to_owned(), value.to_owned());
    }
    (config, secrets)
}

fn unknown_kind(kind: &str) -> ApiError {
    let message = format!("`{}` is no kind of channel", kind.chars().take(50).collect::<String>());
    ApiError::invalid(message).with_help("GET /api/v1/catalogue lists them")
}

/// Whether a channel can be kept: its fields make sense, and its templates work. Removes what is empty.
fn check(service: &Service, stored: &mut StoredChannel) -> Result<(), ApiError> {
    stored.channel.config.retain(|_, value| !value.trim().is_empty());
    stored.secrets.retain(|_, value| !value.trim().is_empty());
    stored.channel.templates.retain(|_, template| !template.is_empty());
    stored.note_secrets();
    let fields =
        fields_of(stored, service.alerts.rules()).ok_or_else(|| unknown_kind(&stored.channel.kind))?;
    fields.check().map_err(|error| letter_error(&SendError::Field(error)))?;
    check_templates(&fields, &stored.channel.templates).map_err(|error| letter_error(&error))?;
    // Secrets that are not set are told too.
    let names = fields.info.fields.iter().filter(|field| field.secret).map(|field| field.name.to_owned());
    let unset: Vec<String> = names.filter(|name| !stored.channel.secrets.contains_key(name)).collect();
    stored.channel.secrets.extend(unset.into_iter().map(|name| (name, false)));
    Ok(())
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(ApiError::invalid("`name` needs 1 to 100 characters")) }
}

/// Makes a change of a channel last, with its event and its line in the audit log. Neither holds a secret.
async fn changed(
    service: &Service,
    caller: &Caller,
    mut change: Change,
    (action, channel): (&str, &Channel),
) -> Result<(), ApiError> {
    let of = (caller.workspace_id.as_str(), "channel.changed", channel.id.as_str());
    change.publish(of, channel, now_ms()).await?;
    let state = if channel.enabled { "on" } else { "off" };
    let detail = format!("{} `{}`, {state}", channel.kind, channel.name);
    service.audited(&mut change, caller, (action, &channel.id, &detail)).await?;
    Ok(change.commit().await?)
}
