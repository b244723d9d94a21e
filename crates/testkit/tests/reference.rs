//! The method reference of the book is made from the tables of registered methods.

#![expect(clippy::expect_used, reason = "a test ends when what it stands on is missing")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use driftline_detect::cells::{self, CellMethodInfo};
use driftline_detect::contract::{self, RuleInfo, RulePlace, RuleScope};
use driftline_detect::drift;
use driftline_detect::drift::method::{Applies, MethodInfo, Threshold};
use driftline_detect::rows::{self, RowMethodInfo, RowMethodScope};
use driftline_mock::{Dial, FAULT_KINDS, FaultInfo, Target};

/// What `UPDATE_REFERENCE=1` (`make reference`) replaces, and what the test compares.
const MARKS: [&str; 2] = ["<!-- made by `make reference` from here -->\n", "<!-- to here -->\n"];

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src").join(name)
}

fn drift_method(out: &mut String, info: &MethodInfo) {
    let kinds = match info.kinds {
        Applies::Ordered => "numbers and dates",
        Applies::Categories => "categories and truth values",
        Applies::Any => "all; numbers and dates are counted in bins",
    };
    let bound = |value: f64| match value {
        f64::INFINITY => "∞".to_owned(),
        f64::NEG_INFINITY => "-∞".to_owned(),
        value => value.to_string(),
    };
    let threshold = match info.default_threshold {
        Threshold::AtLeast(least) => format!("{least} or more"),
        Threshold::PValueBelow(alpha) => format!("p-value below {alpha}"),
    };
    let unit = if info.unit.is_empty() { "none" } else { info.unit };
    let symmetry = if info.symmetric { "symmetric" } else { "not symmetric" };
    let _ = write!(
        out,
        "### {} (`{}`)\n{}\n\n- Columns: {kinds}\n- Range: {} to {}, {} for equal sides, {symmetry}; unit: {unit}\n\
         - Formula: {}\n- Counts as changed by itself: {threshold}\n- Source: {}\n\n",
        info.name,
        info.id,
        info.summary,
        bound(info.range.0),
        bound(info.range.1),
        info.neutral,
        info.formula,
        info.source
    );
}

fn row_method(out: &mut String, info: &RowMethodInfo) {
    let scope = match info.scope {
        RowMethodScope::Number => "single numbers",
        RowMethodScope::Value => "single values of any kind",
        RowMethodScope::Row => "whole rows",
    };
    let _ = write!(
        out,
        "### {} (`{}`)\n{}\n\n- Looks at: {scope}\n- Formula: {}\n- Source: {}\n\n",
        info.name, info.id, info.summary, info.formula, info.source
    );
}

fn reference() -> String {
    let mut out = String::from("\n## Drift\n\n");
    for method in drift::methods() {
        drift_method(&mut out, method.info());
    }
    out.push_str("## Strange rows\n\n");
    for info in rows::methods() {
        row_method(&mut out, info);
    }
    out.push_str("## Wrong cells\n\n");
    for info in cells::methods() {
        cell_method(&mut out, info);
    }
    out
}

fn cell_method(out: &mut String, info: &CellMethodInfo) {
    let _ = write!(
        out,
        "### {} (`{}`)\n{}\n\n- Keeps quiet: {}\n- Source: {}\n\n",
        info.name, info.id, info.summary, info.guard, info.source
    );
}

fn rule(out: &mut String, info: &RuleInfo) {
    let place = match info.place {
        RulePlace::Column => "a `[[column]]`",
        RulePlace::Table => "`[table]`",
    };
    let tolerance = if info.tolerance { "; takes `tolerance`" } else { "" };
    let (name, id, summary, scope) = (info.name, info.id, info.summary, info.scope.name());
    let _ =
        write!(out, "### {name} (`{id}`)\n{summary}\n\n- Looks at: {scope}; stands in {place}{tolerance}\n");
    for parameter in info.parameters {
        let need = if parameter.required { "" } else { ", may be left out" };
        let (name, shape, doc) = (parameter.name, parameter.shape.words(), parameter.doc);
        let _ = writeln!(out, "- `{name}`: {doc} ({shape}{need})");
    }
    let _ = writeln!(out, "\n```toml\n{}\n```\n", info.example);
}

