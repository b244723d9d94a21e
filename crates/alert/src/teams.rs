use driftline_model::Severity;
use serde_json::json;

use crate::channel::{ChannelInfo, FIELD, FieldInfo, FieldShape, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::outgoing::{HttpLetter, Outgoing, shortened};
use crate::template::Escape;

/// Longest text: a message to Teams has 28 KB in all (learn.microsoft.com, limits of Teams: messages).
const MAX_TEXT: usize = 8_000;

/// A workflow of Microsoft Teams.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "teams",
    name: "Microsoft Teams",
    summary: "A card in a channel of Teams, by the workflow `Post to a channel when a webhook request is received`.",
    fields: &[FieldInfo {
        name: "url",
        label: "Workflow address",
        shape: FieldShape::Url,
        required: true,
        secret: true,
        is_destination: true,
        doc: "The address that the workflow shows after it was saved.",
        ..FIELD
    }],
    templates: &[
        TemplateInfo {
            name: "title",
            doc: "The headline, in Markdown.",
            escape: Escape::Markdown,
            default: "{{ heading }}",
        },
        TemplateInfo {
            name: "text",
            doc: "What stands below, in Markdown.",
            escape: Escape::Markdown,
            default: "{% for finding in findings[:5] %}\n- {{ finding.message }} ({{ finding.severity }})\n{% endfor %}\n",
        },
    ],
    keeps_incidents: false,
    check: |_| Ok(()),
    compose,
};

fn compose(fields: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    let (title, text) = (texts.get("title")?, texts.get("text")?);
    let letter = &texts.letter;
    let message = letter.message;
    let color = match message.severity {
        Severity::Critical | Severity::High => "attention",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "default",
    };
    let fact = |name: &str, value: &str| json!({ "title": name, "value": value });
    let mut card_body = vec![json!({
        "type": "TextBlock", "text": shortened(title.trim(), MAX_TEXT), "weight": "bolder", "size": "medium",
        "wrap": true, "color": color,
    })];
    if !text.trim().is_empty() {
        let text = shortened(text.trim(), MAX_TEXT);
        card_body.push(json!({ "type": "TextBlock", "text": text, "wrap": true }));
    }
    let rule = if message.rule.is_empty() { "a test" } else { &message.rule };
    card_body.push(json!({ "type": "FactSet", "facts": [
        fact("Severity", message.severity.name()),
        fact("Findings", &message.incident.findings_open.to_string()),
        fact("Workspace", &message.workspace),
        fact("Rule", rule),
    ] }));
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": card_body,
    });
    if let Some(card) = card.as_object_mut().filter(|_| !letter.link.is_empty()) {
        let action = json!({ "type": "Action.OpenUrl", "title": "Open the incident", "url": letter.link });
        card.insert("actions".to_owned(), json!([action]));
    }
    let kind = "application/vnd.microsoft.card.adaptive";
    let body = json!({
        "type": "message",
        "attachments": [{ "contentType": kind, "contentUrl": null, "content": card }],
    });
    Ok(Outgoing::Http(HttpLetter {
        url: fields.url("url")?,
        is_trusted: false,
        headers: Vec::new(),
        body: body.to_string(),
    }))
}
