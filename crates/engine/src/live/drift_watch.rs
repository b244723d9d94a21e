//! Drift of the last windows, against the reference and against what came just before.

use std::collections::{BTreeMap, BTreeSet};

use driftline_detect::drift::{DriftOutcome, decide, decide_prepared};
use driftline_model::{ColumnReport, ColumnRole, Finding, LiveAlarm, Settings, SideReport};
use driftline_profile::{RowSample, Side};
use serde::{Deserialize, Serialize};

use super::blocks::{Block, Blocks, Span};
use super::conditions::{Conditions, Key};
use super::movement::{At, Measure, Movements};
use super::panes::Pane;
use super::reference::{Reference, described};
use crate::check::assemble;
use crate::privacy::Veil;

/// Rows below which a look is not taken: hardly any change could be seen in fewer.
const LOOK_ROWS: u64 = 100;
/// Findings that say nothing of a feed: its columns have no order that matters, and what broke down is no change.
const LEFT_OUT: [&str; 2] = ["schema.column_order", "drift.failed"];
/// Least change of a share of nulls, and least score, that count as a change at all.
const NULLS_BAR: f64 = 0.02;
const SCORE_BAR: f64 = 0.01;
/// Rows of the reference that a look compares with, for each row of its own: more would hardly see more.
const REFERENCE_ROWS: usize = 4;
pub(super) const REFERENCE_AT_LEAST: usize = 2048;
/// Windows in order after which something is over, whatever look has shown it.
const LONGEST_PATIENCE: u64 = 200;
/// Mass that must have moved against what came just before.
const RECENT_MASS: f64 = 0.1;
/// The look that is compared with what came just before, while there is no reference.
const RECENT_LOOK: usize = 2;

/// Watches for drift.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct DriftWatch {
    blocks: Blocks,
    movements: Movements,
    recent_movements: Movements,
    /// Columns that move by their nature: moments, row numbers.
    clocks: BTreeSet<String>,
    is_judging: bool,
    /// Mass moved of every column by the last look.
    last_seen: BTreeMap<String, f64>,
}

/// What came of the looks after one window.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// What begins, with the windows in order after which it is over.
    pub(super) alarms: Vec<(LiveAlarm, u64)>,
    /// Mass moved of every column, by the shortest look with enough rows.
    pub(super) mass_moved: BTreeMap<String, f64>,
    /// The look that saw most of it.
    widest: Option<usize>,
}

/// What decides a look.
pub(super) struct Judging<'a> {
    pub(super) settings: &'a Settings,
    pub(super) reference: &'a mut Reference,
    pub(super) conditions: &'a mut Conditions,
    /// Number of the window.
    pub(super) window: u64,
    pub(super) recover_windows: u64,
}

impl DriftWatch {
    /// Columns that move by their nature.
    pub(super) fn clocks(&self) -> &BTreeSet<String> {
        &self.clocks
    }

    /// Mass moved of every column by the last look.
    pub(super) fn last_seen(&self) -> &BTreeMap<String, f64> {
        &self.last_seen
    }

    /// Whether it is known which columns move by their nature.
    pub(super) fn is_judging(&self) -> bool {
        self.is_judging
    }

    /// The feed has other columns: windows before and after cannot be taken together.
    pub(super) fn begin_anew(&mut self) {
        self.blocks = Blocks::default();
    }

    /// Takes in a window and looks at what is due.
    pub(super) fn closed(&mut self, pane: &Pane, judging: &mut Judging<'_>) -> Looked {
        let mut looked = Looked::default();
        let Some(profile) = pane.profile.as_ref().filter(|profile| profile.rows() > 0) else { return looked };
        let (start_ms, end_ms) = (pane.start_ms, pane.end_ms);
        self.learn_hours(judging);
        self.blocks.push(Block { profile: profile.clone(), start_ms, end_ms, panes: 1 });
        let due: Vec<usize> = self.blocks.due().collect();
        for look in due {
            let Some(span) = self.blocks.span(look).filter(|span| span.block.profile.rows() >= LOOK_ROWS)
            else {
                continue;
            };
            let sample = span.block.profile.sample();
            let is_judged = self.against_reference((look, &span, &sample), judging, &mut looked);
            if !is_judged && look == RECENT_LOOK {
                self.against_before((look, &span, &sample), judging, &mut looked);
            }
        }
        looked
    }

