//! Conditions on the rows of a table, judged chunk by chunk.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result as Planned};
use datafusion::logical_expr::{Expr as Logical, ExprSchemable};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::PhysicalExpr;
use driftline_chunk::{Chunk, Schema};

use super::error::told;
use super::expression::parsed;
use super::session::{on_planner, session};
use crate::IngestError;

/// Memory of a session that only plans.
const MEMORY_BYTES: usize = 1 << 20;
/// What messages call it.
const WHAT: &str = "the condition cannot be judged";

/// A condition in SQL on one row, such as `amount >= 0 or kind = 'refund'`. Names of columns are written as they
/// are; those that are not plain words stand in double quotes. A division is one of real numbers.
#[derive(Debug, Clone)]
pub struct SqlCondition {
    text: String,
}

/// A condition on tables of one schema.
#[derive(Debug, Clone)]
pub struct BoundCondition {
    expression: Arc<dyn PhysicalExpr>,
    columns: Vec<usize>,
}

impl SqlCondition {
    /// A condition of this text.
    ///
    /// # Errors
    /// When it is not one expression, or holds a SELECT of its own. The message says where.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        Ok(Self { text: parsed(WHAT, text)? })
    }

    /// The condition on tables of this schema.
    ///
    /// # Errors
    /// When it names what is not there, mixes up types, is not true or false, or is about more than one row.
    pub fn bind(&self, schema: &Schema) -> Result<BoundCondition, IngestError> {
        let expression = on_planner(|| self.planned(schema)).map_err(|error| told(WHAT, &error, 0))?;
        let mut columns: Vec<usize> =
            collect_columns(&expression).into_iter().map(|column| column.index()).collect();
        columns.sort_unstable();
        Ok(BoundCondition { expression, columns })
    }

    fn planned(&self, schema: &Schema) -> Planned<Arc<dyn PhysicalExpr>> {
        let refuse = |cause: &str| Err(DataFusionError::Plan(cause.to_owned()));
        let context = session(MEMORY_BYTES, Vec::new())?;
        let columns = DFSchema::try_from_qualified_schema("current", &schema.arrow())?;
        let logical = context.state().create_logical_expr(&self.text, &columns)?;
        if logical.is_volatile() {
            return refuse("it gives something else each time");
        }
        if has_aggregate(&logical)? {
            return refuse("it is about more than one row: `sql_value_between` judges all rows");
        }
        if !matches!(logical.get_type(&columns)?, DataType::Boolean | DataType::Null) {
            return refuse("it is not true or false");
        }
        context.create_physical_expr(logical, &columns)
    }
}

fn has_aggregate(expression: &Logical) -> Planned<bool> {
    use datafusion::common::tree_node::TreeNode as _;
    expression.exists(|part| Ok(matches!(part, Logical::AggregateFunction(_) | Logical::WindowFunction(_))))
}

impl BoundCondition {
    /// Indices of the columns that it looks at, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Whether it is true of each row; nothing where it is null.
    ///
    /// # Errors
    /// When a value is one that it cannot take, as in a cast.
    pub fn of_rows(&self, chunk: &Chunk) -> Result<Vec<Option<bool>>, IngestError> {
        let fail = |error: DataFusionError| told(WHAT, &error, 0);
        let judged = self.expression.evaluate(chunk.batch()).map_err(fail)?;
        let judged = judged.into_array(chunk.rows()).map_err(fail)?;
        Ok(match judged.as_boolean_opt() {
            Some(judged) => judged.iter().collect(),
            // It is null for every row.
            None => vec![None; chunk.rows()],
        })
    }
}
