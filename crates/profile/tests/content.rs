//! What a profile says is what a plain computation over all rows says.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use driftline_model::Kind;
use driftline_profile::{
    BinPlan, ChunkHashes, NULL_HASH, NumberBins, ProfileOptions, SampleColumn, TableProfile,
};
use support::{chunk, profile, rows, schema, update};

const COLUMNS: usize = 6;

#[test]
fn figures_of_every_column_are_those_of_a_plain_loop() {
    let all = rows(0..2_000);
    let profile = profile(&chunk(&all, 0, 0), ProfileOptions::for_columns(COLUMNS), None);
    assert_eq!((profile.rows(), profile.columns().len(), profile.index_of("truth")), (2_000, 6, Some(3)));
    assert_eq!(profile.index_of("nothing"), None);

    let number = &profile.columns()[0];
    let present: Vec<f64> = all.iter().filter_map(|row| row.number).collect();
    let failed = all.iter().filter(|row| row.number.is_none() && row.failed).count() as u64;
    assert_eq!((number.count(), number.present()), (2_000, present.len() as u64));
    assert_eq!((number.failures(), number.nulls()), (failed, 2_000 - failed - present.len() as u64));
    let summary = number.numbers().unwrap();
    let mean = present.iter().sum::<f64>() / present.len() as f64;
    let square = |x: f64| x * x;
    let variance = present.iter().map(|x| square(x - mean)).sum::<f64>() / (present.len() - 1) as f64;
    assert!((summary.mean().unwrap() / mean - 1.0).abs() < 1e-12);
    assert!((summary.std().unwrap() / variance.sqrt() - 1.0).abs() < 1e-12);
    assert_eq!(summary.min(), present.iter().copied().reduce(f64::min));
    assert_eq!(summary.max(), present.iter().copied().reduce(f64::max));
    assert_eq!(summary.negatives(), present.iter().filter(|x| **x < 0.0).count() as u64);
    assert_eq!(summary.fractional(), present.iter().filter(|x| x.fract() != 0.0).count() as u64);

    let truth = profile.columns()[3].number_counts().unwrap();
    let trues = all.iter().filter(|row| row.truth == Some(true)).count() as u64;
    assert_eq!(truth, [(0.0, 1_600 - trues), (1.0, trues)]);

    let word = &profile.columns()[4];
    let mut words = BTreeMap::new();
    all.iter().filter_map(|row| row.word.as_deref()).for_each(|word| *words.entry(word).or_insert(0) += 1);
    assert_eq!(word.text_counts().unwrap(), words.into_iter().collect::<Vec<_>>());
    let prose = profile.columns()[5].lengths().unwrap();
    assert_eq!(prose.max(), all[1_999].prose.as_ref().unwrap().chars().count() as u64);
    assert_eq!(prose.min(), all[0].prose.as_ref().unwrap().chars().count() as u64);
}

#[test]
fn figures_are_the_same_whether_values_are_counted_or_summed() {
    let all = rows(0..2_000);
    let counted = profile(&chunk(&all, 0, 0), ProfileOptions::for_columns(COLUMNS), None);
    let summed = profile(&chunk(&all, 0, 0), ProfileOptions { sample_rows: 65_536, exact_values: 20 }, None);
    assert_eq!(counted.sample().positions, summed.sample().positions);
    for (counted, summed) in counted.columns().iter().zip(summed.columns()) {
        assert_eq!(counted.numbers(), summed.numbers(), "{}", counted.name());
        assert_eq!(counted.lengths(), summed.lengths(), "{}", counted.name());
        assert_eq!(counted.kind(), summed.kind(), "{}", counted.name());
        let (exact, estimate) = (counted.distinct(), summed.distinct());
        assert!(exact.exact);
        let error = estimate.estimate as f64 / exact.estimate as f64 - 1.0;
        assert!(error.abs() < 0.05, "{}: {error}", counted.name());
    }
}

#[test]
fn kinds_follow_the_values() {
    let profile = profile(&chunk(&rows(0..2_000), 0, 0), ProfileOptions::for_columns(COLUMNS), None);
    let kinds: Vec<Kind> = profile.columns().iter().map(|column| column.kind()).collect();
    assert_eq!(
        kinds,
        [Kind::Numeric, Kind::Integer, Kind::Datetime, Kind::Boolean, Kind::Categorical, Kind::Text]
    );
    let empty = TableProfile::new(schema(), ProfileOptions::for_columns(COLUMNS), None);
    assert!(empty.columns().iter().all(|column| column.kind() == Kind::Empty));
    let mut running = rows(0..2_000);
    for (i, row) in running.iter_mut().enumerate() {
        row.whole = Some(i as f64);
        row.word = Some(format!("N{i:05}X"));
    }
    let profile = support::profile(&chunk(&running, 0, 0), ProfileOptions::for_columns(COLUMNS), None);
    assert_eq!(profile.columns()[1].kind(), Kind::Identifier);
    assert_eq!(profile.columns()[4].kind(), Kind::Identifier);
}

