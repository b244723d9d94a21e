//! The first look at one column, before it is known what the other columns say.

use std::sync::Arc;

use driftline_chunk::Physical;
use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Kind, NullChange, Settings, Severity};

use super::compare::{
    ColumnSide, Comparison, compare_booleans, compare_free_text, compare_numbers, compare_parsed,
    compare_texts,
};
use super::effect::Bars;
use super::evidence::{NormalScores, Share, UNKNOWN_DENSITY, first_appearance, two_proportions};
use super::natural::own_movement;
use super::prepared::BinnedRows;
use super::role::{role_of, runs_on};

/// Texts that read as numbers from this share on are numbers with failures, not another kind.
const NUMBER_SHARE: f64 = 0.9;
/// Values on a side below which a change of kind is not claimed.
const MIN_VALUES_FOR_KIND: u64 = 5;

/// What the first look at one column gives.
pub(crate) struct Examined {
    /// The report so far: everything but verdict, severity, evidence, score and onset.
    pub(crate) report: ColumnReport,
    /// The comparison of the values, when the column is a feature with values on both sides.
    pub(crate) comparison: Option<Comparison>,
    /// The bars it has to pass.
    pub(crate) bars: Bars,
    /// Shares of special cells on both sides with the p-value of their difference, where there are any.
    pub(crate) cells: CellTests,
    /// Whether the values are of another kind now.
    pub(crate) has_kind_changed: bool,
}

/// Tests of the shares of special cells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CellTests {
    pub(crate) nulls: Option<CellTest>,
    pub(crate) failures: Option<CellTest>,
    pub(crate) infinities: Option<CellTest>,
}

/// A share on both sides and the p-value of its difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CellTest {
    pub(crate) shares: [f64; 2],
    pub(crate) p_value: f64,
}

/// What can be compared of two columns.
enum Plan {
    Numbers,
    Booleans,
    Categories,
    FreeText,
    ParsedNumbers,
    KindChanged,
    Nothing,
}

/// Looks at one column that both sides have.
pub(crate) fn examine(
    name: &str,
    sides: (ColumnSide<'_>, ColumnSide<'_>),
    settings: &Settings,
    normal_scores: &NormalScores,
) -> Examined {
    let (reference, current) = sides;
    let (role, reason) = role_of(name, Some(sides), settings);
    let counts = [reference.numbers(), current.numbers()];
    let counts = counts.each_ref().map(Option::as_deref);
    let mut report = report_with(name, [Some(reference), Some(current)], counts);
    report.role = role;
    report.reason = reason;
    let mut examined = Examined {
        report,
        comparison: None,
        bars: Bars::new(&settings.drift, None),
        cells: CellTests::default(),
        has_kind_changed: false,
    };
    if role == ColumnRole::Excluded {
        return examined;
    }
    examined.cells = cell_tests(reference, current);
    let plan = plan_of(reference, current);
    if role != ColumnRole::Feature {
        examined.has_kind_changed = matches!(plan, Plan::KindChanged);
        return examined;
    }
    let bins = (settings.drift.bins as usize).max(2);
    examined.comparison = match plan {
        Plan::Numbers => compare_numbers(sides, counts, bins, normal_scores),
        Plan::Booleans => compare_booleans(sides, normal_scores),
        Plan::Categories => compare_texts(sides, bins, normal_scores),
        Plan::FreeText => compare_free_text(sides, bins, normal_scores),
        Plan::ParsedNumbers => parsed_comparison(&mut examined.cells, sides, normal_scores),
        Plan::KindChanged => {
            examined.has_kind_changed = true;
            None
        }
        Plan::Nothing => None,
    };
    if let Some(comparison) = &examined.comparison {
        examined.report.n = comparison.n;
        let rows_total = [reference.profile.count(), current.profile.count()];
        let kept = reference.prepared.and_then(|kept| kept.bins.get()).and_then(Option::as_ref);
        let own = comparison.rows.as_ref().and_then(|rows| {
            let own = || own_movement(&rows.reference, rows.bins);
            // Bins of categories depend on the current side too.
            let is_same = |kept: &&BinnedRows| {
                kept.rows.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, &rows.reference))
            };
            kept.filter(is_same).map_or_else(own, |kept| *kept.movement.get_or_init(own))
        });
        let natural = own.filter(|_| !runs_on(reference)).map(|own| own.natural(rows_total));
        examined.bars = Bars::new(&settings.drift, natural.as_ref());
        examined.report.natural_movement = natural;
    }
    examined
}

/// A report that holds what is known without comparing.
pub(crate) fn blank_report(
    name: &str,
    reference: Option<ColumnSide<'_>>,
    current: Option<ColumnSide<'_>>,
) -> ColumnReport {
    let counts = [reference, current].map(|side| side.and_then(|side| side.numbers()));
    report_with(name, [reference, current], counts.each_ref().map(Option::as_deref))
}

