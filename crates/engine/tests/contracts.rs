//! Contracts over real files: inferred, checked, and the same however the work is cut.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::path::{Path, PathBuf};

use driftline_detect::contract::parse;
use driftline_engine::{
    CancelToken, CheckRequest, ContractCheckRequest, ContractInput, InferRequest, InferredContract, Input,
    ProfileRequest, Silent, check, check_contract, check_with_contract, infer_contract, profile,
};
use driftline_model::{ContractReport, RuleStatus, RunSettings, Settings, Severity, Timings, Verdict};
use driftline_testkit::planted::{PlantedPair, Signals};

fn flights(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/flights").join(name)
}

fn table(path: &Path) -> Input {
    Input::Table(path.to_string_lossy().into_owned())
}

fn inferred(input: Input) -> InferredContract {
    let request = InferRequest { input, settings: Settings::default(), run: RunSettings::default() };
    infer_contract(&request, &Silent, &CancelToken::new()).unwrap()
}

fn checked(input: Input, toml: &str, run: RunSettings) -> ContractReport {
    let contract = ContractInput::new("c.toml", &parse(toml).unwrap(), 1_800_000_000_000).unwrap();
    let request = ContractCheckRequest { input, settings: Settings::default(), run };
    let mut report = check_contract(&request, &contract, &Silent, &CancelToken::new()).unwrap();
    report.timings = Timings::default();
    report
}

/// The contract of a file holds on that file.
fn holds_on_itself(path: &Path) -> InferredContract {
    let found = inferred(table(path));
    let report = checked(table(path), &found.toml, RunSettings::default());
    assert_eq!(
        report.severity,
        Severity::None,
        "{}\n{:#?}\n{}",
        path.display(),
        report.violations,
        found.toml
    );
    assert_eq!(report.contract.kept, report.contract.rules.len() as u64);
    found
}

#[test]
fn a_contract_inferred_from_flights_holds_on_them_and_is_sensible() {
    let found = holds_on_itself(&flights("flights-2013-01.csv"));
    let has = |rule: &str, column: &str| {
        found
            .rules
            .iter()
            .any(|known| known.rule.rule == rule && known.rule.column.as_deref() == Some(column))
    };
    assert!(has("in_set", "origin"), "{}", found.toml);
    // One carrier flew once: the list is not closed, and July has another one.
    assert!(!has("in_set", "carrier"), "{}", found.toml);
    assert!(has("null_share_at_most", "dep_time"), "{}", found.toml);
    assert!(!has("in_set", "tailnum"), "{}", found.toml);
    assert!(found.rules.iter().all(|rule| rule.rule.rule == "column_present" || !rule.why.is_empty()));
    // What was promised of January must not be broken by half in July.
    let july = checked(table(&flights("flights-2013-07.csv")), &found.toml, RunSettings::default());
    let broken = july.contract.broken * 4 < july.contract.rules.len() as u64;
    assert!(broken, "{:#?}", july.violations);
}

#[test]
fn a_contract_inferred_from_planted_tables_holds_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut signals = Signals::new();
    for index in 0..4 {
        let pair = PlantedPair::new((11, index), (1_500, 1_500), index % 2 == 0, &mut signals);
        let mut text =
            pair.columns.iter().map(|column| column.shape.name().to_owned()).collect::<Vec<_>>().join(",");
        text.push('\n');
        let rows = pair.columns[0].reference.len();
        for row in 0..rows {
            let cells = pair
                .columns
                .iter()
                .map(|column| format!("\"{}\"", column.reference.text(row).replace('"', "\"\"")));
            text.push_str(&cells.collect::<Vec<_>>().join(","));
            text.push('\n');
        }
        let path = folder.path().join(format!("{index}.csv"));
        std::fs::write(&path, text).unwrap();
        holds_on_itself(&path);
    }
}

