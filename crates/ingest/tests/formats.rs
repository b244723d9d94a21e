//! The same rows in every format are the same table, and what is damaged or lies is an error with a name.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use driftline_chunk::{ColumnValues, Physical};
use driftline_ingest::{IngestError, Limits, Location, ReadOptions, Rejected, Table, open};

/// Rows of the table: more than a piece of a small target.
const ROWS: i64 = 3_000;

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn opened(path: &Path) -> Result<Table, IngestError> {
    open(&Location::parse(&text(path)), &ReadOptions::default())
}

/// All cells as text, row by row, what was set aside, and how the source ended.
fn read(table: &Table, target: usize) -> (Vec<Vec<String>>, Vec<Rejected>, Option<IngestError>) {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for source in table.sources() {
        loop {
            let raw = match source.pull(target) {
                Ok(Some(raw)) => raw,
                Ok(None) => break,
                Err(error) => return (rows, rejected, Some(error)),
            };
            let decoded = match source.decode(raw) {
                Ok(decoded) => decoded,
                Err(error) => return (rows, rejected, Some(error)),
            };
            let chunk = &decoded.chunk;
            for row in 0..chunk.rows() {
                let cell = |column: usize| match chunk.column(column) {
                    ColumnValues::Number(array) => array.is_valid(row).then(|| array.value(row).to_string()),
                    ColumnValues::Boolean(array) => array.is_valid(row).then(|| array.value(row).to_string()),
                    ColumnValues::Datetime(array) => {
                        array.is_valid(row).then(|| array.value(row).to_string())
                    }
                    ColumnValues::Text(array) => array.is_valid(row).then(|| array.value(row).to_owned()),
                };
                rows.push((0..chunk.schema().len()).map(|at| cell(at).unwrap_or("-".to_owned())).collect());
            }
            rejected.extend(decoded.rejected);
        }
    }
    (rows, rejected, None)
}

fn held(table: &Table) -> Vec<(&str, Physical)> {
    table.schema().fields().iter().map(|field| (field.name.as_str(), field.physical)).collect()
}

fn day(row: i64) -> String {
    format!("2024-{:02}-{:02}", row % 12 + 1, row % 28 + 1)
}

fn csv() -> String {
    let mut csv = "id,amount,city,paid,day\n".to_owned();
    for row in 0..ROWS {
        let city = if row % 7 == 0 { String::new() } else { format!("city {}", row % 5) };
        csv.push_str(&format!("{row},{}.5,{city},{},{}\n", row % 100, row % 3 == 0, day(row)));
    }
    csv
}

