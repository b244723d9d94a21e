//! A contract as text, with a remark on every rule.

use std::fmt::Write as _;

use driftline_model::{ContractRule, Severity, SuggestedRule};
use serde_json::Value;

use super::VERSION;
use super::find;
use super::words::inert;

/// Writes a contract for people to read and change: rules about the table first, then column by column, each with
/// why it is there.
#[must_use]
pub fn to_toml(remark: &str, suggestions: &[SuggestedRule]) -> String {
    let mut out = String::new();
    for line in remark.lines() {
        let _ = writeln!(out, "# {}", harmless(line));
    }
    let _ = writeln!(out, "version = {VERSION}");
    let about_table: Vec<&SuggestedRule> =
        suggestions.iter().filter(|rule| rule.rule.column.is_none()).collect();
    if !about_table.is_empty() {
        out.push_str("\n[table]\n");
        rules(&mut out, &about_table);
    }
    let mut columns: Vec<&str> = Vec::new();
    for name in suggestions.iter().filter_map(|rule| rule.rule.column.as_deref()) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    for column in columns {
        let _ = writeln!(out, "\n[[column]]\nname = {}", text(column));
        let own = |rule: &&SuggestedRule| {
            // What every section promises needs no words.
            rule.rule.column.as_deref() == Some(column) && rule.rule.rule != "column_present"
        };
        let own: Vec<&SuggestedRule> = suggestions.iter().filter(own).collect();
        rules(&mut out, &own);
    }
    out
}

fn rules(out: &mut String, rules: &[&SuggestedRule]) {
    if rules.is_empty() {
        return;
    }
    out.push_str("rules = [\n");
    for suggested in rules {
        if !suggested.why.is_empty() {
            let _ = writeln!(out, "    # {}", harmless(&suggested.why));
        }
        let _ = writeln!(out, "    {},", rule(&suggested.rule));
    }
    out.push_str("]\n");
}

fn rule(rule: &ContractRule) -> String {
    let mut parts = vec![format!("rule = {}", text(&rule.rule))];
    // In the order in which people read about them.
    let known = find(&rule.rule).map_or(&[][..], |registered| registered.info.parameters);
    let given = known.iter().filter_map(|known| rule.parameters.get_key_value(known.name));
    parts.extend(given.map(|(name, given)| format!("{name} = {}", value(given))));
    if rule.tolerance > 0.0 {
        parts.push(format!("tolerance = {}", number(rule.tolerance)));
    }
    if rule.severity != Severity::Medium {
        parts.push(format!("severity = {}", text(rule.severity.name())));
    }
    if let Some(description) = &rule.description {
        parts.push(format!("description = {}", text(description)));
    }
    format!("{{ {} }}", parts.join(", "))
}

fn value(value: &Value) -> String {
    match value {
        Value::String(given) => text(given),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Number(given) if given.is_f64() => number(given.as_f64().unwrap_or_default()),
        other => other.to_string(),
    }
}

/// A number as TOML has it: never without digits on both sides of a point.
fn number(x: f64) -> String {
    let text = format!("{x:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text,
    }
}

fn text(given: &str) -> String {
    toml::Value::String(given.to_owned()).to_string()
}

/// What may stand in a remark.
fn harmless(text: &str) -> String {
    inert(text)
}
