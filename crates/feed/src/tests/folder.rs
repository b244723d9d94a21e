use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use driftline_ingest::live::RowFormat;
use driftline_model::service::{FeedFormat, FeedSettings};
use tempfile::TempDir;

use super::{is_waiting, next, text};
use crate::folder::FolderFeed;
use crate::{Reach, connect};

fn feed_of(folder: &TempDir, position: Option<&str>) -> FolderFeed {
    let reach = Reach { allows_private: false, folders: vec![folder.path().to_owned()] };
    let path = folder.path().join("in");
    let named = (path.to_str().unwrap(), "*.csv");
    FolderFeed::new(named, RowFormat::Csv, position, &reach).unwrap()
}

/// Files that keep their size for a moment are whole.
fn quick(folder: &TempDir, position: Option<&str>) -> FolderFeed {
    feed_of(folder, position).with_settle(Duration::from_millis(30))
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join("in").join(name), text).unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    folder
}

#[tokio::test]
async fn files_come_once_in_order_of_their_names() {
    let folder = folder();
    write(&folder, "b.csv", "a\n2\n");
    write(&folder, "a.csv", "a\n1");
    write(&folder, "c.txt", "a\n0\n");
    write(&folder, ".d.csv", "a\n0\n");
    let mut feed = quick(&folder, None);
    let first = next(&mut feed).await.unwrap();
    assert_eq!(&first.bytes[..], b"a\n1\n");
    let second = next(&mut feed).await.unwrap();
    assert_eq!(&second.bytes[..], b"a\n2\n");
    assert!(is_waiting(&mut feed).await);
    // One that comes first by name and later in time.
    write(&folder, "0.csv", "a\n3\n");
    assert_eq!(text(&mut feed).await, "a\n3\n");
    let mut again = quick(&folder, Some(&first.position));
    assert_eq!(text(&mut again).await, "a\n3\n");
    assert_eq!(text(&mut again).await, "a\n2\n");
    assert!(is_waiting(&mut again).await);
    let mut last = quick(&folder, Some(&second.position));
    assert_eq!(text(&mut last).await, "a\n3\n");
    assert!(is_waiting(&mut last).await);
}

#[tokio::test]
async fn a_file_that_is_moved_in_is_whole() {
    let folder = folder();
    let mut feed = feed_of(&folder, None).with_settle(Duration::from_secs(3600));
    assert!(is_waiting(&mut feed).await);
    write(&folder, "written.csv", "a\n0\n");
    assert!(is_waiting(&mut feed).await);
    let outside = folder.path().join("part");
    std::fs::write(&outside, "a\n1\n").unwrap();
    std::fs::rename(&outside, folder.path().join("in/moved.csv")).unwrap();
    assert_eq!(text(&mut feed).await, "a\n1\n");
    write(&folder, ".hidden", "a\n2\n");
    std::fs::rename(folder.path().join("in/.hidden"), folder.path().join("in/shown.csv")).unwrap();
    assert_eq!(text(&mut feed).await, "a\n2\n");
    assert!(is_waiting(&mut feed).await);
}

#[tokio::test]
async fn a_file_that_grows_later_goes_on_and_another_one_is_read_whole() {
    let folder = folder();
    write(&folder, "a.csv", "a\n1\n");
    let mut feed = quick(&folder, None);
    assert_eq!(text(&mut feed).await, "a\n1\n");
    assert!(is_waiting(&mut feed).await);
    let path = folder.path().join("in/a.csv");
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"2\n").unwrap();
    let grown = next(&mut feed).await.unwrap();
    assert_eq!(&grown.bytes[..], b"a\n2\n");
    assert!(is_waiting(&mut feed).await);
    write(&folder, "new", "b\n1\n2\n3\n");
    std::fs::rename(folder.path().join("in/new"), &path).unwrap();
    assert_eq!(text(&mut feed).await, "b\n1\n2\n3\n");
    let mut again = quick(&folder, Some(&grown.position));
    assert_eq!(text(&mut again).await, "b\n1\n2\n3\n");
}

#[tokio::test]
async fn a_folder_may_come_later_and_be_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut feed = quick(&folder, None);
    assert!(is_waiting(&mut feed).await);
    for row in ["1", "2"] {
        std::fs::create_dir(folder.path().join("in")).unwrap();
        write(&folder, "a.csv", &format!("a\n{row}{row}\n"));
        assert_eq!(text(&mut feed).await, format!("a\n{row}{row}\n"));
        write(&folder, "b.csv", &format!("b\n{row}\n"));
        assert_eq!(text(&mut feed).await, format!("b\n{row}\n"));
        assert!(is_waiting(&mut feed).await);
        std::fs::remove_dir_all(folder.path().join("in")).unwrap();
        assert!(is_waiting(&mut feed).await);
    }
}

#[tokio::test]
async fn a_restart_goes_on_within_a_file() {
    let folder = folder();
    let row = format!("{}\n", "7".repeat(99_999));
    write(&folder, "a.csv", &format!("a\n{}", row.repeat(15)));
    let mut feed = quick(&folder, None);
    let first = next(&mut feed).await.unwrap();
    let second = next(&mut feed).await.unwrap();
    assert_eq!((first.bytes.len(), second.bytes.len()), (1_000_002, 500_002));
    let mut again = quick(&folder, Some(&first.position));
    assert_eq!(next(&mut again).await.unwrap().bytes, second.bytes);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_does_not_hold_the_others() {
    let folder = folder();
    std::fs::write(folder.path().join("in/a.csv"), [0x28, 0xb5, 0x2f, 0xfd, 0]).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("in/b.csv")).unwrap();
    write(&folder, "c.csv", "a\n1\n");
    let mut feed = quick(&folder, None);
    assert_eq!(next(&mut feed).await.unwrap_err().code(), "feed.compressed");
    assert_eq!(next(&mut feed).await.unwrap_err().code(), "feed.refused");
    assert_eq!(text(&mut feed).await, "a\n1\n");
    assert!(is_waiting(&mut feed).await);
}

#[test]
fn patterns_are_of_names() {
    let folder = folder();
    let reach = Reach { allows_private: false, folders: vec![folder.path().to_owned()] };
    for pattern in ["", "sub/*.csv", "[", "***"] {
        let path = folder.path().to_str().unwrap().to_owned();
        let settings = FeedSettings::Folder { path, pattern: pattern.to_owned(), format: FeedFormat::Ndjson };
        let error = connect(&settings, None, &reach).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "feed.settings", "{pattern}");
    }
}
