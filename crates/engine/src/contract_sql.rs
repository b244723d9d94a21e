//! Rules in SQL: conditions are judged while the table is read, statements are asked of it afterwards.

use std::collections::BTreeSet;

use driftline_chunk::{Chunk, ColumnValues, Schema};
use driftline_detect::contract::sql::{Answer, Answers, Condition, Question, Sql};
use driftline_detect::contract::{ContractTextError, EXAMPLES, parse_with, shown_row};
use driftline_ingest::{
    BoundCondition, IngestError, Query, ReadOptions, SqlCondition, SqlMetric, Table, named_tables, query,
};
use driftline_model::{Contract, ContractRule};

use crate::EngineError;
use crate::input::query_memory;
use crate::scan::ScanContext;

/// Bytes of an answer that are taken at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// The table that statements are asked of.
const CURRENT: &str = "current";

/// Reads a contract from its text, SQL included.
///
/// # Errors
/// When it is not TOML, or says what no contract can say: with line and column, and what would be right.
pub fn read_contract(text: &str) -> Result<Contract, ContractTextError> {
    parse_with(text, &checked)
}

/// Whether the SQL of a rule could be asked of a table.
pub(crate) fn checked(rule: &ContractRule) -> Result<(), String> {
    Question::of(rule).map_or(Ok(()), |question| Ours.check(&question))
}

/// SQL over tables of ours.
pub(crate) struct Ours;

impl Sql for Ours {
    fn check(&self, question: &Question) -> Result<(), String> {
        match question {
            Question::Condition(text) => SqlCondition::parse(text).map(drop).map_err(in_short),
            Question::Value(text) => SqlMetric::parse(text, text, "").map(drop).map_err(in_short),
            Question::Rows(text) => match named_tables(text).map_err(in_short)?.as_slice() {
                [name] if name == CURRENT => Ok(()),
                _ => Err(format!("the one table that it can name is `{CURRENT}`")),
            },
        }
    }

    fn condition(&self, text: &str, schema: &Schema) -> Result<Box<dyn Condition>, String> {
        let bound = SqlCondition::parse(text).and_then(|condition| condition.bind(schema));
        Ok(Box::new(Bound(bound.map_err(in_short)?)))
    }
}

struct Bound(BoundCondition);

impl Condition for Bound {
    fn columns(&self) -> &[usize] {
        self.0.columns()
    }

    fn of_rows(&self, chunk: &Chunk) -> Result<Vec<Option<bool>>, String> {
        self.0.of_rows(chunk).map_err(in_short)
    }
}

/// What is wrong, without what it is wrong with: that is the rule.
fn in_short(error: IngestError) -> String {
    match error {
        IngestError::Statement { cause, .. } => cause,
        other => other.to_string(),
    }
}

/// Asks a table that was read: once for all numbers, and once for each statement.
///
/// # Errors
/// When the run is cancelled. What cannot be answered is an answer.
pub(crate) fn answers(
    questions: &BTreeSet<Question>,
    table: &Table,
    context: &ScanContext<'_>,
) -> Result<Answers, EngineError> {
    let asked = Asked { table, context };
    let mut answers = Answers::new();
    let mut values = Vec::new();
    for question in questions {
        match question {
            Question::Value(text) => {
                let metric = SqlMetric::parse(text, text, "");
                match metric.and_then(|metric| metric.validate(table.schema()).map(|()| metric)) {
                    Ok(metric) => values.push((question, metric)),
                    Err(error) => _ = answers.insert(question.clone(), Err(in_short(error))),
                }
            }
            Question::Rows(statement) => _ = answers.insert(question.clone(), asked.rows(statement)),
            Question::Condition(_) => {}
        }
        if context.halt.is_set() {
            return Err(EngineError::Cancelled);
        }
    }
    let (questions, metrics): (Vec<_>, Vec<_>) = values.into_iter().unzip();
    if !metrics.is_empty() {
        let found = asked.values(&metrics);
        let of = |place: usize| found.as_ref().map(|found| found.get(place).copied().flatten());
        answers.extend(questions.into_iter().enumerate().map(|(place, question)| {
            (question.clone(), of(place).map(Answer::Value).map_err(String::clone))
        }));
    }
    Ok(answers)
}

/// A table that is asked.
struct Asked<'a> {
    table: &'a Table,
    context: &'a ScanContext<'a>,
}

impl Asked<'_> {
    fn values(&self, metrics: &[SqlMetric]) -> Result<Vec<Option<f64>>, String> {
        let mut values = Vec::new();
        self.each(SqlMetric::statement(metrics), &mut |chunk| {
            if chunk.rows() > 0 {
                values = (0..chunk.schema().len()).map(|column| number(chunk, column)).collect();
            }
        })?;
        Ok(values)
    }

    fn rows(&self, statement: &str) -> Result<Answer, String> {
        let (mut count, mut firsts) = (0, Vec::new());
        self.each(statement.to_owned(), &mut |chunk| {
            count += chunk.rows() as u64;
            let wanted = chunk.rows().min(EXAMPLES - firsts.len());
            firsts.extend((0..wanted).map(|row| shown_row(chunk, row)));
        })?;
        Ok(Answer::Rows(count, firsts))
    }

    /// Sees the rows of a statement, chunk by chunk, until the run is stopped.
    fn each(&self, statement: String, see: &mut dyn FnMut(&Chunk)) -> Result<(), String> {
        let memory_bytes = query_memory(self.context.run);
        let wanted = Query { name: CURRENT.to_owned(), statement, memory_bytes };
        let mut find = |name: &str| match name {
            CURRENT => self.table.reopen(self.table.schema()).map(Some),
            _ => Ok(None),
        };
        let answer = query(&wanted, &mut find, &ReadOptions::default()).map_err(in_short)?;
        for source in answer.sources() {
            while !self.context.halt.is_set() {
                match source.pull(CHUNK_BYTES).and_then(|raw| raw.map(|raw| source.decode(raw)).transpose()) {
                    Ok(Some(decoded)) => see(&decoded.chunk),
                    Ok(None) => break,
                    // What came before stands, and that the table broke off is told by the reading of it.
                    Err(error) if error.is_broken_off() => break,
                    Err(error) => return Err(in_short(error)),
                }
            }
        }
        Ok(())
    }
}

fn number(chunk: &Chunk, column: usize) -> Option<f64> {
    use arrow_array::Array as _;
    match chunk.column(column) {
        ColumnValues::Number(array) if array.is_valid(0) => Some(array.value(0)),
        _ => None,
    }
}
