//! Lists as they were answered last.
//!
//! Everything that lists show changes together with an event. As long as no event was written a list is what it
//! was, and is answered from memory: people who look at the same page cost next to nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::{ApiError, Service};

/// Lists that are kept; when there are more all are forgotten.
const MAX_LISTS: usize = 256;
/// Longest list that is kept, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// The lists, by workspace and question, with the last event that they had seen.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    kept: Mutex<HashMap<String, (i64, Bytes)>>,
}

impl Answered {
    fn get(&self, question: &str, present: i64) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(question).filter(|(seen, _)| *seen == present).map(|(_, body)| body.clone())
    }

    fn keep(&self, question: String, seen: i64, body: &Bytes) {
        if body.len() > MAX_BYTES {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_LISTS {
            kept.clear();
        }
        kept.insert(question, (seen, body.clone()));
    }
}

/// Answers with a list, from memory where nothing has happened since it was made. `question` is everything that it
/// depends on beside the workspace.
pub(crate) async fn list<T: Serialize>(
    service: &Service,
    (workspace_id, question): (&str, &str),
    make: impl Future<Output = Result<T, ApiError>>,
) -> Result<Response, ApiError> {
    let question = format!("{workspace_id} {question}");
    // Looked at before the list is read: what happens in between makes it be read again.
    let present = service.database.present_event().await?;
    let body = match service.answered.get(&question, present) {
        Some(body) => body,
        None => {
            let bytes =
                serde_json::to_vec(&make.await?).map_err(|error| ApiError::internal(error.to_string()))?;
            let body = Bytes::from(bytes);
            service.answered.keep(question, present, &body);
            body
        }
    };
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_forgotten_when_something_happens() {
        let answered = Answered::default();
        let body = Bytes::from_static(b"[]");
        answered.keep("q".to_owned(), 7, &body);
        assert_eq!(answered.get("q", 7), Some(body.clone()));
        assert_eq!(answered.get("q", 8), None);
        assert_eq!(answered.get("other", 7), None);
        answered.keep("long".to_owned(), 7, &Bytes::from(vec![0; MAX_BYTES + 1]));
        assert_eq!(answered.get("long", 7), None);
        (0..MAX_LISTS).for_each(|number| answered.keep(number.to_string(), 7, &body));
        assert!(answered.kept.lock().unwrap().len() <= MAX_LISTS);
    }
}
