/// Why a report could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The JSON form could not be made.
    #[error("failed to write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The JUnit form could not be made.
    #[error("failed to write the report as JUnit XML: {0}")]
    Junit(#[from] quick_junit::SerializeError),
}
