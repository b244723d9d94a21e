//! Notices inside the service: whoever keeps them delivers this channel.

use driftline_model::service::Role;

use crate::channel::{ChannelInfo, FIELD, FieldInfo, FieldShape, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::outgoing::{Outgoing, one_line};
use crate::template::Escape;

/// Most characters of a notice.
const MAX_NOTICE: usize = 300;

/// Notices inside the service.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "in_app",
    name: "In the dashboard",
    summary: "A notice under the bell of the dashboard, for everybody in the workspace with this role or a stronger one.",
    fields: &[FieldInfo {
        name: "least_role",
        label: "For",
        shape: FieldShape::Choice(&["viewer", "editor", "admin", "owner"]),
        default: "admin",
        doc: "The weakest role of those who are told.",
        ..FIELD
    }],
    templates: &[TemplateInfo {
        name: "text",
        doc: "The sentence of the notice.",
        escape: Escape::Plain,
        default: "{{ heading }}",
    }],
    keeps_incidents: false,
    check: |_| Ok(()),
    compose,
};

fn compose(_: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    Ok(Outgoing::InApp(one_line(&texts.get("text")?, MAX_NOTICE)))
}

/// The weakest role of those who are told.
pub fn least_role(fields: &Fields<'_>) -> Role {
    fields.get("least_role").parse().unwrap_or(Role::Admin)
}
