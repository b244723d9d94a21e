//! Tests on categories.

use super::fresh::first_appearance;
use super::outcome::{Aspect, TestOutcome};
use super::pooled::Group;
use super::rank::{NormalScores, rank_tests};
use super::shape::{chi_square_of_cells, single_class_test};
use super::tail_probability::pearson_upper;

/// Fewest rows on both sides together that make a class worth a test of its own.
const MIN_CLASS: u64 = 5;
/// Most classes tested one by one, the most frequent of both sides together.
const MAX_CLASSES: usize = 60;
/// Classes from which the order by frequency is worth a rank test.
const MIN_FOR_ORDER: usize = 12;
/// A class with more rows than this is on both sides almost surely; `0.5^40` is 1e-12.
const MAX_UNSEEN_COUNT: u64 = 200;
/// Variance of the number of one-sided classes below which there is nothing to expect and nothing to test.
const MIN_UNSEEN_VARIANCE: f64 = 0.05;

/// All tests of two samples of categories, given as counts (reference, current) of every class of either side.
pub(crate) fn class_tests(classes: &[(u64, u64)], normal_scores: &NormalScores) -> Vec<TestOutcome> {
    let totals = classes.iter().fold((0, 0), |sum, class| (sum.0 + class.0, sum.1 + class.1));
    if totals.0 == 0 || totals.1 == 0 {
        return Vec::new();
    }
    if classes.len() == 2 {
        // Two classes leave one question.
        return single_class_test("two_proportions", classes.iter().copied().take(1), totals)
            .into_iter()
            .collect();
    }
    let mut tests: Vec<TestOutcome> = chi_square_of_cells("chi_square", classes).into_iter().collect();
    tests.extend(fresh_class_test(classes, totals));
    let mut frequent: Vec<(u64, u64)> =
        classes.iter().copied().filter(|class| class.0 + class.1 >= MIN_CLASS).collect();
    if frequent.len() > MAX_CLASSES {
        frequent.sort_by_key(|class| std::cmp::Reverse(class.0 + class.1));
        frequent.truncate(MAX_CLASSES);
    }
    tests.extend(single_class_test("single_class", frequent.into_iter(), totals));
    tests.extend(unseen_test(classes, totals));
    if classes.len() >= MIN_FOR_ORDER {
        tests.extend(order_test(classes, normal_scores));
    }
    tests
}

/// The largest class that one side has not at all, against how many classes of about its size there are.
fn fresh_class_test(classes: &[(u64, u64)], totals: (u64, u64)) -> Option<TestOutcome> {
    let ratio = totals.1 as f64 / totals.0 as f64;
    let flipped: Vec<(u64, u64)> = classes.iter().map(|class| (class.1, class.0)).collect();
    let new = fresh_class(classes, ratio);
    let gone = fresh_class(&flipped, 1.0 / ratio);
    let (test, (p_value, hits), side) = match (new, gone) {
        (Some(new), Some(gone)) if gone.0 < new.0 => ("vanished_class", gone, totals.0),
        (Some(new), _) => ("new_class", new, totals.1),
        (None, Some(gone)) => ("vanished_class", gone, totals.0),
        (None, None) => return None,
    };
    let share = hits as f64 / side as f64;
    let shares = if test == "new_class" { [0.0, share] } else { [share, 0.0] };
    let (aspect, shares) = (Aspect::Class, Some(shares));
    Some(TestOutcome { test, statistic: hits as f64, p_value, aspect, weight: 4.0, shares })
}

/// p-value and rows of the largest class that the first side has not and the second, `ratio` times as large, has.
fn fresh_class(classes: &[(u64, u64)], ratio: f64) -> Option<(f64, u64)> {
    let hits = classes.iter().filter(|class| class.0 == 0).map(|class| class.1).max()?;
    if hits < MIN_CLASS {
        return None;
    }
    // Classes of the first side with about as many rows as such a class would most likely have.
    let (low, high) = ((hits as f64 / (4.0 * ratio)).max(1.0), (2.0 * hits as f64 / ratio).max(4.0));
    let near = classes.iter().filter(|class| (low..=high).contains(&(class.0 as f64))).count();
    let density = (near as f64 + 0.5) / (high / low).ln();
    Some((first_appearance(hits, ratio, density), hits))
}

/// How many classes only one side has, against what the classes' own sizes lead to expect.
///
/// Of a class with t rows in all, the chance that none of them is in the reference is `f^t` with f the current
/// side's share of all rows (Good and Turing's argument with both samples in hand). The number of such classes
/// is compared with the sum of these chances, on both sides. Needs no population size. O(classes).
fn unseen_test(classes: &[(u64, u64)], totals: (u64, u64)) -> Option<TestOutcome> {
    let current_share = totals.1 as f64 / (totals.0 + totals.1) as f64;
    let one_sided = |missing_from: fn(&(u64, u64)) -> u64, share: f64| {
        let (mut found, mut mean, mut variance, mut cube) = (0.0, 0.0, 0.0, 0.0);
        let (mut rows, mut rows_expected) = (0.0, 0.0);
        for class in classes {
            let count = class.0 + class.1;
            if count == 0 || count > MAX_UNSEEN_COUNT {
                continue;
            }
            let chance = share.powi(count as i32);
            let spread = chance * (1.0 - chance);
            mean += chance;
            variance += spread;
            cube += spread * (1.0 - 2.0 * chance);
            rows_expected += chance * count as f64;
            if missing_from(class) == 0 {
                found += 1.0;
                rows += count as f64;
            }
        }
        if variance < MIN_UNSEEN_VARIANCE {
            return (0.0, 1.0, [rows_expected, rows]);
        }
        let z = (found - mean - 0.5) / variance.sqrt();
        let p = if z > 0.0 { pearson_upper(z, cube / variance.powf(1.5)) } else { 1.0 };
        (z, p, [rows_expected, rows])
    };
    let new = one_sided(|class| class.0, current_share);
    let gone = one_sided(|class| class.1, 1.0 - current_share);
    // Rows in such classes, expected and found, as shares of the side that has them.
    let (found, [expected, rows], side) =
        if new.1 <= gone.1 { (new, new.2, totals.1) } else { (gone, gone.2, totals.0) };
    if found.1 >= 1.0 && found.0 == 0.0 {
        return None;
    }
    let shares = [expected / side as f64, rows / side as f64];
    Some(TestOutcome {
        test: if new.1 <= gone.1 { "new_classes" } else { "vanished_classes" },
        statistic: found.0,
        p_value: (2.0 * found.1).min(1.0),
        aspect: Aspect::Unseen,
        weight: 1.0,
        shares: Some(shares),
    })
}

/// Whether rows moved between frequent and rare classes: the rank tests with the classes ordered by their
/// pooled frequency, which favours neither side.
fn order_test(classes: &[(u64, u64)], normal_scores: &NormalScores) -> Option<TestOutcome> {
    let mut ordered = classes.to_vec();
    ordered.sort_by_key(|class| class.0 + class.1);
    let groups: Vec<Group> = ordered
        .chunk_by(|a, b| a.0 + a.1 == b.0 + b.1)
        .filter_map(|tied| {
            let (reference, current) =
                tied.iter().fold((0, 0), |sum, class| (sum.0 + class.0, sum.1 + class.1));
            let value = tied.first().map(|class| (class.0 + class.1) as f64)?;
            Some(Group { value, reference, current })
        })
        .collect();
    rank_tests(&groups, normal_scores)
        .into_iter()
        .find(|test| test.test == "mann_whitney")
        .map(|test| TestOutcome { test: "frequency_order", weight: 1.0, ..test })
}
