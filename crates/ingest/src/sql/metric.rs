//! Metrics of one number: an aggregate expression in SQL over the rows of a window or a table.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, collect};
use driftline_chunk::{Chunk, Schema};
use tokio::runtime::Runtime;

use super::error::told;
use super::expression::parsed;
use super::session::{planned, select, session};
use crate::IngestError;

/// Memory that one evaluation may take for distinct values and the like.
const MEMORY_BYTES: usize = 256 << 20;
/// What stands before the expression in the statement that is made of it.
const BEFORE: &str = "SELECT CAST((";

/// A metric: a name, an aggregate expression such as `avg(amount) filter (where country = 'DE')`, and a unit.
///
/// Names of columns are written as they are; those that are not plain words stand in double quotes. A division is
/// a division of real numbers, so that `count(distinct customer) / count(*)` is a share.
///
/// Evaluating blocks the thread: it must not be done on a worker thread of an asynchronous runtime.
pub struct SqlMetric {
    name: String,
    unit: String,
    expression: String,
    /// The number that is made of it.
    value: String,
    prepared: Mutex<Option<Prepared>>,
}

/// A plan for tables of one schema, used again for every window.
struct Prepared {
    schema: Schema,
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    rows: Arc<Mutex<Vec<RecordBatch>>>,
    /// Nothing only while this is dropped.
    runtime: Option<Runtime>,
}

impl Drop for Prepared {
    /// A runtime that is merely dropped waits for its threads, which it must not do where others wait for it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for SqlMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, expression, .. } = self;
        f.debug_struct("SqlMetric")
            .field("name", name)
            .field("unit", unit)
            .field("expression", expression)
            .finish()
    }
}

impl Clone for SqlMetric {
    fn clone(&self) -> Self {
        let Self { name, unit, expression, value, .. } = self;
        let (name, unit) = (name.clone(), unit.clone());
        Self { name, unit, expression: expression.clone(), value: value.clone(), prepared: Mutex::default() }
    }
}

impl SqlMetric {
    /// A metric of this expression.
    ///
    /// # Errors
    /// When it is not one expression, or holds a SELECT of its own. The message says where.
    pub fn parse(name: &str, expression: &str, unit: &str) -> Result<Self, IngestError> {
        let parsed = parsed(&what(name), expression)?;
        Ok(Self {
            name: name.to_owned(),
            unit: unit.to_owned(),
            expression: expression.to_owned(),
            value: format!("CAST(({parsed}) AS DOUBLE)"),
            prepared: Mutex::default(),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is measured in.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// The expression as it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// One statement for the values of several metrics over the table `current`: a row with a column for each.
    pub fn statement(metrics: &[Self]) -> String {
        let value = |(number, metric): (usize, &Self)| format!("{} AS v{number}", metric.value);
        let values: Vec<String> = metrics.iter().enumerate().map(value).collect();
        format!("SELECT {} FROM current", values.join(", "))
    }

    /// Whether the expression fits tables of this schema, found out without data.
    ///
    /// # Errors
    /// When it names what is not there, mixes up types, or gives a value for each row.
    pub fn validate(&self, schema: &Schema) -> Result<(), IngestError> {
        self.prepare(schema).map(drop)
    }

    /// The metric over the rows of these chunks, all of one schema. Nothing where it is not a number: for no rows,
    /// say, or a division by zero.
    ///
    /// The first evaluation for a schema plans; the next ones take a fraction of a millisecond for 1,000 rows.
    ///
    /// # Errors
    /// When the expression does not fit the schema, or needs more than 256 MiB.
    pub fn evaluate(&self, chunks: &[Chunk]) -> Result<Option<f64>, IngestError> {
        let Some(first) = chunks.first() else { return Ok(None) };
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = match prepared.take().filter(|prepared| prepared.schema == *first.schema()) {
            Some(ready) => ready,
            None => self.prepare(first.schema())?,
        };
        let ready = prepared.insert(ready);
        let batches = chunks.iter().map(|chunk| chunk.batch().clone()).collect();
        *ready.rows.lock().unwrap_or_else(PoisonError::into_inner) = batches;
        let Some(runtime) = &ready.runtime else { return Ok(None) };
        let rows = runtime.block_on(collect(Arc::clone(&ready.plan), Arc::clone(&ready.task)));
        ready.rows.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let rows = rows.map_err(|error| self.told(&error))?;
        let value = rows.iter().find(|batch| batch.num_rows() > 0).and_then(|batch| {
            let values = batch.column(0).as_primitive_opt::<Float64Type>()?;
            values.is_valid(0).then(|| values.value(0))
        });
        Ok(value.filter(|value| value.is_finite()))
    }

    fn told(&self, error: &DataFusionError) -> IngestError {
        told(&what(&self.name), error, BEFORE.len() as u64)
    }

    fn prepare(&self, schema: &Schema) -> Result<Prepared, IngestError> {
        let rows = Arc::new(Mutex::new(Vec::new()));
        let arrow = Arc::new(schema.arrow());
        let window = Window { schema: Arc::clone(&arrow), rows: Arc::clone(&rows) };
        let prepare = || {
            let table = Arc::new(StreamingTable::try_new(arrow, vec![Arc::new(window)])?);
            let context = session(MEMORY_BYTES, vec![("current".to_owned(), table)])?;
            let plans = planned(&context, select(&Self::statement(std::slice::from_ref(self)))?)?;
            refuse_rows(&plans.logical)?;
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            Ok((plans.physical, context.task_ctx(), runtime))
        };
        let (plan, task, runtime) = prepare().map_err(|error| self.told(&error))?;
        Ok(Prepared { schema: schema.clone(), plan, task, rows, runtime: Some(runtime) })
    }
}

fn what(name: &str) -> String {
    format!("the metric `{name}` cannot be computed")
}

/// An expression without an aggregate gives a value for each row.
fn refuse_rows(plan: &LogicalPlan) -> Result<(), DataFusionError> {
    let mut plan = plan;
    loop {
        match plan {
            LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => return Ok(()),
            LogicalPlan::Projection(projection) => plan = &projection.input,
            _ => {
                let cause = "it gives a value for each row: take the average, the sum, or the like of it";
                return Err(DataFusionError::Plan(cause.to_owned()));
            }
        }
    }
}

/// The rows of the window that is looked at.
struct Window {
    schema: SchemaRef,
    rows: Arc<Mutex<Vec<RecordBatch>>>,
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("window")
    }
}

impl PartitionStream for Window {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = tokio_stream::iter(rows.into_iter().map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
