//! What every rule must keep to, over every row of the table of rules.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use driftline_chunk::{CellFailure, Chunk, ColumnValues, Field, Physical, Schema};
use driftline_model::{RuleOutcome, RuleStatus, Severity};
use driftline_profile::{ChunkHashes, ProfileOptions, TableProfile};

use super::*;

const DAY: i64 = 86_400_000_000;

/// A table: number, number, truth, moment, text, text.
fn schema() -> Schema {
    let field = |name: &str, physical| Field { name: name.to_owned(), physical };
    Schema::new(vec![
        field("a", Physical::Number),
        field("b", Physical::Number),
        field("c", Physical::Number),
        field("flag", Physical::Boolean),
        field("day", Physical::Datetime),
        field("word", Physical::Text),
        field("zip", Physical::Text),
    ])
}

/// One row of it.
type Row = (
    Option<f64>,
    Option<f64>,
    Option<f64>,
    Option<bool>,
    Option<i64>,
    Option<&'static str>,
    Option<&'static str>,
);

fn chunk(rows: &[Row], (first, sequence): (u64, u64)) -> Chunk {
    let numbers = |pick: fn(&Row) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(pick).collect::<Float64Array>())
    };
    let arrays: Vec<ArrayRef> = vec![
        numbers(|row| row.0),
        numbers(|row| row.1),
        numbers(|row| row.2),
        Arc::new(rows.iter().map(|row| row.3).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|row| row.4).collect::<TimestampMicrosecondArray>()),
        Arc::new(rows.iter().map(|row| row.5).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|row| row.6).collect::<StringViewArray>()),
    ];
    let schema = schema();
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays).unwrap();
    let offsets = (first..first + rows.len() as u64).map(|row| row * 10).collect();
    // A `c` that is null in every 13th row of the table did not fit.
    let odd = (0..rows.len() as u32).filter(|row| (first + u64::from(*row)) % 13 == 5);
    let failures: Vec<CellFailure> =
        odd.filter(|row| rows[*row as usize].2.is_none()).map(|row| CellFailure { column: 2, row }).collect();
    Chunk::new(schema, batch, (0, sequence), offsets, failures).unwrap()
}

const WORDS: [&str; 6] = ["red", "green", " blue", "x@y.ch", "", "ro\u{202e}t"];
const ZIPS: [&str; 4] = ["8001", "8002", "9000", "1200"];

fn mixed(rows: usize) -> Vec<Row> {
    (0..rows)
        // One row comes twice.
        .map(|i| if i == 101 { 100 } else { i })
        .map(|i| {
            let x = i as f64;
            let some = i % 11 != 3;
            (
                some.then_some((x * 7.0) % 50.0 - 2.0),
                (i % 17 != 2).then_some(if i % 29 == 0 { f64::INFINITY } else { x / 4.0 }),
                (i % 13 != 5).then_some(x),
                (i % 5 != 1).then_some(i % 2 == 0),
                (i % 7 != 1).then_some(i as i64 * DAY / 3 - i64::from(i == 40) * 90 * DAY),
                some.then_some(WORDS[i % WORDS.len()]),
                Some(ZIPS[(i / 3) % ZIPS.len()]),
            )
        })
        .collect()
}

/// Judges a table that comes in pieces of `size` rows, to `workers` workers in turn, in a given order.
fn judged(text: &str, rows: &[Row], (size, workers, is_reversed): (usize, usize, bool)) -> Vec<RuleOutcome> {
    let plan = ContractPlan::new(&parse(text).unwrap()).unwrap().with_sql(Box::new(WordIsKnown));
    let bound = plan.bind(&schema());
    let answers = plan.questions().into_iter().map(answered).collect();
    let mut states: Vec<ContractState> = (0..workers).map(|_| bound.state()).collect();
    let mut profile = TableProfile::new(schema(), ProfileOptions::for_columns(7), None);
    let mut pieces: Vec<(usize, &[Row])> = rows.chunks(size.max(1)).enumerate().collect();
    if is_reversed {
        pieces.reverse();
    }
    let mut starts = Vec::new();
    for (ordinal, piece) in &pieces {
        let first = ordinal * size;
        starts.push((*ordinal as u64, first as u64));
        let chunk = chunk(piece, (first as u64, *ordinal as u64));
        let mut hashes = ChunkHashes::new();
        hashes.fill(&chunk);
        profile.update(&chunk, &hashes);
        let place = ChunkPlace { ordinal: *ordinal as u64, rejected: &[] };
        bound.update(&mut states[ordinal % workers], (&chunk, &hashes), place);
    }
    let mut state = bound.state();
    states.into_iter().for_each(|worker| state.merge(worker));
    let sample = profile.sample();
    let facts = TableFacts {
        profile: &profile,
        sample: &sample,
        rejected_rows: 3,
        now_micros: 400.0 * DAY as f64,
        answers: &answers,
    };
    let locate = |places: &[(u64, u64)]| {
        places.iter().map(|(ordinal, record)| ("t".to_owned(), ordinal * size as u64 + record + 1)).collect()
    };
    bound.finish("test", Some(state), &facts, (&locate, 1)).outcome.rules
}

