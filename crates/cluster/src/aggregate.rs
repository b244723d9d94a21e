//! What our aggregates have in common: they begin with a pass, a literal, and give one binary value.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::AggregateFunctionParams;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature};
use datafusion::physical_expr::expressions::Literal;
use driftline_engine::EngineError;

/// Begins to gather for a pass, given as its literal.
pub(crate) type Begin = fn(&str, &AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>>;

/// An aggregate, to be registered wherever plans are made or carried out.
pub(crate) fn aggregate(name: &'static str, signature: Signature, begin: Begin) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Aggregate { name, signature, begin: Beginning(begin) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Aggregate {
    name: &'static str,
    signature: Signature,
    begin: Beginning,
}

/// Aggregates of one name begin alike: whether they are the same is a question of the name.
#[derive(Debug)]
struct Beginning(Begin);

impl PartialEq for Beginning {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beginning {}

impl std::hash::Hash for Beginning {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    // A pass has megabytes, and others would write all of them into the names of columns and plans.
    fn schema_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.to_owned())
    }

    fn human_display(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.to_owned())
    }

    fn display_name(&self, _: &AggregateFunctionParams) -> Result<String> {
        Ok(self.name.to_owned())
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
            return exec_err!("the first argument of {} must be a literal", self.name);
        };
        (self.begin.0)(pass, &arguments)
    }
}

/// A pass as a literal that is not copied for every row. It is text in base64: wherever a plan is made its literals
/// are written out, which is quick for a text and takes seconds for so many bytes.
#[must_use]
pub fn pass_literal(pass: &[u8]) -> ScalarValue {
    let text = ScalarValue::Utf8(Some(BASE64_STANDARD.encode(pass)));
    ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(text))
}

/// The bytes of a pass from its literal.
pub(crate) fn pass_of(text: &str) -> Result<Vec<u8>> {
    let wrong = |error| EngineError::Cluster { cause: format!("no pass was sent: {error}") };
    BASE64_STANDARD.decode(text).map_err(|error| outside(wrong(error)))
}

fn text_of(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Dictionary(_, value) => text_of(value),
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => {
            text.as_deref()
        }
        _ => None,
    }
}

/// An error of ours as one of DataFusion.
pub(crate) fn outside(error: EngineError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The binary values of a column, nulls left out.
pub(crate) fn binaries(column: &ArrayRef) -> Result<Vec<&[u8]>> {
    Ok(match column.data_type() {
        DataType::Binary => column.as_binary::<i32>().iter().flatten().collect(),
        DataType::LargeBinary => column.as_binary::<i64>().iter().flatten().collect(),
        DataType::BinaryView => column.as_binary_view().iter().flatten().collect(),
        other => return exec_err!("states and parts are binary values, not {other}"),
    })
}
