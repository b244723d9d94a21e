use super::*;
use crate::fisher::fisher_exact;

#[test]
fn two_classes_agree_with_fisher() {
    let exact = fisher_exact([8, 2], [1, 5]).unwrap();
    let found = permutation_p_value(&[8, 2], &[1, 5], 20_000, 7).unwrap();
    assert!((found - exact).abs() < 0.005, "{found} {exact}");
}

#[test]
fn same_seed_same_answer_and_never_zero() {
    let (a, b) = ([30, 0, 0, 4], [0, 30, 9, 0]);
    let found = permutation_p_value(&a, &b, 500, 1).unwrap();
    assert_eq!(Ok(found), permutation_p_value(&a, &b, 500, 1));
    assert_eq!(found, 1.0 / 501.0);
    assert_eq!(permutation_p_value(&[5, 5], &[5, 5], 99, 1), Ok(1.0));
}

#[test]
fn edges() {
    assert!(matches!(permutation_p_value(&[1, 1], &[1, 1], 0, 1), Err(StatsError::BadParameter { .. })));
    assert!(matches!(permutation_p_value(&[0], &[1], 9, 1), Err(StatsError::NoCounts { .. })));
    assert!(matches!(permutation_p_value(&[2, 0], &[1, 0], 9, 1), Err(StatsError::TooFewClasses { .. })));
}
