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
    /// The workbook could not be made.
    #[error("failed to write the report as XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The table of columns could not be made.
    #[error("failed to gather the columns of the report for Parquet: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// The table of columns could not be written.
    #[error("failed to write the report as Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}
