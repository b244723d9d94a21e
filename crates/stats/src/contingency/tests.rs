use super::*;
use crate::fixtures::close;

const A: [u64; 5] = [12, 0, 7, 30, 1];
const B: [u64; 5] = [20, 4, 9, 11, 2];

// scipy 1.17: scipy.stats.chi2_contingency([a, b], correction=False), lambda_="log-likelihood" for G,
// scipy.stats.contingency.association for V
#[test]
fn golden() {
    let chi = chi_square(&A, &B).unwrap();
    close(chi.outcome.statistic, 15.248_016_967_126_19, 1e-12);
    close(chi.outcome.p_value, 0.004_213_513_218_067_288, 1e-10);
    assert_eq!(chi.degrees, 4);
    close(chi.min_expected, 3.0 * 46.0 / 96.0, 1e-12);
    let g = g_test(&A, &B).unwrap().outcome;
    close(g.statistic, 17.140_986_288_827_044, 1e-12);
    close(g.p_value, 0.001_814_748_460_665_777_8, 1e-10);
    close(cramers_v(&A, &B).unwrap(), 0.398_539_220_245_926_6, 1e-12);
}

#[test]
fn rare_classes_are_pooled_until_the_pool_is_large_enough() {
    // Expected counts on the smaller side (46 of 96): 15.3, 1.9, 7.7, 19.6, 1.4. The two rare ones give 3.4, so the
    // third joins them.
    let found = pool_rare(&A, &B, MIN_EXPECTED).unwrap();
    assert_eq!(found.kept, [0, 3]);
    assert_eq!(found.rare, [1, 2, 4]);
    assert_eq!(
        (found.reference.as_slice(), found.current.as_slice()),
        ([12, 30, 8].as_slice(), [20, 11, 15].as_slice())
    );
    let untouched = pool_rare(&[50, 60, 0], &[50, 60, 0], MIN_EXPECTED).unwrap();
    assert_eq!((untouched.kept, untouched.rare), (vec![0, 1], vec![]));
    let all = pool_rare(&[1, 1, 0], &[0, 1, 1], MIN_EXPECTED).unwrap();
    assert_eq!((all.reference, all.current), (vec![2], vec![2]));
}

#[test]
fn one_rare_class_takes_the_next_rarest_along() {
    let found = pool_rare(&[1, 50, 60], &[1, 50, 60], MIN_EXPECTED).unwrap();
    assert_eq!((found.kept, found.rare), (vec![2], vec![0, 1]));
}

#[test]
fn edges() {
    assert!(matches!(chi_square(&[1, 2], &[1]), Err(StatsError::ClassCount { reference: 2, current: 1 })));
    assert!(matches!(chi_square(&[0, 0], &[1, 2]), Err(StatsError::NoCounts { side: Side::Reference })));
    assert!(matches!(chi_square(&[], &[]), Err(StatsError::NoCounts { .. })));
    assert!(matches!(g_test(&[4, 0], &[3, 0]), Err(StatsError::TooFewClasses { classes: 1 })));
    assert!(pool_rare(&[1], &[1], f64::NAN).is_err());
    assert_eq!(chi_square(&[5, 10], &[5, 10]).unwrap().outcome.statistic, 0.0);
    assert_eq!(cramers_v(&[5, 0], &[0, 10]), Ok(1.0));
    assert!(chi_square(&[u64::MAX, 1], &[1, u64::MAX]).is_ok());
}
