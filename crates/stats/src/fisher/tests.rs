use super::*;
use crate::fixtures::close;

// scipy 1.17: scipy.stats.fisher_exact(table).pvalue
#[test]
fn golden() {
    let want = [
        ([8, 2], [1, 5], 0.034_965_034_965_034_975),
        ([100, 20], [5, 90], 6.490_247_723_128_814e-34),
        ([3, 0], [0, 3], 0.1),
        ([1000, 10], [900, 40], 4.449_344_662_852_587e-6),
        ([20_000, 3], [20_000, 0], 0.249_981_255_155_675_85),
        ([0, 5], [3, 9], 0.514_705_882_352_941_1),
    ];
    for (reference, current, p) in want {
        close(fisher_exact(reference, current).unwrap(), p, 1e-9);
        close(fisher_exact(current, reference).unwrap(), p, 1e-9);
        let mirror = |[a, b]: [u64; 2]| [b, a];
        close(fisher_exact(mirror(reference), mirror(current)).unwrap(), p, 1e-9);
    }
}

#[test]
fn edges() {
    assert!(matches!(fisher_exact([0, 0], [1, 2]), Err(StatsError::NoCounts { side: Side::Reference })));
    assert!(matches!(fisher_exact([1, 0], [0, 0]), Err(StatsError::NoCounts { side: Side::Current })));
    assert_eq!(fisher_exact([5, 0], [9, 0]), Ok(1.0));
    assert_eq!(fisher_exact([5, 7], [5, 7]), Ok(1.0));
    assert_eq!(fisher_exact([5000, 0], [0, 5000]), Ok(0.0));
}