/// Knows one condition: that the word has two letters at least.
struct WordIsKnown;

impl sql::Sql for WordIsKnown {
    fn check(&self, _: &sql::Question) -> Result<(), String> {
        Ok(())
    }

    fn condition(&self, _: &str, _: &Schema) -> Result<Box<dyn sql::Condition>, String> {
        Ok(Box::new(Self))
    }
}

impl sql::Condition for WordIsKnown {
    fn columns(&self) -> &[usize] {
        &[5]
    }

    fn of_rows(&self, chunk: &Chunk) -> Result<Vec<Option<bool>>, String> {
        let ColumnValues::Text(words) = chunk.column(5) else { return Err("no words".to_owned()) };
        Ok(words.iter().map(|word| word.map(|word| word.len() > 1)).collect())
    }
}

fn answered(question: sql::Question) -> (sql::Question, Result<sql::Answer, String>) {
    let answer = match &question {
        sql::Question::Rows(_) => sql::Answer::Rows(2, vec!["`a` = 1".to_owned(), "`a` = 2".to_owned()]),
        _ => sql::Answer::Value(Some(7.25)),
    };
    (question, Ok(answer))
}

/// A contract with every rule, on the table above.
const EVERY_RULE: &str = r#"
version = 1
[table]
rules = [
    { rule = "column_order", columns = ["b", "a"] },
    { rule = "columns_only", columns = ["a", "b", "c", "flag", "day", "word"] },
    { rule = "column_count_between", max = 3 },
    { rule = "row_count_between", min = 100_000 },
    { rule = "unreadable_share_at_most", max = 0.0 },
    { rule = "duplicate_share_at_most", max = 0.0 },
    { rule = "unique_together", columns = ["flag", "word"] },
    { rule = "at_most_column", left = "a", right = "c" },
    { rule = "below_column", left = "a", right = "b" },
    { rule = "equals_column", left = "a", right = "c" },
    { rule = "equals_column", left = "word", right = "zip" },
    { rule = "null_together", left = "a", right = "word" },
    { rule = "null_together", left = "a", right = "b" },
    { rule = "sum_equals", columns = ["a", "b"], total = "c", within = 0.5 },
    { rule = "determines", columns = ["flag"], target = "word" },
    { rule = "determines", columns = ["zip"], target = "zip2" },
    { rule = "sql_holds", condition = "length(word) > 1" },
    { rule = "sql_value_between", value = "avg(a)", max = 7 },
    { rule = "sql_finds_nothing", select = "select a from current" },
]
[[column]]
name = "a"
rules = [
    { rule = "column_present" },
    { rule = "kind", is = "integer" },
    { rule = "not_null" },
    { rule = "null" },
    { rule = "null_share_at_most", max = 0.01 },
    { rule = "between", min = 0, max = 40, tolerance = 0.01 },
    { rule = "in_set", values = [1, 2, 3] },
    { rule = "not_in_set", values = [5.0] },
    { rule = "contains_values", values = [77] },
    { rule = "unique" },
    { rule = "distinct_count_between", max = 3 },
    { rule = "distinct_share_between", min = 0.9 },
    { rule = "length_between", max = 1 },
    { rule = "mean_between", min = 1000 },
    { rule = "median_between", min = 1000 },
    { rule = "quantile_between", quantile = 0.9, min = 1000 },
    { rule = "std_between", max = 0.1 },
    { rule = "sum_between", max = 0 },
    { rule = "min_between", min = 0 },
    { rule = "max_between", max = 0 },
    { rule = "zero_share_at_most", max = 0 },
    { rule = "negative_share_at_most", max = 0.0 },
    { rule = "increasing" },
    { rule = "decreasing", strict = true },
]
[[column]]
name = "b"
rules = [ { rule = "column_absent" } ]
[[column]]
name = "c"
rules = [ { rule = "kind", is = "numeric" }, { rule = "increasing", strict = true } ]
[[column]]
name = "day"
rules = [
    { rule = "fresh", days = 10 },
    { rule = "increasing" },
    { rule = "between", max = 1970-02-01 },
]
[[column]]
name = "word"
rules = [
    { rule = "matches", pattern = "^[a-z]+$" },
    { rule = "not_matches", pattern = "@" },
    { rule = "starts_with", with = "r" },
    { rule = "ends_with", with = "d" },
    { rule = "trimmed" },
    { rule = "format", is = "email" },
    { rule = "in_set", values = ["red", "green"] },
]
[[column]]
name = "gone"
rules = [ { rule = "not_null" } ]
"#;