    /// The report of the look that raised alarms, or of the shortest one where none did.
    pub(super) fn report(
        &self,
        looked: &Looked,
        reference: &mut Reference,
        (name, settings): (&str, &Settings),
    ) -> Option<driftline_model::Report> {
        let looks = 0..=self.blocks.due().last().unwrap_or(0).max(1);
        let span = looked
            .widest
            .and_then(|look| self.blocks.span(look))
            .or_else(|| {
                let enough = |span: &Span| span.block.profile.rows() >= LOOK_ROWS;
                looks.clone().filter_map(|look| self.blocks.span(look)).find(enough)
            })
            .or_else(|| self.blocks.span(1))?;
        let sample = span.block.profile.sample();
        let current = Side { profile: &span.block.profile, sample: &sample };
        let side = described(name, &span.block.profile);
        let nothing = (driftline_model::Anomalies::default(), None);
        let of_known = reference.description();
        if let Some((known, _)) = reference.side(usize::MAX) {
            return Some(assemble(settings, (known, &of_known), (current, &side), nothing));
        }
        let before = self.blocks.before(1)?;
        let sample = before.block.profile.sample();
        let known = Side { profile: &before.block.profile, sample: &sample };
        let of_known: SideReport = described("just before", &before.block.profile);
        Some(assemble(settings, (known, &of_known), (current, &side), nothing))
    }

    /// Looks at the hours of the reference itself, one at a time: how far each is from all of it is natural.
    fn learn_hours(&mut self, judging: &mut Judging<'_>) {
        let Some((at_ms, hour)) = judging.reference.next_hour() else { return };
        let Some((reference, prepared)) = judging.reference.side(REFERENCE_AT_LEAST) else { return };
        let sample = hour.sample();
        let current = Side { profile: &hour, sample: &sample };
        let outcome = decide_prepared((&reference, prepared), &current, judging.settings);
        for column in outcome.columns.iter().filter(|column| column.role == ColumnRole::Feature) {
            for (measure, size) in measures(column) {
                for look in 0..Blocks::LOOKS {
                    let (column, rows) = (column.name.as_str(), hour.rows());
                    let span_ms = (at_ms, at_ms);
                    self.movements.learn_hour(At { column, measure, look, span_ms, rows }, size);
                }
            }
        }
    }

    /// Compares a look with the reference; says whether there is one.
    fn against_reference(
        &mut self,
        (look, span, sample): (usize, &Span, &RowSample),
        judging: &mut Judging<'_>,
        looked: &mut Looked,
    ) -> bool {
        let is_saved = judging.reference.is_saved();
        let rows = (REFERENCE_ROWS * sample.len()).max(REFERENCE_AT_LEAST);
        let Some((reference, prepared)) = judging.reference.side(rows) else { return false };
        let current = Side { profile: &span.block.profile, sample };
        let outcome = decide_prepared((&reference, prepared), &current, judging.settings);
        self.is_judging = true;
        for column in outcome.columns.iter().filter(|column| column.role != ColumnRole::Feature) {
            self.clocks.insert(column.name.clone());
        }
        if looked.mass_moved.is_empty() {
            let mass =
                |column: &ColumnReport| Some((column.name.clone(), column.effect.as_ref()?.mass_moved));
            looked.mass_moved = outcome.columns.iter().filter_map(mass).collect();
            self.last_seen.clone_from(&looked.mass_moved);
        }
        let mut raised =
            sift((&outcome, span, look), (&mut self.movements, is_saved), judging, &str::to_owned);
        if !raised.is_empty() {
            looked.widest = Some(look);
            if let Some((reference, _)) = judging.reference.side(rows) {
                mask(&mut raised, &outcome, &[reference, current], judging.settings);
            }
        }
        looked.alarms.extend(raised);
        true
    }

    fn against_before(
        &mut self,
        (look, span, sample): (usize, &Span, &RowSample),
        judging: &mut Judging<'_>,
        looked: &mut Looked,
    ) {
        let enough = |span: &Span| span.block.profile.rows() >= LOOK_ROWS;
        let Some(before) = self.blocks.just_before(look).filter(enough) else { return };
        let sample_before = before.block.profile.sample();
        let reference = Side { profile: &before.block.profile, sample: &sample_before };
        let current = Side { profile: &span.block.profile, sample };
        let outcome = decide(&reference, &current, judging.settings);
        let movements = (&mut self.recent_movements, false);
        let raised = sift((&outcome, span, look), movements, judging, &|code| format!("recent.{code}"));
        // Without a reference nobody knows what is usual: only large changes are told.
        let is_large = |alarm: &LiveAlarm| {
            let column = outcome.columns.iter().find(|column| Some(&column.name) == alarm.column.as_ref());
            let moved =
                column.and_then(|column| column.effect.as_ref()).map_or(0.0, |effect| effect.mass_moved);
            moved >= RECENT_MASS || alarm.code.contains("nulls.")
        };
        let mut large: Vec<(LiveAlarm, u64)> =
            raised.into_iter().filter(|(alarm, _)| is_large(alarm)).collect();
        mask(&mut large, &outcome, &[reference, current], judging.settings);
        looked.alarms.extend(large);
    }
}

