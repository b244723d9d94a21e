use proptest::prelude::*;

use super::*;
use crate::fixtures::close;

const P: [f64; 4] = [0.1, 0.2, 0.3, 0.4];
const Q: [f64; 4] = [0.25; 4];

// scipy 1.17: sum(scipy.special.rel_entr(p, q)), scipy.spatial.distance.jensenshannon(p, q) ** 2
#[test]
fn golden() {
    close(kl(&P, &Q).unwrap(), 0.106_440_135_286_223_15, 1e-13);
    close(psi(&P, &Q).unwrap(), 0.228_217_409_573_391_82, 1e-13);
    close(jensen_shannon(&P, &Q).unwrap(), 0.027_865_613_457_276_73, 1e-12);
    close(jensen_shannon_distance(&P, &Q).unwrap(), 0.027_865_613_457_276_73_f64.sqrt(), 1e-12);
    close(hellinger(&P, &Q).unwrap(), 0.167_899_596_402_674_77, 1e-13);
    close(total_variation(&P, &Q).unwrap(), 0.2, 1e-13);
    close(l_infinity(&P, &Q).unwrap(), 0.15, 1e-13);
}

#[test]
fn disjoint_shares_reach_the_upper_ends() {
    let (p, q) = ([1.0, 0.0], [0.0, 1.0]);
    close(jensen_shannon(&p, &q).unwrap(), std::f64::consts::LN_2, 1e-15);
    assert_eq!((hellinger(&p, &q), total_variation(&p, &q), l_infinity(&p, &q)), (Ok(1.0), Ok(1.0), Ok(1.0)));
    assert_eq!(kl(&p, &q), Err(StatsError::EmptyClass { side: Side::Current, class: 0 }));
    assert_eq!(psi(&q, &p), Err(StatsError::EmptyClass { side: Side::Reference, class: 0 }));
    assert!(kl(&[0.0, 1.0], &[0.5, 0.5]).is_ok());
}

#[test]
fn smoothing() {
    assert_eq!(
        smoothed_shares(Side::Current, &[1, 0, 2], JEFFREYS),
        Ok(vec![1.5 / 4.5, 0.5 / 4.5, 2.5 / 4.5])
    );
    assert_eq!(smoothed_shares(Side::Current, &[1, 3], 0.0), Ok(vec![0.25, 0.75]));
    assert_eq!(
        smoothed_shares(Side::Current, &[0, 0], JEFFREYS),
        Err(StatsError::NoCounts { side: Side::Current })
    );
    assert_eq!(
        smoothed_shares(Side::Current, &[], JEFFREYS),
        Err(StatsError::NoCounts { side: Side::Current })
    );
    assert!(smoothed_shares(Side::Current, &[1], f64::NAN).is_err());
}

#[test]
fn bad_vectors_are_named() {
    assert!(matches!(kl(&[1.0], &[0.5, 0.5]), Err(StatsError::ClassCount { .. })));
    assert!(matches!(hellinger(&[f64::NAN], &[1.0]), Err(StatsError::BadShare { .. })));
    assert!(matches!(total_variation(&[1.0], &[-0.1]), Err(StatsError::BadShare { .. })));
    assert!(matches!(l_infinity(&[], &[]), Err(StatsError::NoCounts { .. })));
    assert!(expected_total_variation(&[1.0], 0, 5).is_err());
}

#[test]
fn expected_total_variation_is_what_sampling_gives() {
    let mut random = crate::random::SplitMix64::new(3);
    let mut draw = |n: u64| {
        let mut counts = [0u64; 4];
        (0..n).for_each(|_| counts[[0, 1, 1, 2, 2, 2, 3, 3, 3, 3][random.below(10)]] += 1);
        smoothed_shares(Side::Current, &counts, 0.0).unwrap()
    };
    let mean = (0..2000).map(|_| total_variation(&draw(300), &draw(200)).unwrap()).sum::<f64>() / 2000.0;
    close(expected_total_variation(&P, 300, 200).unwrap(), mean, 0.03);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn algebra(counts in proptest::collection::vec((0u64..50, 0u64..50), 2..12)) {
        let (mut a, mut b): (Vec<u64>, Vec<u64>) = counts.into_iter().unzip();
        a[0] += 1;
        b[0] += 1;
        let (p, q) = (smoothed_shares(Side::Reference, &a, JEFFREYS).unwrap(), smoothed_shares(Side::Current, &b, JEFFREYS).unwrap());
        for f in [psi, jensen_shannon, hellinger, total_variation, l_infinity] {
            prop_assert!((f(&p, &q).unwrap() - f(&q, &p).unwrap()).abs() < 1e-12);
            prop_assert_eq!(f(&p, &p).unwrap(), 0.0);
        }
        prop_assert_eq!(kl(&p, &p).unwrap(), 0.0);
        let (kl_pq, tv, h) = (kl(&p, &q).unwrap(), total_variation(&p, &q).unwrap(), hellinger(&p, &q).unwrap());
        // Pinsker's inequality, and the two bounds of total variation by Hellinger's distance.
        prop_assert!(tv * tv <= 0.5 * kl_pq + 1e-12);
        prop_assert!(h * h <= tv + 1e-12 && tv <= h * std::f64::consts::SQRT_2 + 1e-12);
        let js = jensen_shannon_contributions(&p, &q).unwrap();
        prop_assert!(js.iter().all(|c| *c > -1e-15));
        prop_assert!((psi_contributions(&p, &q).unwrap().iter().sum::<f64>() - kl_pq - kl(&q, &p).unwrap()).abs() < 1e-12);
    }
}