#[test]
fn ids_are_unique_and_examples_are_contracts() {
    let mut seen = std::collections::BTreeSet::new();
    for info in rules() {
        assert!(seen.insert(info.id), "{}", info.id);
        assert!(info.summary.ends_with('.') && !info.name.is_empty(), "{}", info.id);
        let text = match info.place {
            RulePlace::Column => format!("version = 1\n[[column]]\nname = \"a\"\nrules = [{}]", info.example),
            RulePlace::Table => format!("version = 1\n[table]\nrules = [{}]", info.example),
        };
        let contract = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", info.id));
        assert_eq!(contract.rules.last().unwrap().rule, info.id);
        let plan = ContractPlan::new(&contract).unwrap();
        assert!(plan.promises().iter().all(|promise| !promise.is_empty()), "{}", info.id);
    }
    assert!(seen.len() >= 40, "{} rules", seen.len());
}

#[test]
fn every_rule_is_in_the_contract_of_the_tests_and_can_break() {
    let outcomes = judged(EVERY_RULE, &mixed(500), (64, 1, false));
    for info in rules() {
        let own: Vec<_> = outcomes.iter().filter(|outcome| outcome.rule == info.id).collect();
        assert!(!own.is_empty(), "{} is not tried", info.id);
        assert!(own.iter().any(|outcome| outcome.status == RuleStatus::Broken), "{}: {own:?}", info.id);
        for outcome in own.iter().filter(|outcome| outcome.status == RuleStatus::Broken) {
            assert!(!outcome.message.is_empty() && !outcome.message.contains('\u{202e}'), "{outcome:?}");
            assert!(outcome.examples.len() <= 5, "{outcome:?}");
        }
    }
}

#[test]
fn the_outcome_does_not_depend_on_chunks_workers_or_order() {
    let rows = mixed(500);
    let expected = judged(EVERY_RULE, &rows, (500, 1, false));
    for how in [(1, 3, false), (7, 2, true), (64, 4, true), (499, 1, true)] {
        assert_eq!(judged(EVERY_RULE, &rows, how), expected, "{how:?}");
    }
}

#[test]
fn hostile_tables_give_named_outcomes() {
    let nothing: Row = (None, None, None, None, None, None, None);
    let constant: Row = (Some(3.0), Some(3.0), Some(6.0), Some(true), Some(0), Some("x"), Some("x"));
    let far: Row = (
        Some(f64::INFINITY),
        Some(f64::NEG_INFINITY),
        Some(f64::MAX),
        None,
        Some(i64::MIN),
        Some("\0"),
        None,
    );
    for rows in [vec![], vec![nothing; 40], vec![constant; 40], vec![far; 40], vec![nothing, far, constant]] {
        for outcome in judged(EVERY_RULE, &rows, (16, 2, false)) {
            assert!(!outcome.message.contains("broke down"), "{outcome:?}");
            assert!(!outcome.message.contains("NaN"), "{outcome:?}");
            let is_told = outcome.status == RuleStatus::Kept || !outcome.message.is_empty();
            assert!(is_told, "{outcome:?}");
        }
    }
}

