//! Figures of a whole column: mean, quantiles, spread, sum, ends.

use driftline_chunk::Physical;
use driftline_model::RuleStatus;
use driftline_profile::{ColumnProfile, SampleColumn};

use super::info::{Parameter, RANGE, Registered, RuleInfo, RulePlace, RuleScope, Shape, required};
use super::judge::{Columns, Judge, NotBound, Ordered, Rule, TableFacts, Verdict};
use super::parameters::Parameters;
use super::range::Range;
use super::words::{measured, moment_words, short};
use crate::wording::{percent, thousands};

/// Worst rank error of a sample of 65,536 rows with 99 % confidence (Dvoretzky-Kiefer-Wolfowitz).
const RANK_ERROR: f64 = 0.0064;

const QUANTILE: [Parameter; 5] = [
    required("quantile", Shape::Share, "which quantile, from 0 to 1"),
    RANGE[0],
    RANGE[1],
    RANGE[2],
    RANGE[3],
];

const fn info(
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    example: &'static str,
) -> RuleInfo {
    RuleInfo {
        id,
        name,
        scope: RuleScope::Column,
        place: RulePlace::Column,
        summary,
        tolerance: false,
        parameters: &RANGE,
        example,
        great_expectations: &[],
        deequ: &[],
    }
}

pub(crate) static MEAN: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_mean_to_be_between"],
        deequ: &["hasMean"],
        ..info(
            "mean_between",
            "Mean between",
            "The mean of all finite values lies in this range.",
            "{ rule = \"mean_between\", min = 10, max = 20 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Mean),
};

pub(crate) static MEDIAN: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_median_to_be_between"],
        deequ: &["hasApproxQuantile"],
        ..info(
            "median_between",
            "Median between",
            "The median lies in this range. Exact while the column has at most 65,536 different values or rows, then \
             estimated from the row sample.",
            "{ rule = \"median_between\", min = 10, max = 20 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Quantile(0.5)),
};

pub(crate) static QUANTILES: Registered = Registered {
    info: RuleInfo {
        parameters: &QUANTILE,
        great_expectations: &["expect_column_quantile_values_to_be_between"],
        deequ: &["hasApproxQuantile"],
        ..info(
            "quantile_between",
            "Quantile between",
            "A quantile lies in this range; exact or estimated like the median.",
            "{ rule = \"quantile_between\", quantile = 0.95, max = 120 }",
        )
    },
    prepare: |parameters| {
        let quantile = parameters.number("quantile").unwrap_or_default();
        figure(parameters, Figure::Quantile(quantile))
    },
};

pub(crate) static STD: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_stdev_to_be_between"],
        deequ: &["hasStandardDeviation"],
        ..info(
            "std_between",
            "Standard deviation between",
            "The sample standard deviation of all finite values lies in this range.",
            "{ rule = \"std_between\", max = 40 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Std),
};

pub(crate) static SUM: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_sum_to_be_between"],
        deequ: &["hasSum"],
        ..info(
            "sum_between",
            "Sum between",
            "The exact sum of all finite values lies in this range.",
            "{ rule = \"sum_between\", min = 0 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Sum),
};

pub(crate) static MIN: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_min_to_be_between"],
        deequ: &["hasMin"],
        ..info(
            "min_between",
            "Least value between",
            "The least value (number or date) lies in this range.",
            "{ rule = \"min_between\", min = 0, max = 5 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Min),
};