fn batch() -> RecordBatch {
    let micros = |row: i64| {
        let table = arrow_cast::cast(
            &StringArray::from(vec![day(row)]),
            &arrow_schema::DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, None),
        );
        let moments = table.unwrap();
        moments.as_any().downcast_ref::<TimestampMicrosecondArray>().unwrap().value(0)
    };
    let city = |row: i64| (row % 7 != 0).then(|| format!("city {}", row % 5));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        ("amount", Arc::new(Float64Array::from_iter_values((0..ROWS).map(|row| (row % 100) as f64 + 0.5)))),
        ("city", Arc::new((0..ROWS).map(city).collect::<StringArray>())),
        ("paid", Arc::new(BooleanArray::from_iter((0..ROWS).map(|row| Some(row % 3 == 0))))),
        ("day", Arc::new(TimestampMicrosecondArray::from_iter_values((0..ROWS).map(micros)))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn json_rows() -> Vec<String> {
    let city = |row: i64| if row % 7 == 0 { "null".to_owned() } else { format!("\"city {}\"", row % 5) };
    let line = |row: i64| {
        format!(
            "{{\"id\":{row},\"amount\":{}.5,\"city\":{},\"paid\":{},\"day\":\"{}\"}}",
            row % 100,
            city(row),
            row % 3 == 0,
            day(row)
        )
    };
    (0..ROWS).map(line).collect()
}

fn write_parquet(path: &Path) {
    let rows = parquet::file::properties::WriterProperties::builder()
        .set_max_row_group_row_count(Some(1_100))
        .build();
    let batch = batch();
    let file = File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(rows)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn write_xlsx(path: &Path) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let cover = book.add_worksheet().set_name("cover").unwrap();
    cover.write(0, 0, "nothing").unwrap();
    let sheet = book.add_worksheet().set_name("data").unwrap();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (column, name) in ["id", "amount", "city", "paid", "day"].into_iter().enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    for row in 0..ROWS {
        let at = row as u32 + 1;
        sheet.write(at, 0, row as f64).unwrap();
        sheet.write(at, 1, (row % 100) as f64 + 0.5).unwrap();
        if row % 7 != 0 {
            sheet.write(at, 2, format!("city {}", row % 5)).unwrap();
        }
        sheet.write(at, 3, row % 3 == 0).unwrap();
        let moment = rust_xlsxwriter::ExcelDateTime::parse_from_str(&day(row)).unwrap();
        sheet.write_with_format(at, 4, &moment, &date).unwrap();
    }
    book.save(path).unwrap();
}

fn write_zip(path: &Path, members: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(File::create(path).unwrap());
    for (number, (name, bytes)) in members.iter().enumerate() {
        let method =
            if number % 2 == 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

/// The table in every format.
fn every_format(folder: &Path) -> Vec<PathBuf> {
    let csv = csv();
    let path = |name: &str| folder.join(name);
    std::fs::write(path("t.csv"), &csv).unwrap();
    write_parquet(&path("t.parquet"));
    let lines = json_rows();
    std::fs::write(path("t.ndjson"), lines.join("\n")).unwrap();
    std::fs::write(path("t.json"), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
    let batch = batch();
    let mut file =
        arrow_ipc::writer::FileWriter::try_new(File::create(path("t.arrow")).unwrap(), &batch.schema())
            .unwrap();
    file.write(&batch.slice(0, 1_000)).unwrap();
    file.write(&batch.slice(1_000, 2_000)).unwrap();
    file.finish().unwrap();
    let mut stream =
        arrow_ipc::writer::StreamWriter::try_new(File::create(path("t.arrows")).unwrap(), &batch.schema())
            .unwrap();
    stream.write(&batch).unwrap();
    stream.finish().unwrap();
    let mut avro = arrow_avro::writer::AvroWriter::new(
        File::create(path("t.avro")).unwrap(),
        batch.schema().as_ref().clone(),
    )
    .unwrap();
    avro.write(&batch).unwrap();
    avro.finish().unwrap();
    write_xlsx(&path("t.xlsx"));
    // Two members of one table, cut at a line.
    let cut = csv[..csv.len() / 2].rfind('\n').unwrap() + 1;
    let second = format!("id,amount,city,paid,day\n{}", &csv[cut..]);
    let members: [(&str, &[u8]); 2] = [("in/a.csv", &csv.as_bytes()[..cut]), ("in/b.csv", second.as_bytes())];
    write_zip(&path("t.zip"), &members);
    let tar = tar_of(&members);
    std::fs::write(path("t.tar"), &tar).unwrap();
    std::fs::write(path("t.tar.zst"), zstd::encode_all(&tar[..], 1).unwrap()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    std::fs::write(path("t.tgz"), gzip.finish().unwrap()).unwrap();
    let names = [
        "t.csv",
        "t.parquet",
        "t.ndjson",
        "t.json",
        "t.arrow",
        "t.arrows",
        "t.avro",
        "t.xlsx#data",
        "t.zip",
        "t.tar",
        "t.tar.zst",
        "t.tgz",
    ];
    names.map(path).to_vec()
}

#[test]
fn the_same_rows_are_the_same_table_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = every_format(folder.path()).into_iter();
    let csv = opened(&paths.next().unwrap()).unwrap();
    let (wanted, _, end) = read(&csv, 4_096);
    assert!(end.is_none() && wanted.len() == ROWS as usize);
    for path in paths {
        let table = opened(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(held(&table), held(&csv), "{}", path.display());
        let again = table.reopen(table.schema()).unwrap();
        for (table, target) in [(&table, 4_096), (&again, 1 << 20)] {
            let (rows, rejected, end) = read(table, target);
            assert!(end.is_none() && rejected.is_empty(), "{}: {end:?}", path.display());
            assert!(rows == wanted, "{} has {} rows", path.display(), rows.len());
        }
        assert!(table.sources().iter().all(|source| source.bytes_read() > 0), "{}", path.display());
    }
}

#[test]
fn columns_are_held_as_they_were_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write_parquet(&path);
    let prefer = vec![("id".to_owned(), Physical::Text), ("paid".to_owned(), Physical::Number)];
    let table =
        open(&Location::parse(&text(&path)), &ReadOptions { prefer, ..ReadOptions::default() }).unwrap();
    assert_eq!((held(&table)[0].1, held(&table)[3].1), (Physical::Text, Physical::Number));
    let (rows, _, _) = read(&table, 1 << 20);
    assert_eq!((rows[3][0].as_str(), rows[3][3].as_str()), ("3", "1"));
}

#[test]
fn lines_that_are_no_objects_are_set_aside_and_new_names_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.ndjson");
    let mut lines: Vec<String> =
        (0..60_000).map(|row| format!("{{\"a\":{row},\"b\":{{\"c\":\"x\"}}}}")).collect();
    lines[10] = "{\"a\":1,".to_owned();
    lines[11] = "[1,2]".to_owned();
    // Behind all that is looked at.
    lines[55_123] = "{\"a\":1,\"late\":7}".to_owned();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let table = opened(&path).unwrap();
    assert_eq!(held(&table), [("a", Physical::Number), ("b.c", Physical::Text)]);
    let (rows, rejected, end) = read(&table, 1 << 16);
    assert!(end.is_none());
    assert_eq!((rows.len(), rejected.len()), (59_998, 2));
    let before: usize = lines[..10].iter().map(|line| line.len() + 1).sum();
    assert_eq!((rejected[0].byte_offset, rejected[0].raw.as_str()), (before as u64, "{\"a\":1,"));
    assert_eq!(rejected[1].reason, "the value is not an object");
    let seen = vec![driftline_ingest::Seen { fitting: 10, failures: 0 }; 2];
    let schema = table.corrected(&seen).unwrap();
    let table = table.reopen(&schema).unwrap();
    assert_eq!(held(&table)[2], ("late", Physical::Number));
    let (rows, _, _) = read(&table, 1 << 20);
    assert_eq!(rows.iter().filter(|row| row[2] == "7").count(), 1);
}

#[test]
fn sheets_are_chosen_and_wrong_ones_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    write_xlsx(&path);
    let error = opened(&folder.path().join("t.xlsx#other")).err().unwrap();
    assert_eq!(error.code(), "ingest.sheet");
    assert!(error.to_string().contains("it has `cover`, `data`"), "{error}");
}

#[test]
fn files_of_several_formats_are_no_table_and_archives_within_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.zip");
    write_zip(&path, &[("a.csv", b"a\n1\n"), ("b.ndjson", b"{\"a\":1}\n")]);
    assert_eq!(opened(&path).err().unwrap().code(), "ingest.columns_differ");
    let inner = std::fs::read(&path).unwrap();
    write_zip(&path, &[("x.txt", b""), ("inner.zip", &inner)]);
    write_zip(&path, &[("ignored.bin", b"x"), ("inner.zip", &inner)]);
    assert_eq!(opened(&path).err().unwrap().code(), "ingest.nested_archive");
    write_zip(&path, &[(".hidden.csv", b"x")]);
    assert_eq!(opened(&path).err().unwrap().code(), "ingest.empty_archive");
}

#[test]
fn a_dictionary_that_unfolds_to_gigabytes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.parquet");
    let long = "x".repeat(1 << 18);
    let same: Vec<&str> = vec![&long; 512];
    let texts: ArrayRef = Arc::new(StringArray::from(same));
    let batch = RecordBatch::try_from_iter([("a", texts)]).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let packed = parquet::file::properties::WriterProperties::builder()
        .set_dictionary_page_size_limit(1 << 20)
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(packed)).unwrap();
    for _ in 0..16 {
        writer.write(&batch).unwrap();
    }
    writer.close().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20, "2 GiB of text in less than a megabyte");
    let table = opened(&path).unwrap();
    let raw = table.sources()[0].pull(1 << 20).unwrap().unwrap();
    let error = table.sources()[0].decode(raw).err().unwrap();
    assert_eq!(error.code(), "ingest.unreadable");
    assert!(error.to_string().contains("too much at once"), "{error}");
}