#[test]
fn a_small_table_is_its_own_sample() {
    let all = rows(0..700);
    let profile = profile(&chunk(&all, 3, 0), ProfileOptions::for_columns(COLUMNS), None);
    let sample = profile.sample();
    assert!(sample.is_exact() && sample.len() == 700 && !sample.is_empty());
    assert!(sample.positions.is_sorted());
    let SampleColumn::Numbers(numbers) = &sample.columns[0] else { panic!("numbers") };
    let SampleColumn::Numbers(moments) = &sample.columns[2] else { panic!("moments") };
    let SampleColumn::Text(words) = &sample.columns[4] else { panic!("texts") };
    for (i, row) in all.iter().enumerate() {
        assert_eq!(row.number, Some(numbers[i]).filter(|x| !x.is_nan()));
        assert_eq!(row.moment.map(|micros| micros as f64), Some(moments[i]).filter(|x| !x.is_nan()));
        assert_eq!(row.word.as_deref(), words.get(i));
    }
}

#[test]
fn bins_of_the_plan_are_counted_exactly() {
    let all = rows(0..5_000);
    let options = ProfileOptions { sample_rows: 500, exact_values: 1_000 };
    let reference = profile(&chunk(&all, 0, 0), options, None);
    let sample = reference.sample();
    let bins: Vec<Option<NumberBins>> = reference
        .columns()
        .iter()
        .zip(&sample.columns)
        .map(|(column, sample)| NumberBins::from_reference(column, sample, 10))
        .collect();
    assert_eq!(bins.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, true, false, false, false]);
    let current = profile(&chunk(&all, 0, 0), options, Some(Arc::new(BinPlan::new(bins.clone()))));
    let mut present: [Vec<f64>; 3] = Default::default();
    for row in &all {
        present[0].extend(row.number);
        present[1].extend(row.whole);
        present[2].extend(row.moment.map(|micros| micros as f64));
    }
    for (index, present) in present.iter().enumerate() {
        let bins = bins[index].as_ref().unwrap();
        let counts = current.columns()[index].bin_counts(bins).unwrap();
        assert_eq!(counts, bins.count(present));
        assert_eq!(counts.iter().sum::<u64>(), present.len() as u64);
    }
    let strange = NumberBins::from_edges(vec![1.0], driftline_chunk::Physical::Number).unwrap();
    assert_eq!(current.columns()[0].bin_counts(&strange), None);
    assert_eq!(current.columns()[1].bin_counts(&strange).unwrap().iter().sum::<u64>(), 5_000);
    assert_eq!(current.columns()[4].bin_counts(&strange), None);
}

#[test]
fn statistics_for_a_report() {
    let all = rows(0..3_000);
    let profile = profile(&chunk(&all, 0, 0), ProfileOptions { sample_rows: 1_000, exact_values: 200 }, None);
    let sample = profile.sample();
    let of = |index: usize| profile.columns()[index].statistics(&sample.columns[index]);
    let whole = of(1);
    assert_eq!((whole.distinct, whole.distinct_exact, whole.zeros), (101, true, Some(30)));
    assert_eq!((whole.quantiles.len(), whole.quantiles[3]), (7, 50.0));
    assert_eq!(whole.top[0], ("0".to_owned(), 30));
    let number = of(0);
    assert!(!number.distinct_exact && number.quantiles.is_sorted() && number.top.is_empty());
    let moment = of(2);
    assert_eq!(moment.min, Some(1_372_636_860e6));
    let word = of(4);
    assert_eq!(word.patterns, [("A99".to_owned(), 1.0)]);
    assert_eq!((word.lengths, word.top.len()), (Some([3.0, 3.0, 3.0]), 10));
    let prose = of(5);
    assert!(prose.patterns[0].0.starts_with("a+ a+ 9"), "{:?}", prose.patterns);
    let truth = of(3);
    assert_eq!(truth.top[0].0, "false");
    assert_eq!(truth.mean, None);
}

#[test]
fn hashes_mark_what_is_missing() {
    let all = rows(0..200);
    let chunk = chunk(&all, 0, 0);
    let mut hashes = ChunkHashes::new();
    hashes.fill(&chunk);
    hashes.fill(&chunk);
    for (i, row) in all.iter().enumerate() {
        assert_eq!(hashes.column(0)[i] == NULL_HASH, row.number.is_none());
        assert_eq!(hashes.column(2)[i] == NULL_HASH, row.moment.is_none());
        assert_eq!(hashes.column(3)[i] == NULL_HASH, row.truth.is_none());
        assert_eq!(hashes.column(4)[i] == NULL_HASH, row.word.is_none());
    }
    assert_eq!(hashes.rows().len(), 200);
    assert!(hashes.column(99).is_empty());
}

#[test]
fn a_table_without_columns_or_rows_is_a_table() {
    let empty = TableProfile::new(driftline_chunk::Schema::new(vec![]), ProfileOptions::for_columns(0), None);
    let back = TableProfile::from_bytes(&empty.to_bytes()).unwrap();
    assert_eq!((back.rows(), back.columns().len(), back.duplicate_ratio()), (0, 0, 0.0));
    let mut none = TableProfile::new(schema(), ProfileOptions::for_columns(COLUMNS), None);
    update(&mut none, &chunk(&[], 0, 0));
    let sample = none.sample();
    assert!(sample.is_exact() && sample.is_empty());
    for (column, sample) in none.columns().iter().zip(&sample.columns) {
        let statistics = column.statistics(sample);
        assert_eq!((statistics.count, statistics.mean, statistics.lengths), (0, None, None));
        assert!(NumberBins::from_reference(column, sample, 20).is_none());
    }
}
