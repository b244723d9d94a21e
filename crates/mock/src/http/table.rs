//! Rows as CSV.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::Shared;
use super::body::streamed;
use super::query::{Asked, Window, cursor};
use super::refusal::Refusal;
use crate::data::Data;
use crate::generator::Generator;

/// Most rows of a table.
const MAX_ROWS: usize = 1_000_000;
/// Rows that are made at a time, so that other requests come in between.
const ROWS_AT_A_TIME: u64 = 250;

/// The rows of a window, or of it from a cursor on, under the columns that they have in that time.
pub(super) fn csv(
    shared: &Arc<Shared>,
    (data, window, generator): (Data, Window, Arc<Generator>),
    asked: &Asked,
) -> Result<Response, Refusal> {
    let limit = Asked::rows("limit", asked.limit.as_ref(), (MAX_ROWS, MAX_ROWS))? as u64;
    let first = asked.place()?.unwrap_or(window.first).clamp(window.first, window.end);
    let end = window.end.min(first + limit);
    let (writer, body) = streamed(shared)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if end < window.end {
        let link = format!("<?cursor={}&limit={limit}{}>; rel=\"next\"", cursor(end), asked.same_window());
        if let Ok(link) = HeaderValue::from_str(&link) {
            headers.insert(header::LINK, link);
        }
    }
    tokio::spawn(async move {
        let time = |number: u64| generator.row(data, number).map(|row| row.at_ms);
        let (from_ms, to_ms) = match (first < end).then(|| (time(first), time(end - 1))) {
            Some((Some(from), Some(to))) => (from, to + 1),
            _ => (generator.settings().start_ms, generator.settings().start_ms + 1),
        };
        let columns = generator.columns_between(data, from_ms, to_ms);
        let mut out = Vec::new();
        columns.write_csv(&mut out);
        let mut next = first;
        while next < end {
            let count = ROWS_AT_A_TIME.min(end - next);
            generator.numbered(data, next, count).for_each(|row| row.write_csv(&columns, &mut out));
            next += count;
            if !writer.send(std::mem::take(&mut out)).await {
                return;
            }
        }
        // The columns of a table without rows; otherwise there is nothing left.
        writer.send(out).await;
    });
    Ok((headers, body).into_response())
}
