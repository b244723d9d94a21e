//! The aggregate over columns: the same profile for any partitions, any types, and as a file of the same rows gives.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Int8Array, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampNanosecondArray, UInt64Array,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::prelude::{SessionConfig, SessionContext};
use driftline_cluster::{pass_literal, profile};
use driftline_engine::spread::{Gathered, columns_pass};
use driftline_engine::{CancelToken, ContractInput, Input, ProfileFile, ProfileRequest, Silent};
use driftline_model::{RunSettings, Settings};
use parquet::arrow::ArrowWriter;

const NAMES: [&str; 10] =
    ["tiny", "number", "money", "short", "word", "long", "view", "day", "moment", "flag"];

/// Rows in every type that holds numbers, texts, moments or truth values.
fn rows(from: i64, to: i64) -> RecordBatch {
    let text = |row: i64| (row % 11 != 0).then(|| format!("value {}", row * row % 1_009));
    let moments = (from..to).map(|row| 1_700_000_000_000_000_000 + row * 1_000_000_007);
    let words: DictionaryArray<Int32Type> =
        (from..to).map(|row| ["red", "green", "blue"][(row % 3) as usize]).collect();
    let money: Decimal128Array = (from..to).map(|row| Some(i128::from(row * 37 % 100_000))).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new((from..to).map(|row| (row % 13 != 1).then_some((row % 100) as i8)).collect::<Int8Array>()),
        Arc::new(Int64Array::from_iter_values((from..to).map(|row| row * 7_919 % 50_021))),
        Arc::new(money.with_precision_and_scale(12, 2).unwrap()),
        Arc::new((from..to).map(|row| Some((row % 977) as f32 / 3.0)).collect::<Float32Array>()),
        Arc::new(words),
        Arc::new((from..to).map(text).collect::<LargeStringArray>()),
        Arc::new((from..to).map(text).collect::<StringViewArray>()),
        Arc::new(Date32Array::from_iter_values((from..to).map(|row| (row % 900) as i32 + 18_000))),
        Arc::new(TimestampNanosecondArray::from_iter_values(moments).with_timezone("+02:00")),
        Arc::new((from..to).map(|row| Some(row % 5 == 0)).collect::<BooleanArray>()),
    ];
    let fields: Vec<Field> = NAMES
        .iter()
        .zip(&columns)
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// The same with the place of each row in front.
fn placed(batch: &RecordBatch, from: u64) -> RecordBatch {
    let places = UInt64Array::from_iter_values(from..from + batch.num_rows() as u64);
    let mut columns: Vec<ArrayRef> = vec![Arc::new(places)];
    columns.extend(batch.columns().iter().cloned());
    let mut fields = vec![Arc::new(Field::new("place", DataType::UInt64, false))];
    fields.extend(batch.schema().fields().iter().cloned());
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// What the aggregate says of `total` rows in so many partitions.
async fn gathered(pass: &[u8], total: i64, partitions: i64) -> Gathered {
    let step = total / partitions;
    let part = |number: i64| -> Vec<RecordBatch> {
        let end = if number + 1 == partitions { total } else { (number + 1) * step };
        let starts = (number * step..end).step_by(5_000);
        starts.map(|from| placed(&rows(from, end.min(from + 5_000)), from as u64)).collect()
    };
    let parts: Vec<Vec<RecordBatch>> = (0..partitions).map(part).collect();
    let table = MemTable::try_new(parts[0][0].schema(), parts).unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(4));
    context.register_udaf(profile().as_ref().clone());
    let mut arguments: Vec<Expr> = vec![lit(pass_literal(pass)), col("place")];
    arguments.extend(NAMES.map(col));
    let frame = context.read_table(Arc::new(table)).unwrap();
    let frame = frame.aggregate(vec![], vec![profile().call(arguments).alias("gathered")]).unwrap();
    let batches = frame.collect().await.unwrap();
    Gathered::from_bytes(batches[0].column(0).as_binary::<i32>().value(0)).unwrap()
}

fn of_file(batch: &RecordBatch) -> ProfileFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let request = ProfileRequest {
        input: Input::Table(path.to_string_lossy().into_owned()),
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    driftline_engine::profile(&request, &Silent, &CancelToken::new()).unwrap()
}

fn names() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn columns_of_every_type_have_the_profile_of_their_file_in_any_partitions() {
    const ROWS: i64 = 150_000;
    let pass = columns_pass(&names(), &Settings::default(), None).unwrap();
    let wanted = of_file(&rows(0, ROWS)).profile().to_bytes();
    for partitions in [1, 3, 7] {
        let gathered = gathered(&pass, ROWS, partitions).await;
        assert_eq!(gathered.rows(), ROWS as u64);
        assert_eq!(gathered.rows_scored(), None);
        assert!(gathered.profile().to_bytes() == wanted, "{partitions} partitions");
    }
}

#[tokio::test]
async fn rows_are_scored_and_judged_by_a_contract_likewise() {
    let contract =
        "version = 1\n[[column]]\nname = \"number\"\nrules = [{ rule = \"between\", max = 40000 }]\n";
    let contract = driftline_engine::read_contract(contract).unwrap();
    let contract = ContractInput::new("c", &contract, 0).unwrap();
    let judged_by = || Some((of_file(&rows(0, 20_000)), Some(&contract)));
    let pass = columns_pass(&names(), &Settings::default(), judged_by()).unwrap();
    let (one, many) = (gathered(&pass, 60_000, 1).await, gathered(&pass, 60_000, 6).await);
    let (scored, flagged) = one.rows_scored().unwrap();
    assert_eq!(scored, 60_000);
    assert_eq!(many.rows_scored(), Some((scored, flagged)));
    assert_eq!(one.profile().to_bytes(), many.profile().to_bytes());
    assert_eq!(one.broken_rows(), many.broken_rows());
    assert!(one.broken_rows()[0] > 10_000, "{:?}", one.broken_rows());
}

#[tokio::test]
async fn what_does_not_fit_is_a_clear_error() {
    let context = SessionContext::new();
    context.register_udaf(profile().as_ref().clone());
    let pass = columns_pass(&["a".to_owned(), "b".to_owned()], &Settings::default(), None).unwrap();
    let batch = RecordBatch::try_from_iter([
        ("place", Arc::new(UInt64Array::from(vec![0])) as ArrayRef),
        ("a", Arc::new(StringArray::from(vec!["x"]))),
    ]);
    let frame = context.read_batch(batch.unwrap()).unwrap();
    let call = profile().call(vec![lit(pass_literal(&pass)), col("place"), col("a")]);
    let error = frame.aggregate(vec![], vec![call]).unwrap().collect().await.unwrap_err();
    assert!(error.to_string().contains("the names of 2 columns and was given 1"), "{error}");
}