#[test]
fn what_is_cut_off_is_never_said_to_keep_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.csv.zst");
    let text: String =
        (0..40_000_u32).map(|row| format!("{row},{}\n", row.wrapping_mul(2_654_435_761) % 997)).collect();
    let packed = zstd::encode_all(format!("id,code\n{text}").as_bytes(), 1).unwrap();
    std::fs::write(&path, &packed[..packed.len() * 9 / 10]).unwrap();
    let contract = "version = 1\n[[column]]\nname = \"id\"\nrules = [{ rule = \"not_null\" }]\n";
    let report = checked(table(&path), contract, RunSettings::default());
    assert_eq!((report.contract.broken, report.contract.kept), (0, 2));
    assert_eq!((report.verdict, report.severity), (Verdict::Suspect, Severity::High));
    assert_eq!(report.violations[0].code, "ingest.incomplete");
    assert_eq!(report.headline, "The data are not complete; what there is keeps all 2 rules.");
}

/// A table with a little of everything wrong, over two files.
fn orders(folder: &Path) -> Input {
    for part in 0..2_u32 {
        let mut text = String::from("id,price,net,tax,state,at,mail\n");
        for row in 0..3_000_u32 {
            let number = part * 3_000 + row;
            let net = f64::from(number % 97) - if number % 1_000 == 7 { 500.0 } else { 0.0 };
            let state = if number % 700 == 3 { "??" } else { ["new", "paid", "sent"][(number % 3) as usize] };
            let mail = if number % 911 == 5 { "nobody" } else { "a@b.ch" };
            let id = if number % 2_000 == 9 { 1_000 } else { 1_000 + number };
            let broken = if number % 500 == 1 { "a,b\n" } else { "" };
            text.push_str(broken);
            let (day, hour) = (number / 240 + 1, number / 10 % 24);
            text.push_str(&format!(
                "{id},{},{net},1,{state},2013-01-{day:02}T{hour:02}:00:00,{mail}\n",
                net + 1.0
            ));
        }
        std::fs::write(folder.join(format!("orders-{part}.csv")), text).unwrap();
    }
    Input::Table(folder.join("orders-*.csv").to_string_lossy().into_owned())
}

const ORDERS: &str = r#"
version = 1
[table]
rules = [
    { rule = "row_count_between", min = 5000 },
    { rule = "unreadable_share_at_most", max = 0.0 },
    { rule = "sum_equals", columns = ["net", "tax"], total = "price" },
    { rule = "unique_together", columns = ["id", "at"] },
    { rule = "determines", columns = ["id"], target = "state" },
    { rule = "at_most_column", left = "net", right = "missing" },
]
[[column]]
name = "id"
rules = [ { rule = "unique", severity = "high" }, { rule = "increasing" } ]
[[column]]
name = "net"
rules = [ { rule = "between", min = 0 }, { rule = "kind", is = "integer" } ]
[[column]]
name = "state"
rules = [ { rule = "in_set", values = ["new", "paid", "sent"] } ]
[[column]]
name = "mail"
rules = [ { rule = "format", is = "email", tolerance = 0.01 }, { rule = "format", is = "email" } ]
[[column]]
name = "at"
rules = [ { rule = "increasing" }, { rule = "fresh", days = 3 } ]
"#;

#[test]
fn threads_and_chunks_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let input = orders(folder.path());
    let run = |threads, chunk_bytes| RunSettings { threads, chunk_bytes, ..RunSettings::default() };
    let expected = checked(input.clone(), ORDERS, run(1, 1 << 24));
    for (threads, chunk_bytes) in [(1, 4_096), (2, 10_000), (4, 4_096), (3, 50_000)] {
        assert_eq!(
            checked(input.clone(), ORDERS, run(threads, chunk_bytes)),
            expected,
            "{threads} {chunk_bytes}"
        );
    }
    assert_eq!((expected.verdict, expected.severity), (Verdict::Suspect, Severity::High));
    let rule = |id: &str| expected.contract.rules.iter().find(|rule| rule.rule == id).unwrap();
    let between = rule("between");
    assert_eq!((between.rows_broken, between.rows_judged), (Some(6), Some(6_000)));
    // One unreadable record stands before it in its file.
    assert_eq!(between.examples[0].row, 9);
    assert!(
        between.message.starts_with("`net` is below 0 in 6 of 6,000 rows (first: "),
        "{}",
        between.message
    );
    assert!(between.examples[0].source.ends_with("orders-0.csv"));
    assert_eq!(rule("unreadable_share_at_most").rows_broken, Some(12));
    assert_eq!(rule("unique").rows_broken, Some(3));
    assert_eq!(rule("sum_equals").status, RuleStatus::Kept);
    assert_eq!(rule("at_most_column").status, RuleStatus::Unjudged);
    assert!(rule("fresh").message.contains("ago"), "{}", rule("fresh").message);
    let mails: Vec<RuleStatus> =
        expected.contract.rules.iter().filter(|rule| rule.rule == "format").map(|rule| rule.status).collect();
    assert_eq!(mails, [RuleStatus::Kept, RuleStatus::Broken]);
}

