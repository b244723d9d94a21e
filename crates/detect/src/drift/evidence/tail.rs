//! Tests on the farthest values: how many of the largest (or smallest) come from the current side, and whether
//! there are values where the reference has none at all.

use super::fresh::{UNKNOWN_DENSITY, first_appearance, poisson_upper};
use super::outcome::{Aspect, TestOutcome, smallest_of};
use super::pooled::{Group, Pooled};
use super::proportion::{Share, score_z, two_proportions};
use super::tail_probability::{hypergeometric_two_sided, normal_two_sided, pearson_two_sided};

/// Shares of the pooled sample that make a tail.
const TAIL_SHARES: [f64; 4] = [0.003, 0.01, 0.02, 0.05];
/// Shares of the pooled sample at each end that Savage's scores look at, with the weights of the tests.
const SAVAGE_SHARES: [(f64, f64); 2] = [(0.04, 1.5), (0.12, 0.5)];
/// Fewest pooled values in a tail: with 14 all on one side the probability is 2^-13.
const MIN_TAIL: u64 = 14;
/// Values in a tail from which the normal approximation is used.
const NORMAL_FROM: u64 = 2_000;
/// Share of the reference from which its tail is learnt for the outlier zone.
const TAIL_FIT_SHARE: f64 = 0.1;
/// Fewest reference values that a tail is learnt from.
const MIN_TAIL_FIT: usize = 8;
/// Expected reference values in the outlier zone if its tail were as heavy as the fit's upper bound.
const EXPECTED_IN_ZONE: f64 = 0.5;

/// For each end and each share of [`TAIL_SHARES`], whether the farthest values are split between the sides like
/// the rest: hypergeometric, the zone being set on both samples together so that it favours neither.
pub(crate) fn tail_tests(pooled: &Pooled) -> Vec<TestOutcome> {
    let mut tests = tail_end("upper_tail", pooled.groups.iter().rev(), pooled);
    tests.extend(tail_end("lower_tail", pooled.groups.iter(), pooled));
    for share in SAVAGE_SHARES {
        tests.extend(savage_test("upper_savage", pooled.groups.iter().rev(), pooled, share));
        tests.extend(savage_test("lower_savage", pooled.groups.iter(), pooled, share));
    }
    tests
}

/// Whether the farthest share s lies farther out on one side: the linear rank test with Savage's exponential
/// scores there and 0 elsewhere, `ln(s / v)` for the value with a share v of the pooled sample beyond it. It is
/// the locally best rank test for another index of a Pareto tail (Savage 1956).
fn savage_test<'a>(
    test: &'static str,
    farthest_first: impl Iterator<Item = &'a Group>,
    pooled: &Pooled,
    (share, weight): (f64, f64),
) -> Option<TestOutcome> {
    let total = pooled.total() as f64;
    let (n_r, n_c) = (pooled.reference as f64, pooled.current as f64);
    let (mut beyond, mut found) = (0.0, 0.0);
    let mut powers = [0.0; 3];
    for group in farthest_first {
        let count = group.total() as f64;
        let score = (share * total / (beyond + 0.5 * count)).ln();
        beyond += count;
        if score <= 0.0 {
            break;
        }
        found += score * group.current as f64;
        for (power, sum) in powers.iter_mut().enumerate() {
            *sum += count * score.powi(power as i32 + 1);
        }
    }
    let mean = powers[0] / total;
    let variance = n_r * n_c / (total * (total - 1.0)) * (powers[1] - total * mean * mean);
    if variance <= 1e-12 * total || total < 3.0 {
        return None;
    }
    let third = powers[2] / total - 3.0 * mean * powers[1] / total + 2.0 * mean.powi(3);
    let skewness = n_r * n_c * (n_r - n_c) / ((total - 1.0) * (total - 2.0)) * third / variance.powf(1.5);
    let statistic = (found - n_c * mean) / variance.sqrt();
    let p_value = pearson_two_sided(statistic, skewness);
    Some(TestOutcome { test, statistic, p_value, aspect: Aspect::Body, weight, shares: None })
}

fn tail_end<'a>(
    test: &'static str,
    farthest_first: impl Iterator<Item = &'a Group>,
    pooled: &Pooled,
) -> Vec<TestOutcome> {
    let total = pooled.total();
    let wanted = TAIL_SHARES.map(|share| ((share * total as f64).round() as u64).max(MIN_TAIL));
    let mut tests: Vec<TestOutcome> = Vec::new();
    let (mut marked, mut hits, mut next) = (0, 0, 0);
    for group in farthest_first {
        marked += group.total();
        hits += group.current;
        // A zone that ties have made much larger than wanted is the body, which other tests look at.
        if marked * 4 > total {
            break;
        }
        let Some(&least) = wanted.get(next) else { break };
        if marked < least {
            continue;
        }
        while wanted.get(next).is_some_and(|&least| marked >= least) {
            next += 1;
        }
        let (reference, current) = zone_shares(hits, marked, pooled);
        tests.push(TestOutcome {
            test,
            statistic: score_z(reference, current),
            p_value: zone_p_value(hits, marked, pooled),
            aspect: Aspect::Tail,
            weight: 0.6,
            shares: Some([reference.ratio(), current.ratio()]),
        });
    }
    tests
}

