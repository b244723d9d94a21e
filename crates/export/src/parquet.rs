use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field as ArrowField, Schema};
use driftline_model::{ColumnReport, Report};
use serde::Serialize;

use crate::ExportError;
use crate::field::{FIELDS, Field, Shape, Value, word};

/// The columns of the report as a flat table, one row a column, in the order of the report. What holds for the
/// table as a whole stands in the metadata of the file, under keys that begin with `driftline.`.
///
/// Names are written as they are: a reader of Parquet takes no text for anything else.
pub(crate) fn render(report: &Report) -> Result<Vec<u8>, ExportError> {
    let batch = table(&report.columns)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(metadata(report)))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

fn metadata(report: &Report) -> Vec<KeyValue> {
    [
        ("schema_version", report.schema_version.to_string()),
        ("verdict", word(&report.verdict)),
        ("severity", report.severity.name().to_owned()),
        ("headline", report.headline.clone()),
        ("reference", report.reference.name.clone()),
        ("current", report.current.name.clone()),
    ]
    .map(|(key, value)| KeyValue::new(format!("driftline.{key}"), value))
    .to_vec()
}

fn table(columns: &[ColumnReport]) -> Result<RecordBatch, ExportError> {
    let mut arrays: Vec<(&str, ArrayRef)> =
        FIELDS.iter().map(|field| (field.name, array(field, columns))).collect();
    arrays.push(("findings", findings(columns)));
    arrays.push(("methods", json(columns, |column| Some(&column.methods).filter(|map| !map.is_empty()))?));
    arrays.push(("conform", json(columns, |column| Some(&column.conform).filter(|map| !map.is_empty()))?));
    // Whether a value may be absent must not depend on the report at hand, or two files would not fit together.
    let schema: Vec<ArrowField> =
        arrays.iter().map(|(name, array)| ArrowField::new(*name, array.data_type().clone(), true)).collect();
    let arrays = arrays.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(schema)), arrays)?)
}

fn array(field: &Field, columns: &[ColumnReport]) -> ArrayRef {
    let values = columns.iter().map(field.of);
    if field.shape.is_text() {
        Arc::new(StringArray::from_iter(values.map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })))
    } else if field.shape == Shape::Count {
        // Signed, because many readers know no other whole numbers.
        Arc::new(Int64Array::from_iter(values.map(|value| match value {
            Value::Count(count) => Some(i64::try_from(count).unwrap_or(i64::MAX)),
            _ => None,
        })))
    } else {
        Arc::new(Float64Array::from_iter(values.map(|value| match value {
            Value::Number(number) => Some(number),
            _ => None,
        })))
    }
}

/// Codes of the findings about each column.
fn findings(columns: &[ColumnReport]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for column in columns {
        lists.append_value(column.findings.iter().map(Some));
    }
    Arc::new(lists.finish())
}

/// A part of each column as JSON.
fn json<'a, T: Serialize + 'a>(
    columns: &'a [ColumnReport],
    part: impl Fn(&'a ColumnReport) -> Option<&'a T>,
) -> Result<ArrayRef, ExportError> {
    let texts = columns
        .iter()
        .map(|column| part(column).map(serde_json::to_string).transpose())
        .collect::<Result<Vec<Option<String>>, _>>()?;
    Ok(Arc::new(StringArray::from(texts)))
}

#[cfg(test)]
mod tests {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Float64Type, Int64Type};
    use driftline_model::MethodScore;

    use super::*;
    use crate::fixture;

    /// The one batch of a file, and the metadata that are ours.
    fn read(bytes: Vec<u8>) -> (RecordBatch, Vec<(String, String)>) {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let metadata = builder.metadata().file_metadata().key_value_metadata().unwrap().iter();
        let ours = metadata
            .filter(|pair| pair.key.starts_with("driftline."))
            .map(|pair| (pair.key.clone(), pair.value.clone().unwrap()))
            .collect();
        let mut batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.len(), 1);
        (batches.remove(0), ours)
    }

    fn hostile() -> Report {
        let mut report = fixture::report();
        report.columns[1].name = "=HYPERLINK(\"x\")\u{0}\u{202e}😀".to_owned();
        let score = MethodScore { value: Some(0.5), p_value: None, note: None };
        report.columns[1].methods.insert("psi".to_owned(), score);
        report.columns[1].conform.insert("kl_div".to_owned(), 0.25);
        report
    }

    #[test]
    fn the_file_says_what_the_report_says() {
        let report = hostile();
        let (batch, metadata) = read(render(&report).unwrap());
        assert_eq!(batch.num_rows(), report.columns.len());
        for field in FIELDS {
            let array = batch.column_by_name(field.name).unwrap();
            for (row, column) in report.columns.iter().enumerate() {
                let found = match (field.of)(column) {
                    Value::Absent => array.is_null(row),
                    Value::Text(text) => array.as_string::<i32>().value(row) == text,
                    Value::Number(number) => array.as_primitive::<Float64Type>().value(row) == number,
                    Value::Count(count) => array.as_primitive::<Int64Type>().value(row) == count as i64,
                };
                assert!(found, "{} of {}", field.name, column.name);
            }
        }
        assert!(metadata.contains(&("driftline.verdict".to_owned(), "drifted".to_owned())), "{metadata:?}");
        assert!(metadata.contains(&("driftline.headline".to_owned(), report.headline)));
    }

    #[test]
    fn findings_are_a_list_and_scores_are_json() {
        let (batch, _) = read(render(&hostile()).unwrap());
        let findings = batch.column_by_name("findings").unwrap().as_list::<i32>();
        assert_eq!(findings.value(1).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("drift.value")]);
        assert_eq!(findings.value(9).len(), 0);
        let methods = batch.column_by_name("methods").unwrap().as_string::<i32>();
        assert_eq!(methods.value(1), r#"{"psi":{"value":0.5}}"#);
        assert!(methods.is_null(0));
        assert_eq!(
            batch.column_by_name("conform").unwrap().as_string::<i32>().value(1),
            r#"{"kl_div":0.25}"#
        );
    }

    #[test]
    fn the_form_does_not_depend_on_the_report() {
        let mut empty = fixture::report();
        let full = table(&empty.columns).unwrap().schema();
        empty.columns.clear();
        assert_eq!(table(&empty.columns).unwrap().schema(), full);
        assert!(render(&empty).is_ok());
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        assert!(render(&hostile()).unwrap() == render(&hostile()).unwrap());
    }
}
