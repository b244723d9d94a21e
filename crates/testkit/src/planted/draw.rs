//! Drawing the values of a shape, as they are and changed.

use std::fmt::Write;

use super::{Cells, Change, Shape};
use crate::{Random, Weighted};

const YEAR_MICROS: f64 = 365.0 * 86_400e6;
/// 2024-01-01T00:00:00 in microseconds since 1970.
const START_MICROS: i64 = 1_704_067_200_000_000;
const WORDS: [&str; 24] = [
    "the", "a", "parcel", "late", "early", "broken", "great", "poor", "box", "was", "is", "not", "very",
    "delivery", "on", "time", "service", "price", "good", "bad", "again", "never", "always", "thanks",
];

/// Median and inter-quartile range over 1.349 of each number shape, found with a million draws.
pub(super) fn centre_and_scale(shape: Shape) -> (f64, f64) {
    match shape {
        Shape::Normal | Shape::NormalWithNulls => (100.0, 15.0),
        Shape::HeavyBothSides => (0.0, 1.134),
        Shape::Amount => (33.1, 34.5),
        Shape::Pareto => (1.414, 0.626),
        Shape::Latency => (168.0, 128.0),
        Shape::TwoHumps => (5.0, 4.2),
        Shape::Ratio => (0.264, 0.162),
        Shape::ZeroInflated => (0.0, 20.0),
        Shape::Counts => (3.0, 1.73),
        Shape::BurstyCounts => (1.0, 2.5),
        Shape::Age => (41.0, 17.0),
        Shape::Moments => (0.5, 0.37),
        _ => (0.0, 1.0),
    }
}

/// One value of a number shape (of moments as a share of the year), without nulls.
pub(super) fn number(shape: Shape, change: Option<Change>, random: &mut Random) -> f64 {
    let plain = plain_number(shape, random);
    let (centre, scale) = centre_and_scale(shape);
    let changed = match change {
        Some(Change::Shift(size)) if shape == Shape::ZeroInflated && plain == 0.0 => {
            return plain + 0.0 * size;
        }
        Some(Change::Shift(size)) => plain + size * scale,
        Some(Change::Scale(size)) => match shape {
            // Around zero, where zero is a place of its own.
            Shape::ZeroInflated | Shape::Pareto | Shape::Amount | Shape::Latency => plain * size,
            _ => centre + (plain - centre) * size,
        },
        Some(Change::Tail(size)) => stretch_tail(shape, plain, size),
        Some(Change::Unit(size)) => plain * size,
        Some(Change::Outliers(share)) if random.chance(share) => {
            let side = if shape == Shape::HeavyBothSides && random.chance(0.5) { -1.0 } else { 1.0 };
            centre + side * scale * 1.349 * (20.0 + 80.0 * random.unit())
        }
        Some(Change::Mix(share)) if plain == 0.0 && random.chance(share / 0.7) => positive_amount(random),
        _ => plain,
    };
    match (shape.is_whole(), change) {
        (_, Some(Change::Unit(_))) | (false, _) => changed,
        (true, _) if shape == Shape::Age => changed.round(),
        (true, _) => changed.round().max(0.0),
    }
}

fn plain_number(shape: Shape, random: &mut Random) -> f64 {
    match shape {
        Shape::Normal | Shape::NormalWithNulls => 100.0 + 15.0 * random.normal(),
        Shape::HeavyBothSides => random.normal() / (random.gamma(1.5) / 1.5).sqrt(),
        Shape::Amount => cents((3.5 + random.normal()).exp()),
        Shape::Pareto => (random.exponential() / 2.0).exp(),
        Shape::Latency => 100.0 * random.gamma(2.0),
        Shape::TwoHumps => {
            if random.chance(0.5) {
                2.0 + random.normal()
            } else {
                8.0 + random.normal()
            }
        }
        Shape::Ratio => {
            let (a, b) = (random.gamma(2.0), random.gamma(5.0));
            a / (a + b)
        }
        Shape::ZeroInflated => {
            if random.chance(0.7) {
                0.0
            } else {
                positive_amount(random)
            }
        }
        Shape::Counts => poisson(3.0, random),
        Shape::BurstyCounts => {
            let rate = 3.0 * random.gamma(0.6);
            poisson(rate, random)
        }
        Shape::Age => (18.0 + 72.0 * random.unit().powf(1.3)).floor(),
        Shape::Moments => random.unit(),
        _ => 0.0,
    }
}

