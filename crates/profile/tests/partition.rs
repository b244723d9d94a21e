//! A profile does not depend on how its rows were cut, in which order they came, or who merged what.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use driftline_chunk::Physical;
use driftline_profile::{BinPlan, NumberBins, ProfileOptions, TableProfile};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{Row, chunk, profile, rows, schema, update};

/// Limits so low that everything is dropped, cut and sampled within a few hundred rows.
const TIGHT: ProfileOptions = ProfileOptions { sample_rows: 40, exact_values: 30 };

fn plan() -> Arc<BinPlan> {
    let bins = |edges: &[f64], physical| NumberBins::from_edges(edges.to_vec(), physical);
    Arc::new(BinPlan::new(vec![
        bins(&[-1e5, 0.0, 0_f64.next_up(), 7.5], Physical::Number),
        bins(&[3.0, 50.0], Physical::Number),
        bins(&[1_372_650e9], Physical::Datetime),
    ]))
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1e4_f64..1e4,
        3 => (-5..5_i32).prop_map(f64::from),
        1 => prop::sample::select(vec![0.0, -0.0, 1e300, -1e300, 1e-300, 5e-324, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn table() -> impl Strategy<Value = Vec<Row>> {
    let text = prop_oneof![
        3 => "[a-c]{0,2}",
        1 => "[a-zäß ]{0,30}",
        1 => (0_usize..400).prop_map(|n| "é".repeat(n)),
    ];
    let row = (
        prop::option::weighted(0.8, number()),
        prop::option::weighted(0.9, (0..60_i32).prop_map(f64::from)),
        prop::option::weighted(0.9, -1_000_000_000_000_i64..2_000_000_000_000_000),
        prop::option::weighted(0.8, any::<bool>()),
        prop::option::weighted(0.8, text),
        any::<bool>(),
    );
    let row = row.prop_map(|(number, whole, moment, truth, word, failed)| Row {
        number,
        whole,
        moment,
        truth,
        prose: word.as_ref().map(|word| format!("{word} and so on")),
        word,
        failed,
    });
    prop::collection::vec(row, 0..300)
}

/// Cuts the rows at `cuts`, profiles the pieces alone and merges them in an order drawn from `order`.
fn in_pieces(rows: &[Row], mut cuts: Vec<usize>, order: &[usize]) -> TableProfile {
    cuts.iter_mut().for_each(|cut| *cut %= rows.len() + 1);
    cuts.extend([0, rows.len()]);
    cuts.sort_unstable();
    let shared = Arc::new(AtomicU64::new(u64::MAX));
    let mut pieces: Vec<TableProfile> = cuts
        .windows(2)
        .map(|cut| {
            let mut profile = TableProfile::new(schema(), TIGHT, Some(plan()));
            profile.share_threshold(Arc::clone(&shared));
            update(&mut profile, &chunk(&rows[cut[0]..cut[1]], 0, cut[0] as u64));
            profile
        })
        .collect();
    for &pick in order {
        if pieces.len() < 2 {
            break;
        }
        let taken = pieces.swap_remove(pick % pieces.len());
        let index = pick % pieces.len();
        pieces[index].merge(taken).unwrap();
    }
    let mut first = pieces.swap_remove(0);
    pieces.into_iter().for_each(|piece| first.merge(piece).unwrap());
    first
}

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(0x0d71_f711);
    ProptestConfig { cases: 96, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn cut_anywhere_and_merged_in_any_order(
        rows in table(),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
        order in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let whole = profile(&chunk(&rows, 0, 0), TIGHT, Some(plan()));
        let pieces = in_pieces(&rows, cuts, &order);
        prop_assert_eq!(whole.to_bytes(), pieces.to_bytes());
        let back = TableProfile::from_bytes(&whole.to_bytes()).unwrap();
        prop_assert_eq!(back.to_bytes(), whole.to_bytes());
        prop_assert_eq!(back.sample().positions, whole.sample().positions);
    }
}

#[test]
fn a_profile_that_was_stored_goes_on_as_if_it_had_not_been() {
    let all = rows(0..3_000);
    let whole = profile(&chunk(&all, 0, 0), TIGHT, None);
    let mut stored = profile(&chunk(&all[..1_000], 0, 0), TIGHT, None);
    for start in [1_000, 2_000] {
        stored = TableProfile::from_bytes(&stored.to_bytes()).unwrap();
        update(&mut stored, &chunk(&all[start..start + 1_000], 0, start as u64));
    }
    assert_eq!(stored.to_bytes(), whole.to_bytes());
}

#[test]
fn texts_too_long_for_the_sample_cut_it_the_same_way_everywhere() {
    // 1,000 texts a row would be too slow to build, so rows of 200 bytes against 16 MiB: 83,000 rows.
    let options = ProfileOptions { sample_rows: 200_000, exact_values: 16 };
    let mut all = rows(0..90_000);
    all.iter_mut().for_each(|row| row.prose = Some("x".repeat(256)));
    let whole = profile(&chunk(&all, 0, 0), options, None);
    let kept = whole.sample().positions.len();
    assert!((50_000..70_000).contains(&kept), "{kept}");
    let mut parts = profile(&chunk(&all[50_000..], 0, 50_000), options, None);
    parts.merge(profile(&chunk(&all[..50_000], 0, 0), options, None)).unwrap();
    assert_eq!(parts.to_bytes(), whole.to_bytes());
}

#[test]
fn sources_are_told_apart() {
    let all = rows(0..500);
    let mut left = profile(&chunk(&all, 0, 0), TIGHT, None);
    let mut right = profile(&chunk(&all, 1, 0), TIGHT, None);
    let (other_left, other_right) = (left.clone(), right.clone());
    left.merge(other_right).unwrap();
    right.merge(other_left).unwrap();
    assert_eq!(left.to_bytes(), right.to_bytes());
    let sources: Vec<u32> = left.sample().positions.iter().map(|position| position.source).collect();
    assert!(sources.is_sorted() && sources.contains(&0) && sources.contains(&1));
    assert_eq!(left.duplicate_ratio(), 0.5);
}

#[test]
fn profiles_of_different_things_do_not_merge() {
    let one = profile(&chunk(&rows(0..10), 0, 0), TIGHT, None);
    let other = ProfileOptions { sample_rows: 41, ..TIGHT };
    let message = |other: TableProfile| one.clone().merge(other).unwrap_err().to_string();
    assert_eq!(
        message(profile(&chunk(&rows(0..10), 0, 0), other, None)),
        "profiles made with different options cannot be merged"
    );
    assert_eq!(
        message(profile(&chunk(&rows(0..10), 0, 0), TIGHT, Some(plan()))),
        "profiles made with different bins cannot be merged"
    );
    let fewer = driftline_chunk::Schema::new(schema().fields()[..2].to_vec());
    assert_eq!(
        message(TableProfile::new(fewer, TIGHT, None)),
        "profiles of different columns cannot be merged: 6 columns and 2 columns"
    );
}
