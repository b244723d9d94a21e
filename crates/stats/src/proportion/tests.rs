use super::*;
use crate::fixtures::close;

// scipy 1.17: r = scipy.stats.chi2_contingency([[40, 160], [60, 120]], correction=False); sqrt(r.statistic), r.pvalue
#[test]
fn golden() {
    let found = two_proportions((40, 200), (60, 180)).unwrap();
    close(found.outcome.statistic, 2.947_153_590_452_028, 1e-12);
    close(found.outcome.p_value, 0.003_207_138_638_619_058_2, 1e-9);
    close(found.difference, 1.0 / 3.0 - 0.2, 1e-12);
    assert!(!found.exact);
}

#[test]
fn small_counts_are_exact() {
    let found = two_proportions((8, 10), (1, 6)).unwrap();
    assert!(found.exact);
    close(found.outcome.p_value, 0.034_965_034_965_034_975, 1e-12);
}

#[test]
fn edges() {
    for (r, c) in [((0, 10), (0, 7)), ((10, 10), (7, 7)), ((1, 2), (1, 2))] {
        let found = two_proportions(r, c).unwrap();
        assert_eq!((found.outcome.statistic, found.outcome.p_value), (0.0, 1.0));
    }
    assert!(matches!(two_proportions((0, 0), (1, 2)), Err(StatsError::NoCounts { side: Side::Reference })));
    assert!(matches!(two_proportions((3, 2), (1, 2)), Err(StatsError::BadParameter { .. })));
}