#[test]
fn a_footer_that_lies_is_an_error_with_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    write_parquet(&path);
    let whole = std::fs::read(&path).unwrap();
    let footer = whole.len()
        - 8
        - u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize;
    // Every byte of the footer bent once: never a panic, never more memory than the file is worth.
    let mut refused = 0;
    for at in (footer..whole.len()).step_by(3) {
        let mut bent = whole.clone();
        bent[at] ^= 0x5A;
        std::fs::write(&path, &bent).unwrap();
        match opened(&path) {
            Err(error) => {
                assert!(!matches!(error, IngestError::Assemble { .. }), "{error}");
                refused += 1;
            }
            Ok(table) => {
                let (rows, _, _) = read(&table, 1 << 20);
                assert!(rows.len() <= ROWS as usize);
            }
        }
    }
    assert!(refused > 10, "{refused}");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(opened(&path).err().unwrap().code(), "ingest.unreadable");
}

#[test]
fn arrow_files_that_lie_are_errors_with_a_name() {
    let folder = tempfile::tempdir().unwrap();
    every_format(folder.path());
    for name in ["t.arrow", "t.arrows", "t.avro"] {
        let path = folder.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 150) {
            let mut bent = whole.clone();
            bent[at] = bent[at].wrapping_add(0x70);
            std::fs::write(&path, &bent).unwrap();
            if let Ok(table) = opened(&path) {
                read(&table, 1 << 20);
            }
        }
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let ended = opened(&path).map(|table| read(&table, 1 << 20).2);
        assert!(matches!(ended, Err(_) | Ok(Some(_))), "{name}");
    }
}