fn rules_reference() -> String {
    let mut out = String::from("\n");
    for (title, scope) in [
        ("Columns there are", RuleScope::Schema),
        ("The table", RuleScope::Table),
        ("Single rows", RuleScope::Row),
        ("Whole columns", RuleScope::Column),
    ] {
        let _ = write!(out, "## {title}\n\n");
        contract::rules().filter(|info| info.scope == scope).for_each(|info| rule(&mut out, info));
    }
    out
}

/// What other tools call it, by their names.
fn mapping() -> String {
    let mut out = String::from("\n");
    for (tool, names) in [
        ("Great Expectations", (|info| info.great_expectations) as fn(&RuleInfo) -> &'static [&'static str]),
        ("Deequ", |info| info.deequ),
    ] {
        let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for info in contract::rules() {
            names(info).iter().for_each(|name| rows.entry(name).or_default().push(info.id));
        }
        let _ = write!(out, "| {tool} | here |\n|---|---|\n");
        for (name, ids) in rows {
            let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            let _ = writeln!(out, "| `{name}` | {} |", ids.join(", "));
        }
        out.push('\n');
    }
    out
}

fn fault(out: &mut String, info: &FaultInfo) {
    let target = match info.target {
        Target::Any => "a `column` of any kind; takes `only` unless it changes which columns there are",
        Target::Number => "a `column` of numbers; takes `only`",
        Target::Words => "a `column` of words; takes `only`",
        Target::Rows => "whole rows",
        Target::Requests => "requests; for all data when no `data` are named",
    };
    let (id, summary) = (info.id, info.summary);
    let _ = write!(out, "### `{id}`\n{summary}\n\n- Meets: {target}\n");
    let mut dial = |name: &str, dial: Option<Dial>| {
        if let Some(Dial { means, min, max, default }) = dial {
            let _ =
                writeln!(out, "- `{name}`: {means} (from {min} to {max}; {default} when nothing is said)");
        }
    };
    dial("strength", info.strength);
    dial("share", info.share);
    if let Some(means) = info.value {
        let need = if info.value_needed { "; must be given" } else { "" };
        let _ = writeln!(out, "- `value`: {means}{need}");
    }
    if let Some(grows) = info.ramp {
        let _ = writeln!(out, "- `ramp`: {grows}");
    }
    if info.single_rows {
        out.push_str("- The truth lists the rows.\n");
    }
    let data = ["orders", "sensors", "web"].into_iter().find(|data| {
        let text = format!("[[fault]]\nkind = \"{id}\"\ndata = \"{data}\"\n{}", info.example);
        driftline_mock::Schedule::parse(&text).is_ok()
    });
    let data = data.expect("an example that stands");
    let example = format!("[[fault]]\nkind = \"{id}\"\ndata = \"{data}\"\n{}", info.example);
    let _ = writeln!(out, "\n```toml\n{}\n```\n", example.trim_end());
}

/// Every fault that the mock can plant.
fn faults() -> String {
    let mut out = String::from("\n");
    FAULT_KINDS.iter().for_each(|info| fault(&mut out, info));
    out
}

/// Compares what stands between the marks of a page with what should, or puts it there.
fn is_shown(name: &str, reference: &str) {
    let path = page(name);
    let text = std::fs::read_to_string(&path).expect("the page is readable");
    let (before, rest) = text.split_once(MARKS[0]).expect("the page has the first mark");
    let (shown, after) = rest.split_once(MARKS[1]).expect("the page has the second mark");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        let page = [before, MARKS[0], reference, MARKS[1], after].concat();
        std::fs::write(&path, page).expect("the page is writable");
    } else {
        assert!(shown == reference, "docs/src/{name} is out of date: call `make reference`");
    }
}

#[test]
fn the_page_shows_every_registered_method() {
    is_shown("methods.md", &reference());
}

#[test]
fn the_pages_show_every_rule_of_contracts() {
    is_shown("contract-rules.md", &rules_reference());
    is_shown("manual/contracts.md", &mapping());
}

#[test]
fn the_page_shows_every_fault_of_the_mock() {
    is_shown("manual/mock.md", &faults());
}
