//! The audit log.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use driftline_export::csv_cell;
use driftline_model::service::{AuditEntry, AuditOutcome, ChainReport, Page, PageRequest};
use driftline_store::{AuditFilter, StoreError};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::state::stopped;
use crate::{ApiError, Service};

/// Characters of a text to look for.
const MAX_SEARCH: usize = 200;
/// Lines that are read from the database at a time.
const LINES_AT_ONCE: u32 = 200;
/// Pieces of an export that wait for a slow client; beyond, we wait for the client.
const MAX_WAITING: usize = 4;

/// The columns of an export as CSV.
const COLUMNS: [&str; 11] = [
    "sequence",
    "at_ms",
    "actor",
    "address",
    "workspace_id",
    "action",
    "subject",
    "outcome",
    "detail",
    "previous_hash",
    "hash",
];

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// One page.
    Json,
    /// Everything, as a table.
    Csv,
    /// Everything, one JSON object a line.
    Ndjson,
}

/// What to look for. Everything that is given must hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Text in action, subject, actor or detail, in any case; at most 200 characters.
    #[serde(default)]
    search: Option<String>,
    /// Who: the id or the address of a person, with the tokens that the person has now; the id of a token; `system`.
    #[serde(default)]
    actor: Option<String>,
    /// What: the beginning of an action, such as `dataset.` or `check.delete`.
    #[serde(default)]
    action: Option<String>,
    /// `done` or `refused`.
    #[serde(default)]
    outcome: Option<AuditOutcome>,
    /// From this moment on, in milliseconds since 1970.
    #[serde(default)]
    since_ms: Option<i64>,
    /// Before this moment, in milliseconds since 1970.
    #[serde(default)]
    until_ms: Option<i64>,
    /// `json` (default) for a page; `csv` or `ndjson` for all that was found, as a file.
    #[serde(default)]
    #[param(inline, value_type = Option<String>, pattern = "^(json|csv|ndjson)$")]
    format: Option<Form>,
    /// Lines on the page, 1 to 200 (default 50); of no effect on a file.
    #[serde(default)]
    limit: Option<u32>,
    /// Only lines before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// The audit log of the workspace
///
/// As `csv` or `ndjson` it comes as a file with everything that was found, newest line first. A file that breaks off
/// was not finished: ask again. Texts that a spreadsheet would take for a formula are disarmed in `csv`; to
/// check the hashes elsewhere take `ndjson`.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Search),
    responses((status = 200, description = "Newest first",
        content((Page<AuditEntry> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")))))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Response, ApiError> {
    for (name, text) in [("search", &search.search), ("actor", &search.actor), ("action", &search.action)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_SEARCH) {
            return Err(ApiError::invalid(format!("`{name}` has at most {MAX_SEARCH} characters")));
        }
    }
    let filter = AuditFilter {
        workspace_id: Some(caller.workspace_id),
        text: search.search,
        actor: search.actor,
        action: search.action,
        outcome: search.outcome,
        since_ms: search.since_ms,
        until_ms: search.until_ms,
    };
    let (form, before) = (search.format.unwrap_or(Form::Json), search.before);
    if form == Form::Json {
        let page = PageRequest { limit: search.limit, before };
        return Ok(Json(service.database.audit_entries(&filter, &page).await?).into_response());
    }
    let (media_type, extension) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Ndjson | Form::Json => ("application/x-ndjson", "ndjson"),
    };
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    tokio::spawn(export(service, filter, (form, before), sender));
    let name = format!("attachment; filename=\"driftline-audit.{extension}\"");
    Ok((
        [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)],
        Body::from_stream(ReceiverStream::new(receiver)),
    )
        .into_response())
}

/// Sends everything that is found until the client has gone or the service stops. What cannot be read breaks the
/// answer off, so that nobody takes a part for the whole.
async fn export(
    service: Service,
    filter: AuditFilter,
    (form, before): (Form, Option<String>),
    sender: mpsc::Sender<Result<Bytes, StoreError>>,
) {
    let mut stopping = service.stopping.clone();
    let all = async {
        if form == Form::Csv {
            let header = format!("{}\n", COLUMNS.join(","));
            sender.send(Ok(Bytes::from(header))).await.ok()?;
        }
        let mut page = PageRequest { limit: Some(LINES_AT_ONCE), before };
        loop {
            let lines = match service.database.audit_entries(&filter, &page).await {
                Ok(lines) => lines,
                Err(error) => return sender.send(Err(error)).await.ok(),
            };
            let text: String = lines.items.iter().map(|entry| as_text(entry, form)).collect();
            sender.send(Ok(Bytes::from(text))).await.ok()?;
            page.before = Some(lines.next?);
        }
    };
    tokio::select! {
        _ = all => {}
        () = stopped(&mut stopping) => {
            let reason = "the service is about to stop".to_owned();
            let _ = sender.try_send(Err(StoreError::Stored { reason }));
        }
    }
}

fn as_text(entry: &AuditEntry, form: Form) -> String {
    if form != Form::Csv {
        // Texts and numbers can always be written as JSON.
        return format!("{}\n", serde_json::to_string(entry).unwrap_or_default());
    }
    let (sequence, at_ms) = (entry.sequence.to_string(), entry.at_ms.to_string());
    let cells: [&str; COLUMNS.len()] = [
        &sequence,
        &at_ms,
        &entry.actor,
        &entry.address,
        &entry.workspace_id,
        &entry.action,
        &entry.subject,
        entry.outcome.name(),
        &entry.detail,
        &entry.previous_hash,
        &entry.hash,
    ];
    format!("{}\n", cells.map(csv_cell).join(","))
}

/// Verify the chain of the audit log
#[utoipa::path(get, path = "/api/v1/audit/verification", tag = "audit",
    responses((status = 200, description = "What was found", body = ChainReport)))]
async fn verify(State(service): State<Service>) -> Result<Json<ChainReport>, ApiError> {
    Ok(Json(service.database.verify_audit().await?))
}