fn zone_shares(hits: u64, marked: u64, pooled: &Pooled) -> (Share, Share) {
    (Share { hits: marked - hits, n: pooled.reference }, Share { hits, n: pooled.current })
}

fn zone_p_value(hits: u64, marked: u64, pooled: &Pooled) -> f64 {
    if marked > NORMAL_FROM {
        let (reference, current) = zone_shares(hits, marked, pooled);
        return normal_two_sided(score_z(reference, current));
    }
    hypergeometric_two_sided(hits, pooled.current, marked, pooled.total())
}

/// Values beyond everything that the reference's own tails lead to expect.
///
/// Each tail of the reference is taken to be at most as heavy as a Pareto tail whose index is Hill's estimate
/// (Hill 1975) on its outer tenth, raised by two standard errors. Beyond the point where such a tail expects
/// half a value, the zone is an interval fixed by the reference, so what is in it can be compared like a class:
/// where the reference has nothing there, by the chance that a rare group of far values was missed, plus that of
/// the Pareto tail. One test for both ends; `None` when neither zone holds a value.
pub(crate) fn outlier_test(pooled: &Pooled) -> Option<TestOutcome> {
    let ends = [Ends::Upper, Ends::Lower].map(|end| outlier_end(pooled, end));
    let best = ends.iter().flatten().min_by(|a, b| a.p_value.total_cmp(&b.p_value))?;
    Some(TestOutcome { p_value: smallest_of(best.p_value, ends.len()), ..*best })
}

#[derive(Clone, Copy)]
enum Ends {
    Upper,
    Lower,
}

fn outlier_end(pooled: &Pooled, end: Ends) -> Option<TestOutcome> {
    let limit = outlier_limit(pooled, end)?;
    let mut zone = (0, 0);
    let mut count = |group: &Group| {
        zone.0 += group.reference;
        zone.1 += group.current;
    };
    match end {
        Ends::Upper => pooled.groups.iter().rev().take_while(|g| g.value > limit).for_each(&mut count),
        Ends::Lower => pooled.groups.iter().take_while(|g| g.value < limit).for_each(&mut count),
    }
    if zone == (0, 0) {
        return None;
    }
    let (reference, current) =
        (Share { hits: zone.0, n: pooled.reference }, Share { hits: zone.1, n: pooled.current });
    let p_value = if zone.0 == 0 {
        let ratio = pooled.current as f64 / pooled.reference as f64;
        let missed = first_appearance(zone.1, ratio, UNKNOWN_DENSITY);
        (missed + poisson_upper(zone.1, EXPECTED_IN_ZONE * ratio)).min(1.0)
    } else {
        two_proportions(reference, current)
    };
    Some(TestOutcome {
        test: match end {
            Ends::Upper => "upper_outliers",
            Ends::Lower => "lower_outliers",
        },
        statistic: score_z(reference, current),
        p_value,
        aspect: Aspect::Outlier,
        // Where nothing is far out on either side there is no such test, so it may be heard when there is.
        weight: 5.0,
        shares: Some([reference.ratio(), current.ratio()]),
    })
}

/// Where the outlier zone begins.
fn outlier_limit(pooled: &Pooled, end: Ends) -> Option<f64> {
    let values: &mut dyn Iterator<Item = &Group> = match end {
        Ends::Upper => &mut pooled.groups.iter().rev(),
        Ends::Lower => &mut pooled.groups.iter(),
    };
    let n = pooled.reference as f64;
    let fit = (n * TAIL_FIT_SHARE).ceil();
    let mut tail: Vec<(f64, f64)> = Vec::new();
    let (mut seen, mut middle) = (0.0, None);
    for group in values.filter(|group| group.reference > 0) {
        if seen < fit {
            tail.push((group.value, group.reference as f64));
        }
        seen += group.reference as f64;
        if seen >= n * 0.5 {
            middle = Some(group.value);
            break;
        }
    }
    let (middle, edge) = (middle?, tail.last()?.0);
    let scale = (edge - middle).abs();
    if scale <= 0.0 || !scale.is_finite() || (fit as usize) < MIN_TAIL_FIT {
        return None;
    }
    let count: f64 = tail.iter().map(|(_, count)| count).sum();
    let excess: f64 = tail.iter().map(|(value, count)| count * ((value - middle).abs() / scale).ln()).sum();
    let index = excess / count * (1.0 + 2.0 / count.sqrt());
    let reach = (n * TAIL_FIT_SHARE / EXPECTED_IN_ZONE).powf(index.max(0.1));
    let limit = match end {
        Ends::Upper => middle + scale * reach,
        Ends::Lower => middle - scale * reach,
    };
    limit.is_finite().then_some(limit)
}
