//! One call for all tools.

use std::collections::BTreeMap;

use driftline_model::Conform;

use super::column::{ConformColumn, finite_sorted};
use super::{evidently, great_expectations, nannyml};

/// Every score that a tool has for a pair of columns, under the tool's own names.
///
/// A score that the tool cannot compute, or reports as infinite or absent, is left out; so the map is empty for an
/// empty side and for a column of numbers on one side only.
pub fn scores(
    tool: Conform,
    reference: &ConformColumn<'_>,
    current: &ConformColumn<'_>,
) -> BTreeMap<String, f64> {
    let found = match (reference, current) {
        (
            ConformColumn::Numbers { values: r, whole: r_whole },
            ConformColumn::Numbers { values: c, whole: c_whole },
        ) => numbers(tool, [&finite_sorted(r), &finite_sorted(c)], *r_whole && *c_whole),
        (ConformColumn::Categories(r), ConformColumn::Categories(c)) => categories(tool, r, c),
        _ => Vec::new(),
    };
    found
        .into_iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn numbers(tool: Conform, [reference, current]: [&[f64]; 2], whole: bool) -> Vec<(&'static str, f64)> {
    if reference.is_empty() || current.is_empty() {
        return Vec::new();
    }
    match tool {
        Conform::Evidently => evidently::numbers(reference, current, whole),
        Conform::GreatExpectations => great_expectations::numbers(reference, current)
            .map(|kl| ("kl_divergence", kl))
            .into_iter()
            .collect(),
        Conform::Nannyml => nannyml::numbers(reference, current),
    }
}

fn categories(
    tool: Conform,
    reference: &[(String, u64)],
    current: &[(String, u64)],
) -> Vec<(&'static str, f64)> {
    match tool {
        Conform::Evidently => evidently::categories(reference, current),
        Conform::GreatExpectations => {
            let kl =
                great_expectations::categories(reference, current, great_expectations::TAIL_WEIGHT_HOLDOUT);
            kl.map(|kl| ("kl_divergence", kl)).into_iter().collect()
        }
        Conform::Nannyml => nannyml::categories(reference, current),
    }
}