pub(crate) static MAX: Registered = Registered {
    info: RuleInfo {
        great_expectations: &["expect_column_max_to_be_between"],
        deequ: &["hasMax"],
        ..info(
            "max_between",
            "Greatest value between",
            "The greatest value (number or date) lies in this range.",
            "{ rule = \"max_between\", min = 90, max = 100 }",
        )
    },
    prepare: |parameters| figure(parameters, Figure::Max),
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Figure {
    Mean,
    Quantile(f64),
    Std,
    Sum,
    Min,
    Max,
}

impl Figure {
    fn words(self) -> String {
        match self {
            Self::Mean => "the mean".to_owned(),
            Self::Quantile(0.5) => "the median".to_owned(),
            Self::Quantile(quantile) => format!("the {} quantile", percent(quantile)),
            Self::Std => "the standard deviation".to_owned(),
            Self::Sum => "the sum".to_owned(),
            Self::Min => "the least value".to_owned(),
            Self::Max => "the greatest value".to_owned(),
        }
    }

    fn may_be_moment(self) -> bool {
        matches!(self, Self::Min | Self::Max | Self::Quantile(_) | Self::Mean)
    }
}

struct Between {
    column: String,
    figure: Figure,
    range: Range,
}

fn figure(parameters: &Parameters<'_>, figure: Figure) -> Result<Box<dyn Rule>, String> {
    let range =
        if figure.may_be_moment() { Range::read(parameters)? } else { Range::of_numbers(parameters)? };
    Ok(Box::new(Between { column: parameters.column(), figure, range }))
}

impl Rule for Between {
    fn promise(&self) -> String {
        format!("{} of `{}` is {}", self.figure.words(), short(&self.column), self.range.promise())
    }

    fn bind(&self, columns: &Columns<'_>) -> Result<Judge, NotBound> {
        let of = if self.range.of_moments { Ordered::Moments } else { Ordered::Numbers };
        let index = columns.ordered(&self.column, of)?;
        let (figure, range, name) = (self.figure, self.range, short(&self.column));
        Ok(Judge::Summary(Box::new(move |facts| judge(facts, index, (figure, range), &name))))
    }
}

/// A figure with the values between which it certainly lies, and whether it is exact.
struct Measured {
    value: f64,
    low: f64,
    high: f64,
    exact: bool,
}

fn judge(facts: &TableFacts<'_>, index: usize, (figure, range): (Figure, Range), name: &str) -> Verdict {
    let Some(column) = facts.column(index) else { return Verdict::unjudged("the column was not read") };
    let exactly = |value: f64| Measured { value, low: value, high: value, exact: true };
    let numbers = column.numbers();
    let measured_figure = match figure {
        Figure::Mean => numbers.and_then(|numbers| numbers.mean()).map(exactly),
        Figure::Std => numbers.and_then(|numbers| numbers.std()).map(exactly),
        Figure::Sum => numbers.map(|numbers| numbers.sum()).map(exactly),
        Figure::Min => numbers.and_then(|numbers| numbers.min()).map(exactly),
        Figure::Max => numbers.and_then(|numbers| numbers.max()).map(exactly),
        Figure::Quantile(quantile) => quantile_of(facts, column, index, quantile),
    };
    let Some(found) = measured_figure else {
        return Verdict::unjudged(format!("`{name}` has too few values: {}", thousands(column.present())));
    };
    let show = |x: f64| if column.physical() == Physical::Datetime { moment_words(x) } else { measured(x) };
    let about = if found.exact { "" } else { "about " };
    let told = || {
        let (words, value, fault) = (figure.words(), show(found.value), range.fault());
        let note = if found.exact { "" } else { " (estimated from the row sample)" };
        let words = words.replacen("the", "The", 1);
        format!("{words} of `{name}` is {about}{value}, {fault}{note}")
    };
    let verdict = if found.exact {
        Verdict::of(range.contains(found.value), told)
    } else {
        Verdict::of(!range.is_apart_from(found.low, found.high), told).estimated()
    };
    debug_assert!(verdict.status != RuleStatus::Skipped, "a figure is judged or not");
    verdict
}

fn quantile_of(
    facts: &TableFacts<'_>,
    column: &ColumnProfile,
    index: usize,
    quantile: f64,
) -> Option<Measured> {
    if let Some(counts) = column.number_counts() {
        let finite: Vec<(f64, u64)> = counts.into_iter().filter(|(x, _)| x.is_finite()).collect();
        let value = quantile_of_counts(&finite, quantile)?;
        return Some(Measured { value, low: value, high: value, exact: true });
    }
    let SampleColumn::Numbers(cells) = facts.sampled(index)? else { return None };
    let mut sorted: Vec<f64> = cells.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let counts: Vec<(f64, u64)> = sorted.into_iter().map(|x| (x, 1)).collect();
    let at = |quantile: f64| quantile_of_counts(&counts, quantile.clamp(0.0, 1.0));
    let exact = facts.sample.is_exact();
    let error = if exact { 0.0 } else { RANK_ERROR };
    let (value, low, high) = (at(quantile)?, at(quantile - error)?, at(quantile + error)?);
    Some(Measured { value, low, high, exact })
}

/// Quantile by linear interpolation between the values at ranks (n-1)p (type 7 of Hyndman and Fan 1996).
fn quantile_of_counts(counts: &[(f64, u64)], quantile: f64) -> Option<f64> {
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let rank = total.checked_sub(1)? as f64 * quantile;
    let value_at = |rank: u64| {
        let mut below = 0;
        let found = counts.iter().find(|(_, count)| {
            below += count;
            below > rank
        });
        found.or(counts.last()).map(|(value, _)| *value)
    };
    let (low, high) = (value_at(rank.floor() as u64)?, value_at(rank.floor() as u64 + 1)?);
    let weight = rank.fract();
    Some(if weight == 0.0 { low } else { low * (1.0 - weight) + high * weight })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy.quantile([1, 1, 2, 5, 9, 9, 9, 30], [0, .5, .95, 1])
    #[test]
    fn quantiles_are_those_of_numpy() {
        let counts = [(1.0, 2), (2.0, 1), (5.0, 1), (9.0, 3), (30.0, 1)];
        let found = [0.0, 0.5, 0.95, 1.0].map(|quantile| quantile_of_counts(&counts, quantile).unwrap());
        assert!(found.iter().zip([1.0, 7.0, 22.65, 30.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        assert_eq!(quantile_of_counts(&[], 0.5), None);
    }
}
