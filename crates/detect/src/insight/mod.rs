//! Sentences with their numbers that explain what the columns say one by one.

mod group;
mod row_bins;
mod shift;
mod slice;
mod table;

use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Insight, InsightKind};
use driftline_profile::Side;
use rayon::prelude::*;

use group::Group;
use row_bins::RowBins;

/// Most insights of a report: more is not read.
const MAX_INSIGHTS: usize = 8;
/// Most insights of one kind, so that no kind crowds out the others.
const MAX_SHIFTS: usize = 4;
const MAX_OF_OTHER_KIND: usize = 2;

/// Explains a decision: ranked sentences, each with its numbers, none saying what another has said.
///
/// `columns` are those of [`decide`](crate::drift::decide) on the same sides. Columns that moved together are
/// told of once; a slice is looked for in both row samples for the columns that moved most. At most eight,
/// highest weight first. Deterministic. Cost: a few passes over at most 16,384 sampled rows a column.
pub fn explain(reference: &Side<'_>, current: &Side<'_>, columns: &[ColumnReport]) -> Vec<Insight> {
    let mut drifted: Vec<&ColumnReport> = columns
        .iter()
        .filter(|column| column.verdict == ColumnVerdict::Drifted && column.role == ColumnRole::Feature)
        .collect();
    drifted.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    let features: Vec<RowBins<'_>> = columns
        .par_iter()
        .filter(|column| column.role == ColumnRole::Feature)
        .filter_map(|column| RowBins::new(column, reference, current))
        .collect();
    let groups = group::groups(&drifted, &features);
    let mut insights = table::insights(reference, current, columns);
    for group in &groups {
        insights.extend(group_insight(group, current.profile.rows()));
    }
    for column in leaders(&drifted, &groups) {
        insights.extend(shift::insight(column));
    }
    insights.extend(slice::insights(&drifted, &features));
    rank(insights)
}

/// Mass moved, or the change of the null share where that is larger; all of it when the kind changed.
fn moved(column: &ColumnReport) -> f64 {
    if column.findings.iter().any(|code| code == "schema.kind_changed") {
        return 1.0;
    }
    let values = column.effect.as_ref().map_or(0.0, |effect| effect.mass_moved);
    let nulls = (column.nulls.current_ratio - column.nulls.reference_ratio).abs();
    if column.nulls.changed { values.max(nulls) } else { values }
}

/// The columns that are told of by themselves: of every group the two that moved most, and all outside groups.
fn leaders<'a>(drifted: &[&'a ColumnReport], groups: &[Group<'a>]) -> Vec<&'a ColumnReport> {
    const TOLD_OF_GROUP: usize = 2;
    drifted
        .iter()
        .copied()
        .filter(|column| {
            groups
                .iter()
                .find_map(|group| group.columns.iter().position(|member| member.name == column.name))
                .is_none_or(|place| place < TOLD_OF_GROUP)
        })
        .collect()
}

fn group_insight(group: &Group<'_>, rows_total: u64) -> Option<Insight> {
    let names: Vec<String> = group.columns.iter().map(|column| column.name.clone()).collect();
    let weight = group.columns.iter().map(|column| moved(column)).fold(0.0, f64::max);
    let text = group::sentence(group, &names, rows_total)?;
    let kind = if group.onset.is_some() { InsightKind::Onset } else { InsightKind::Together };
    // A common beginning explains more than any single column does.
    let weight = if group.onset.is_some() { (weight + 1.0) / 2.0 } else { weight };
    Some(Insight { kind, weight, columns: names, text })
}

fn rank(mut insights: Vec<Insight>) -> Vec<Insight> {
    insights.sort_by(|a, b| {
        (b.weight.total_cmp(&a.weight)).then(a.kind.cmp(&b.kind)).then_with(|| a.columns.cmp(&b.columns))
    });
    insights.dedup_by(|a, b| a.text == b.text);
    let mut kept: Vec<Insight> = Vec::new();
    for insight in insights {
        let same = kept.iter().filter(|other| other.kind == insight.kind).count();
        let most = if insight.kind == InsightKind::Shift { MAX_SHIFTS } else { MAX_OF_OTHER_KIND };
        if same < most && kept.len() < MAX_INSIGHTS {
            kept.push(insight);
        }
    }
    kept
}
