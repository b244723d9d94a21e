//! Uploads of every format: told by their content, looked into, compared, and refused where they are none.

use std::io::Write as _;
use std::sync::Arc;

use arrow_array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};
use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::Harness;

/// The rows that every format below holds, as CSV.
fn numbers_csv() -> String {
    let row = |at: u32| format!("{at},{}.5,city {}\n", at % 100, at % 5);
    format!("id,amount,city\n{}", (0..600).map(row).collect::<String>())
}

fn numbers_batch() -> RecordBatch {
    let columns: [(&str, Arc<dyn Array>); 3] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..600))),
        ("amount", Arc::new(Float64Array::from_iter_values((0..600).map(|at| f64::from(at % 100) + 0.5)))),
        ("city", Arc::new(StringArray::from_iter_values((0..600).map(|at| format!("city {}", at % 5))))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn numbers_parquet() -> Vec<u8> {
    let batch = numbers_batch();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The same as an Arrow IPC file, which has its schema at the end, too.
fn numbers_arrow_file() -> Vec<u8> {
    let batch = numbers_batch();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The same as a stream of Arrow IPC, in two batches.
fn numbers_arrow_stream() -> Vec<u8> {
    let batch = numbers_batch();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch.slice(0, 250)).unwrap();
    writer.write(&batch.slice(250, 350)).unwrap();
    writer.into_inner().unwrap()
}

fn numbers_avro() -> Vec<u8> {
    let batch = numbers_batch();
    let schema = batch.schema().as_ref().clone();
    let mut writer = arrow_avro::writer::AvroWriter::new(Vec::new(), schema).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner()
}

fn numbers_ndjson() -> String {
    let row = |at: u32| format!("{{\"id\":{at},\"amount\":{}.5,\"city\":\"city {}\"}}\n", at % 100, at % 5);
    (0..600).map(row).collect()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook of one sheet with nothing in it that a reader does not need.
fn numbers_xlsx() -> Vec<u8> {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let mut rows = format!("<row>{}</row>", ["id", "amount", "city"].map(text).concat());
    for at in 0..600 {
        let city = text(&format!("city {}", at % 5));
        rows.push_str(&format!("<row><c><v>{at}</v></c><c><v>{}.5</v></c>{city}</row>", at % 100));
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    zip_of(&[
        ("[Content_Types].xml", b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        (
            "_rels/.rels",
            format!("<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>")
                .as_bytes(),
        ),
        (
            "xl/workbook.xml",
            format!("<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"July\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>")
                .as_bytes(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>")
                .as_bytes(),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>").as_bytes(),
        ),
    ])
}

/// The first quarter of a file: not one batch of rows is whole.
fn begin(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 4].to_vec()
}

fn numbers_tar_gz() -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let text = numbers_csv();
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "numbers.csv", text.as_bytes()).unwrap();
    tar.into_inner().unwrap().finish().unwrap()
}

#[tokio::test]
async fn every_format_is_a_dataset_that_can_be_compared_with_csv() {
    let service = Harness::begin().await;
    let token = service.token(Role::Editor).await;
    let of = async |id: &str| {
        service.ask("GET", &format!("/api/v1/datasets/{id}"), &token, Value::Null).await.is(200)
    };
    let csv = service.upload(&token, "numbers.csv", numbers_csv()).await;
    let kept = of(&csv).await;
    assert_eq!(kept["dialect"]["format"], "CSV");
    let array = format!("[{}]", numbers_ndjson().trim_end().replace('\n', ","));
    let packed = zip_of(&[("a/numbers.csv", numbers_csv().as_bytes())]);
    for (format, packed_in, bytes) in [
        ("Parquet", Value::Null, numbers_parquet()),
        ("Arrow", Value::Null, numbers_arrow_file()),
        ("Arrow", Value::Null, numbers_arrow_stream()),
        ("Avro", Value::Null, numbers_avro()),
        ("JSON", Value::Null, numbers_ndjson().into_bytes()),
        ("JSON", Value::Null, zstd::encode_all(array.as_bytes(), 1).unwrap()),
        ("XLSX", Value::Null, numbers_xlsx()),
        ("CSV", "zip".into(), packed),
        ("CSV", "tar".into(), numbers_tar_gz()),
    ] {
        // The name says nothing true.
        let id = service.upload(&token, "july.csv", bytes).await;
        let details = of(&id).await;
        assert_eq!(
            (&details["dialect"]["format"], &details["dialect"]["packed_in"]),
            (&format.into(), &packed_in)
        );
        assert_eq!(details["columns"], kept["columns"], "{format}");
        assert_eq!(details["preview"], kept["preview"], "{format}");
        let body = json!({ "current": { "dataset": id }, "reference": { "dataset": csv } });
        let queued = service.ask("POST", "/api/v1/checks", &token, body).await.is(202);
        let check = service.ended(&token, queued["id"].as_str().unwrap()).await;
        assert_eq!(
            (&check["state"], &check["verdict"]),
            (&"done".into(), &"stable".into()),
            "{format}: {check}"
        );
    }
}

#[tokio::test]
async fn wrong_files_and_archives_of_too_much_are_refused_by_name() {
    let service = Harness::begin().await;
    let token = service.token(Role::Editor).await;
    let mut png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x01\0".to_vec();
    png.extend((0..4_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8));
    let text = "1,2\n".repeat(13_000_000);
    let parquet = numbers_parquet();
    let bomb = zip_of(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())]);
    for (place, (code, bytes)) in [
        ("data.binary", png),
        ("data.unreadable", parquet[..parquet.len() / 2].to_vec()),
        ("data.unreadable", begin(&numbers_arrow_file())),
        ("data.unreadable", begin(&numbers_arrow_stream())),
        ("data.unreadable", begin(&numbers_avro())),
        ("data.unreadable", b"PK\x03\x04 and nothing more".to_vec()),
        ("data.expands_too_much", bomb),
        ("data.damaged", {
            let packed = zip_of(&[("numbers.csv", numbers_csv().as_bytes())]);
            packed[..packed.len() / 2].to_vec()
        }),
    ]
    .into_iter()
    .enumerate()
    {
        let request = service.client.post(service.url("/api/v1/datasets?name=july.parquet"));
        let answer = request.bearer_auth(&token).body(bytes).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 422, "{place}: {code}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let message = body["error"]["message"].as_str().unwrap();
        assert_eq!(body["error"]["code"], code, "{message}");
        assert!(message.contains("july.parquet") || code == "data.expands_too_much", "{message}");
        assert!(!message.contains(service.folder.path().to_str().unwrap()), "{message}");
    }
    for folder in ["uploads", "blobs"] {
        assert_eq!(std::fs::read_dir(service.folder.path().join(folder)).unwrap().count(), 0, "{folder}");
    }
}
