//! Tables of ours as DataFusion sees them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::error::SourceFault;
use crate::source::Rejected;
use crate::{IngestError, Table};

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 20;
/// Batches that may wait.
const WAITING: usize = 2;
/// Rejected rows that may wait to be told.
const MAX_REJECTED: usize = 100_000;

/// What happened while the tables of a statement were read.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// Rows that are not part of it.
    pub(super) rejected: Mutex<Vec<Rejected>>,
    /// That a source broke off: the rows before stand.
    pub(super) broken_off: Mutex<Option<IngestError>>,
}

/// A table that is read anew whenever a statement needs it.
pub(super) struct Ours {
    table: Arc<Table>,
    schema: SchemaRef,
    happened: Arc<Happened>,
}

impl Ours {
    pub(super) fn new(table: Table, happened: &Arc<Happened>) -> Self {
        let schema = Arc::new(table.schema().arrow());
        Self { table: Arc::new(table), schema, happened: Arc::clone(happened) }
    }
}

impl fmt::Debug for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("table")
    }
}

#[async_trait::async_trait]
impl TableProvider for Ours {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let (table, happened) = (Arc::clone(&self.table), Arc::clone(&self.happened));
        let reading = Reading { table, schema: Arc::clone(&schema), columns, happened };
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(reading)], None, [], false, limit)?))
    }
}

/// One reading of a table, on a thread of its own.
struct Reading {
    table: Arc<Table>,
    schema: SchemaRef,
    columns: Vec<usize>,
    happened: Arc<Happened>,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reading")
    }
}

impl PartitionStream for Reading {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (sender, receiver) = channel(WAITING);
        let (table, columns) = (Arc::clone(&self.table), self.columns.clone());
        let (schema, happened) = (Arc::clone(&self.schema), Arc::clone(&self.happened));
        let failed = sender.clone();
        let read = move || {
            if let Err(error) = read(&table, (&columns, &schema), &happened, &sender) {
                if error.is_broken_off() {
                    *happened.broken_off.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                } else {
                    // Whoever does not listen any more does not want to know.
                    let _ = sender.blocking_send(Err(SourceFault::wrap(error)));
                }
            }
        };
        if let Err(cause) = std::thread::Builder::new().name("table".to_owned()).spawn(read) {
            let name = "a table of the statement".to_owned();
            let _ = failed.try_send(Err(SourceFault::wrap(IngestError::Read { name, cause })));
        }
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), ReceiverStream::new(receiver)))
    }
}

fn read(
    table: &Table,
    (columns, schema): (&[usize], &SchemaRef),
    happened: &Happened,
    sender: &Sender<Result<RecordBatch>>,
) -> Result<(), IngestError> {
    let (table, is_projected) = table.projected(columns)?;
    for source in table.sources() {
        while let Some(raw) = source.pull(CHUNK_BYTES)? {
            let decoded = source.decode(raw)?;
            keep(happened, decoded.rejected);
            let batch = decoded.chunk.batch();
            let batch = if is_projected { Ok(batch.clone()) } else { batch.project(columns) };
            let rows = RecordBatchOptions::new().with_row_count(Some(decoded.chunk.rows()));
            let batch = batch.and_then(|batch| {
                RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &rows)
            });
            let batch = batch.map_err(|error| IngestError::Assemble {
                name: source.name().to_owned(),
                cause: error.to_string(),
            })?;
            if sender.blocking_send(Ok(batch)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn keep(happened: &Happened, rejected: Vec<Rejected>) {
    let mut kept = happened.rejected.lock().unwrap_or_else(PoisonError::into_inner);
    let room = MAX_REJECTED.saturating_sub(kept.len());
    kept.extend(rejected.into_iter().take(room));
}
