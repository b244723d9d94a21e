//! Samples by integer formulas, so that scipy can be given the same ones.

/// `sorted((7919 i mod 1009) / 37)`, i < 40, and `sorted((104729 i mod 1013) / 41 + 4)`, i < 30: no ties.
pub(crate) fn untied() -> (Vec<f64>, Vec<f64>) {
    (
        sorted((0..40).map(|i| f64::from(7919 * i % 1009) / 37.0)),
        sorted((0..30).map(|i| f64::from(104_729 * i % 1013) / 41.0 + 4.0)),
    )
}

/// `sorted(7919 i mod 1009 // 100)`, i < 60, and `sorted(104729 i mod 1013 // 120)`, i < 45: many ties.
pub(crate) fn tied() -> (Vec<f64>, Vec<f64>) {
    (
        sorted((0..60).map(|i| f64::from(7919 * i % 1009 / 100))),
        sorted((0..45).map(|i| f64::from(104_729 * i % 1013 / 120))),
    )
}

/// Half of the values moved far away: p-values deep in the tail. `sorted((7919 i mod 1009) / 37 + 20 (i mod 2))`, i < 300,
/// against `sorted((7919 i mod 1009) / 37)`, i < 400.
pub(crate) fn far() -> (Vec<f64>, Vec<f64>) {
    let base = |i: i32| f64::from(7919 * i % 1009) / 37.0;
    (sorted((0..300).map(|i| base(i) + 20.0 * f64::from(i % 2))), sorted((0..400).map(base)))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Asserts equality to a relative tolerance.
#[track_caller]
pub(crate) fn close(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance * want.abs(),
        "got {got:e}, want {want:e}, off by {:e}",
        got / want - 1.0
    );
}
