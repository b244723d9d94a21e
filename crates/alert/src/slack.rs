use serde_json::{Value, json};

use crate::channel::{ChannelInfo, FIELD, FieldInfo, FieldShape, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::outgoing::{HttpLetter, Outgoing, one_line, shortened};
use crate::template::Escape;

/// Longest text of a section (docs.slack.dev, Block Kit: section).
const MAX_SECTION: usize = 3_000;
/// Longest text of a header (docs.slack.dev, Block Kit: header).
const MAX_HEADER: usize = 150;

/// An incoming webhook of Slack.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "slack",
    name: "Slack",
    summary: "A message in a channel of Slack, by an incoming webhook.",
    fields: &[FieldInfo {
        name: "url",
        label: "Webhook address",
        shape: FieldShape::Url,
        required: true,
        secret: true,
        is_destination: true,
        doc: "The address of an incoming webhook of Slack: https://hooks.slack.com/services/….",
        ..FIELD
    }],
    templates: &[
        TemplateInfo {
            name: "title",
            doc: "The headline, plain text.",
            escape: Escape::Plain,
            default: "{{ heading }}",
        },
        TemplateInfo {
            name: "text",
            doc: "What stands below, in Slack's own marks.",
            escape: Escape::Slack,
            default: "{% for finding in findings[:5] %}\n• {{ finding.message }} _{{ finding.severity }}_\n{% endfor %}\n\
                      {% if findings_more or findings|length > 5 %}\n{{ incident.findings_open }} findings are open.\n{% endif %}\n",
        },
    ],
    keeps_incidents: false,
    check: |_| Ok(()),
    compose,
};

fn compose(fields: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    let title = one_line(&texts.get("title")?, MAX_HEADER);
    let text = texts.get("text")?;
    let letter = &texts.letter;
    let mut blocks = vec![json!({ "type": "header", "text": { "type": "plain_text", "text": title } })];
    if !text.trim().is_empty() {
        let text = shortened(text.trim(), MAX_SECTION);
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } }));
    }
    let rule = if letter.message.rule.is_empty() { "a test" } else { &letter.message.rule };
    let origin = format!("{} · {rule}", letter.message.workspace);
    let origin = json!({ "type": "plain_text", "text": one_line(&origin, MAX_HEADER) });
    blocks.push(json!({ "type": "context", "elements": [origin] }));
    if !letter.link.is_empty() {
        let label = json!({ "type": "plain_text", "text": "Open the incident" });
        let button = json!({ "type": "button", "text": label, "url": letter.link });
        blocks.push(json!({ "type": "actions", "elements": [button] }));
    }
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body: Value = json!({ "text": escaped, "blocks": blocks });
    Ok(Outgoing::Http(HttpLetter {
        url: fields.url("url")?,
        is_trusted: false,
        headers: Vec::new(),
        body: body.to_string(),
    }))
}
