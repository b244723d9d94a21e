use super::*;
use crate::fixtures::{close, far, tied, untied};
use crate::random::SplitMix64;

// scipy 1.17: scipy.stats.cramervonmises_2samp(a, b, method="asymptotic")
#[test]
fn golden_without_ties() {
    let (a, b) = untied();
    let found = cramer_von_mises(&a, &b).unwrap();
    close(found.statistic, 0.085_952_380_952_381_45, 1e-12);
    close(found.p_value, 0.675_167_377_309_154_7, 1e-9);
}

#[test]
fn tail_goes_on() {
    let found = cramer_von_mises(&far().0, &far().1).unwrap();
    assert!(found.p_value > 1e-40 && found.p_value < 1e-20, "{found:?}");
}

#[test]
fn equal_tied_samples_have_no_gap() {
    let (a, _) = tied();
    let found = cramer_von_mises(&a, &a).unwrap();
    assert!(found.statistic == 0.0 && found.p_value > 0.99, "{found:?}");
}

/// Level of the test over many pairs without change, for continuous and for coarse values.
#[test]
fn level_is_kept() {
    for levels in [0.0, 2.0, 3.0, 10.0] {
        let mut random = SplitMix64::new(6);
        let mut draw = |n: usize| {
            let mut values: Vec<f64> = (0..n)
                .map(|_| if levels > 0.0 { (random.unit().powi(2) * levels).floor() } else { random.unit() })
                .collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let p: Vec<f64> =
            (0..4000).map(|_| cramer_von_mises(&draw(80), &draw(50)).unwrap().p_value).collect();
        for (alpha, lowest, highest) in [(0.05, 0.035, 0.065), (0.01, 0.005, 0.016)] {
            let share = p.iter().filter(|p| **p < alpha).count() as f64 / 4000.0;
            assert!((lowest..=highest).contains(&share), "{levels} levels, alpha {alpha}: {share}");
        }
    }
}

#[test]
fn edges() {
    assert_eq!(cramer_von_mises(&[3.0; 4], &[3.0; 2]), Ok(TestOutcome { statistic: 0.0, p_value: 1.0 }));
    assert!(matches!(cramer_von_mises(&[1.0], &[1.0, 2.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(
        cramer_von_mises(&[1.0, 2.0], &[1.0, f64::INFINITY]),
        Err(StatsError::NotFinite { .. })
    ));
}
