use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.epps_singleton_2samp(a, b)
#[test]
fn golden() {
    let want = [
        (4.353_640_426_520_009, 0.360_256_338_449_537_36),
        (10.597_701_306_582_954, 0.031_477_462_276_299_994),
        (179.071_792_790_633_4, 1.179_981_148_825_151_6e-37),
    ];
    for ((a, b), (statistic, p)) in [untied(), tied(), far()].iter().zip(want) {
        let found = epps_singleton(a, b).unwrap();
        close(found.statistic, statistic, 1e-9);
        close(found.p_value, p, 1e-7);
    }
}

// scipy 1.17: scipy.stats.epps_singleton_2samp([0, 1, 2, 4, 7, 11], [3, 3, 5, 8, 9, 12, 14])
#[test]
fn golden_small() {
    let found =
        epps_singleton(&[0.0, 1.0, 2.0, 4.0, 7.0, 11.0], &[3.0, 3.0, 5.0, 8.0, 9.0, 12.0, 14.0]).unwrap();
    close(found.statistic, 2.1721387998847708, 1e-9);
    close(found.p_value, 0.7041331729935865, 1e-9);
}

#[test]
fn edges() {
    assert!(matches!(epps_singleton(&[1.0; 9], &[1.0; 9]), Err(StatsError::Constant { .. })));
    assert!(matches!(
        epps_singleton(&[1.0, 1.0, 1.0, 1.0, 2.0], &[1.0; 9]),
        Err(StatsError::NoMiddleSpread { .. })
    ));
    assert!(matches!(epps_singleton(&[1.0; 4], &[1.0; 9]), Err(StatsError::TooFew { needed: 5, .. })));
    let wide = [-f64::MAX, -1.0, 0.0, 1.0, f64::MAX];
    assert!(epps_singleton(&wide, &wide).unwrap().statistic < 1e-9);
    let a = [1.0, 2.0, 3.0, 4.0, 5.0];
    assert_eq!(epps_singleton(&a, &a), Ok(TestOutcome { statistic: 0.0, p_value: 1.0 }));
    let two_values = epps_singleton(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], &[0.0, 0.0, 1.0, 1.0, 1.0]).unwrap();
    assert!(two_values.p_value > 0.1 && two_values.p_value <= 1.0);
}
