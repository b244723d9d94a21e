use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use driftline_chunk::{CellFailure, Chunk, Field, Physical, Schema};
use driftline_model::AnomalySettings;
use driftline_profile::{ChunkHashes, ProfileOptions, Side, TableProfile};
use driftline_stats::random::SplitMix64;

use super::{RowModel, TopRows};

const YEAR_MICROS: i64 = 31_556_952_000_000;

/// Amount (normal, 100 and 10), city (three), order number, name (no two alike), day, flag.
fn schema() -> Schema {
    let field = |name: &str, physical| Field { name: name.to_owned(), physical };
    Schema::new(vec![
        field("amount", Physical::Number),
        field("city", Physical::Text),
        field("order", Physical::Number),
        field("name", Physical::Text),
        field("day", Physical::Datetime),
        field("flag", Physical::Boolean),
    ])
}

#[derive(Clone)]
struct Row {
    amount: Option<f64>,
    city: Option<&'static str>,
    order: f64,
    name: String,
    day: i64,
    flag: bool,
}

fn plain_rows(count: usize, seed: u64) -> Vec<Row> {
    let mut random = SplitMix64::new(seed);
    (0..count)
        .map(|i| {
            let normal: f64 = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
            Row {
                amount: Some(100.0 + 10.0 * normal),
                city: Some(["Bern", "Lima", "Oslo"][random.below(3)]),
                order: i as f64,
                name: format!("C{:06}", random.below(900_000) + 100_000),
                day: 40 * YEAR_MICROS + i as i64 * 1_000_000,
                flag: random.below(2) == 0,
            }
        })
        .collect()
}

fn chunk(rows: &[Row], first_offset: u64, failures: Vec<CellFailure>) -> Chunk {
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| row.amount).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| row.city).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|row| Some(row.order)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| Some(row.name.as_str())).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|row| Some(row.day)).collect::<TimestampMicrosecondArray>()),
        Arc::new(rows.iter().map(|row| Some(row.flag)).collect::<BooleanArray>()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema().arrow()), arrays).unwrap();
    let offsets = (0..rows.len() as u64).map(|row| first_offset + row).collect();
    Chunk::new(schema(), batch, (0, first_offset), offsets, failures).unwrap()
}

fn profile(chunks: &[Chunk]) -> TableProfile {
    let mut profile = TableProfile::new(schema(), ProfileOptions::for_columns(6), None);
    let mut hashes = ChunkHashes::new();
    for chunk in chunks {
        hashes.fill(chunk);
        profile.update(chunk, &hashes);
    }
    profile
}

fn fitted(reference: &[Row], settings: &AnomalySettings, joint: bool) -> RowModel {
    let profile = profile(&[chunk(reference, 0, vec![])]);
    let judge = Side { profile: &profile, sample: &profile.sample() };
    if joint {
        RowModel::fit_with_joint(&judge, &schema(), settings, 0)
    } else {
        RowModel::fit(&judge, &schema(), settings)
    }
}

fn scores(model: &RowModel, chunk: &Chunk) -> Vec<f32> {
    let mut hashes = ChunkHashes::new();
    hashes.fill(chunk);
    let mut scores = vec![];
    model.score(chunk, &hashes, &mut scores);
    scores
}

#[test]
fn clean_rows_are_seldom_flagged() {
    let model = fitted(&plain_rows(20_000, 1), &AnomalySettings::default(), false);
    let found = scores(&model, &chunk(&plain_rows(20_000, 2), 0, vec![]));
    let flagged = found.iter().filter(|&&score| score >= 0.9).count();
    assert!(flagged < 60, "{flagged} of 20,000");
}

#[test]
fn strange_cells_flag_their_rows_and_say_why() {
    let model = fitted(&plain_rows(20_000, 1), &AnomalySettings::default(), false);
    let mut rows = plain_rows(7, 2);
    for row in &mut rows {
        row.amount = Some(100.0);
    }
    rows[1].amount = Some(200.0);
    rows[2].city = Some("Rome");
    rows[3].name = "17 of them".to_owned();
    rows[4].day = 400 * YEAR_MICROS;
    rows[5].amount = None;
    rows[6].amount = None;
    let chunk = chunk(&rows, 0, vec![CellFailure { column: 0, row: 6 }]);
    let found = scores(&model, &chunk);
    assert!(found[0] < 0.5, "{found:?}");
    assert!(found[1..].iter().all(|&score| (0.9..=1.0).contains(&score)), "{found:?}");

    let worst = |row| model.explain(&chunk, row).swap_remove(0);
    assert!(worst(1).reason.ends_with("standard deviations above the mean (100.1)"), "{}", worst(1).reason);
    assert_eq!((worst(1).column.as_str(), worst(1).value.as_str()), ("amount", "200"));
    assert_eq!(worst(2).reason, "never seen before; 3 known values");
    assert_eq!(worst(3).reason, "text of the form `9 a a`, never seen before; the usual form is `A9`");
    assert_eq!(worst(4).reason, "360 years after the mean (2009-12-31 19:34:39)");
    assert_eq!(worst(5).reason, "no value; 0 of 20,000 rows have none");
    assert_eq!(worst(6).reason, "text that does not look like a number");
    assert!(model.explain(&chunk, 7).is_empty());
}

