//! A contract made ready: first its rules, then its rules on the columns of one table.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use driftline_chunk::{Chunk, Physical, Schema};
use driftline_model::{Contract, ContractRule};
use driftline_profile::ChunkHashes;

use super::breaks::{Breaks, Broken, ChunkPlace, Place};
use super::find;
use super::followed::{Repeats, Together};
use super::judge::{Columns, Judge, KeyJudge, NotBound, PairJudge, Rows, Rule};
use super::parameters::Parameters;
use super::parse::ContractTextError;
use super::sql::{Question, Sql};
use super::steps::Steps;

/// Keys that all rules about repetition may follow together: some 80 MB.
const MOST_KEYS: u64 = 3_500_000;
/// Keys that each of them may follow in any case.
const LEAST_KEYS: u64 = 50_000;
/// Pairs that a rule about dependency follows, each with the text of an example: some 40 MB.
const MOST_PAIRS: u64 = 262_144;
/// Pairs that each may follow in any case.
const LEAST_PAIRS: u64 = 16_384;

/// A contract whose rules are ready for any table.
pub struct ContractPlan {
    pub(crate) rules: Vec<(ContractRule, Box<dyn Rule>)>,
    sql: Option<Box<dyn Sql>>,
}

/// A contract on the columns of one table.
pub struct BoundContract<'a> {
    pub(crate) plan: &'a ContractPlan,
    pub(crate) judges: Vec<Result<BoundRule, NotBound>>,
}

/// A rule on the columns of one table, with what all workers share.
pub(crate) struct BoundRule {
    pub(crate) judge: Judge,
    pub(crate) repeats: Option<Repeats>,
    pub(crate) together: Option<Together>,
}

/// What one worker knows of a contract.
pub struct ContractState {
    pub(crate) rules: Vec<RuleState>,
}

/// What one worker knows of one rule.
pub(crate) enum RuleState {
    /// It needs no rows.
    Nothing,
    Rows(Breaks, Broken),
    Keys(u64),
    Order(Steps),
    /// It broke down.
    Failed,
}

/// Makes a rule from what a contract says.
///
/// # Errors
/// What would be right.
pub(crate) fn prepare(rule: &ContractRule) -> Result<Box<dyn Rule>, String> {
    let registered = find(&rule.rule).ok_or_else(|| format!("there is no rule `{}`", rule.rule))?;
    (registered.prepare)(&Parameters::new(&rule.parameters, rule.column.as_deref()))
}

impl ContractPlan {
    /// Makes the rules of a contract ready.
    ///
    /// # Errors
    /// When a rule is not one that [`parse`](super::parse()) lets through; the line is the number of the rule.
    pub fn new(contract: &Contract) -> Result<Self, ContractTextError> {
        let ready = |(number, rule): (usize, &ContractRule)| {
            let prepared = prepare(rule).map_err(|message| ContractTextError {
                line: number as u64 + 1,
                column: 1,
                message: format!("`{}`: {message}", rule.rule),
            })?;
            Ok((rule.clone(), prepared))
        };
        Ok(Self { rules: contract.rules.iter().enumerate().map(ready).collect::<Result<_, _>>()?, sql: None })
    }

    /// The same with SQL, without which its rules in SQL are not judged.
    #[must_use]
    pub fn with_sql(self, sql: Box<dyn Sql>) -> Self {
        Self { sql: Some(sql), ..self }
    }

    /// What its rules ask of the whole table in SQL, each once.
    #[must_use]
    pub fn questions(&self) -> BTreeSet<Question> {
        let asked = self.rules.iter().filter_map(|(rule, _)| Question::of(rule));
        asked.filter(|question| !matches!(question, Question::Condition(_))).collect()
    }

    /// Number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules in words, in their order.
    #[must_use]
    pub fn promises(&self) -> Vec<String> {
        self.rules.iter().map(|(_, rule)| rule.promise()).collect()
    }

