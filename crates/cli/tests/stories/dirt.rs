//! Looking at a file and cleaning it.

use crate::program::Story;

#[test]
fn a_dialect_is_found() {
    let story = Story::begin();
    story.file("a.csv", "x;y\r\n1.5;\"a \"\"b\"\"\"\r\n2.5;c\r\n3.5;d\r\n");
    let json = story.run("sniff a.csv --format json").ends_with(0).json();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    for key in ["delimiter", "quote", "escape", "encoding", "has_header", "preamble_rows", "newline"] {
        assert!(json.get(key).is_some(), "{key} in {keys:?}");
    }
    let decisions = json["decisions"].as_array().unwrap();
    let told = |subject: &str| decisions.iter().find(|decision| decision["subject"] == subject).unwrap();
    assert_eq!(told("delimiter")["value"], ";");
    assert!(decisions.iter().all(|decision| decision["confidence"].as_f64().unwrap() > 0.5), "{decisions:?}");
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
fn what_is_no_csv_is_named_with_its_columns() {
    let story = Story::begin();
    story
        .file("a.csv", "{\"id\":1,\"when\":\"2024-01-02\"}\n")
        .file("a", "{\"id\":1,\"when\":\"2024-01-02\"}\n");
    let text = story.run("sniff a").ends_with(0).stdout;
    assert_eq!(
        text,
        "format         JSON\ncolumns        2\n\nColumns:\nnumber         id\ndatetime       when\n"
    );
    let json = story.run("sniff a --format json").ends_with(0).json();
    assert_eq!((&json["format"], &json["kinds"][1]), (&"JSON".into(), &"datetime".into()));
    assert_eq!(story.run("sniff a.csv --format json").ends_with(0).json()["format"], "CSV");
}

#[test]
fn a_clean_copy_is_plain_csv() {
    let story = Story::begin();
    story.file("a.csv", "\u{feff}x;y\r\n01;\"a, b\"\r\n2\r\n3;\"say \"\"hi\"\"\"\r\n");
    let ended = story
        .run("clean a.csv -o clean.csv --rejects rejects.csv --delimiter ; --has-header true")
        .ends_with(0);
    let clean = std::fs::read_to_string(story.path("clean.csv")).unwrap();
    assert_eq!(clean, "x,y\n01,\"a, b\"\n2,\n3,\"say \"\"hi\"\"\"\n");
    assert!(
        ended.stderr.contains("3 rows are clean; nothing was set aside. 1 rows were repaired."),
        "{}",
        ended.stderr
    );
    let rejects = std::fs::read_to_string(story.path("rejects.csv")).unwrap();
    assert_eq!(rejects, "source,row,byte_offset,reason,raw\n");
    story.run("clean none.csv -o other.csv").ends_with(3);
    story.file("empty.csv", "");
    story.run("clean empty.csv -o copy.csv").ends_with(0);
    assert_eq!(std::fs::read_to_string(story.path("copy.csv")).unwrap(), "");
    std::fs::remove_file(story.path("empty.csv")).unwrap();
    std::fs::remove_file(story.path("copy.csv")).unwrap();
    assert_eq!(story.names(), ["a.csv", "clean.csv", "rejects.csv"]);
}

#[test]
fn what_was_found_out_can_be_overridden() {
    let story = Story::begin();
    story.file("a.csv", "made by hand\nx;y\n1,5;'a;b'\n2,5;c\n");
    let json = story.run("sniff a.csv --format json").ends_with(0).json();
    let signs = |json: &serde_json::Value| {
        ["delimiter", "quote", "preamble_rows", "has_header", "decimal"].map(|key| json[key].to_string())
    };
    assert_eq!(signs(&json), ["\";\"", "\"'\"", "1", "true", "\",\""]);
    let json = story
        .run("sniff a.csv --format json --delimiter ; --quote none --skip-rows 2 --header none --decimal . --encoding latin1")
        .ends_with(0)
        .json();
    assert_eq!(signs(&json), ["\";\"", "\"\"", "2", "false", "\".\""]);
    assert_eq!(json["encoding"], "windows-1252");
    story.run("sniff a.csv --newline nothing").ends_with(2);
}

#[test]
fn a_file_that_was_repaired_is_never_called_stable() {
    let story = Story::begin();
    let rows = |from: usize| -> String {
        (from..from + 300).map(|row| format!("{row},\"a, {}\",x\n", row % 7)).collect()
    };
    story.file("clean.csv", format!("id,name,kind\n{}", rows(0)));
    story.file("dirty.csv", format!("id,name,kind\n{}7,\"lost,x\n{}", rows(0), "Total\n"));
    story.run("check clean.csv --against clean.csv --fail-on low").ends_with(0);
    let json =
        story.run("check dirty.csv --against clean.csv --format json --fail-on low").ends_with(1).json();
    assert_eq!(json["verdict"], "suspect");
    assert_eq!(json["current"]["rows"], 301);
    let reading = &json["current"]["reading"];
    assert_eq!(reading["repairs"][0]["kind"], "stray_quote");
    assert_eq!(reading["repairs"][0]["examples"][0]["row"], 301);
    assert_eq!(reading["repairs"][0]["examples"][0]["raw"], "7,\"lost,x");
    assert_eq!(reading["asides"][0]["kind"], "footer");
    let codes: Vec<&str> =
        json["findings"].as_array().unwrap().iter().filter_map(|finding| finding["code"].as_str()).collect();
    assert!(codes.contains(&"ingest.repaired"), "{codes:?}");
    let text = story.run("check dirty.csv --against clean.csv").stdout;
    assert!(text.contains("1 stray quote; first at row 301"), "{text}");
}

#[test]
fn what_is_no_row_is_kept_whole() {
    let long = format!("exported\tby hand, {}", "with many words, ".repeat(20));
    let rows: String = (0..40).map(|row| format!("{row};name {row}\n")).collect();
    let story = Story::begin();
    story.file("before.csv", format!("{long}\n\nid;name\n{rows}"));
    story.file("between.csv", format!("id;name\n{rows}# {long}\n{rows}# end\n{rows}"));
    for name in ["before", "between"] {
        story.run(&format!("clean {name}.csv -o clean.csv --rejects {name}.rejects")).ends_with(0);
        let rejects = std::fs::read_to_string(story.path(&format!("{name}.rejects"))).unwrap();
        assert!(rejects.contains(&long), "{rejects}");
    }
}