#[test]
fn scores_do_not_depend_on_how_rows_are_cut() {
    let model = fitted(&plain_rows(3000, 1), &AnomalySettings::default(), true);
    let rows = plain_rows(5000, 3);
    let whole = scores(&model, &chunk(&rows, 0, vec![]));
    let cut: Vec<f32> = rows.chunks(777).flat_map(|rows| scores(&model, &chunk(rows, 0, vec![]))).collect();
    assert_eq!(whole, cut);
}

#[test]
fn columns_that_the_reference_lacks_are_not_judged() {
    let profile = profile(&[chunk(&plain_rows(500, 1), 0, vec![])]);
    let other = Schema::new(vec![Field { name: "city".to_owned(), physical: Physical::Number }]);
    let model = RowModel::fit(
        &Side { profile: &profile, sample: &profile.sample() },
        &other,
        &AnomalySettings::default(),
    );
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 1e300]));
    let batch = RecordBatch::try_new(Arc::new(other.arrow()), vec![values]).unwrap();
    let chunk = Chunk::new(other, batch, (0, 0), vec![0, 9], vec![]).unwrap();
    assert_eq!(scores(&model, &chunk), [0.0, 0.0]);
    assert!(model.explain(&chunk, 1).is_empty());
}

#[test]
fn empty_tables_are_judged_without_a_word() {
    let nothing = fitted(&[], &AnomalySettings::default(), true);
    assert_eq!(scores(&nothing, &chunk(&plain_rows(3, 1), 0, vec![])), [0.0; 3]);
    let model = fitted(&plain_rows(1, 1), &AnomalySettings::default(), true);
    assert!(scores(&model, &chunk(&[], 0, vec![])).is_empty());
    assert!(scores(&model, &chunk(&plain_rows(9, 2), 0, vec![])).iter().all(|s| (0.0..=1.0).contains(s)));
}

#[test]
fn the_joint_method_sees_and_cells_still_count() {
    let settings = AnomalySettings { joint: "ensemble".to_owned(), ..AnomalySettings::default() };
    let model = fitted(&plain_rows(3000, 1), &settings, true);
    let mut rows = plain_rows(2000, 2);
    rows[77].amount = Some(400.0);
    rows[78].city = None;
    let chunk = chunk(&rows, 0, vec![]);
    let (mut hashes, mut found) = (ChunkHashes::new(), vec![]);
    hashes.fill(&chunk);
    model.score_with_joint(&chunk, &hashes, &mut found);
    assert!(found[77] >= 0.9 && found[78] >= 0.9);
    let flagged = found.iter().filter(|&&score| score >= 0.9).count();
    assert!(flagged <= 30, "{flagged} of 2000");
    assert!(found.iter().all(|score| (0.0..=1.0).contains(score)));
}

#[test]
fn heavy_tails_do_not_flag_everything() {
    let mut random = SplitMix64::new(4);
    let mut rows = plain_rows(5000, 4);
    for row in &mut rows {
        row.amount = Some((1.0 - random.unit()).powi(-2));
    }
    let model = fitted(&rows, &AnomalySettings::default(), false);
    let found = scores(&model, &chunk(&rows, 0, vec![]));
    assert!(found.iter().filter(|&&score| score >= 0.9).count() <= 250);
}

#[test]
fn top_rows_are_the_same_however_they_are_gathered() {
    let model = fitted(&plain_rows(2000, 1), &AnomalySettings::default(), false);
    let rows = plain_rows(4000, 5);
    let pieces: Vec<Chunk> =
        rows.chunks(500).enumerate().map(|(i, rows)| chunk(rows, 500 * i as u64, vec![])).collect();
    let gather = |order: &[usize]| {
        let mut top = TopRows::new(20, 0.9);
        for &piece in order {
            top.offer(&model, &pieces[piece], &scores(&model, &pieces[piece]));
        }
        top
    };
    let alone = gather(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let mut merged = gather(&[7, 2, 5]);
    merged.merge(gather(&[6, 0, 4, 3, 1]));
    assert_eq!((alone.rows_scored(), alone.rows_flagged()), (4000, merged.rows_flagged()));
    assert!(alone.threshold() > 0.0 && alone.threshold() == merged.threshold());
    let top = alone.into_rows();
    assert_eq!(top, merged.into_rows());
    assert!(top.len() == 20 && top.is_sorted_by(|a, b| a.score >= b.score));
    assert!(top.iter().all(|row| !row.cells.is_empty()));
}

#[test]
fn ties_go_by_position_and_no_room_keeps_nothing() {
    let model = fitted(&plain_rows(500, 1), &AnomalySettings::default(), false);
    let rows = chunk(&plain_rows(10, 2), 0, vec![]);
    let mut top = TopRows::new(3, 0.9);
    top.offer(&model, &rows, &[0.5; 10]);
    assert_eq!(top.into_rows().iter().map(|row| row.offset).collect::<Vec<_>>(), [0, 1, 2]);
    let mut none = TopRows::new(0, 0.9);
    none.offer(&model, &rows, &[1.0; 10]);
    assert_eq!(none.rows_flagged(), 10);
    assert!(none.into_rows().is_empty());
}