/// Masks what messages repeat of personal data.
fn mask(alarms: &mut [(LiveAlarm, u64)], outcome: &DriftOutcome, sides: &[Side<'_>], settings: &Settings) {
    if alarms.is_empty() {
        return;
    }
    let messages = alarms.iter_mut().map(|(alarm, _)| &mut alarm.message);
    Veil::of(sides, &settings.privacy).messages(&outcome.columns, messages);
}

/// Tells what begins from what goes on and from what columns do by themselves, and learns the last.
fn sift(
    (outcome, span, look): (&DriftOutcome, &Span, usize),
    (movements, is_saved): (&mut Movements, bool),
    judging: &mut Judging<'_>,
    code_of: &dyn Fn(&str) -> String,
) -> Vec<(LiveAlarm, u64)> {
    let columns: BTreeMap<&str, &ColumnReport> =
        outcome.columns.iter().map(|column| (column.name.as_str(), column)).collect();
    let at = |column, measure| {
        let span_ms = (span.block.start_ms, span.block.end_ms);
        let rows = span.block.profile.rows();
        let rows = columns.get(column).map_or(rows, |column| rows_of(column, measure, rows));
        At { column, measure, look, span_ms, rows }
    };
    let mut raised = Vec::new();
    let mut strange: BTreeSet<&str> = BTreeSet::new();
    for finding in outcome.findings.iter().filter(|finding| !LEFT_OUT.contains(&finding.code.as_str())) {
        let column = finding.column.as_deref().and_then(|name| columns.get(name).copied());
        let code = code_of(&finding.code);
        let key = Key::column(&code, finding.column.as_deref());
        if judging.conditions.is_active(&key) {
            judging.conditions.show_again(&key, judging.window);
            strange.extend(finding.column.as_deref());
            continue;
        }
        let natural = column.and_then(|column| Some((column, size_of(finding, column)?)));
        let is_natural = natural.is_some_and(|(column, (measure, size, bar))| {
            !movements.is_beyond(at(column.name.as_str(), measure), size, (bar, is_saved))
        });
        if is_natural {
            continue;
        }
        strange.extend(finding.column.as_deref());
        let patience = judging.recover_windows.max(Blocks::panes_of(look).min(LONGEST_PATIENCE));
        raised.push((alarm(finding, code, (column, span)), patience));
    }
    for column in outcome.columns.iter().filter(|column| column.role == ColumnRole::Feature) {
        let name = column.name.as_str();
        if !strange.contains(name) && !judging.conditions.has_column(name) {
            for (measure, size) in measures(column) {
                movements.learn(at(name, measure), size);
            }
        }
    }
    raised
}

/// The rows that a measure rests on: of many columns a look has few sampled values, however many rows it takes
/// together, and the reference is a sample too.
fn rows_of(column: &ColumnReport, measure: Measure, rows: u64) -> u64 {
    let [reference, current] = column.n.map(|n| n.max(1) as f64);
    match measure {
        Measure::Nulls => rows,
        Measure::Mass | Measure::Score => (1.0 / (1.0 / reference + 1.0 / current)) as u64,
    }
}

/// All that is measured of a column.
fn measures(column: &ColumnReport) -> [(Measure, f64); 3] {
    let nulls = (column.nulls.current_ratio - column.nulls.reference_ratio).abs();
    let mass = column.effect.as_ref().map_or(0.0, |effect| effect.mass_moved);
    let score = column.score.as_ref().map_or(0.0, |score| score.value);
    [(Measure::Mass, mass), (Measure::Score, score), (Measure::Nulls, nulls)]
}

/// How much a finding says has changed by which measure, and what is the bar for it; nothing for what columns never
/// do by themselves.
fn size_of(finding: &Finding, column: &ColumnReport) -> Option<(Measure, f64, f64)> {
    let [(_, mass), (_, score), (_, nulls)] = measures(column);
    match finding.code.as_str() {
        "nulls.rise" | "nulls.fall" => Some((Measure::Nulls, nulls, NULLS_BAR)),
        "drift.value" | "range.above" | "range.below" => {
            let threshold = column.effect.as_ref().map_or(1.0, |effect| effect.threshold);
            // A change of tails or rare classes hardly moves mass.
            let by_mass = (mass >= threshold).then_some((Measure::Mass, mass, threshold));
            by_mass.or(Some((Measure::Score, score, SCORE_BAR)))
        }
        _ => None,
    }
}

fn alarm(finding: &Finding, code: String, (column, span): (Option<&ColumnReport>, &Span)) -> LiveAlarm {
    let onset = column.and_then(|column| column.onset.as_ref());
    let message = match code.starts_with("recent.") {
        true => format!("Against what came just before: {}", finding.message),
        false => finding.message.clone(),
    };
    LiveAlarm {
        code,
        severity: finding.severity,
        column: finding.column.clone(),
        metric: None,
        message,
        began_ms: span.moment_of(onset.map_or(0.0, |onset| onset.position_ratio)),
        raised_ms: span.block.end_ms,
    }
}