fn report_with(
    name: &str,
    [reference, current]: [Option<ColumnSide<'_>>; 2],
    [counts_r, counts_c]: [Option<&[(f64, u64)]>; 2],
) -> ColumnReport {
    let statistics = |side: Option<ColumnSide<'_>>, counts: Option<&[(f64, u64)]>| {
        side.map(|side| side.statistics(counts))
    };
    let kind = |side: Option<ColumnSide<'_>>| side.map(|side| side.profile.kind());
    let null_ratio = |side: Option<ColumnSide<'_>>| {
        side.map_or(0.0, |side| Share { hits: side.profile.nulls(), n: side.profile.count() }.ratio())
    };
    ColumnReport {
        name: name.to_owned(),
        kind: kind(current).or(kind(reference)).unwrap_or(Kind::Empty),
        reference_kind: kind(reference),
        role: ColumnRole::Feature,
        verdict: ColumnVerdict::Stable,
        severity: Severity::None,
        reason: None,
        score: None,
        evidence: None,
        effect: None,
        nulls: NullChange {
            reference_ratio: null_ratio(reference),
            current_ratio: null_ratio(current),
            q_value: None,
            changed: false,
        },
        n: [reference, current].map(|side| side.map_or(0, |side| side.profile.present())),
        natural_movement: None,
        onset: None,
        bins: Vec::new(),
        methods: std::collections::BTreeMap::new(),
        conform: std::collections::BTreeMap::new(),
        statistics: [statistics(reference, counts_r), statistics(current, counts_c)],
        findings: Vec::new(),
        personal: None,
    }
}

fn plan_of(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> Plan {
    let present = (reference.profile.present(), current.profile.present());
    if present.0 == 0 || present.1 == 0 {
        return Plan::Nothing;
    }
    let is_free = |side: ColumnSide<'_>| matches!(side.profile.kind(), Kind::Text | Kind::Identifier);
    match (reference.profile.physical(), current.profile.physical()) {
        (Physical::Boolean, Physical::Boolean) => Plan::Booleans,
        (Physical::Text, Physical::Text) if is_free(reference) || is_free(current) => Plan::FreeText,
        (Physical::Text, Physical::Text) => Plan::Categories,
        (Physical::Datetime, Physical::Datetime) => Plan::Numbers,
        (Physical::Number | Physical::Boolean, Physical::Number | Physical::Boolean) => Plan::Numbers,
        _ if present.0.min(present.1) < MIN_VALUES_FOR_KIND => Plan::Nothing,
        (Physical::Text, Physical::Number) if reads_as_numbers(reference) => Plan::ParsedNumbers,
        (Physical::Number, Physical::Text) if reads_as_numbers(current) => Plan::ParsedNumbers,
        _ => Plan::KindChanged,
    }
}

fn reads_as_numbers(side: ColumnSide<'_>) -> bool {
    side.texts_as_numbers().is_some_and(|(numbers, failures)| {
        let count: u64 = numbers.iter().map(|(_, count)| count).sum();
        count as f64 >= NUMBER_SHARE * (count + failures) as f64
    })
}

/// Compares a number column with a text column that holds numbers nearly throughout; the others count as
/// cells that do not fit.
fn parsed_comparison(
    cells: &mut CellTests,
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let read = |side: ColumnSide<'_>| {
        let numbers = side.numbers().map(|numbers| (numbers.into_owned(), side.profile.failures()));
        numbers.or_else(|| side.texts_as_numbers())
    };
    let ((numbers_r, failures_r), (numbers_c, failures_c)) = (read(reference)?, read(current)?);
    let size =
        |numbers: &[(f64, u64)], failures| numbers.iter().map(|(_, count)| count).sum::<u64>() + failures;
    cells.failures = cell_test(
        Share { hits: failures_r, n: size(&numbers_r, failures_r) },
        Share { hits: failures_c, n: size(&numbers_c, failures_c) },
    );
    compare_parsed(&numbers_r, &numbers_c, normal_scores)
}

fn cell_tests(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> CellTests {
    let share = |hits: fn(ColumnSide<'_>) -> u64| {
        let of = |side: ColumnSide<'_>| Share { hits: hits(side), n: side.profile.count() };
        cell_test(of(reference), of(current))
    };
    CellTests {
        nulls: share(|side| side.profile.nulls()),
        failures: share(|side| side.profile.failures()),
        infinities: share(|side| side.profile.numbers().map_or(0, |numbers| numbers.infinities())),
    }
}

/// The test of two shares; `None` where there is nothing to test, which then takes no part in the correction
/// for many tests (Tarone 1990: a test that cannot reject does not count).
fn cell_test(reference: Share, current: Share) -> Option<CellTest> {
    let hits = reference.hits + current.hits;
    if hits == 0 || reference.n == 0 || current.n == 0 || hits == reference.n + current.n {
        return None;
    }
    let fresh = |with: Share, without: Share| {
        first_appearance(with.hits, with.n as f64 / without.n as f64, UNKNOWN_DENSITY)
    };
    let p_value = two_proportions(reference, current).min(match (reference.hits, current.hits) {
        (0, _) => fresh(current, reference),
        (_, 0) => fresh(reference, current),
        _ => 1.0,
    });
    Some(CellTest { shares: [reference.ratio(), current.ratio()], p_value })
}
