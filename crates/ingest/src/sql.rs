//! SQL over tables: statements whose rows are a table, and metrics of one number.

#[cfg(feature = "datafusion")]
mod error;
#[cfg(feature = "datafusion")]
mod metric;
#[cfg(feature = "datafusion")]
mod provider;
#[cfg(feature = "datafusion")]
mod session;
#[cfg(feature = "datafusion")]
mod statement;

#[cfg(feature = "datafusion")]
pub use metric::SqlMetric;
#[cfg(feature = "datafusion")]
pub use statement::{named_tables, query};
#[cfg(not(feature = "datafusion"))]
pub use without::{named_tables, query};

/// A statement and what it may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What messages and reports call its result.
    pub name: String,
    /// One SELECT.
    pub statement: String,
    /// Memory that sorting, grouping and joining may take.
    pub memory_bytes: usize,
}

/// What stands in for SQL where it is not built in.
#[cfg(not(feature = "datafusion"))]
mod without {
    use super::Query;
    use crate::{IngestError, ReadOptions, Table};

    const MISSING: IngestError = IngestError::NotBuilt { what: "SQL", feature: "datafusion" };

    /// Says that SQL is not built in.
    ///
    /// # Errors
    /// Always.
    pub fn query(
        _: &Query,
        _: &mut dyn FnMut(&str) -> Result<Option<Table>, IngestError>,
        _: &ReadOptions,
    ) -> Result<Table, IngestError> {
        Err(MISSING)
    }

    /// Says that SQL is not built in.
    ///
    /// # Errors
    /// Always.
    pub fn named_tables(_: &str) -> Result<Vec<String>, IngestError> {
        Err(MISSING)
    }
}
