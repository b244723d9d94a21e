//! Looking at a file and cleaning it.

use crate::program::Story;

#[test]
fn a_dialect_is_found() {
    let story = Story::begin();
    story.file("a.csv", "x;y\r\n1.5;\"a \"\"b\"\"\"\r\n2.5;c\r\n3.5;d\r\n");
    let json = story.run("sniff a.csv --format json").ends_with(0).json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    assert_eq!(json["delimiter"], ";");
    assert_eq!(json["quote"], "\"");
    assert_eq!(json["encoding"], "utf-8");
    assert_eq!(json["has_header"], true);
    assert_eq!(json["preamble_rows"], 0);
    assert_eq!(json["newline"], "\r\n");
    let text = story.run("sniff a.csv").ends_with(0).stdout;
    assert!(text.contains("quote          \"\n") && text.contains("newline        \\r\\n\n"), "{text}");
    story.run("sniff none.csv").ends_with(3);
}

#[test]
fn a_clean_copy_is_plain_csv() {
    let story = Story::begin();
    story.file("a.csv", "\u{feff}x;y\r\n01;\"a, b\"\r\n2\r\n3;\"say \"\"hi\"\"\"\r\n");
    story.run("clean a.csv -o clean.csv --rejects rejects.csv --delimiter ; --has-header true").ends_with(0);
    let clean = std::fs::read_to_string(story.path("clean.csv")).unwrap();
    assert_eq!(clean, "x,y\n01,\"a, b\"\n3,\"say \"\"hi\"\"\"\n");
    let rejects = std::fs::read_to_string(story.path("rejects.csv")).unwrap();
    assert!(rejects.starts_with("source,row,byte_offset,reason,raw\na.csv,2,"), "{rejects}");
    story.run("clean none.csv -o other.csv").ends_with(3);
    assert_eq!(story.names(), ["a.csv", "clean.csv", "rejects.csv"]);
}