fn one<'a>(outcomes: &'a [RuleOutcome], rule: &str, column: Option<&str>) -> &'a RuleOutcome {
    outcomes.iter().find(|outcome| outcome.rule == rule && outcome.column.as_deref() == column).unwrap()
}

#[test]
fn counts_and_first_rows_are_exact() {
    let rows = mixed(500);
    let outcomes = judged(EVERY_RULE, &rows, (64, 3, true));
    let count = |breaks: fn(&Row) -> bool| rows.iter().filter(|row| breaks(row)).count() as u64;
    let between = one(&outcomes, "between", Some("a"));
    assert_eq!(between.rows_broken.unwrap(), count(|row| row.0.is_some_and(|x| !(0.0..=40.0).contains(&x))));
    assert_eq!(between.rows_judged.unwrap(), count(|row| row.0.is_some()));
    assert!(between.message.starts_with("`a` is outside 0 to 40 in "), "{}", between.message);
    let first = rows.iter().position(|row| row.0.is_some_and(|x| !(0.0..=40.0).contains(&x))).unwrap();
    assert_eq!(
        (between.examples[0].row, between.examples[0].byte_offset),
        (first as u64 + 1, Some(first as u64 * 10))
    );
    let nulls = one(&outcomes, "not_null", Some("a"));
    assert_eq!(nulls.rows_broken.unwrap(), count(|row| row.0.is_none()));
    let kind = one(&outcomes, "kind", Some("c"));
    assert_eq!(kind.rows_broken.unwrap(), rows.iter().filter(|row| row.2.is_none()).count() as u64);
    let order = one(&outcomes, "increasing", Some("day"));
    assert_eq!((order.rows_broken.unwrap(), order.examples[0].row), (1, 41));
    let unique = one(&outcomes, "unique", Some("a"));
    let distinct: std::collections::BTreeSet<u64> =
        rows.iter().filter_map(|row| row.0.map(f64::to_bits)).collect();
    assert_eq!(unique.rows_broken.unwrap() + distinct.len() as u64, count(|row| row.0.is_some()));
    assert_eq!(one(&outcomes, "column_present", Some("gone")).status, RuleStatus::Broken);
    assert_eq!(one(&outcomes, "not_null", Some("gone")).status, RuleStatus::Skipped);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.message.contains("`zip2`")).count(), 1);
}

