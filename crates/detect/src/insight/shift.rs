//! One column: how far and in which direction.

use driftline_model::{ColumnReport, Insight, InsightKind};

use super::moved;
use crate::description::describe;
use crate::wording::{percent, thousands};

/// What is to be said of one column that drifted; `None` when its findings say all there is.
pub(crate) fn insight(column: &ColumnReport) -> Option<Insight> {
    let weight = moved(column);
    let mut parts: Vec<String> = Vec::new();
    let has = |code: &str| column.findings.iter().any(|found| found == code);
    // A drift of far values alone moves too little mass to be described by the middle.
    let is_body = column.effect.as_ref().is_some_and(|effect| effect.mass_moved >= effect.threshold);
    if has("drift.value") && is_body {
        parts.extend(describe(column));
    }
    if column.nulls.changed {
        let (r, c) = (percent(column.nulls.reference_ratio), percent(column.nulls.current_ratio));
        parts.push(format!("lacks a value in {c} of the rows, before {r}"));
    }
    if has("parse.failures") {
        parts.push(format!("has {} cells that are not of its type", percent(failure_ratio(column))));
    }
    if has("schema.kind_changed")
        && let Some(was) = column.reference_kind.filter(|was| *was != column.kind)
    {
        parts.push(format!("is {} now, before {was}", column.kind));
    }
    if parts.is_empty() {
        return None;
    }
    let since = match &column.onset {
        Some(onset) if onset.position_ratio > 0.0 => format!(", since about row {}", thousands(onset.row)),
        _ => String::new(),
    };
    let text = format!("`{}` {}{since}.", column.name, parts.join(", and "));
    Some(Insight { kind: InsightKind::Shift, weight, columns: vec![column.name.clone()], text })
}

fn failure_ratio(column: &ColumnReport) -> f64 {
    let [_, current] = &column.statistics;
    current.as_ref().map_or(0.0, |side| side.parse_failures as f64 / side.count.max(1) as f64)
}
