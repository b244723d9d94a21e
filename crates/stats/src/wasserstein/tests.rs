use super::*;
use crate::fixtures::{close, far, tied, untied};

// scipy 1.17: scipy.stats.wasserstein_distance(a, b)
#[test]
fn golden() {
    for ((a, b), want) in [untied(), tied(), far()].iter().zip([
        1.665_842_671_940_232_6,
        1.016_666_666_666_666_6,
        9.980_337_837_837_842,
    ]) {
        close(wasserstein(a, b).unwrap(), want, 1e-12);
        close(wasserstein(b, a).unwrap(), want, 1e-12);
        assert_eq!(wasserstein(a, a), Ok(0.0));
    }
}

#[test]
fn edges() {
    assert!(matches!(wasserstein(&[], &[1.0]), Err(StatsError::TooFew { .. })));
    assert!(matches!(wasserstein(&[1.0], &[f64::INFINITY]), Err(StatsError::NotFinite { .. })));
    assert!(matches!(wasserstein(&[-f64::MAX], &[f64::MAX]), Err(StatsError::Overflow { .. })));
    assert_eq!(wasserstein(&[-f64::MAX, f64::MAX], &[-f64::MAX, f64::MAX]), Ok(0.0));
    assert_eq!(wasserstein(&[2.0], &[2.0, 2.0]), Ok(0.0));
}
