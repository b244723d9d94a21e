//! A statement whose rows are a table.

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};

use arrow_array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use tokio_stream::StreamExt;

use super::Query;
use super::error::told;
use super::provider::{Happened, Ours};
use super::session::{planned, select, session, tables_of};
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::source::Source;
use crate::source::batches::columns_of;
use crate::source::serial::{Batches, SerialSource};
use crate::source::typed::{FormatFile, FoundColumn, Shape, TypedTable};
use crate::{IngestError, Table};

/// Characters of a statement at most.
const MAX_CHARACTERS: usize = 20_000;
/// Batches of the result that may wait.
const WAITING: usize = 2;
/// What messages call it.
const WHAT: &str = "the statement cannot be carried out";

/// The names of the tables that a statement reads.
///
/// # Errors
/// When it is not one SELECT.
pub fn named_tables(statement: &str) -> Result<Vec<String>, IngestError> {
    let fail = |error| told(WHAT, &error, 0);
    tables_of(&select(statement).map_err(fail)?).map_err(fail)
}

/// The rows of a statement over tables, as a table that can be read like any other. Names of tables and columns
/// are written as they are; those that are not plain words stand in double quotes. `find` opens the tables that
/// the statement names; it has nothing for names that there are not.
///
/// # Errors
/// When the statement is not one SELECT, or does not fit the tables.
pub fn query(
    query: &Query,
    find: &mut dyn FnMut(&str) -> Result<Option<Table>, IngestError>,
    options: &ReadOptions,
) -> Result<Table, IngestError> {
    let refuse = |cause: String| IngestError::Statement { what: WHAT.to_owned(), cause };
    if query.statement.chars().count() > MAX_CHARACTERS {
        return Err(refuse(format!("it has more than {MAX_CHARACTERS} characters")));
    }
    let fail = |error| told(WHAT, &error, 0);
    let statement = select(&query.statement).map_err(fail)?;
    let happened = Arc::new(Happened::default());
    let (mut notes, mut providers) = (Vec::new(), Vec::new());
    for name in tables_of(&statement).map_err(fail)? {
        let table = find(&name)?
            .ok_or_else(|| refuse(format!("there is no table `{name}`{}", place(&query.statement, &name))))?;
        notes.extend_from_slice(table.notes());
        providers.push((name, Arc::new(Ours::new(table, &happened)) as Arc<dyn TableProvider>));
    }
    let context = session(query.memory_bytes, providers).map_err(fail)?;
    let plan = planned(&context, statement).map_err(fail)?;
    let (columns, skipped) = columns_of(plan.logical.schema().as_arrow());
    let skipped = [notes, skipped].concat();
    let statement = Statement { query: query.clone(), context, columns, skipped, happened };
    // What is text in the result was text in its tables.
    let nulls = Arc::new(NullSpellings::new(&options.null_spellings));
    Ok(Table::of(Box::new(TypedTable::open(vec![Arc::new(statement)], options, nulls)?)))
}

/// Where a name stands in a statement.
fn place(statement: &str, name: &str) -> String {
    let Some(before) = statement.find(name).and_then(|at| statement.get(..at)) else { return String::new() };
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!(" (line {}, column {column})", before.matches('\n').count() + 1)
}

struct Statement {
    query: Query,
    context: SessionContext,
    columns: Vec<FoundColumn>,
    skipped: Vec<String>,
    happened: Arc<Happened>,
}

impl FormatFile for Statement {
    fn format(&self) -> &'static str {
        "the result of a statement"
    }

    fn name(&self) -> &str {
        &self.query.name
    }

    fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    fn skipped(&self) -> &[String] {
        &self.skipped
    }

    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError> {
        let (sender, receiver) = sync_channel(WAITING);
        let (context, text) = (self.context.clone(), self.query.statement.clone());
        let happened = Arc::clone(&self.happened);
        // Planned and run only when the first rows are wanted.
        let start = move || {
            let run = move || run(&context, &text, &happened, &sender);
            std::thread::Builder::new().name("statement".to_owned()).spawn(run)
        };
        let (name, mut start) = (self.query.name.clone(), Some(start));
        let batches: Batches = Box::new(std::iter::from_fn(move || {
            if let Some(start) = start.take()
                && let Err(cause) = start()
            {
                return Some(Err(IngestError::Read { name: name.clone(), cause }));
            }
            receiver.recv().ok()
        }));
        let counted = (None, Arc::new(AtomicU64::new(0)));
        let source = SerialSource::new((self.name(), number), counted, shape, batches);
        let happened = Arc::clone(&self.happened);
        Ok(Box::new(source.with_rejected(Box::new(move || {
            std::mem::take(&mut *happened.rejected.lock().unwrap_or_else(PoisonError::into_inner))
        }))))
    }
}

/// Runs the statement and sends its rows.
fn run(
    context: &SessionContext,
    text: &str,
    happened: &Happened,
    sender: &SyncSender<Result<RecordBatch, IngestError>>,
) {
    let work = || -> datafusion::error::Result<()> {
        let plan = planned(context, select(text)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            let mut rows = execute_stream(plan.physical, context.task_ctx())?;
            while let Some(batch) = rows.next().await {
                if sender.send(Ok(batch?)).is_err() {
                    break;
                }
            }
            Ok(())
        })
    };
    let failed = match work() {
        Ok(()) => happened.broken_off.lock().unwrap_or_else(PoisonError::into_inner).take(),
        Err(error) => Some(told(WHAT, &error, 0)),
    };
    if let Some(error) = failed {
        // Whoever does not want the rows any more does not want the error either.
        let _ = sender.send(Err(error));
    }
}
