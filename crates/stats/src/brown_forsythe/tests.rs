use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.levene(a, b, center="median")
#[test]
fn golden() {
    let want = [
        (0.454_473_013_856_083, 0.502_503_769_226_264_2),
        (3.130_461_493_982_865, 0.079_801_689_268_664_1),
        (79.435_460_459_311_32, 4.301_072_585_422_485e-18),
    ];
    for ((a, b), (statistic, p)) in [untied(), tied(), far()].iter().zip(want) {
        let found = brown_forsythe(a, b).unwrap();
        close(found.statistic, statistic, 1e-10);
        close(found.p_value, p, 1e-9);
    }
}

#[test]
fn edges() {
    assert!(matches!(brown_forsythe(&[1.0, 1.0], &[2.0, 2.0]), Err(StatsError::Constant { .. })));
    assert!(matches!(brown_forsythe(&[1.0], &[2.0, 2.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(
        brown_forsythe(&[-f64::MAX, 0.0, f64::MAX], &[0.0, 1.0]),
        Err(StatsError::Overflow { .. })
    ));
    let same = brown_forsythe(&[1.0, 2.0, 9.0], &[1.0, 2.0, 9.0]).unwrap();
    assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
}