fn positive_amount(random: &mut Random) -> f64 {
    cents((3.0 + 0.8 * random.normal()).exp())
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

/// Poisson by counting exponential waiting times; the rates here are small.
fn poisson(rate: f64, random: &mut Random) -> f64 {
    let (mut count, mut time) = (0.0, random.exponential());
    while time < rate {
        count += 1.0;
        time += random.exponential();
    }
    count
}

/// Values beyond the upper twentieth (found with a million draws) lie `size` times as far beyond it.
fn stretch_tail(shape: Shape, value: f64, size: f64) -> f64 {
    let edge = match shape {
        Shape::Normal | Shape::NormalWithNulls => 124.67,
        Shape::HeavyBothSides => 2.353,
        Shape::Amount => 171.6,
        Shape::Pareto => 4.472,
        Shape::Latency => 474.4,
        Shape::TwoHumps => 9.2816,
        Shape::Ratio => 0.582,
        Shape::ZeroInflated => 43.7,
        _ => f64::INFINITY,
    };
    if value > edge { edge + (value - edge) * size } else { value }
}

/// The shares of the categories after a change; the last one is new when there is one more.
pub(super) fn changed_shares(shape: Shape, change: Option<Change>) -> Vec<f64> {
    let mut shares = shape.category_shares();
    match change {
        Some(Change::Mix(size)) => {
            // To a class in the middle of the list, from the first: with equal classes half of it is not there.
            let target = if shape == Shape::Zipf { 9 } else { (shares.len() - 1).min(2) };
            let size = size.min(shares[0] * 0.9);
            shares[0] -= size;
            shares[target] += size;
        }
        Some(Change::NewCategory(size)) => {
            shares.iter_mut().for_each(|share| *share *= 1.0 - size);
            shares.push(size);
        }
        _ => {}
    }
    shares
}

/// Cells of a column of `rows` rows. `first` numbers the first row of the side within both.
pub(super) fn cells(
    shape: Shape,
    change: Option<Change>,
    (rows, first): (usize, u64),
    random: &mut Random,
) -> Cells {
    let extra_nulls = if let Some(Change::Nulls(size)) = change { size } else { 0.0 };
    let null_share = shape.null_share() + extra_nulls;
    let keep = |random: &mut Random| null_share == 0.0 || !random.chance(null_share);
    match shape {
        Shape::Moments => {
            let moment = |random: &mut Random| {
                let share = number(shape, change, random);
                START_MICROS + ((share * YEAR_MICROS / 1e6).round() * 1e6) as i64
            };
            let moments: Vec<Option<i64>> = (0..rows).map(|_| keep(random).then(|| moment(random))).collect();
            if matches!(change, Some(Change::TypeFlip(_))) {
                let odd =
                    |moment: Option<i64>| moment.map(|moment| format!("day {}", moment / 86_400_000_000));
                return Cells::Texts(moments.into_iter().map(odd).collect());
            }
            Cells::Moments(moments)
        }
        Shape::Clock => {
            let moment =
                |row: u64| START_MICROS + (row as i64) * 61_000_000 + random.below(50_000_000) as i64;
            Cells::Moments((first..first + rows as u64).map(moment).map(Some).collect())
        }
        Shape::RunningNumber => Cells::Numbers(
            (first..first + rows as u64).map(|row| 100_000.0 + row as f64).collect(),
            Vec::new(),
        ),
        Shape::RowName => Cells::Texts((0..rows).map(|_| Some(format!("{:016x}", random.bits()))).collect()),
        Shape::FreeText => {
            Cells::Texts((0..rows).map(|_| keep(random).then(|| sentence(change, random))).collect())
        }
        Shape::Truth => {
            let share = changed_shares(shape, change).get(1).copied().unwrap_or(0.0);
            Cells::Booleans((0..rows).map(|_| keep(random).then(|| random.chance(share))).collect())
        }
        _ if shape.is_number() => number_cells(shape, change, (rows, null_share), random),
        _ => {
            let table = Weighted::new(&changed_shares(shape, change));
            let name = |random: &mut Random| format!("{}-{:02}", shape.name(), table.draw(random));
            Cells::Texts((0..rows).map(|_| keep(random).then(|| name(random))).collect())
        }
    }
}

fn number_cells(
    shape: Shape,
    change: Option<Change>,
    (rows, null_share): (usize, f64),
    random: &mut Random,
) -> Cells {
    let flip = if let Some(Change::TypeFlip(share)) = change { share } else { 0.0 };
    let mut odd = Vec::new();
    let mut numbers = Vec::with_capacity(rows);
    for row in 0..rows {
        if null_share > 0.0 && random.chance(null_share) {
            numbers.push(f64::NAN);
        } else if flip < 1.0 && flip > 0.0 && random.chance(flip) {
            odd.push(row as u32);
            numbers.push(f64::NAN);
        } else {
            numbers.push(number(shape, change, random));
        }
    }
    if flip >= 1.0 {
        let text = |number: f64| (!number.is_nan()).then(|| format!("{number} EUR"));
        return Cells::Texts(numbers.into_iter().map(text).collect());
    }
    Cells::Numbers(numbers, odd)
}

fn sentence(change: Option<Change>, random: &mut Random) -> String {
    if let Some(Change::NewCategory(share)) = change
        && random.chance(share)
    {
        return "no comment".to_owned();
    }
    let stretch = if let Some(Change::Scale(size)) = change { size } else { 1.0 };
    let words = ((4.0 + 8.0 * random.unit()) * stretch).round().max(1.0) as usize;
    let mut text = String::new();
    for place in 0..words {
        let word = WORDS[random.below(WORDS.len() as u64) as usize];
        let _ = write!(text, "{}{word}", if place == 0 { "" } else { " " });
    }
    text
}
