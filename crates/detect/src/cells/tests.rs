//! A made-up table with one error of each kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringViewArray};
use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_profile::{ChunkHashes, ProfileOptions, Side, TableProfile};

use super::*;
use crate::contract::ChunkPlace;

const NAMES: [&str; 6] = ["order", "city", "country", "zip", "day", "weight"];
const ROWS: usize = 1_200;
const CITIES: [(&str, &str, &str); 6] = [
    ("Birmingham", "United Kingdom", "B1"),
    ("Liverpool", "United Kingdom", "L1"),
    ("Marseille", "France", "M13"),
    ("Toulouse", "France", "T31"),
    ("Hamburg", "Germany", "H20"),
    ("Stuttgart", "Germany", "S70"),
];

fn rows() -> Vec<[String; 6]> {
    let mut rows: Vec<[String; 6]> = (0..ROWS)
        .map(|row| {
            let (city, country, zip) = CITIES[row * 7 % CITIES.len()];
            let day = format!("2024-{:02}-{:02}", 1 + row % 12, 1 + row % 28);
            let weight = format!("{}", 50 + row * 13 % 40);
            [format!("A-{row}"), city.to_owned(), country.to_owned(), zip.to_owned(), day, weight]
        })
        .collect();
    rows[100][1] = "Birmingahm".to_owned();
    rows[200][1] = "hamburg".to_owned();
    rows[300][1] = "France".to_owned();
    rows[400][4] = "12/31/2024".to_owned();
    rows[500][5] = "61000".to_owned();
    // A wrong city that is a city: only the zip and the country know.
    let wrong = if rows[600][1] == "Toulouse" { "Stuttgart" } else { "Toulouse" };
    rows[600][1] = wrong.to_owned();
    rows
}

fn chunks(rows: &[[String; 6]], size: usize) -> Vec<Chunk> {
    let fields: Vec<Field> =
        NAMES.iter().map(|name| Field { name: (*name).to_owned(), physical: Physical::Text }).collect();
    let schema = Schema::new(fields);
    let cut = rows.chunks(size).enumerate().map(|(number, rows)| {
        let column = |index: usize| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(row[index].as_str())).collect::<StringViewArray>())
        };
        let batch = RecordBatch::try_new(Arc::new(schema.arrow()), (0..6).map(column).collect()).unwrap();
        let first = (number * size) as u64;
        let offsets = (first..first + rows.len() as u64).map(|row| row * 50).collect();
        Chunk::new(schema.clone(), batch, (0, number as u64), offsets, Vec::new()).unwrap()
    });
    cut.collect()
}

fn found(rows: &[[String; 6]], size: usize, options: &CellOptions) -> FoundCells {
    let chunks = chunks(rows, size);
    let mut hashes = ChunkHashes::new();
    let mut profile =
        TableProfile::new(chunks[0].schema().clone(), ProfileOptions::for_columns(NAMES.len()), None);
    for chunk in &chunks {
        hashes.fill(chunk);
        profile.update(chunk, &hashes);
    }
    let sample = profile.sample();
    let model = CellModel::fit(&Side { profile: &profile, sample: &sample }, options);
    let mut all = model.state();
    for (ordinal, chunk) in chunks.iter().enumerate().rev() {
        let mut state = model.state();
        hashes.fill(chunk);
        let place = ChunkPlace { ordinal: ordinal as u64, rejected: &[] };
        model.update(&mut state, (chunk, &hashes), place, options);
        all.merge(state);
    }
    let locate = |records: &[(u64, u64)]| {
        let row = |(ordinal, record): &(u64, u64)| ("made up".to_owned(), ordinal * size as u64 + record + 1);
        records.iter().map(row).collect()
    };
    all.finish(&model, options, &locate)
}

#[test]
fn each_kind_of_error_is_found_with_its_place_and_what_belongs_there() {
    let found = found(&rows(), 500, &CellOptions::default());
    let told: BTreeSet<(u64, &str, &str, &str, Option<&str>)> = found
        .suspects
        .iter()
        .map(|suspect| {
            let place = &suspect.places[0];
            assert_eq!(place.byte_offset, (place.row - 1) * 50);
            let value = suspect.value.as_str();
            (
                place.row,
                suspect.column.as_str(),
                suspect.method.as_str(),
                value,
                suspect.suggestion.as_deref(),
            )
        })
        .collect();
    let right = CITIES[600 * 7 % CITIES.len()].0;
    let wanted = BTreeSet::from([
        (101, "city", "typo", "Birmingahm", Some("Birmingham")),
        (201, "city", "spelled_differently", "hamburg", Some("Hamburg")),
        (301, "city", "misplaced", "France", None),
        (401, "day", "format", "12/31/2024", Some("2024-12-31")),
        (501, "weight", "magnitude", "61000", Some("61")),
        (601, "city", "dependency", if right == "Toulouse" { "Stuttgart" } else { "Toulouse" }, Some(right)),
    ]);
    assert_eq!(told, wanted);
    assert_eq!((found.cells, found.columns[0].column.as_str(), found.columns[0].cells), (6, "city", 4));
    let holds = |a: &str, b: &str| found.dependencies.iter().any(|d| d.determinant == a && d.dependent == b);
    assert!(holds("city", "country") && holds("zip", "city") && holds("zip", "country"));
}

#[test]
fn how_the_rows_are_cut_does_not_matter() {
    let rows = rows();
    let options = CellOptions::default();
    assert_eq!(found(&rows, 500, &options), found(&rows, 97, &options));
}

#[test]
fn only_what_is_asked_for_is_judged_and_the_limit_counts_the_rest() {
    let options = CellOptions {
        columns: vec!["city".to_owned()],
        methods: vec!["typo".to_owned(), "misplaced".to_owned()],
        per_column: 1,
        ..CellOptions::default()
    };
    let found = found(&rows(), 500, &options);
    assert_eq!((found.cells, found.suspects.len(), found.columns.len()), (2, 1, 1));
    assert_eq!((found.columns[0].listed, found.columns[0].left_out), (1, 1));
}

#[test]
fn a_table_without_errors_or_without_rows_is_quiet() {
    let rows: Vec<[String; 6]> = rows().into_iter().take(100).collect();
    assert_eq!(found(&rows, 50, &CellOptions::default()).suspects, []);
    let empty = vec![[(); 6].map(|()| String::new())];
    assert_eq!(found(&empty, 50, &CellOptions::default()).suspects, []);
}

#[test]
fn methods_are_named_once() {
    let ids: BTreeSet<&str> = methods().iter().map(|method| method.id).collect();
    assert_eq!(ids.len(), methods().len());
}
