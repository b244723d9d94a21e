//! Sessions that can do nothing but select.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast;

/// Deepest nesting of brackets and the like.
const NESTING: usize = 50;
/// Stack of the thread that plans: a chain of a thousand additions is as deep as it is long.
const PLANNING_STACK_BYTES: usize = 64 << 20;
/// Rows of a batch between operators.
const BATCH_ROWS: usize = 8_192;

/// A session over these tables. It spills nothing, keeps to its memory, runs in one partition (so that the same
/// data give the same rows in the same order), and knows no files.
pub(super) fn session(
    memory_bytes: usize,
    tables: Vec<(String, Arc<dyn TableProvider>)>,
) -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.collect_spans = true;
    // Names of columns are written as they are in the data.
    options.sql_parser.enable_ident_normalization = false;
    // Filters that learn from one run must not reach the next: plans are used again.
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    let context = SessionContext::new_with_config_rt(config, runtime);
    // A table function could count to the end of time.
    for function in ["generate_series", "range"] {
        context.deregister_udtf(function);
    }
    for (name, table) in tables {
        context.register_table(datafusion::common::TableReference::bare(name), table)?;
    }
    Ok(context)
}

/// The one statement of this text, which selects.
pub(super) fn select(text: &str) -> Result<Statement> {
    let mut statements =
        DFParserBuilder::new(text).with_recursion_limit(NESTING).build()?.parse_statements()?;
    let plan = |cause: &str| DataFusionError::Plan(cause.to_owned());
    let statement = statements.pop_front().ok_or_else(|| plan("the statement is empty"))?;
    if !statements.is_empty() {
        return Err(plan("only one statement can be given"));
    }
    match &statement {
        Statement::Statement(inner) if matches!(**inner, ast::Statement::Query(_)) => Ok(statement),
        other => {
            let text = other.to_string();
            let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            Err(plan(&format!("only SELECT can be given, not {word}")))
        }
    }
}

/// The names of the tables that a statement reads, those that it makes itself left out.
pub(super) fn tables_of(statement: &Statement) -> Result<Vec<String>> {
    let (tables, _) = resolve_table_references(statement, false)?;
    Ok(tables.into_iter().map(|table| table.to_string()).collect())
}

/// The plans of a statement.
pub(super) struct Planned {
    pub(super) logical: LogicalPlan,
    pub(super) physical: Arc<dyn ExecutionPlan>,
}

/// Plans on a thread with room for it.
pub(super) fn planned(context: &SessionContext, statement: Statement) -> Result<Planned> {
    on_planner(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            let state = context.state();
            let logical = state.statement_to_plan(statement).await?;
            let selects =
                SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            selects.verify_plan(&logical)?;
            let physical = state.create_physical_plan(&logical).await?;
            Ok(Planned { logical, physical })
        })
    })
}

/// Does work on a thread with room for plans that are as deep as they are long.
pub(super) fn on_planner<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("planner".to_owned()).stack_size(PLANNING_STACK_BYTES);
        let handle = thread.spawn_scoped(scope, work)?;
        handle.join().unwrap_or_else(|_| Err(DataFusionError::Internal("the planner broke down".to_owned())))
    })
}
