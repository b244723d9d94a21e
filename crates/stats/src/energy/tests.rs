use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.energy_distance(a, b)
#[test]
fn golden() {
    for ((a, b), want) in [untied(), tied(), far()].iter().zip([
        0.521_748_492_841_585_1,
        0.512_257_169_210_356,
        2.352_110_283_401_968,
    ]) {
        close(energy_distance(a, b).unwrap(), want, 1e-12);
        close(energy_distance(b, a).unwrap(), want, 1e-12);
        assert_eq!(energy_distance(a, a), Ok(0.0));
    }
}

#[test]
fn edges() {
    assert!(matches!(energy_distance(&[], &[1.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(energy_distance(&[1.0], &[f64::INFINITY]), Err(StatsError::NotFinite { .. })));
    assert!(matches!(energy_distance(&[-f64::MAX], &[f64::MAX]), Err(StatsError::Overflow { .. })));
    assert_eq!(energy_distance(&[-f64::MAX, f64::MAX], &[-f64::MAX, f64::MAX]), Ok(0.0));
    assert_eq!(energy_distance(&[2.0], &[2.0, 2.0]), Ok(0.0));
}
