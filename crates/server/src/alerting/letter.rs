//! From what is stored to what is sent.

use axum::http::StatusCode;
use driftline_alert::{Fields, Letter, Prepared, Rules, SendError, channel, prepare};
use driftline_store::StoredChannel;

use crate::error::TextPlace;
use crate::{ApiError, Service};

/// The fields of a channel; nothing when this version does not know its kind.
pub(crate) fn fields_of<'a>(stored: &'a StoredChannel, rules: &'a Rules) -> Option<Fields<'a>> {
    let info = channel(&stored.channel.kind)?;
    Some(Fields { info, config: &stored.channel.config, secrets: &stored.secrets, rules })
}

/// A message in the form of a channel.
///
/// # Errors
/// When a field or a template is wrong, or this version does not know the kind of the channel.
pub(crate) fn prepared(
    stored: &StoredChannel,
    rules: &Rules,
    letter: Letter<'_>,
) -> Result<Prepared, SendError> {
    match fields_of(stored, rules) {
        Some(fields) => prepare(&fields, &stored.channel.templates, letter),
        None => {
            let wanted = format!("is `{}`, which this version does not know", stored.channel.kind);
            Err(driftline_alert::FieldError { field: "kind".to_owned(), wanted }.into())
        }
    }
}

/// Where people see an incident.
pub(crate) fn link(service: &Service, incident_id: &str) -> String {
    format!("{}/findings?incident={incident_id}", service.url)
}

/// What is wrong with a channel that somebody wants to keep or to see.
pub(crate) fn letter_error(error: &SendError) -> ApiError {
    let answer = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string());
    match error {
        SendError::Template(template) => {
            let answer = answer.with_help("the book lists every variable: chapter `Alerts by the API`");
            let line = template.line.and_then(|line| u64::try_from(line).ok());
            line.map_or(answer.clone(), |line| answer.at(TextPlace { line, column: 1 }))
        }
        _ => answer.with_help("GET /api/v1/catalogue lists the fields of every kind"),
    }
}
