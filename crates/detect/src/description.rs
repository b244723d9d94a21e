//! What changed in a column, in words.

use driftline_model::{BinReport, ColumnReport, ColumnStatistics, Kind};

use crate::wording::{duration, moment, number, percent};

/// Places of the quantiles in [`ColumnStatistics::quantiles`].
const LOWER_QUARTILE: usize = 2;
const MEDIAN: usize = 3;
const UPPER_QUARTILE: usize = 4;
/// Shift of the median, in inter-quartile ranges of the reference, that is worth naming first.
const SHIFT: f64 = 0.07;
/// How many times as far as the median a quartile has moved when it is named instead.
const LOPSIDED: f64 = 2.5;
/// Change of the inter-quartile range, as a factor, that is worth naming first.
const SPREAD: f64 = 1.12;
/// How far apart the ratios of the quartiles may be for all values to be multiplied by one number.
const UNIT_LEEWAY: f64 = 1.1;
/// Ratios of the quartiles below which nothing is said of a unit: ordinary growth.
const UNIT_FACTOR: f64 = 1.5;

/// What changed in the values of a column, as the rest of a sentence that begins with its name: `moved up: the
/// median went from 3 to 5`. `None` when there is nothing to tell.
pub(crate) fn describe(report: &ColumnReport) -> Option<String> {
    if let [Some(reference), Some(current)] = &report.statistics {
        let text = describe_quantiles(report.kind, reference, current);
        if text.is_some() {
            return text;
        }
        if report.kind == Kind::Boolean {
            return describe_truth(&report.bins);
        }
        if let (Some(r), Some(c)) = (&reference.lengths, &current.lengths)
            && report.bins.first().is_some_and(|bin| bin.lower.is_some())
            && (r[1] - c[1]).abs() > 0.02 * r[1]
        {
            let (r, c) = (number(r[1]), number(c[1]));
            return Some(format!("has other texts: their mean length went from {r} to {c} characters"));
        }
    }
    let bin = main_bin(&report.bins)?;
    let (r, c) = (percent(bin.reference_ratio), percent(bin.current_ratio));
    let what = if bin.lower.is_some() || bin.upper.is_some() {
        format!("values {}", in_words(&bin.label))
    } else {
        format!("`{}`", bin.label)
    };
    let verb = match () {
        () if bin.reference_ratio == 0.0 => "is new",
        () if bin.current_ratio == 0.0 => "is gone",
        () if bin.current_ratio > bin.reference_ratio => "rose",
        () => "fell",
    };
    Some(format!("has another mix: the share of {what} {verb}, from {r} to {c}"))
}

/// The bin whose share changed most.
pub(crate) fn main_bin(bins: &[BinReport]) -> Option<&BinReport> {
    let change = |bin: &BinReport| (bin.current_ratio - bin.reference_ratio).abs();
    bins.iter()
        .filter(|bin| change(bin) > 0.0)
        // The first of equals, so that the order of the bins decides.
        .rev()
        .max_by(|a, b| change(a).total_cmp(&change(b)))
}

fn in_words(label: &str) -> String {
    label.strip_prefix("= ").map_or_else(|| label.to_owned(), |value| format!("equal to {value}"))
}

fn describe_truth(bins: &[BinReport]) -> Option<String> {
    let bin = bins.iter().find(|bin| bin.label == "true")?;
    let (r, c) = (percent(bin.reference_ratio), percent(bin.current_ratio));
    let verb = if bin.current_ratio > bin.reference_ratio { "more" } else { "less" };
    Some(format!("is true {verb} often: {c} of the rows, before {r}"))
}

