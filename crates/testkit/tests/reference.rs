//! The method reference of the book is made from the tables of registered methods.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use driftline_detect::drift;
use driftline_detect::drift::method::{Applies, MethodInfo, Threshold};
use driftline_detect::rows::{self, RowMethodInfo, RowMethodScope};

/// What `UPDATE_REFERENCE=1` (`make reference`) replaces, and what the test compares.
const MARKS: [&str; 2] = ["<!-- made by `make reference` from here -->\n", "<!-- to here -->\n"];

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/methods.md")
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
    out
}

#[test]
fn the_page_shows_every_registered_method() {
    let path = page();
    let text = std::fs::read_to_string(&path).expect("the page is readable");
    let (before, rest) = text.split_once(MARKS[0]).expect("the page has the first mark");
    let (shown, after) = rest.split_once(MARKS[1]).expect("the page has the second mark");
    let reference = reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        let page = [before, MARKS[0], &reference, MARKS[1], after].concat();
        std::fs::write(&path, page).expect("the page is writable");
    } else {
        assert!(shown == reference, "docs/src/methods.md is out of date: call `make reference`");
    }
}
