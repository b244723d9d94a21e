//! Contracts: proposed, kept, broken, and shown in every form.

use crate::program::{Story, orders, two_months};

#[test]
fn a_contract_is_proposed_and_kept_by_the_data_it_came_from() {
    let story = two_months();
    story.run("contract infer january.csv -o orders.toml").ends_with(0).complains("orders.toml");
    let text = std::fs::read_to_string(story.path("orders.toml")).unwrap();
    assert!(text.contains("version = 1") && text.contains("# seen: "), "{text}");
    let report = story.run("contract check january.csv --contract orders.toml --format json").ends_with(0).json();
    assert_eq!((&report["verdict"], &report["severity"]), (&"stable".into(), &"none".into()));
    assert_eq!(report["contract"]["broken"], 0);
    story.run("contract check july.csv --contract orders.toml").ends_with(1);
    story.run("contract check july.csv --contract orders.toml --fail-on never --quiet").ends_with(0);
    story.run("baseline save orders january.csv").ends_with(0);
    let from_baseline = story.run("contract infer --from baseline:orders").ends_with(0);
    assert!(from_baseline.stdout.contains("from a profile that holds all rows"), "{}", from_baseline.stdout);
}

const BROKEN: &str = "version = 1\n[[column]]\nname = \"amount\"\nrules = [\n    { rule = \"between\", max = 10, severity = \"high\" },\n    { rule = \"not_null\" },\n]\n";

#[test]
fn broken_rules_are_in_every_form_of_the_report() {
    let story = two_months();
    story.file("c.toml", BROKEN);
    let line = "check january.csv --against january.csv --contract c.toml";
    let report = story.run(&format!("{line} --format json --fail-on high")).ends_with(1).json();
    assert_eq!(report["verdict"], "suspect");
    assert_eq!(report["violations"][0]["code"], "contract.between");
    assert_eq!(report["violations"][0]["column"], "amount");
    assert!(report["headline"].as_str().unwrap().starts_with("1 rule of the contract is broken; `amount` is above 10"));
    for form in ["text", "md", "csv", "junit", "html"] {
        let shown = story.run(&format!("{line} --format {form} --fail-on never")).ends_with(0).stdout;
        assert!(shown.contains("is above 10"), "{form}: {shown}");
    }
    let junit = story.run("contract check january.csv --contract c.toml --format junit").ends_with(1).stdout;
    assert_eq!(junit.matches("<testcase").count(), 3, "{junit}");
    assert_eq!(junit.matches("<failure").count(), 1, "{junit}");
    story.file("driftline.toml", "[check]\ncontract = \"c.toml\"\n");
    story.run("check january.csv --against january.csv --fail-on high").ends_with(1);
    story.run("contract check january.csv").ends_with(1);
}

#[test]
fn wrong_contracts_are_told_with_their_line() {
    let story = Story::begin();
    story.file("t.csv", orders(50, false));
    story.run("contract check t.csv").ends_with(2).complains("--contract");
    story.run("contract check t.csv --contract none.toml").ends_with(2).complains("none.toml");
    story.file("c.toml", "version = 1\n[[column]]\nname = \"amount\"\nrules = [ { rule = \"betwen\", max = 10 } ]\n");
    story
        .run("contract check t.csv --contract c.toml")
        .ends_with(2)
        .complains("line 4")
        .complains("did you mean `between`?");
    story.file("d.toml", "version = 1\n[[column]]\nname = \"gone\"\nrules = [ { rule = \"not_null\" } ]\n");
    let outcome = story.run("contract check t.csv --contract d.toml").ends_with(1);
    assert!(outcome.stdout.contains("The column `gone` is missing"), "{}", outcome.stdout);
}
