//! The aggregate that reads parts.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use datafusion::arrow::array::{Array, ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::AggregateFunctionParams;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use datafusion::physical_expr::expressions::Literal;
use driftline_engine::spread::{Gathered, ReadyPass};
use driftline_engine::{CancelToken, EngineError};
use driftline_ingest::Part;

use crate::ready::ready;

/// Its name: `driftline_gather(pass, parts)`, a literal and a binary column, gives one binary value. Each row is a list
/// of parts that are read together.
pub const GATHER: &str = "driftline_gather";

/// The aggregate, to be registered wherever plans are made or carried out.
pub(crate) fn gather() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Gather { signature: Signature::any(2, Volatility::Volatile) }))
}

/// A pass as a literal that is not copied for every row. It is text in base64: wherever a plan is made its literals
/// are written out, which is quick for a text and takes seconds for so many bytes.
#[must_use]
pub fn pass_literal(pass: &[u8]) -> ScalarValue {
    let text = ScalarValue::Utf8(Some(BASE64_STANDARD.encode(pass)));
    ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(text))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Gather {
    signature: Signature,
}

impl AggregateUDFImpl for Gather {
    fn name(&self) -> &str {
        GATHER
    }

    // A pass has megabytes, and others would write all of them into the names of columns and plans.
    fn schema_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(GATHER.to_owned())
    }

    fn human_display(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(GATHER.to_owned())
    }

    fn display_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(GATHER.to_owned())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Binary)
    }

    fn accumulator(&self, arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let literal = arguments.exprs.first().and_then(|expr| expr.downcast_ref::<Literal>());
        let Some(pass) = literal.and_then(|literal| text_of(literal.value())) else {
            return exec_err!("the first argument of {GATHER} must be a literal");
        };
        Ok(Box::new(Gathering { pass: pass.to_owned(), ready: None, gathered: None }))
    }
}

pub(crate) fn text_of(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Dictionary(_, value) => text_of(value),
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.as_deref()
        }
        _ => None,
    }
}

/// The bytes of a pass from its literal.
pub(crate) fn pass_of(text: &str) -> Result<Vec<u8>> {
    let wrong = |error| EngineError::Cluster { cause: format!("no pass was sent: {error}") };
    BASE64_STANDARD.decode(text).map_err(|error| outside(wrong(error)))
}

/// What was gathered so far.
#[derive(Debug)]
struct Gathering {
    pass: String,
    ready: Option<Ready>,
    gathered: Option<Gathered>,
}

/// A pass whose inside is of no interest to those who debug plans.
struct Ready(Arc<ReadyPass>);

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ready")
    }
}

impl Gathering {
    fn read(&mut self, parts: &[u8]) -> Result<()> {
        let parts: Vec<Part> = postcard::from_bytes(parts)
            .map_err(|error| outside(EngineError::Cluster { cause: format!("no part was sent: {error}") }))?;
        let ready = match &self.ready {
            Some(Ready(ready)) => Arc::clone(ready),
            None => {
                let ready = ready(&self.pass).map_err(outside)?;
                self.ready = Some(Ready(Arc::clone(&ready)));
                ready
            }
        };
        // One task, one core: the scheduler hands out as many tasks as there are cores.
        let gathered = ready.read(&parts, &CancelToken::new()).map_err(outside)?;
        self.take(gathered)
    }

    fn take(&mut self, gathered: Gathered) -> Result<()> {
        match &mut self.gathered {
            Some(all) => all.merge(gathered).map_err(outside),
            none => {
                *none = Some(gathered);
                Ok(())
            }
        }
    }

    fn bytes(&self) -> Result<ScalarValue> {
        let bytes = self.gathered.as_ref().map(Gathered::to_bytes).transpose().map_err(outside)?;
        Ok(ScalarValue::Binary(bytes))
    }
}

pub(crate) fn outside(error: EngineError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The binary values of a column, nulls left out.
pub(crate) fn binaries(column: &ArrayRef) -> Result<Vec<&[u8]>> {
    Ok(match column.data_type() {
        DataType::Binary => column.as_binary::<i32>().iter().flatten().collect(),
        DataType::LargeBinary => column.as_binary::<i64>().iter().flatten().collect(),
        DataType::BinaryView => column.as_binary_view().iter().flatten().collect(),
        other => return exec_err!("{GATHER} takes binary values, not {other}"),
    })
}

impl Accumulator for Gathering {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [_, parts] = values else { return exec_err!("{GATHER} takes two arguments") };
        binaries(parts)?.into_iter().try_for_each(|part| self.read(part))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = states else { return exec_err!("{GATHER} has one state") };
        for state in binaries(states)? {
            self.take(Gathered::from_bytes(state).map_err(outside)?)?;
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
        size_of_val(self) + self.pass.len()
    }
}
