//! Rules in SQL over real files.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::path::{Path, PathBuf};

use driftline_engine::{
    CancelToken, CheckRequest, ContractCheckRequest, ContractInput, Input, ProfileRequest, Silent,
    check_contract, check_with_contract, profile, read_contract,
};
use driftline_model::{ContractReport, RuleOutcome, RuleStatus, RunSettings, Settings, Severity, Timings};

/// Orders of three customers, every tenth a refund; row 7 is a negative sale.
fn orders(folder: &Path, rows: usize) -> PathBuf {
    let mut text = "id,amount,kind,customer,\"the day\"\n".to_owned();
    for row in 1..=rows {
        let is_refund = row % 10 == 0;
        let amount = if is_refund || row == 7 { -4.5 } else { row as f64 };
        let kind = if is_refund { "refund" } else { "sale" };
        let customer = if row % 13 == 0 { "" } else { ["ann", "bob", "cid"][row % 3] };
        text.push_str(&format!("{row},{amount},{kind},{customer},2026-01-{:02}\n", row % 28 + 1));
    }
    let path = folder.join("orders.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn checked(input: Input, rules: &str, run: RunSettings) -> ContractReport {
    let text = format!("version = 1\n[table]\nrules = [\n{rules}\n]\n");
    let contract = ContractInput::new("c.toml", &read_contract(&text).unwrap(), 1_800_000_000_000).unwrap();
    let request = ContractCheckRequest { input, settings: Settings::default(), run };
    let mut report = check_contract(&request, &contract, &Silent, &CancelToken::new()).unwrap();
    report.timings = Timings::default();
    report
}

fn outcomes(path: &Path, rules: &str) -> Vec<RuleOutcome> {
    let input = Input::Table(path.to_string_lossy().into_owned());
    checked(input, rules, RunSettings::default()).contract.rules
}

#[test]
fn a_condition_is_judged_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 1_000);
    let rules = r#"
        { rule = "sql_holds", condition = "amount >= 0 or kind = 'refund'", severity = "high" },
        { rule = "sql_holds", condition = "amount >= 0 or kind = 'refund'", tolerance = 0.01 },
        { rule = "sql_holds", condition = "customer in ('ann', 'bob')", tolerance = 0.5 },
        { rule = "sql_holds", condition = "\"the day\" < '2026-02-01' and id / 2 * 2 = id" },
    "#;
    let found = outcomes(&path, rules);
    assert_eq!(found[0].status, RuleStatus::Broken);
    assert_eq!(found[0].severity, Severity::High);
    assert_eq!((found[0].rows_broken, found[0].rows_judged), (Some(1), Some(1_000)));
    assert_eq!(
        (found[0].examples[0].row, found[0].examples[0].value.as_str()),
        (7, "`amount` = -4.5, `kind` = sale")
    );
    assert_eq!(found[0].promise, "`amount >= 0 or kind = 'refund'` is true in every row");
    assert_eq!(found[1].status, RuleStatus::Kept);
    // 76 customers are not there: nothing is said of their rows.
    assert_eq!(found[2].rows_judged, Some(1_000 - 76));
    assert_eq!(found[2].status, RuleStatus::Kept);
    assert_eq!(found[3].status, RuleStatus::Kept, "{}", found[3].message);
}

#[test]
fn values_and_statements_are_asked_of_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 1_000);
    let rules = r#"
        { rule = "sql_value_between", value = "count(*) filter (where kind = 'refund') / count(*)", min = 0.05, max = 0.15 },
        { rule = "sql_value_between", value = "count(distinct customer)", min = 4 },
        { rule = "sql_value_between", value = "avg(amount) filter (where id > 5000)", max = 1 },
        { rule = "sql_finds_nothing", select = "select customer, count(*) as orders from current where customer is not null group by customer having count(*) > 300 order by customer" },
        { rule = "sql_finds_nothing", select = "select id from current group by id having count(*) > 1" },
    "#;
    let found = outcomes(&path, rules);
    assert_eq!(found[0].status, RuleStatus::Kept);
    assert_eq!(found[1].message, "`count(distinct customer)` is 3, not at least 4");
    assert_eq!(found[2].status, RuleStatus::Unjudged);
    assert_eq!(found[3].status, RuleStatus::Broken, "{}", found[3].message);
    assert!(
        found[3].message.ends_with("finds 3 rows (first: row 1, `customer` = ann, `orders` = 308)"),
        "{}",
        found[3].message
    );
    assert_eq!(found[3].examples.len(), 3);
    assert_eq!(found[4].status, RuleStatus::Kept);
}

