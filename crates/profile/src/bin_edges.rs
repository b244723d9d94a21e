//! Where to cut a column into bins.

use crate::number_text::Notation;

/// How far an edge may lie from its quantile, as a share of a bin: room to find a round number.
const LEEWAY: f64 = 0.1;

/// Edges for at most about `max_bins` bins over distinct finite values with their counts, by rising value.
///
/// A value that holds at least one part in `max_bins` of the whole (and every value, when there are at most
/// `max_bins`) gets a bin of its own; the others are cut at their quantiles, at round numbers where one is
/// near. Far values therefore change nothing but the open bins at the ends.
pub(crate) fn edges_of(values: &[(f64, u64)], max_bins: usize, notation: Notation) -> Vec<f64> {
    let max_bins = max_bins.max(2);
    let total = total_of(values);
    let few = values.len() <= max_bins;
    let is_point = |&(_, count): &(f64, u64)| few || u128::from(count) * max_bins as u128 >= total;
    let (points, rest): (Vec<_>, Vec<_>) = values.iter().partition(|value| is_point(value));
    let mut edges: Vec<f64> = points.iter().flat_map(|&(p, _)| [p, p.next_up()]).collect();
    edges.extend(quantile_edges(&rest, regular_bins(&rest, total, max_bins), notation));
    edges.retain(|edge| edge.is_finite());
    edges.sort_unstable_by(f64::total_cmp);
    // Zero has two signs but is one value.
    edges.dedup_by(|a, b| a == b);
    edges
}

fn total_of(values: &[(f64, u64)]) -> u128 {
    values.iter().map(|&(_, count)| u128::from(count)).sum()
}

/// Bins for the values that have none of their own, by their share of the whole.
fn regular_bins(rest: &[(f64, u64)], total: u128, max_bins: usize) -> usize {
    let share = total_of(rest) as f64 / (total.max(1)) as f64;
    (share * max_bins as f64).round().max(1.0) as usize
}

fn quantile_edges(values: &[(f64, u64)], bins: usize, notation: Notation) -> Vec<f64> {
    let Some(&(least, _)) = values.first() else { return Vec::new() };
    let mut cumulative = Vec::with_capacity(values.len());
    let mut sum = 0_u128;
    for &(_, count) in values {
        sum += u128::from(count);
        cumulative.push(sum as f64);
    }
    let value_at = |bin: f64| {
        let rank = bin / bins as f64 * sum as f64;
        let index = cumulative.partition_point(|&total| total <= rank).min(values.len() - 1);
        values[index].0
    };
    (1..bins)
        .map(|bin| round_between(value_at(bin as f64 - LEEWAY), value_at(bin as f64 + LEEWAY), notation))
        .filter(|&edge| edge > least)
        .collect()
}

/// The roundest number in `lower`..=`upper`, the lower end excluded; `upper` itself when there is none.
fn round_between(lower: f64, upper: f64, notation: Notation) -> f64 {
    let candidate = match notation {
        Notation::Decimal => round_decimal(lower, upper),
        Notation::Datetime => round_datetime(lower, upper),
    };
    candidate.filter(|&x| lower < x && x <= upper).unwrap_or(upper)
}

fn round_decimal(lower: f64, upper: f64) -> Option<f64> {
    let width = upper - lower;
    if !(width.is_finite() && width > 0.0) {
        return None;
    }
    let first = width.log10().ceil() as i32;
    // Within two powers of ten below the width there is always a multiple, unless digits run out.
    (first - 2..=first).rev().find_map(|power| {
        let middle = lower + width / 2.0;
        // Dividing by a power of ten rounds once and gives the shortest decimal; multiplying would not.
        let at = |x: f64| if power < 0 { x * 10_f64.powi(-power) } else { x / 10_f64.powi(power) };
        let back = |x: f64| if power < 0 { x / 10_f64.powi(-power) } else { x * 10_f64.powi(power) };
        [at(middle).round(), at(upper).floor()]
            .into_iter()
            .map(|multiple| back(multiple) + 0.0)
            .find(|&x| lower < x && x <= upper)
    })
}

/// The first multiple of a long unit of time: thirty days would not be round, so days, hours, minutes, seconds.
fn round_datetime(lower: f64, upper: f64) -> Option<f64> {
    const SECOND: f64 = 1e6;
    [86_400.0 * SECOND, 3_600.0 * SECOND, 60.0 * SECOND, SECOND].into_iter().find_map(|unit| {
        let middle = ((lower + (upper - lower) / 2.0) / unit).round() * unit;
        let last = (upper / unit).floor() * unit;
        [middle, last].into_iter().find(|&x| lower < x && x <= upper)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(values: impl Iterator<Item = f64>) -> Vec<(f64, u64)> {
        values.map(|x| (x, 1)).collect()
    }

    #[test]
    fn few_values_get_a_bin_each() {
        let edges = edges_of(&[(1.0, 10), (2.5, 5)], 20, Notation::Decimal);
        assert_eq!(edges, [1.0, 1_f64.next_up(), 2.5, 2.5_f64.next_up()]);
        assert_eq!(edges_of(&[], 20, Notation::Decimal), Vec::<f64>::new());
    }

    #[test]
    fn quantiles_are_cut_at_round_numbers() {
        // The quantiles are 13.7, 27.4, 41.1, ...
        let edges = edges_of(&even((0..10_000).map(|i| f64::from(i) * 0.0137)), 10, Notation::Decimal);
        assert_eq!(edges, [14.0, 27.0, 40.0, 55.0, 69.0, 82.0, 96.0, 110.0, 123.0]);
    }

    #[test]
    fn a_far_value_moves_no_edge() {
        let mut values = even((0..1_000).map(f64::from));
        let before = edges_of(&values, 10, Notation::Decimal);
        values.push((1e12, 1));
        let after = edges_of(&values, 10, Notation::Decimal);
        assert_eq!(before.len(), after.len());
        assert!(after.iter().all(|&edge| edge < 1000.0));
    }

    #[test]
    fn point_masses_stand_alone() {
        let mut values = vec![(0.0, 5_000)];
        values.extend(even((1..5_001).map(|i| f64::from(i) / 7.0)));
        let edges = edges_of(&values, 20, Notation::Decimal);
        assert_eq!(edges[..2], [0.0, 0_f64.next_up()]);
        // Half of the mass is left, and ten bins for it.
        assert_eq!(edges.len(), 2 + 9);
        assert!(edges.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn dates_are_cut_at_midnight_where_one_is_near() {
        let hour = 3_600e6;
        let edges = edges_of(&even((0..24 * 100).map(|h| f64::from(h) * hour)), 10, Notation::Datetime);
        assert_eq!(edges.len(), 9);
        assert!(edges.iter().all(|edge| edge % (24.0 * hour) == 0.0), "{edges:?}");
    }

    #[test]
    fn extreme_values_give_increasing_finite_edges() {
        let cases = [
            even([-f64::MAX, -1.0, 0.0, 1.0, f64::MAX].into_iter()),
            even((0..100).map(f64::from_bits)),
            even((0..100).map(|i| f64::from_bits((1_000_f64).to_bits() + i))),
        ];
        for values in cases {
            for max_bins in [0, 1, 2, 4, 20] {
                let edges = edges_of(&values, max_bins, Notation::Decimal);
                assert!(edges.is_sorted_by(|a, b| a < b) && edges.iter().all(|e| e.is_finite()), "{edges:?}");
            }
        }
    }
}
