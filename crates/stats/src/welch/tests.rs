use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.ttest_ind(a, b, equal_var=False)
#[test]
fn golden() {
    let want = [
        (-0.891_849_127_297_376_1, 0.375_740_966_853_280_1, 65.450_085_469_118_19),
        (1.940_951_572_629_520_1, 0.055_017_588_848_056_75, 102.242_159_855_375_04),
        (11.827_106_838_696_325, 2.218_127_519_189_504e-28, 462.377_031_218_209_1),
    ];
    for ((a, b), (statistic, p, degrees)) in [untied(), tied(), far()].iter().zip(want) {
        let found = welch_t(a, b).unwrap();
        close(found.outcome.statistic, statistic, 1e-11);
        close(found.outcome.p_value, p, 1e-9);
        close(found.degrees, degrees, 1e-11);
    }
}

#[test]
fn edges() {
    assert!(matches!(welch_t(&[1.0, 1.0], &[2.0, 2.0]), Err(StatsError::Constant { .. })));
    assert!(matches!(welch_t(&[1.0], &[2.0, 3.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(welch_t(&[0.0, f64::MAX], &[0.0, 1.0]), Err(StatsError::Overflow { .. })));
    let same = welch_t(&[1.0, 2.0], &[1.0, 2.0]).unwrap().outcome;
    assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
    assert!(welch_t(&[1.0, 1.0], &[2.0, 3.0]).unwrap().outcome.p_value > 0.0);
}