#[test]
fn a_contract_adds_to_a_check_and_changes_nothing_else() {
    let request = CheckRequest {
        current: table(&flights("flights-2013-07.csv")),
        reference: table(&flights("flights-2013-01.csv")),
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let plain = check(&request, &Silent, &CancelToken::new()).unwrap();
    assert!(plain.contract.is_none() && plain.violations.is_empty());
    assert!(!serde_json::to_string(&plain).unwrap().contains("\"contract\""));
    let toml = "version = 1\n[[column]]\nname = \"origin\"\nrules = [{ rule = \"in_set\", values = [\"EWR\"], severity = \"critical\" }]";
    let contract = ContractInput::new("c.toml", &parse(toml).unwrap(), 0).unwrap();
    let mut with = check_with_contract(&request, Some(&contract), &Silent, &CancelToken::new()).unwrap();
    assert_eq!((with.violations.len(), with.severity), (1, Severity::Critical));
    assert_eq!(with.violations[0].code, "contract.in_set");
    assert!(
        with.headline.starts_with("1 rule of the contract is broken; `origin` is none of `EWR` in "),
        "{}",
        with.headline
    );
    with.violations.clear();
    with.contract = None;
    with.severity = plain.severity;
    with.headline.clone_from(&plain.headline);
    with.timings = plain.timings.clone();
    with.memory_peak_bytes = plain.memory_peak_bytes;
    assert_eq!(with, plain);
}

#[test]
fn a_column_without_values_breaks_no_rule_about_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "x,y,zip\n1,,0801\n2,,8002\n3,,9000\n").unwrap();
    let toml = "version = 1\n[[column]]\nname = \"y\"\nrules = [\n{ rule = \"between\", min = 0 },\n{ rule = \"kind\", \
                is = \"integer\" },\n{ rule = \"mean_between\", min = 0 },\n{ rule = \"increasing\" } ]\n[[column]]\nname \
                = \"zip\"\nrules = [ { rule = \"matches\", pattern = \"^[0-9]{4}$\" } ]\n[table]\nrules = [ { rule = \
                \"at_most_column\", left = \"x\", right = \"y\" } ]\n";
    let report = checked(table(&path), toml, RunSettings::default());
    for rule in &report.contract.rules {
        let expected = if rule.rule == "mean_between" { RuleStatus::Unjudged } else { RuleStatus::Kept };
        assert_eq!(rule.status, expected, "{rule:?}");
    }
}

#[test]
fn a_profile_is_judged_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let input = orders(folder.path());
    let request =
        ProfileRequest { input: input.clone(), settings: Settings::default(), run: RunSettings::default() };
    let kept = profile(&request, &Silent, &CancelToken::new()).unwrap();
    let path = folder.path().join("orders.dlp");
    std::fs::write(&path, kept.to_bytes()).unwrap();
    let of_profile = Input::Profile { path, name: "orders.dlp".to_owned() };
    let report = checked(of_profile.clone(), ORDERS, RunSettings::default());
    let rule = |id: &str| report.contract.rules.iter().find(|rule| rule.rule == id).unwrap();
    assert_eq!(rule("row_count_between").status, RuleStatus::Kept);
    assert_eq!(rule("fresh").status, RuleStatus::Broken);
    assert_eq!(rule("between").status, RuleStatus::Unjudged);
    assert!(rule("between").message.contains("needs the rows"));
    // The profile holds all rows of so small a table: what it shows holds on the data.
    let found = inferred(of_profile);
    let again = checked(input, &found.toml, RunSettings::default());
    assert_eq!(again.contract.broken, 0, "{:#?}\n{}", again.violations, found.toml);
}