/// Bombs are tried with small limits, so that the test is quick.
fn small() -> ReadOptions {
    let limits = Limits { expansion_free_bytes: 1 << 20, expansion_ratio: 100, ..Limits::default() };
    ReadOptions { limits, ..ReadOptions::default() }
}

fn bomb() -> Vec<u8> {
    let mut text = b"a,b\n".to_vec();
    text.extend(b"1,2\n".repeat(2 << 20));
    text
}

#[test]
fn a_gzip_or_zip_that_unpacks_to_too_much_ends_there_with_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = bomb();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&text).unwrap();
    std::fs::write(folder.path().join("t.csv.gz"), gzip.finish().unwrap()).unwrap();
    std::fs::write(folder.path().join("t.csv.zst"), zstd::encode_all(&text[..], 19).unwrap()).unwrap();
    write_zip(&folder.path().join("t.zip"), &[("t.csv", &text)]);
    for name in ["t.csv.gz", "t.csv.zst", "t.zip"] {
        let path = folder.path().join(name);
        let table = open(&Location::parse(&text_of(&path)), &small()).unwrap();
        let (rows, _, error) = read(&table, 1 << 18);
        let error = error.unwrap_or_else(|| panic!("{name} was read to its end"));
        assert_eq!(error.code(), "ingest.expands", "{name}: {error}");
        assert!(error.is_broken_off());
        assert!(rows.len() > 100_000 && rows.len() < 2 << 20, "{name}: {} rows", rows.len());
    }
    let tar = tar_of(&[("t.csv", &text)]);
    std::fs::write(folder.path().join("t.tar.zst"), zstd::encode_all(&tar[..], 19).unwrap()).unwrap();
    let error = open(&Location::parse(&text_of(&folder.path().join("t.tar.zst"))), &small()).err().unwrap();
    assert_eq!(error.code(), "ingest.expands");
}

