//! Rows as they come: NDJSON and server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::Shared;
use super::body::{Writer, streamed};
use super::guard::trouble;
use super::query::{Asked, data_named};
use super::refusal::Refusal;
use crate::data::Data;
use crate::row::Row;

/// Rows in a part.
const ROWS_AT_A_TIME: u64 = 250;
/// Somebody who is so many rows behind does not keep up; less than two seconds is never too much.
const MAX_BEHIND: u64 = 10_000;
/// After so long without a row, events say that they are still there.
const QUIET: Duration = Duration::from_secs(15);
/// Rows that come faster than this come together.
const AT_LEAST: Duration = Duration::from_millis(5);

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Lines,
    Events,
}

/// A stream: what is sent next, and how much is left to send.
struct Feed {
    data: Data,
    form: Form,
    next: u64,
    left: u64,
}

/// `GET /v1/{data}/stream`.
pub(super) async fn ndjson(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    begin(shared, &name, Form::Lines, (asked.place()?, &asked)).await
}

/// `GET /v1/{data}/events`.
pub(super) async fn events(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let last = headers.get(HeaderName::from_static("last-event-id"));
    let place = match last.map(|id| id.to_str().ok().and_then(|id| id.parse::<u64>().ok())) {
        Some(Some(last)) => Some(last.saturating_add(1)),
        Some(None) => return Err(Refusal::parameter("Last-Event-ID is no id that an event had")),
        None => asked.place()?,
    };
    begin(shared, &name, Form::Events, (place, &asked)).await
}

async fn begin(
    shared: Arc<Shared>,
    name: &str,
    form: Form,
    (place, asked): (Option<u64>, &Asked),
) -> Result<Response, Refusal> {
    let data = data_named(&shared, name)?;
    trouble(&shared, data).await?;
    let left = Asked::rows("limit", asked.limit.as_ref(), (usize::MAX, usize::MAX))? as u64;
    let (now_ms, generator) = shared.now();
    let window = asked.window(&generator, data, now_ms)?;
    // Without a place the stream begins now; nobody gets ahead of time.
    let from = if asked.since.is_some() { window.first } else { window.end };
    let next = place.unwrap_or(from).min(window.end);
    let (writer, body) = streamed(&shared)?;
    let kind = match form {
        Form::Lines => "application/x-ndjson",
        Form::Events => "text/event-stream",
    };
    tokio::spawn(feed(shared, writer, Feed { data, form, next, left }));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}

async fn feed(shared: Arc<Shared>, writer: Writer, mut feed: Feed) {
    let mut changed = shared.current.subscribe();
    let most_behind = MAX_BEHIND.max((shared.settings.generator.rate * shared.settings.speed * 2.0) as u64);
    // Who begins in the past is behind, and may be.
    let mut has_kept_up = false;
    if feed.form == Form::Events && !writer.send(b"retry: 1000\n\n".to_vec()).await {
        return;
    }
    while feed.left > 0 && !*shared.stopping.borrow() {
        changed.mark_unchanged();
        let (now_ms, generator) = shared.now();
        let end = generator.count_before(feed.data, now_ms + 1);
        let behind = end.saturating_sub(feed.next);
        let sent = if has_kept_up && behind > most_behind {
            if feed.form == Form::Lines {
                return;
            }
            feed.next = end;
            writer
                .send(format!(": skipped {behind} rows, which were not read in time\n\n").into_bytes())
                .await
        } else if behind > 0 {
            let count = behind.min(ROWS_AT_A_TIME).min(feed.left);
            let mut part = Vec::with_capacity(count as usize * 512);
            generator.numbered(feed.data, feed.next, count).for_each(|row| feed.form.write(&row, &mut part));
            feed.next += count;
            feed.left -= count;
            let is_sent = writer.send(part).await;
            if count == behind {
                has_kept_up = true;
                tokio::time::sleep(AT_LEAST).await;
            }
            is_sent
        } else {
            has_kept_up = true;
            let horizon_ms = now_ms.saturating_add(shared.clock.passing_ms(QUIET));
            let at_ms = generator.time_of(feed.data, feed.next, horizon_ms);
            let wait = at_ms.map_or(QUIET, |at_ms| shared.clock.wall(at_ms - now_ms)).clamp(AT_LEAST, QUIET);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // Something was planted.
                _ = changed.changed() => {}
                () = writer.closed() => return,
                () = shared.stopped() => return,
            }
            at_ms.is_some() || feed.form == Form::Lines || writer.send(b": quiet\n\n".to_vec()).await
        };
        if !sent {
            return;
        }
    }
}

impl Form {
    fn write(self, row: &Row, out: &mut Vec<u8>) {
        match self {
            Self::Lines => row.write_line(out),
            Self::Events => {
                out.extend_from_slice(format!("id: {}\nevent: row\ndata: ", row.number).as_bytes());
                row.write_json_line(out);
                out.extend_from_slice(b"\n\n");
            }
        }
    }
}
