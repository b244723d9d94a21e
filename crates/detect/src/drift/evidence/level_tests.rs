//! Levels by simulation: without a change, p-values below one in a hundred come one time in a hundred.

use driftline_testkit::Random;

use super::pooled::Pooled;
use super::{NormalScores, class_tests, combine, number_tests};

const TRIALS: u64 = 3_000;

/// A named draw.
type Draw = (&'static str, fn(&mut Random) -> f64);

fn share_below_one_percent(draw: impl Fn(&mut Random) -> f64, sizes: (usize, usize), is_class: bool) -> f64 {
    let scores = NormalScores::new();
    let found = (0..TRIALS).filter(|&trial| {
        let mut random = Random::for_stream(7, trial);
        let mut side = |n: usize| {
            let mut values: Vec<f64> = (0..n).map(|_| draw(&mut random)).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        let pooled = Pooled::from_sorted(&side(sizes.0), &side(sizes.1));
        let tests = if is_class {
            let classes: Vec<_> =
                pooled.groups.iter().map(|group| (group.reference, group.current)).collect();
            class_tests(&classes, &scores)
        } else {
            number_tests(&pooled, &scores)
        };
        combine(&tests) < 0.01
    });
    found.count() as f64 / TRIALS as f64
}

#[test]
fn number_tests_keep_their_level() {
    let shapes: [Draw; 5] = [
        ("normal", |random| random.normal()),
        ("pareto", |random| (random.exponential() / 1.5).exp()),
        ("zero-inflated", |random| if random.chance(0.6) { 0.0 } else { random.normal().exp() }),
        ("counts", |random| random.gamma(2.0).floor()),
        ("binary", |random| f64::from(random.chance(0.1))),
    ];
    for (name, draw) in shapes {
        for sizes in [(200, 200), (300, 100)] {
            let share = share_below_one_percent(draw, sizes, false);
            // At most what it says, but for two standard errors; discrete tests may lie far below.
            assert!((0.0005..0.0135).contains(&share), "{name} at {sizes:?}: {share}");
        }
    }
}

#[test]
fn class_tests_keep_their_level() {
    let shapes: [Draw; 3] = [
        ("five classes", |random| (random.unit() * 5.0).floor()),
        ("twenty classes", |random| (random.unit() * 20.0).floor()),
        ("a long tail", |random| 200_f64.powf(random.unit()).floor()),
    ];
    for (name, draw) in shapes {
        for sizes in [(200, 200), (300, 100)] {
            let share = share_below_one_percent(draw, sizes, true);
            assert!((0.0005..0.0135).contains(&share), "{name} at {sizes:?}: {share}");
        }
    }
}