fn describe_quantiles(
    kind: Kind,
    reference: &ColumnStatistics,
    current: &ColumnStatistics,
) -> Option<String> {
    let at = |side: &ColumnStatistics, place: usize| side.quantiles.get(place).copied();
    let (median_r, median_c) = (at(reference, MEDIAN)?, at(current, MEDIAN)?);
    let spread = |side: &ColumnStatistics| Some(at(side, UPPER_QUARTILE)? - at(side, LOWER_QUARTILE)?);
    let (spread_r, spread_c) = (spread(reference)?, spread(current)?);
    let is_moment = kind == Kind::Datetime;
    let show = |value: f64| if is_moment { moment(value) } else { number(value) };
    if reference.distinct == 1 && current.distinct == 1 && median_r != median_c {
        return Some(format!("is always {}; it was always {}", show(median_c), show(median_r)));
    }
    if let (false, Some(factor)) = (is_moment, unit_factor(reference, current)) {
        let (r, c) = (show(median_r), show(median_c));
        let factor = if factor >= 1.0 {
            format!("multiplied by about {}", number(factor))
        } else {
            format!("divided by about {}", number(1.0 / factor))
        };
        return Some(format!("looks {factor} throughout: the median went from {r} to {c}"));
    }
    let shift = median_c - median_r;
    let upper = at(current, UPPER_QUARTILE)? - at(reference, UPPER_QUARTILE)?;
    let lower = at(current, LOWER_QUARTILE)? - at(reference, LOWER_QUARTILE)?;
    let is_shifted = shift != 0.0 && shift.abs() >= SHIFT * spread_r;
    // When one quartile moved much farther than the median, and no other moved against it, it says more.
    let (place, name, moved) =
        [(UPPER_QUARTILE, "upper quartile", upper), (LOWER_QUARTILE, "lower quartile", lower)]
            .into_iter()
            .filter(|(_, _, moved)| {
                moved.abs() >= LOPSIDED * shift.abs() && moved.abs() >= LOPSIDED * SHIFT * spread_r
            })
            .filter(|(_, _, moved)| [shift, upper, lower].iter().all(|other| other * moved >= 0.0))
            .max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()))
            .unwrap_or((MEDIAN, "median", shift));
    if is_shifted || place != MEDIAN {
        let way = match (is_moment, moved > 0.0) {
            (true, true) => "moved later",
            (true, false) => "moved earlier",
            (false, true) => "moved up",
            (false, false) => "moved down",
        };
        let (r, c) = (show(at(reference, place)?), show(at(current, place)?));
        return Some(format!("{way}: the {name} went from {r} to {c}"));
    }
    let factor = spread_c / spread_r;
    if spread_r > 0.0 && !(1.0 / SPREAD..=SPREAD).contains(&factor) {
        let way = if factor > 1.0 { "spread out" } else { "drew together" };
        let size = |spread: f64| if is_moment { duration(spread) } else { number(spread) };
        let (r, c) = (size(spread_r), size(spread_c));
        return Some(format!("{way}: its middle half now spans {c}, before {r}"));
    }
    None
}

/// The number by which all values seem to be multiplied: the quartiles have one ratio, far from 1.
fn unit_factor(reference: &ColumnStatistics, current: &ColumnStatistics) -> Option<f64> {
    let places = [LOWER_QUARTILE, MEDIAN, UPPER_QUARTILE];
    let mut ratios = Vec::with_capacity(places.len());
    for place in places {
        let (r, c) = (*reference.quantiles.get(place)?, *current.quantiles.get(place)?);
        ratios.push(if r != 0.0 && c != 0.0 { c / r } else { return None });
    }
    let (least, most) = ratios.iter().fold((f64::MAX, f64::MIN), |(a, b), &r| (a.min(r), b.max(r)));
    let is_one_value = reference.quantiles.get(LOWER_QUARTILE) == reference.quantiles.get(UPPER_QUARTILE);
    let middle = *ratios.get(1)?;
    let is_far = middle >= UNIT_FACTOR || middle <= 1.0 / UNIT_FACTOR;
    (least > 0.0 && most / least <= UNIT_LEEWAY && is_far && !is_one_value).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics(lower: f64, median: f64, upper: f64) -> ColumnStatistics {
        ColumnStatistics {
            quantiles: vec![lower, lower, lower, median, upper, upper, upper],
            ..ColumnStatistics::default()
        }
    }

    #[test]
    fn numbers_are_described_by_what_moved() {
        let text = |r: ColumnStatistics, c: ColumnStatistics| describe_quantiles(Kind::Numeric, &r, &c);
        let before = || statistics(10.0, 20.0, 40.0);
        assert_eq!(
            text(before(), statistics(12.0, 25.0, 46.0)).unwrap(),
            "moved up: the median went from 20 to 25"
        );
        assert_eq!(
            text(before(), statistics(1000.0, 2000.0, 4000.0)).unwrap(),
            "looks multiplied by about 100 throughout: the median went from 20 to 2,000"
        );
        assert_eq!(
            text(before(), statistics(2.0, 20.0, 60.0)).unwrap(),
            "spread out: its middle half now spans 58, before 30"
        );
        assert_eq!(text(before(), before()), None);
    }
}