    /// Columns that are best held as text, because the rules on them speak of nothing but text.
    #[must_use]
    pub fn prefer(&self) -> Vec<(String, Physical)> {
        let is_text = |id: &str| {
            matches!(id, "matches" | "not_matches" | "starts_with" | "ends_with" | "length_between")
        };
        let is_either = |id: &str| {
            matches!(
                id,
                "column_present" | "not_null" | "null_share_at_most" | "unique" | "in_set" | "not_in_set"
            )
        };
        let mut columns: Vec<&str> =
            self.rules.iter().filter_map(|(rule, _)| rule.column.as_deref()).collect();
        columns.dedup();
        let of = |column: &str| {
            let own: Vec<&str> = self
                .rules
                .iter()
                .filter(|(rule, _)| rule.column.as_deref() == Some(column))
                .map(|(rule, _)| rule.rule.as_str())
                .collect();
            let is_wanted =
                own.iter().any(|id| is_text(id)) && own.iter().all(|id| is_text(id) || is_either(id));
            is_wanted.then(|| (column.to_owned(), Physical::Text))
        };
        columns.into_iter().filter_map(of).collect()
    }

    /// The rules on the columns of a table. For each pass over the data it is made anew.
    #[must_use]
    pub fn bind(&self, schema: &Schema) -> BoundContract<'_> {
        let columns = Columns { schema, sql: self.sql.as_deref() };
        let judges: Vec<Result<Judge, NotBound>> = self
            .rules
            .iter()
            .map(|(_, rule)| {
                catch_unwind(AssertUnwindSafe(|| rule.bind(&columns)))
                    .unwrap_or_else(|_| Err(NotBound::Unfit("it broke down: an internal error".to_owned())))
            })
            .collect();
        let count =
            |wanted: fn(&Judge) -> bool| judges.iter().flatten().filter(|judge| wanted(judge)).count() as u64;
        let keys = (MOST_KEYS / count(|judge| matches!(judge, Judge::Keys(_))).max(1)).max(LEAST_KEYS);
        let pairs = (MOST_PAIRS / count(|judge| matches!(judge, Judge::Pairs(_))).max(1)).max(LEAST_PAIRS);
        let shared = |judge: Judge| BoundRule {
            repeats: matches!(judge, Judge::Keys(_)).then(|| Repeats::new(keys)),
            together: matches!(judge, Judge::Pairs(_)).then(|| Together::new(pairs)),
            judge,
        };
        BoundContract { plan: self, judges: judges.into_iter().map(|judge| judge.map(shared)).collect() }
    }
}

impl BoundContract<'_> {
    /// What a worker knows before it has seen any rows.
    #[must_use]
    pub fn state(&self) -> ContractState {
        let of = |rule: &Result<BoundRule, NotBound>| match rule.as_ref().map(|rule| &rule.judge) {
            Ok(Judge::Rows(_)) => RuleState::Rows(Breaks::default(), Broken::default()),
            Ok(Judge::Keys(_) | Judge::Pairs(_)) => RuleState::Keys(0),
            Ok(Judge::Order(_)) => RuleState::Order(Steps::default()),
            Ok(Judge::Known(_) | Judge::Summary(_) | Judge::Answer(_)) | Err(_) => RuleState::Nothing,
        };
        ContractState { rules: self.judges.iter().map(of).collect() }
    }

    /// Takes in a chunk. `hashes` must have been filled from it. A rule that breaks down is not asked again.
    pub fn update(
        &self,
        state: &mut ContractState,
        (chunk, hashes): (&Chunk, &ChunkHashes),
        place: ChunkPlace<'_>,
    ) {
        let rows = Rows { chunk, hashes };
        for (rule, state) in self.judges.iter().zip(&mut state.rules) {
            let Ok(rule) = rule else { continue };
            let outcome = catch_unwind(AssertUnwindSafe(|| rule.update(state, &rows, place)));
            if outcome.is_err() {
                *state = RuleState::Failed;
            }
        }
    }
}

