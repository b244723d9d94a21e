//! The aggregate over columns that DataFusion reads.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, Signature, Volatility};
use driftline_engine::EngineError;
use driftline_engine::spread::{Gathered, ReadyPass, names_of_columns};
use driftline_ingest::{ArrayReader, Decoded, IngestError};

use crate::aggregate::{aggregate, binaries, outside, pass_of};

/// Its name: `driftline_profile(pass, place, column, ...)` over all columns of a table at once gives one binary value.
/// The pass is a literal (`driftline_engine::spread::columns_pass`) that names the columns; `place` numbers the rows,
/// so that the row sample is the same however they are spread.
pub const PROFILE: &str = "driftline_profile";

/// Rows that are taken in at a time: a profile of its own for less is not worth merging.
const ROWS_AT_A_TIME: usize = 1 << 17;

/// The aggregate, to be registered wherever plans are made or carried out.
#[must_use]
pub fn profile() -> Arc<AggregateUDF> {
    aggregate(PROFILE, Signature::variadic_any(Volatility::Immutable), begin)
}

fn begin(pass: &str, arguments: &AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
    let pass = pass_of(pass)?;
    let names = names_of_columns(&pass).map_err(outside)?;
    let fields = arguments.expr_fields.get(2..).unwrap_or_default();
    if names.len() != fields.len() {
        let (named, given) = (names.len(), fields.len());
        return exec_err!("{PROFILE} was told the names of {named} columns and was given {given}");
    }
    let columns: Vec<(String, DataType)> =
        names.into_iter().zip(fields).map(|(name, field)| (name, field.data_type().clone())).collect();
    let reader = ArrayReader::new(&columns).map_err(unreadable)?;
    let ready = ReadyPass::of_columns(&pass, reader.schema().clone()).map_err(outside)?;
    Ok(Box::new(Profiling { reader, ready, waiting: Vec::new(), gathered: None }))
}

fn unreadable(error: IngestError) -> datafusion::common::DataFusionError {
    outside(EngineError::from(error))
}

/// What is known so far, and rows that wait until they are worth taking in.
struct Profiling {
    reader: ArrayReader,
    ready: ReadyPass,
    waiting: Vec<Decoded>,
    gathered: Option<Gathered>,
}

impl fmt::Debug for Profiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiling").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Profiling {
    fn take_in(&mut self) -> Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let gathered = self.ready.take(&waiting).map_err(outside)?;
        self.merge(gathered)
    }

    fn merge(&mut self, gathered: Gathered) -> Result<()> {
        match &mut self.gathered {
            Some(all) => all.merge(gathered).map_err(outside),
            none => {
                *none = Some(gathered);
                Ok(())
            }
        }
    }

    fn bytes(&mut self) -> Result<ScalarValue> {
        self.take_in()?;
        let bytes = self.gathered.as_ref().map(Gathered::to_bytes).transpose().map_err(outside)?;
        Ok(ScalarValue::Binary(bytes))
    }
}

impl Accumulator for Profiling {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [_, places, columns @ ..] = values else { return exec_err!("{PROFILE} takes columns") };
        if places.is_empty() {
            return Ok(());
        }
        let places = cast(places, &DataType::UInt64)?;
        if places.null_count() > 0 {
            return exec_err!("the place of a row cannot be null");
        }
        let places = places.as_primitive::<UInt64Type>().values().to_vec();
        self.waiting.push(self.reader.decode(columns, places).map_err(unreadable)?);
        let rows: usize = self.waiting.iter().map(|decoded| decoded.chunk.rows()).sum();
        if rows >= ROWS_AT_A_TIME { self.take_in() } else { Ok(()) }
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = states else { return exec_err!("{PROFILE} has one state") };
        for state in binaries(states)? {
            self.merge(Gathered::from_bytes(state).map_err(outside)?)?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.bytes()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.bytes()
    }

    fn size(&self) -> usize {
        let waiting: usize =
            self.waiting.iter().map(|decoded| decoded.chunk.batch().get_array_memory_size()).sum();
        size_of_val(self) + waiting
    }
}
