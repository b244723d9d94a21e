use super::*;
use crate::fixtures::{close, far, tied, untied};
use crate::random::SplitMix64;

// scipy 1.17: scipy.stats.anderson_ksamp([a, b], variant="midrank").statistic
#[test]
fn golden() {
    for ((a, b), want) in [untied(), tied(), far()].iter().zip([
        -0.403_474_693_811_228_4,
        2.042_030_254_042_451,
        82.014_820_024_551_64,
    ]) {
        close(anderson_darling(a, b).unwrap().standardised, want, 1e-10);
    }
}

// scipy 1.17: anderson_ksamp(.., method=PermutationMethod(n_resamples=20000, rng=default_rng(1))).pvalue is 0.0648 for the
// tied pair, where the table of the untied law, which scipy uses otherwise, gives 0.0469.
#[test]
fn p_values_follow_permutation_and_go_on_past_the_table() {
    let (a, b) = tied();
    close(anderson_darling(&a, &b).unwrap().outcome.p_value, 0.0648, 0.1);
    let far = anderson_darling(&far().0, &far().1).unwrap().outcome;
    assert!(far.p_value < 1e-20 && far.p_value > 0.0, "{far:?}");
}

/// Level of the test over many pairs without change, for continuous and for coarse values.
#[test]
fn level_is_kept() {
    for levels in [0.0, 2.0, 3.0, 10.0] {
        let mut random = SplitMix64::new(5);
        let mut draw = |n: usize| {
            let mut values: Vec<f64> = (0..n)
                .map(|_| if levels > 0.0 { (random.unit().powi(2) * levels).floor() } else { random.unit() })
                .collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let p: Vec<f64> =
            (0..4000).map(|_| anderson_darling(&draw(80), &draw(50)).unwrap().outcome.p_value).collect();
        for (alpha, lowest, highest) in [(0.05, 0.035, 0.065), (0.01, 0.005, 0.016)] {
            let share = p.iter().filter(|p| **p < alpha).count() as f64 / 4000.0;
            assert!((lowest..=highest).contains(&share), "{levels} levels, alpha {alpha}: {share}");
        }
    }
}

#[test]
fn edges() {
    assert!(matches!(anderson_darling(&[1.0, 1.0], &[1.0, 1.0]), Err(StatsError::Constant { value: 1.0 })));
    assert!(matches!(anderson_darling(&[1.0], &[1.0, 2.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(anderson_darling(&[1.0, f64::NAN], &[1.0, 2.0]), Err(StatsError::NotFinite { .. })));
    let same = anderson_darling(&[1.0, 2.0, 2.0], &[1.0, 2.0, 2.0]).unwrap().outcome;
    assert!(same.statistic.abs() < 1e-12 && same.p_value > 0.9, "{same:?}");
    let apart = anderson_darling(&[1.0; 20], &[2.0; 30]).unwrap().outcome;
    assert!(apart.p_value < 1e-8, "{apart:?}");
}
