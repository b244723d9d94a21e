use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

fn sum_of(terms: &[f64]) -> ExactSum {
    let mut sum = ExactSum::new();
    sum.add_slice(terms);
    sum
}

fn one_by_one(terms: &[f64]) -> ExactSum {
    let mut sum = ExactSum::new();
    terms.iter().for_each(|&x| sum.add(x));
    sum
}

#[test]
fn cancellation_leaves_what_is_there() {
    assert_eq!(sum_of(&[1e100, 1.0, -1e100]).value(), 1.0);
    assert_eq!(sum_of(&[f64::MAX, f64::MAX, -f64::MAX, 5e-324, -f64::MAX]).value(), 5e-324);
    assert_eq!(sum_of(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
    assert_eq!(sum_of(&[f64::MAX, f64::MAX]).value_scaled(-1), f64::MAX);
    assert_eq!(sum_of(&[-0.0, 0.0]).value(), 0.0);
    assert_eq!(sum_of(&[]).value(), 0.0);
}

/// python3 -c "import math; print(math.fsum([0.1]*1000003), math.fsum(1/i for i in range(1,100001)))"
#[test]
fn sums_agree_with_python_fsum() {
    assert_eq!(sum_of(&vec![0.1; 1_000_003]).value(), 100_000.3);
    let harmonic: Vec<f64> = (1..=100_000).map(|i| 1.0 / f64::from(i)).collect();
    assert_eq!(sum_of(&harmonic).value(), 12.090_146_129_863_428);
}

#[test]
fn rounding_is_to_even_with_sticky_bits() {
    let ulp = f64::EPSILON;
    assert_eq!(sum_of(&[1.0, ulp / 2.0]).value(), 1.0);
    assert_eq!(sum_of(&[1.0 + ulp, ulp / 2.0]).value(), 1.0 + 2.0 * ulp);
    assert_eq!(sum_of(&[1.0, ulp / 2.0, 5e-324]).value(), 1.0 + ulp);
    assert_eq!(sum_of(&[-1.0, -ulp / 2.0, -5e-324]).value(), -1.0 - ulp);
    assert_eq!(sum_of(&[2.0 - ulp, ulp / 2.0]).value(), 2.0);
}

#[test]
fn special_terms_follow_ieee() {
    assert_eq!(sum_of(&[1.0, f64::INFINITY]).value(), f64::INFINITY);
    assert_eq!(sum_of(&[f64::NEG_INFINITY; 20]).value(), f64::NEG_INFINITY);
    assert!(sum_of(&[f64::INFINITY, f64::NEG_INFINITY]).value().is_nan());
    assert!(sum_of(&[1.0, f64::NAN, 2.0]).value().is_nan());
    assert!(sum_of(&[f64::NAN; 16]).value().is_nan());
}

#[test]
fn pairs_hold_what_one_double_cannot() {
    let sum = sum_of(&[1e16, 0.5, 1e-10]);
    assert_eq!(sum.value_pair(0), (1e16, 0.500_000_000_1));
    assert_eq!(sum.value_pair(-3), (1e16 / 8.0, 0.500_000_000_1 / 8.0));
}

#[test]
fn nonsense_bytes_are_refused() {
    assert!(ExactSum::from_bytes(&[]).is_none());
    assert!(ExactSum::from_bytes(&[8, 0, 0]).is_none());
    assert!(ExactSum::from_bytes(&[0, 60, 20]).is_none());
    assert!(ExactSum::from_bytes(&[0, 3, 1, 0, 0, 0, 0, 1, 0, 0, 0]).is_none());
    assert!(ExactSum::from_bytes(&[0, 3, 1, 0, 0, 0, 1, 0, 0, 0, 0]).is_some());
}

fn terms() -> impl Strategy<Value = Vec<f64>> {
    let term = prop_oneof![
        4 => -1e6_f64..1e6,
        2 => (-1_000_000_i64..1_000_000).prop_map(|i| i as f64),
        1 => any::<f64>().prop_filter("finite", |x| x.is_finite()),
        1 => (-40..40_i32).prop_map(|p| 10_f64.powi(p)),
    ];
    prop::collection::vec(term, 0..1500)
}

/// The sum of whole numbers of up to 2^60 in units of 2^-30, which i128 holds exactly.
fn fixed_point(terms: &[i64]) -> f64 {
    let total: i128 = terms.iter().map(|&term| i128::from(term)).sum();
    // Conversion of an integer rounds to nearest even; the power of two is exact.
    total as f64 / (1_u64 << 30) as f64
}

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(0x0d71_f711);
    ProptestConfig { cases: 64, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn slices_parts_and_single_terms_agree(terms in terms(), cut in 0_usize..1500) {
        let cut = cut.min(terms.len());
        let whole = sum_of(&terms);
        let mut parts = sum_of(&terms[cut..]);
        parts.merge(&sum_of(&terms[..cut]));
        prop_assert_eq!(whole.to_bytes(), parts.to_bytes());
        prop_assert_eq!(whole.to_bytes(), one_by_one(&terms).to_bytes());
        let back = ExactSum::from_bytes(&whole.to_bytes()).unwrap();
        prop_assert_eq!(&back, &whole);
    }

    #[test]
    fn value_is_the_rounded_true_sum(raw in prop::collection::vec(-(1_i64 << 53)..(1 << 53), 1..1200)) {
        let terms: Vec<f64> = raw.iter().map(|&i| i as f64 / (1_u64 << 30) as f64).collect();
        prop_assert_eq!(sum_of(&terms).value(), fixed_point(&raw));
    }

    #[test]
    fn counted_terms_are_repeated_terms(x in -1e9_f64..1e9, count in 0_u64..300, big in 1_u64..u64::MAX) {
        let mut counted = ExactSum::new();
        counted.add_times(x, count);
        prop_assert_eq!(&counted, &sum_of(&vec![x; count as usize]));
        let mut halves = ExactSum::new();
        halves.add_times(x, big / 2);
        halves.add_times(x, big - big / 2);
        let mut whole = ExactSum::new();
        whole.add_times(x, big);
        prop_assert_eq!(halves, whole);
    }
}
