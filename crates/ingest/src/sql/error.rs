//! What DataFusion says, in our words.

use datafusion::error::DataFusionError;

use crate::IngestError;

/// The error of a statement; `offset` characters of its first line were put before what a person wrote.
pub(super) fn told(what: &str, error: &DataFusionError, offset: u64) -> IngestError {
    if let Some(error) = of_source(error) {
        return error;
    }
    if let DataFusionError::ResourcesExhausted(cause) = error.find_root() {
        return IngestError::StatementMemory { what: what.to_owned(), cause: first_line(cause) };
    }
    let at = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| span.start);
    let place = at.map(|at| {
        let column = if at.line == 1 { at.column.saturating_sub(offset) } else { at.column };
        format!(" (line {}, column {column})", at.line)
    });
    let text = match error.find_root() {
        DataFusionError::SchemaError(cause, _) => cause.to_string(),
        DataFusionError::SQL(cause, _) => in_words(&cause.to_string()),
        DataFusionError::Plan(cause) | DataFusionError::NotImplemented(cause) => cause.clone(),
        other => other.strip_backtrace(),
    };
    let cause = format!("{}{}", first_line(&text), place.unwrap_or_default());
    IngestError::Statement { what: what.to_owned(), cause }
}

/// What went wrong while a table of the statement was read.
fn of_source(error: &DataFusionError) -> Option<IngestError> {
    match error.find_root() {
        DataFusionError::External(inner) => {
            let inner = inner.downcast_ref::<SourceFault>()?;
            inner.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
        }
        _ => None,
    }
}

/// An error of a source on its way through DataFusion.
#[derive(Debug)]
pub(super) struct SourceFault(std::sync::Mutex<Option<IngestError>>);

impl SourceFault {
    pub(super) fn wrap(error: IngestError) -> DataFusionError {
        DataFusionError::External(Box::new(Self(std::sync::Mutex::new(Some(error)))))
    }
}

impl std::fmt::Display for SourceFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a table could not be read")
    }
}

impl std::error::Error for SourceFault {}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// What the parser says, in our words.
pub(super) fn in_words(text: &str) -> String {
    let text = text.trim_start_matches("sql parser error: ").replace("Expected: ", "expected ");
    text.replace(", found: ", ", found ")
        .replace(" at Line: ", " at line ")
        .replace(", Column: ", ", column ")
}
