use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.mannwhitneyu(a, b, method="asymptotic")
#[test]
fn golden() {
    let want = [
        (528.0, 0.396_132_359_461_974_2),
        (1617.5, 0.082_033_069_816_776_74),
        (87_472.5, 3.186_822_671_762_018_4e-25),
    ];
    for ((a, b), (statistic, p)) in [untied(), tied(), far()].iter().zip(want) {
        let found = mann_whitney(a, b).unwrap();
        assert_eq!(found.outcome.statistic, statistic);
        close(found.outcome.p_value, p, 1e-10);
        close(mann_whitney(b, a).unwrap().outcome.p_value, p, 1e-10);
    }
}

#[test]
fn edges() {
    assert!(matches!(mann_whitney(&[], &[1.0]), Err(StatsError::TooFew { .. })));
    let constant = mann_whitney(&[4.0; 5], &[4.0; 6]).unwrap();
    assert_eq!((constant.outcome.p_value, constant.current_larger), (1.0, 0.5));
    assert_eq!(mann_whitney(&[1.0], &[2.0]).unwrap().current_larger, 1.0);
    assert_eq!(mann_whitney(&[1.0, 2.0], &[1.0, 2.0]).unwrap().outcome.p_value, 1.0);
}