#[test]
fn the_report_is_the_same_for_any_threads_and_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 20_000);
    let rules = r#"
        { rule = "sql_holds", condition = "amount >= 0" },
        { rule = "sql_holds", condition = "cast(customer as double) > 1" },
        { rule = "sql_value_between", value = "count(distinct kind)", max = 1 },
        { rule = "sql_finds_nothing", select = "select id, amount from current where amount < 0 order by id" },
    "#;
    let with = |threads: u32, chunk_bytes: u64| {
        let run = RunSettings { threads, chunk_bytes, ..RunSettings::default() };
        checked(Input::Table(path.to_string_lossy().into_owned()), rules, run)
    };
    let first = with(1, 4_096);
    assert_eq!(first.contract.rules[0].rows_broken, Some(2_001));
    assert_eq!(first.contract.rules[1].status, RuleStatus::Unjudged);
    assert!(first.contract.rules[1].message.contains("Cannot cast"), "{}", first.contract.rules[1].message);
    assert_eq!(first.contract.rules[3].examples[0].value, "`id` = 7, `amount` = -4.5");
    for (threads, bytes) in [(2, 1 << 20), (3, 10_000)] {
        assert_eq!(first, with(threads, bytes));
    }
}

#[test]
fn what_is_wrong_with_sql_is_told_where_it_stands() {
    let refused = |rule: &str| {
        let text = format!("version = 1\n[table]\nrules = [\n  {rule},\n]\n");
        let error = read_contract(&text).unwrap_err();
        assert_eq!(error.line, 4);
        error.message
    };
    let condition = |text: &str| refused(&format!("{{ rule = \"sql_holds\", condition = \"{text}\" }}"));
    assert!(condition("amount >").contains("`sql_holds`"), "{}", condition("amount >"));
    assert!(condition("a = (select 1)").contains("must not hold a SELECT"));
    assert!(
        condition("a > 1; drop table current").contains("expected"),
        "{}",
        condition("a > 1; drop table current")
    );
    let select = |text: &str| refused(&format!("{{ rule = \"sql_finds_nothing\", select = \"{text}\" }}"));
    assert!(select("drop table current").contains("only SELECT"));
    assert!(
        select("select 1 from '/etc/passwd'").contains("`current`"),
        "{}",
        select("select 1 from '/etc/passwd'")
    );
    assert!(select("select 1").contains("`current`"));
    assert!(
        refused("{ rule = \"sql_value_between\", value = \"count(*)\" }").contains("`min`, `max` or both")
    );
}

#[test]
fn what_does_not_fit_a_table_is_not_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 50);
    let rules = r#"
        { rule = "sql_holds", condition = "amout > 0" },
        { rule = "sql_holds", condition = "amount + 1" },
        { rule = "sql_holds", condition = "count(*) > 1" },
        { rule = "sql_holds", condition = "random() > 0.5" },
        { rule = "sql_value_between", value = "amount + 1", min = 0 },
        { rule = "sql_value_between", value = "sum(nothing)", min = 0 },
        { rule = "sql_finds_nothing", select = "select nothing from current" },
    "#;
    let found = outcomes(&path, rules);
    for rule in &found {
        assert_eq!(rule.status, RuleStatus::Unjudged, "{}", rule.promise);
    }
    let parts = [
        "amout",
        "not true or false",
        "more than one row",
        "something else each time",
        "each row",
        "nothing",
        "nothing",
    ];
    for (rule, part) in found.iter().zip(parts) {
        assert!(rule.message.contains(part), "{}", rule.message);
    }
}

#[test]
fn long_chains_do_not_break_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 50);
    let rule = |length: usize| {
        let chain = vec!["id"; length].join("+");
        format!("{{ rule = \"sql_holds\", condition = \"{chain} > 0\" }}")
    };
    let found = outcomes(&path, &rule(240));
    assert_eq!(found[0].status, RuleStatus::Kept, "{}", found[0].message);
    let text = format!("version = 1\n[table]\nrules = [{}]", rule(600));
    assert!(read_contract(&text).unwrap_err().message.contains("more than 250 operators"));
}

#[test]
fn a_check_judges_them_too_and_a_profile_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let path = orders(folder.path(), 500);
    let table = Input::Table(path.to_string_lossy().into_owned());
    let text = r#"
        version = 1
        [table]
        rules = [
            { rule = "sql_holds", condition = "amount >= 0" },
            { rule = "sql_value_between", value = "max(id)", max = 499 },
            { rule = "sql_finds_nothing", select = "select id from current where amount < 0" },
        ]
    "#;
    let contract = ContractInput::new("c.toml", &read_contract(text).unwrap(), 0).unwrap();
    let (settings, run) = (Settings::default(), RunSettings::default());
    let request = CheckRequest {
        reference: table.clone(),
        current: table.clone(),
        settings: settings.clone(),
        run: run.clone(),
    };
    let report = check_with_contract(&request, Some(&contract), &Silent, &CancelToken::new()).unwrap();
    let outcome = report.contract.unwrap();
    assert_eq!((outcome.broken, report.violations.len()), (3, 3));
    let request = ProfileRequest { input: table, settings, run };
    let kept = profile(&request, &Silent, &CancelToken::new()).unwrap();
    let file = folder.path().join("orders.profile");
    std::fs::write(&file, kept.to_bytes()).unwrap();
    let request = ContractCheckRequest {
        input: Input::Profile { path: file, name: "orders".to_owned() },
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let report = check_contract(&request, &contract, &Silent, &CancelToken::new()).unwrap();
    assert_eq!(report.contract.unjudged, 3);
}
