//! SQL over tables: statements whose rows are a table, and metrics of one number.

#[cfg(feature = "datafusion")]
mod condition;
#[cfg(feature = "datafusion")]
mod error;
#[cfg(feature = "datafusion")]
mod expression;
#[cfg(feature = "datafusion")]
mod metric;
#[cfg(feature = "datafusion")]
mod provider;
#[cfg(feature = "datafusion")]
mod session;
#[cfg(feature = "datafusion")]
mod statement;

#[cfg(feature = "datafusion")]
pub use condition::{BoundCondition, SqlCondition};
#[cfg(feature = "datafusion")]
pub use metric::SqlMetric;
#[cfg(feature = "datafusion")]
pub use statement::{named_tables, query};
#[cfg(not(feature = "datafusion"))]
pub use without::{BoundCondition, SqlCondition, SqlMetric, named_tables, query};

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
    use driftline_chunk::{Chunk, Schema};

    use super::Query;
    use crate::{IngestError, ReadOptions, Table};

    const MISSING: IngestError = IngestError::NotBuilt { what: "SQL", feature: "datafusion" };

    /// A metric, of which there is none.
    #[derive(Debug, Clone)]
    pub enum SqlMetric {}

    impl SqlMetric {
        /// Says that SQL is not built in.
        ///
        /// # Errors
        /// Always.
        pub fn parse(_: &str, _: &str, _: &str) -> Result<Self, IngestError> {
            Err(MISSING)
        }

        /// What it is called.
        pub fn name(&self) -> &str {
            match *self {}
        }

        /// What it is measured in.
        pub fn unit(&self) -> &str {
            match *self {}
        }

        /// The expression as it was written.
        pub fn expression(&self) -> &str {
            match *self {}
        }

        /// One statement for several metrics.
        pub fn statement(_: &[Self]) -> String {
            String::new()
        }

        /// Whether the expression fits tables of this schema.
        ///
        /// # Errors
        /// None: there is no metric.
        pub fn validate(&self, _: &Schema) -> Result<(), IngestError> {
            match *self {}
        }

        /// The metric over rows.
        ///
        /// # Errors
        /// None: there is no metric.
        pub fn evaluate(&self, _: &[Chunk]) -> Result<Option<f64>, IngestError> {
            match *self {}
        }
    }

    /// A condition, of which there is none.
    #[derive(Debug, Clone)]
    pub enum SqlCondition {}

    /// A condition on a table, of which there is none.
    #[derive(Debug, Clone)]
    pub enum BoundCondition {}

    impl SqlCondition {
        /// Says that SQL is not built in.
        ///
        /// # Errors
        /// Always.
        pub fn parse(_: &str) -> Result<Self, IngestError> {
            Err(MISSING)
        }

        /// The condition on tables of this schema.
        ///
        /// # Errors
        /// None: there is no condition.
        pub fn bind(&self, _: &Schema) -> Result<BoundCondition, IngestError> {
            match *self {}
        }
    }

    impl BoundCondition {
        /// Indices of the columns that it looks at.
        pub fn columns(&self) -> &[usize] {
            match *self {}
        }

        /// Whether it is true of each row.
        ///
        /// # Errors
        /// None: there is no condition.
        pub fn of_rows(&self, _: &Chunk) -> Result<Vec<Option<bool>>, IngestError> {
            match *self {}
        }
    }

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
