//! References kept under a name.

use crate::program::{orders, two_months};

#[test]
fn a_baseline_is_saved_used_promoted_and_rolled_back() {
    let story = two_months();
    let saved = story.run("baseline save orders january.csv").ends_with(0);
    saved.complains("version 1 of baseline:orders (600 rows)");
    let raw = story.run("check july.csv --against january.csv --format json").ends_with(1).json();
    let named = story.run("check july.csv --against baseline:orders --format json").ends_with(1).json();
    assert_eq!(raw["columns"], named["columns"]);
    assert_eq!(named["reference"]["name"], "baseline:orders@1");
    assert_eq!(named["reference"]["bytes"], raw["reference"]["bytes"]);

    story.run("baseline save orders july.csv --candidate").ends_with(0);
    story.run("check july.csv --against baseline:orders --quiet").ends_with(1);
    story.run("check july.csv --against baseline:orders@2 --quiet").ends_with(0);
    story.run("baseline promote orders 2").ends_with(0);
    story.run("check july.csv --against baseline:orders --quiet").ends_with(0);
    story.run("baseline rollback orders").ends_with(0).complains("version 1 again");
    story.run("check july.csv --against baseline:orders --quiet").ends_with(1);

    let listed = story.run("baseline list --format json").ends_with(0).json();
    assert_eq!((&listed[0]["name"], &listed[0]["current"]), (&"orders".into(), &1.into()));
    assert_eq!(listed[0]["versions"].as_array().unwrap().len(), 2);
    let text = story.run("baseline list").ends_with(0).stdout;
    assert!(text.contains("* @1") && text.contains("january.csv"), "{text}");
}

#[test]
fn wrong_names_and_versions_are_told() {
    let story = two_months();
    story.run("baseline save ../evil january.csv").ends_with(3).complains("is not a name for a baseline");
    story.run("baseline promote orders 1").ends_with(3).complains("there is no baseline `orders`");
    story.run("baseline save orders january.csv").ends_with(0);
    story.run("check july.csv --against baseline:orders@7").ends_with(3).complains("no version 7");
    story.run("baseline rollback orders").ends_with(3).complains("no earlier version");
}

#[test]
fn the_workspace_can_be_elsewhere() {
    let story = two_months();
    story.run("baseline save orders january.csv --workspace elsewhere --quiet").ends_with(0);
    assert!(story.path("elsewhere/baselines/orders/index.json").exists());
    let output = story
        .command("check july.csv --against baseline:orders --quiet")
        .env("DRIFTLINE_WORKSPACE", "elsewhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_profile_file_stands_for_its_data() {
    let story = two_months();
    story.run("profile january.csv -o january.dlp").ends_with(0).complains("600 rows");
    let raw = story.run("check july.csv --against january.csv --format json").json();
    let saved = story.run("check july.csv --against january.dlp --format json").ends_with(1).json();
    assert_eq!(raw["columns"], saved["columns"]);
    let both = story.run("check january.dlp --against january.dlp --format json").ends_with(0).json();
    assert_eq!(both["verdict"], "stable");

    let bytes = std::fs::read(story.path("january.dlp")).unwrap();
    story.run("profile january.csv -o again.dlp --threads 3 --chunk-bytes 2000").ends_with(0);
    assert!(std::fs::read(story.path("again.dlp")).unwrap() == bytes, "a profile depends on how it was read");
    story.file("cut.dlp", &bytes[..bytes.len() / 2]).file("odd.dlp", orders(3, false));
    story.run("check july.csv --against cut.dlp").ends_with(3).complains("error[data.profile_unreadable]");
    story.run("check july.csv --against odd.dlp").ends_with(3).complains("not a profile");
}

#[test]
fn a_profile_is_shown() {
    let story = two_months();
    let text = story.run("profile january.csv").ends_with(0).stdout;
    assert!(text.contains("600 rows, 6 columns") && text.contains("amount"), "{text}");
    let json = story.run("profile january.csv --format json").ends_with(0).json();
    assert_eq!(json["table"]["rows"], 600);
    assert_eq!(json["columns"][1]["name"], "amount");
    assert_eq!(json["columns"][2]["kind"], "categorical");
}
