use super::*;
use crate::fixtures::{close, far, tied, untied};

fn test(a: &[f64], b: &[f64], method: KsMethod) -> TestOutcome {
    kolmogorov_smirnov(a, b, method).unwrap()
}

// scipy 1.17: scipy.stats.ks_2samp(a, b, method="exact")
#[test]
fn golden_exact() {
    let want = [
        (0.15, 0.789_787_756_596_251),
        (0.2, 0.228_133_273_870_303_58),
        (0.374_166_666_666_666_65, 7.403_618_562_830_197e-22),
    ];
    for ((a, b), (statistic, p)) in [untied(), tied(), far()].iter().zip(want) {
        let found = test(a, b, KsMethod::Auto);
        close(found.statistic, statistic, 1e-12);
        close(found.p_value, p, 1e-10);
        assert_eq!(found, test(b, a, KsMethod::Exact));
    }
}

/// The limit stays close to the exact value for equal, coprime and very different sizes.
#[test]
fn limit_follows_the_exact_value() {
    for (m, n) in [(1000, 1000), (1000, 900), (997, 1009), (2000, 300), (3000, 101)] {
        for shift in [0.01, 0.03, 0.06, 0.1] {
            let a: Vec<f64> = (0..m).map(|i| f64::from(i) / f64::from(m)).collect();
            let b: Vec<f64> = (0..n).map(|i| f64::from(i) / f64::from(n) + shift).collect();
            let (exact, limit) = (test(&a, &b, KsMethod::Exact), test(&a, &b, KsMethod::Asymptotic));
            assert_eq!(exact.statistic, limit.statistic);
            if exact.p_value > 1e-6 {
                close(limit.p_value, exact.p_value, 0.02);
            }
        }
    }
}

/// All interleavings of 4 and 3 values counted one by one.
#[test]
fn exact_is_the_share_of_interleavings() {
    let orders: Vec<u32> = (0u32..1 << 7).filter(|o| o.count_ones() == 3).collect();
    let gap = |order: u32| {
        let (a, b): (Vec<u32>, Vec<u32>) = (0..7).partition(|i| order >> i & 1 == 0);
        let floats = |v: Vec<u32>| v.into_iter().map(f64::from).collect::<Vec<_>>();
        largest_gap(&floats(a), &floats(b))
    };
    for observed in 1..=12 {
        let share = orders.iter().filter(|o| gap(**o) >= observed).count() as f64 / orders.len() as f64;
        let found = share_of_paths_outside(4, 3, observed);
        assert!((found - share).abs() < 1e-14, "{observed}: {found} {share}");
    }
}

#[test]
fn edges() {
    let auto = KsMethod::Auto;
    assert!(matches!(kolmogorov_smirnov(&[], &[1.0], auto), Err(StatsError::TooFew { .. })));
    assert!(matches!(kolmogorov_smirnov(&[1.0], &[f64::NAN], auto), Err(StatsError::NotFinite { .. })));
    assert_eq!(test(&[1.0], &[1.0], auto), TestOutcome { statistic: 0.0, p_value: 1.0 });
    assert_eq!(test(&[1.0], &[2.0], auto), TestOutcome { statistic: 1.0, p_value: 1.0 });
    assert_eq!(test(&[5.0; 30], &[5.0; 7], KsMethod::Asymptotic).p_value, 1.0);
    let (a, b) = (vec![0.0; 4000], vec![1.0; 5000]);
    let apart = test(&a, &b, auto);
    assert!(apart.statistic == 1.0 && apart.p_value == 0.0);
    close(critical_gap(1000, 1000, 0.05).unwrap(), 1.358 * 0.002_f64.sqrt(), 1e-3);
    assert!(critical_gap(0, 5, 0.05).is_err() && critical_gap(5, 5, 1.5).is_err());
}
