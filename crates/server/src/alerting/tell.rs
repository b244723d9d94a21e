//! Makes messages and their deliveries, in the change in which there is something to tell.

use std::collections::BTreeSet;

use driftline_alert::{
    GIVE_UP_MS, Letter, MAX_FINDINGS, Message, MessageFinding, Rules, Tell, channel, in_app,
};
use driftline_model::Severity;
use driftline_model::service::{AlertRule, Delivery, DeliveryState, Incident, NoticeKind};
use driftline_store::{Change, StoreError, StoredChannel, StoredDelivery, new_id};

use super::letter::{fields_of, prepared};
use crate::notify::{News, tell};

/// Something that a rule wants to be told.
pub(super) struct Wanted<'a> {
    pub(super) rule: &'a AlertRule,
    /// How severe it is to the rule.
    pub(super) severity: Severity,
    pub(super) tell: Tell,
}

/// What there is to say of an incident, whoever asks; why it is said is still to be put in.
pub(crate) async fn message_of(
    change: &mut Change,
    incident: &Incident,
    now_ms: i64,
) -> Result<Message, StoreError> {
    let lines = change.worst_findings(&incident.id, i64::try_from(MAX_FINDINGS).unwrap_or(0)).await?;
    let workspace = change.workspace_name(&incident.workspace_id).await?;
    let told = i64::try_from(lines.len()).unwrap_or(0);
    let finding = |line: driftline_store::FindingLine| {
        MessageFinding::new(line.kind.code, line.kind.severity, line.kind.column, &line.message)
    };
    Ok(Message {
        event: driftline_model::service::AlertEvent::Raised,
        severity: incident.severity,
        workspace,
        rule: String::new(),
        at_ms: now_ms,
        incident: incident.clone(),
        findings: lines.into_iter().map(finding).collect(),
        findings_more: (incident.findings_total - told).max(0),
    })
}

/// Tells all that is wanted. A channel that several rules want to be told the same is told once.
pub(super) async fn tell_all(
    change: &mut Change,
    about: &Message,
    wanted: &[Wanted<'_>],
    now_ms: i64,
) -> Result<(), StoreError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let channels = change.channels(&about.incident.workspace_id).await?;
    let mut told = BTreeSet::new();
    for Wanted { rule, severity, tell } in wanted {
        let message = Message {
            event: tell.event,
            severity: *severity,
            rule: rule.settings.name.clone(),
            ..about.clone()
        };
        for stored in channels.iter().filter(|stored| tell.channels.contains(&stored.channel.id)) {
            let Some(info) = channel(&stored.channel.kind) else { continue };
            let is_wanted = stored.channel.enabled && (info.keeps_incidents || !tell.only_keepers);
            if is_wanted && told.insert((stored.channel.id.clone(), tell.event)) {
                deliver(change, (rule, stored), &message, now_ms).await?;
            }
        }
    }
    Ok(())
}

/// Puts a message on its way; notices arrive at once.
async fn deliver(
    change: &mut Change,
    (rule, stored): (&AlertRule, &StoredChannel),
    message: &Message,
    now_ms: i64,
) -> Result<(), StoreError> {
    let channel = &stored.channel;
    let is_here = channel.kind == "in_app";
    let delivery = Delivery {
        id: new_id(),
        workspace_id: channel.workspace_id.clone(),
        channel_id: channel.id.clone(),
        channel_name: channel.name.clone(),
        channel_kind: channel.kind.clone(),
        rule_id: Some(rule.id.clone()),
        rule_name: Some(rule.settings.name.clone()),
        incident_id: Some(message.incident.id.clone()),
        event: message.event,
        title: message.incident.title.clone(),
        severity: message.severity,
        state: if is_here { DeliveryState::Delivered } else { DeliveryState::Pending },
        attempts: i64::from(is_here),
        created_ms: now_ms,
        next_attempt_ms: (!is_here).then_some(now_ms),
        attempted_ms: is_here.then_some(now_ms),
        ended_ms: is_here.then_some(now_ms),
        error: None,
        http_status: None,
        duration_ms: is_here.then_some(0),
    };
    let text =
        serde_json::to_string(message).map_err(|error| StoreError::Stored { reason: error.to_string() })?;
    if is_here {
        give_notice(change, stored, (message, &delivery.id), now_ms).await?;
    }
    let kind = if is_here { "delivery.delivered" } else { "delivery.queued" };
    change.publish((&delivery.workspace_id, kind, &delivery.id), &delivery, now_ms).await?;
    let give_up_ms = now_ms + GIVE_UP_MS;
    change.create_delivery(&StoredDelivery { delivery, message: text, give_up_ms }).await
}

async fn give_notice(
    change: &mut Change,
    stored: &StoredChannel,
    (message, delivery_id): (&Message, &str),
    now_ms: i64,
) -> Result<(), StoreError> {
    let rules = Rules::default();
    let letter = Letter { message, delivery_id, channel: &stored.channel.name, link: "", sent_ms: now_ms };
    // A template that does not work any more must not keep anybody from being told.
    let text = match prepared(stored, &rules, letter) {
        Ok(prepared) => prepared.notice().map_or_else(|| message.heading(), str::to_owned),
        Err(_) => message.heading(),
    };
    let least = fields_of(stored, &rules).map(|fields| in_app::least_role(&fields));
    let members = change.members(&stored.channel.workspace_id).await?;
    let people: Vec<&str> = members
        .iter()
        .filter(|member| Some(member.role) >= least && member.user.closed_ms.is_none())
        .map(|member| member.user.id.as_str())
        .collect();
    let news = News {
        workspace_id: &stored.channel.workspace_id,
        kind: NoticeKind::Incident,
        finding_id: None,
        incident_id: Some(&message.incident.id),
        actor: "system",
        text,
    };
    tell(change, &people, &news, now_ms).await
}
