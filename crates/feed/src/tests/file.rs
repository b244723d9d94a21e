use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use driftline_ingest::live::RowFormat;
use driftline_model::service::{FeedFormat, FeedSettings};
use tempfile::TempDir;

use super::{is_waiting, next, text};
use crate::file::FileFeed;
use crate::{Feed, Reach, connect};

fn reach(folder: &TempDir) -> Reach {
    Reach { allows_private: false, folders: vec![folder.path().to_owned()] }
}

fn feed_of(folder: &TempDir, format: FeedFormat, position: Option<&str>) -> Box<dyn Feed> {
    let path = folder.path().join("rows").to_str().unwrap().to_owned();
    connect(&FeedSettings::File { path, format }, position, &reach(folder)).unwrap()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn whole_lines_come_as_the_file_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let mut feed = feed_of(&folder, FeedFormat::Ndjson, None);
    assert!(is_waiting(&mut *feed).await);
    append(&path, "{\"a\":1}\n{\"a\":2}\n{\"a\"");
    assert_eq!(text(&mut *feed).await, "{\"a\":1}\n{\"a\":2}\n");
    assert!(is_waiting(&mut *feed).await);
    append(&path, ":3}\n");
    let third = next(&mut *feed).await.unwrap();
    assert_eq!((&third.bytes[..], third.format), (&b"{\"a\":3}\n"[..], RowFormat::Ndjson));
    append(&path, "{\"a\":4}\n");
    let mut again = feed_of(&folder, FeedFormat::Ndjson, Some(&third.position));
    assert_eq!(text(&mut *again).await, "{\"a\":4}\n");
}

#[tokio::test]
async fn csv_repeats_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let mut feed = feed_of(&folder, FeedFormat::Csv, None);
    append(&path, "\u{feff}a,b\r\n");
    assert!(is_waiting(&mut *feed).await);
    append(&path, "1,\"x\ny\"\n2,\"z");
    let first = next(&mut *feed).await.unwrap();
    assert_eq!(&first.bytes[..], b"a,b\n1,\"x\ny\"\n");
    append(&path, "\n\"\n");
    assert_eq!(text(&mut *feed).await, "a,b\n2,\"z\n\"\n");
    let mut again = feed_of(&folder, FeedFormat::Csv, Some(&first.position));
    assert_eq!(text(&mut *again).await, "a,b\n2,\"z\n\"\n");
}

#[tokio::test]
async fn a_rotated_file_is_read_to_its_end_first() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("rows"), folder.path().join("rows.1"));
    append(&path, "a\n1\n");
    let mut feed = feed_of(&folder, FeedFormat::Csv, None);
    let first = next(&mut *feed).await.unwrap();
    std::fs::rename(&path, &old).unwrap();
    assert!(is_waiting(&mut *feed).await);
    // The writer does not know of the new file yet.
    File::create(&path).unwrap();
    append(&old, "2\n");
    assert_eq!(text(&mut *feed).await, "a\n2\n");
    append(&old, "3\n4");
    append(&path, "b\n5\n");
    assert_eq!(text(&mut *feed).await, "a\n3\n");
    assert_eq!(text(&mut *feed).await, "a\n4\n");
    assert_eq!(text(&mut *feed).await, "b\n5\n");
    // A restart in between finds the old one under its new name.
    let mut again = feed_of(&folder, FeedFormat::Csv, Some(&first.position));
    assert_eq!(text(&mut *again).await, "a\n2\n3\n");
    assert_eq!(text(&mut *again).await, "a\n4\n");
    assert_eq!(text(&mut *again).await, "b\n5\n");
}

#[tokio::test]
async fn a_file_that_was_cut_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    append(&path, "{\"a\":1}\n");
    let mut feed = feed_of(&folder, FeedFormat::Ndjson, None);
    let first = next(&mut *feed).await.unwrap();
    std::fs::write(&path, "{}\n").unwrap();
    assert_eq!(text(&mut *feed).await, "{}\n");
    // Also when it has grown beyond where it was read.
    std::fs::write(&path, "{\"b\":1}\n{\"b\":2}\n").unwrap();
    assert_eq!(text(&mut *feed).await, "{\"b\":1}\n{\"b\":2}\n");
    let mut again = feed_of(&folder, FeedFormat::Ndjson, Some(&first.position));
    assert_eq!(text(&mut *again).await, "{\"b\":1}\n{\"b\":2}\n");
}

#[tokio::test]
async fn pieces_are_bounded_and_long_records_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let row = format!("{},x\n", "7".repeat(99_996));
    append(&path, &format!("a,b\n{}{},y\nlast,z\n", row.repeat(25), "8".repeat(3 << 20)));
    let mut feed = feed_of(&folder, FeedFormat::Csv, None);
    let mut rows = 0;
    loop {
        match next(&mut *feed).await {
            Ok(piece) => {
                assert!(piece.bytes.len() <= 1 << 20 && piece.bytes.starts_with(b"a,b\n7"));
                rows += piece.bytes.iter().filter(|byte| **byte == b'x').count();
            }
            Err(error) => {
                assert_eq!(error.code(), "feed.too_large", "{error}");
                break;
            }
        }
    }
    assert_eq!(rows, 25);
    assert_eq!(text(&mut *feed).await, "a,b\nlast,z\n");
}

#[tokio::test]
async fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    let named = path.to_str().unwrap();
    let feed = FileFeed::new(named, RowFormat::Csv, None, &reach(&folder)).unwrap();
    let mut feed = feed.with_patience(Duration::from_millis(50));
    for _ in 0..2 {
        assert_eq!(next(&mut feed).await.unwrap_err().code(), "feed.missing");
    }
    std::fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
    assert_eq!(next(&mut feed).await.unwrap_err().code(), "feed.compressed");
    let settings = FeedSettings::File { path: named.to_owned(), format: FeedFormat::Csv };
    let code = |position, reach: &Reach| connect(&settings, position, reach).map(|_| ()).unwrap_err().code();
    assert_eq!(code(Some("nonsense"), &reach(&folder)), "feed.position");
    assert_eq!(code(None, &Reach::default()), "feed.refused");
}
