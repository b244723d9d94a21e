//! The last failures, for those who look after the service.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;

use crate::state::now_ms;

/// Failures that are remembered.
const MOST: usize = 50;

/// Something that failed on the side of the service.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub(crate) struct RecentError {
    /// When.
    pub(crate) at_ms: i64,
    /// Its stable code.
    pub(crate) code: String,
    /// What went wrong.
    pub(crate) message: String,
    /// What was being done: a method with its route, or a kind of job with its subject.
    pub(crate) during: String,
    /// The id of the request, which the log names too; absent for jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

/// The last failures, newest first.
#[derive(Debug, Default)]
pub(crate) struct RecentErrors(Mutex<VecDeque<RecentError>>);

impl RecentErrors {
    pub(crate) fn note(&self, code: &str, message: &str, during: String, request_id: Option<&str>) {
        let error = RecentError {
            at_ms: now_ms(),
            code: code.to_owned(),
            message: message.to_owned(),
            during,
            request_id: request_id.map(str::to_owned),
        };
        // A list that a panic has left is as good as before: it is only ever pushed to.
        let mut errors = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        errors.push_front(error);
        errors.truncate(MOST);
    }

    pub(crate) fn all(&self) -> Vec<RecentError> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_old_ones_go() {
        let errors = RecentErrors::default();
        for number in 0..MOST + 5 {
            errors.note("system.database", &number.to_string(), "GET /x".to_owned(), Some("id"));
        }
        let all = errors.all();
        assert_eq!(all.len(), MOST);
        assert_eq!((all[0].message.as_str(), all[MOST - 1].message.as_str()), ("54", "5"));
    }
}