impl BoundRule {
    fn update(&self, state: &mut RuleState, rows: &Rows<'_>, place: ChunkPlace<'_>) {
        match (&self.judge, state) {
            (Judge::Rows(judge), RuleState::Rows(breaks, broken)) => {
                broken.rows.clear();
                breaks.judged += (judge.mark)(rows, broken);
                if let Some(cause) = broken.cause.take() {
                    breaks.fail(place.ordinal, cause);
                }
                breaks.add(rows, place, &broken.rows, &judge.shown);
            }
            (Judge::Keys(judge), RuleState::Keys(judged)) => {
                *judged += self.repeats.as_ref().map_or(0, |repeats| judge.follow(repeats, rows, place));
            }
            (Judge::Pairs(judge), RuleState::Keys(judged)) => {
                *judged += self.together.as_ref().map_or(0, |together| judge.follow(together, rows, place));
            }
            (Judge::Order(judge), RuleState::Order(steps)) => steps.add(judge, rows, place),
            _ => {}
        }
    }
}

impl ContractState {
    /// Takes in all that another worker knows of the same contract.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.rules.iter_mut().zip(other.rules) {
            match (&mut *mine, theirs) {
                (RuleState::Rows(mine, _), RuleState::Rows(theirs, _)) => mine.merge(theirs),
                (RuleState::Keys(mine), RuleState::Keys(theirs)) => *mine += theirs,
                (RuleState::Order(mine), RuleState::Order(theirs)) => mine.merge(theirs),
                (_, RuleState::Failed) => *mine = RuleState::Failed,
                _ => {}
            }
        }
    }
}

/// Odd multiplier that makes the hash of a key depend on the order of its columns, as for whole rows.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of the cells of some columns in a row; none when all are null.
fn key_of(rows: &Rows<'_>, columns: &[usize], row: usize) -> Option<u64> {
    let hash_at = |column: &usize| rows.hashes.column(*column).get(row).copied();
    if let [column] = columns {
        return hash_at(column).filter(|_| !rows.is_null(*column, row));
    }
    if columns.iter().all(|column| rows.is_null(*column, row)) {
        return None;
    }
    let add =
        |hash: u64, column: &usize| hash.wrapping_mul(MULTIPLIER).wrapping_add(hash_at(column).unwrap_or(0));
    Some(driftline_stats::hash::finish(columns.iter().fold(0, add)))
}

impl KeyJudge {
    fn follow(&self, repeats: &Repeats, rows: &Rows<'_>, place: ChunkPlace<'_>) -> u64 {
        let mut judged = 0;
        let all: Vec<usize> =
            if self.columns.is_empty() { (0..rows.chunk.schema().len()).collect() } else { Vec::new() };
        for row in 0..rows.chunk.rows() {
            let (key, shown) = if self.columns.is_empty() {
                (rows.hashes.rows().get(row).copied(), &all)
            } else {
                (key_of(rows, &self.columns, row), &self.columns)
            };
            let Some(key) = key else { continue };
            judged += 1;
            repeats.add(key, place_of(place, row), || rows.example(shown, row));
        }
        judged
    }
}

impl PairJudge {
    fn follow(&self, together: &Together, rows: &Rows<'_>, place: ChunkPlace<'_>) -> u64 {
        let mut judged = 0;
        let shown: Vec<usize> = self.determinants.iter().chain(&self.dependents).copied().collect();
        for row in 0..rows.chunk.rows() {
            let Some(determinant) = key_of(rows, &self.determinants, row) else { continue };
            judged += 1;
            // A row without any dependent value has a partner too: none.
            let dependent = key_of(rows, &self.dependents, row).unwrap_or_default();
            let both =
                driftline_stats::hash::finish(determinant.wrapping_mul(MULTIPLIER).wrapping_add(dependent));
            together.add((determinant, both), place_of(place, row), || rows.example(&shown, row));
        }
        judged
    }
}

fn place_of(place: ChunkPlace<'_>, row: usize) -> Place {
    if place.rejected.is_empty() {
        Place { ordinal: place.ordinal, record: row as u64 }
    } else {
        place.of(row)
    }
}
