//! Equal-width histograms by the rules of numpy, which all these tools build on.

/// Bins above which a histogram is refused. numpy would go on until memory ends.
const MOST_BINS: f64 = 1_000_000.0;

/// Edges of equal bins of about the given width over an ascending sample: `ceil(range / width)` bins, one when the width
/// is zero. A constant sample gets half a unit on each side. None for an empty sample, too many bins, or a range that no
/// double can hold or divide.
pub(super) fn edges_of_width(sorted: &[f64], width: f64, whole: bool) -> Option<Vec<f64>> {
    let (first, last) = outer_edges(sorted)?;
    // numpy holds integers to bins of at least one.
    let width = if whole && width > 0.0 { width.max(1.0) } else { width };
    let bins = if width > 0.0 { ((last - first) / width).ceil() } else { 1.0 };
    (bins <= MOST_BINS).then(|| linspace(first, last, bins as usize)).flatten()
}

/// Edges of a given number of equal bins over an ascending sample.
pub(super) fn edges_of_count(sorted: &[f64], bins: usize) -> Option<Vec<f64>> {
    let (first, last) = outer_edges(sorted)?;
    linspace(first, last, bins)
}

fn outer_edges(sorted: &[f64]) -> Option<(f64, f64)> {
    let (&first, &last) = (sorted.first()?, sorted.last()?);
    Some(if first == last { (first - 0.5, last + 0.5) } else { (first, last) })
}

/// `bins + 1` equally spaced edges, the last one exact. None when two of them would coincide or are not finite.
pub(super) fn linspace(first: f64, last: f64, bins: usize) -> Option<Vec<f64>> {
    let step = (last - first) / bins as f64;
    let mut edges: Vec<f64> = (0..bins).map(|i| i as f64 * step + first).collect();
    edges.push(last);
    let ascending = edges.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    (bins > 0 && step.is_finite() && ascending).then_some(edges)
}

/// Counts of an ascending sample in bins that are closed on the left, the last one on both sides. Values outside are not
/// counted.
pub(super) fn count(sorted: &[f64], edges: &[f64]) -> Vec<u64> {
    let last = edges.len().saturating_sub(1);
    let below = |(i, edge): (usize, &f64)| {
        sorted.partition_point(|x| if i == last { x <= edge } else { x < edge }) as u64
    };
    let cumulative: Vec<u64> = edges.iter().enumerate().map(below).collect();
    cumulative.windows(2).map(|pair| if let [a, b] = pair { b - a } else { 0 }).collect()
}

/// Sturges's bin width: the range over `log2 n + 1`.
pub(super) fn sturges_width(range: f64, n: usize) -> f64 {
    range / ((n as f64).log2() + 1.0)
}

/// Doane's bin width (Doane 1976): Sturges's with a term for skewness; 0 for fewer than 3 values or a constant sample.
pub(super) fn doane_width(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let deviation = population_deviation(sorted);
    if sorted.len() < 3 || deviation <= 0.0 {
        return 0.0;
    }
    let skew = sorted.iter().map(|x| ((x - mean) / deviation).powi(3)).sum::<f64>() / n;
    let skew_error = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
    range(sorted) / (1.0 + n.log2() + (1.0 + skew.abs() / skew_error).log2())
}

/// numpy's `auto` width: Freedman and Diaconis's `2 IQR n^(-1/3)`, not below half that of the square-root rule, and not
/// above Sturges's.
pub(super) fn auto_width(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let iqr = driftline_stats::quantile::median_and_iqr(sorted).map_or(0.0, |(_, iqr)| iqr);
    let freedman_diaconis = 2.0 * iqr * n.powf(-1.0 / 3.0);
    let half_square_root = 0.5 * range(sorted) / n.sqrt();
    freedman_diaconis.max(half_square_root).min(sturges_width(range(sorted), sorted.len()))
}

/// Standard deviation with divisor n; 0 for an empty or constant sample.
pub(super) fn population_deviation(sorted: &[f64]) -> f64 {
    if sorted.first() == sorted.last() {
        return 0.0;
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}

pub(super) fn range(sorted: &[f64]) -> f64 {
    sorted.first().zip(sorted.last()).map_or(0.0, |(a, b)| b - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    // numpy 2.4: numpy.histogram([0, 1, 1, 2, 5, 9], bins="sturges"), "doane", "auto"
    #[test]
    fn golden() {
        let x = [0.0, 1.0, 1.0, 2.0, 5.0, 9.0];
        assert_eq!(edges_of_width(&x, sturges_width(9.0, 6), false), Some(vec![0.0, 2.25, 4.5, 6.75, 9.0]));
        assert_eq!(count(&x, &[0.0, 2.25, 4.5, 6.75, 9.0]), [4, 0, 1, 1]);
        assert_eq!(edges_of_width(&x, doane_width(&x), false).map(|e| e.len()), Some(6));
        assert_eq!(edges_of_width(&x, auto_width(&x), false).map(|e| e.len()), Some(5));
    }

    #[test]
    fn edges_of_odd_samples() {
        assert_eq!(edges_of_width(&[3.0, 3.0], 0.0, false), Some(vec![2.5, 3.5]));
        assert_eq!(edges_of_width(&[], 1.0, false), None);
        assert_eq!(edges_of_width(&[0.0, 1e9], 1.0, false), None);
        assert_eq!(edges_of_width(&[-f64::MAX, f64::MAX], 1.0, false), None);
        assert_eq!(edges_of_count(&[1e300, 1e300], 1), None);
        assert_eq!(edges_of_width(&[0.0, 4.0], 0.5, true).map(|e| e.len()), Some(5));
        assert_eq!(linspace(0.0, 1.0, 0), None);
        assert_eq!((doane_width(&[1.0, 2.0]), doane_width(&[]), auto_width(&[2.0; 9])), (0.0, 0.0, 0.0));
    }
}