#[test]
fn a_tolerance_lets_a_share_of_rows_break() {
    let text = |tolerance: &str| {
        format!(
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{{ rule = \"not_null\", tolerance = {tolerance}, severity = \"high\" }}]"
        )
    };
    let rows = mixed(500);
    let status = |tolerance: &str| {
        let outcomes = judged(&text(tolerance), &rows, (64, 1, false));
        let outcome = one(&outcomes, "not_null", Some("a"));
        assert_eq!(outcome.severity, Severity::High);
        outcome.status
    };
    assert_eq!(status("0.2"), RuleStatus::Kept);
    assert_eq!(status("0.05"), RuleStatus::Broken);
}

#[test]
fn mistakes_are_told_with_their_line_and_what_would_be_right() {
    let told = |text: &str| parse(text).unwrap_err();
    for (text, line, words) in [
        ("", 1, "version = 1"),
        ("version = 2", 1, "must be 1"),
        ("version = 1\nverson = 2", 2, "did you mean `version`"),
        ("version = 1\n[[column]]\nrules = []", 2, "needs its `name`"),
        ("version = 1\n[[column]]\nname = \"a\"\nrule = []", 4, "did you mean `rules`"),
        ("version = 1\n[column]\nname = \"a\"", 2, "double brackets"),
        (
            "version = 1\n[table]\nrules = [{ rule = \"row_count_betwen\" }]",
            3,
            "did you mean `row_count_between`",
        ),
        ("version = 1\n[table]\nrules = [{ rule = \"not_null\" }]", 3, "under [[column]]"),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [\n { rule = \"not_null\" },\n { rule = \"between\", mn = 3 }]",
            6,
            "did you mean `min`",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"between\" }]",
            4,
            "`min`, `max` or both",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"between\", min = 3, max = 1 }]",
            4,
            "above `max`",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"between\", min = \"x\" }]",
            4,
            "a number, or a date",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"matches\", pattern = \"(\" }]",
            4,
            "not a regular expression",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"matches\", pattern = \"(a{1000}){1000}\" }]",
            4,
            "too large",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"kind\", is = \"int\" }]",
            4,
            "one of numeric, integer",
        ),
        ("version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"kind\" }]", 4, "needs `is`"),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"unique\", severity = \"bad\" }]",
            4,
            "\"critical\"",
        ),
        (
            "version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"mean_between\", min = 1, tolerance = 0.1 }]",
            4,
            "takes no `tolerance`",
        ),
        ("version = 1\n[[column]]\nname = \"a\"\n[[column]]\nname = \"a\"", 5, "already"),
        ("version = 1\n[[column]\n", 2, "not valid TOML"),
        ("version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"between\", min = nan }]", 4, "finite"),
    ] {
        let error = told(text);
        assert!(error.message.contains(words), "{text}\n{error}");
        assert_eq!(error.line, line, "{text}\n{error}");
    }
}

#[test]
fn a_written_contract_reads_the_same() {
    let contract = parse(EVERY_RULE).unwrap();
    let suggestions: Vec<driftline_model::SuggestedRule> = contract
        .rules
        .iter()
        .map(|rule| driftline_model::SuggestedRule {
            rule: rule.clone(),
            promise: String::new(),
            why: "seen: \"a\nb\" \u{202e}".to_owned(),
        })
        .collect();
    let text = to_toml("A contract\nof tests", &suggestions);
    let again = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.rules, contract.rules, "{text}");
}

#[test]
fn no_text_makes_the_parser_panic() {
    let mut random = driftline_stats::random::SplitMix64::new(7);
    let bytes = EVERY_RULE.as_bytes();
    for _ in 0..3_000 {
        let mut broken = bytes.to_vec();
        for _ in 0..3 {
            let at = (random.unit() * broken.len() as f64) as usize;
            let with = bytes[(random.unit() * bytes.len() as f64) as usize];
            if let Some(byte) = broken.get_mut(at) {
                *byte = with;
            }
        }
        let text = String::from_utf8_lossy(&broken);
        if let Err(error) = parse(&text) {
            assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
        }
    }
}

/// A rule that breaks down, either at once or at the first row.
struct Broken(bool);

impl judge::Rule for Broken {
    fn promise(&self) -> String {
        "nothing".to_owned()
    }

    fn bind(&self, _: &judge::Columns<'_>) -> Result<judge::Judge, judge::NotBound> {
        assert!(!self.0, "broken on purpose");
        Ok(judge::Judge::Rows(judge::RowJudge {
            shown: Vec::new(),
            fault: String::new(),
            mark: Box::new(|_, _| panic!("broken on purpose")),
        }))
    }
}

#[test]
fn a_rule_that_breaks_down_is_one_finding() {
    let contract = parse("version = 1\n[[column]]\nname = \"a\"\nrules = [{ rule = \"not_null\" }]").unwrap();
    let mut plan = ContractPlan::new(&contract).unwrap();
    let rule = contract.rules[1].clone();
    plan.rules.push((rule.clone(), Box::new(Broken(true))));
    plan.rules.push((rule, Box::new(Broken(false))));
    let bound = plan.bind(&schema());
    let rows = mixed(20);
    let chunk = chunk(&rows, (0, 0));
    let mut hashes = ChunkHashes::new();
    hashes.fill(&chunk);
    let mut profile = TableProfile::new(schema(), ProfileOptions::for_columns(7), None);
    profile.update(&chunk, &hashes);
    let mut state = bound.state();
    bound.update(&mut state, (&chunk, &hashes), ChunkPlace { ordinal: 0, rejected: &[] });
    let sample = profile.sample();
    let facts = TableFacts {
        profile: &profile,
        sample: &sample,
        rejected_rows: 0,
        now_micros: 0.0,
        answers: &sql::Answers::new(),
    };
    let judged =
        bound.finish("test", Some(state), &facts, (&|places| vec![(String::new(), 1); places.len()], 1));
    let statuses: Vec<RuleStatus> = judged.outcome.rules.iter().map(|rule| rule.status).collect();
    let unjudged = RuleStatus::Unjudged;
    assert_eq!(statuses, [RuleStatus::Kept, RuleStatus::Broken, unjudged, unjudged]);
    assert!(judged.violations.iter().filter(|finding| finding.message.contains("broke down")).count() == 2);
}