fn text_of(path: &Path) -> String {
    text(path)
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.xlsx");
    write_zip(&path, &[("xl/workbook.xml", &vec![b' '; 64 << 20])]);
    let error = open(&Location::parse(&text(&path)), &small()).err().unwrap();
    assert_eq!(error.code(), "ingest.expands");
    std::fs::write(&path, b"PK\x03\x04 and nothing more").unwrap();
    assert_eq!(opened(&path).err().unwrap().code(), "ingest.unreadable");
}

#[test]
fn a_damaged_member_of_an_archive_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.zip");
    write_zip(&path, &[("t.csv", csv().as_bytes())]);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&path, bytes).unwrap();
    let error = read(&opened(&path).unwrap(), 1 << 20).2.unwrap();
    assert_eq!(error.code(), "ingest.damaged");
}

/// Six members of the same rows, packed or not.
fn zip_of(method: zip::CompressionMethod) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for member in 0..6 {
        zip.start_file(format!("{member}.csv"), options).unwrap();
        zip.write_all(csv().as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// All rows, and how each source ended that did not end well.
fn read_on(path: &Path) -> (usize, Vec<String>) {
    let table = opened(path).unwrap();
    let (mut rows, mut ends) = (0, Vec::new());
    for source in table.sources() {
        loop {
            match source.pull(1 << 14) {
                Ok(Some(raw)) => {
                    let decoded = source.decode(raw).unwrap();
                    assert!(decoded.rejected.iter().all(|bad| bad.raw == "1,2,3"), "{:?}", decoded.rejected);
                    rows += decoded.chunk.rows();
                }
                Ok(None) => break,
                Err(error) => {
                    assert!(error.is_broken_off(), "{error}");
                    ends.push(error.to_string());
                    break;
                }
            }
        }
    }
    (rows, ends)
}

#[test]
fn what_there_is_of_an_archive_that_is_cut_off_is_read_and_never_taken_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let text = csv();
    let members: Vec<(String, &[u8])> = (0..6).map(|at| (format!("{at}.csv"), text.as_bytes())).collect();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let tar = tar_of(&members);
    let mut packed_tar = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed_tar.write_all(&tar).unwrap();
    let all = ROWS as usize * 6;
    for (name, whole) in [
        ("packed zip", zip_of(zip::CompressionMethod::Deflated)),
        ("plain zip", zip_of(zip::CompressionMethod::Stored)),
        ("tar", tar),
        ("tar.gz", packed_tar.finish().unwrap()),
    ] {
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(read_on(&path), (all, Vec::new()), "{name}");
        let mut before = 0;
        for share in [20, 35, 50, 65, 80, 95] {
            std::fs::write(&path, &whole[..whole.len() * share / 100]).unwrap();
            let (rows, ends) = read_on(&path);
            assert!(rows > before && rows < all, "{name} cut at {share} %: {rows} rows");
            assert_eq!(ends.len(), 1, "{name} cut at {share} %: {ends:?}");
            before = rows;
        }
    }
}

#[test]
fn a_record_that_damage_cuts_through_is_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..50_000).map(|row| format!("{row},{}\n", row * 7_919 % 50_000)).collect();
    let objects: Vec<String> = (0..50_000).map(|row| format!("{{\"a\":{row},\"b\":\"x{row}\"}}")).collect();
    let quoted = lines.replace(',', ",\"").replace('\n', "\"\n");
    for (name, text) in [
        ("t.csv", format!("a,b\n{lines}")),
        ("q.csv", format!("a,b\n1,2,3\n{quoted}")),
        ("t.ndjson", objects.join("\n")),
        ("t.json", format!("[{}]", objects.join(","))),
    ] {
        for packed in [zstd::encode_all(text.as_bytes(), 1).unwrap(), {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        }] {
            let path = folder.path().join(name);
            for cut in [packed.len() * 9 / 10, packed.len() * 9 / 10 + 1, packed.len() - 5] {
                std::fs::write(&path, &packed[..cut]).unwrap();
                let (rows, ends) = read_on(&path);
                assert!(rows > 30_000 && rows <= 50_001, "{name}: {rows} rows");
                assert_eq!(ends.len(), 1, "{name}: {ends:?}");
            }
        }
    }
}
