//! A contract from its text. Nothing unknown is passed over, and every complaint names its line.

use std::collections::BTreeMap;
use std::ops::Range;

use driftline_model::{Contract, ContractRule, Severity};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::info::RulePlace;
use super::parameters::fits;
use super::plan::prepare;
use super::words::nearest;
use super::{RULES, VERSION, find};

/// Longest text of a contract, in bytes: some thousand rules.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// Most rules of a contract.
pub const MAX_RULES: usize = 2_000;

/// What is wrong with the text of a contract, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ContractTextError {
    /// Line, from 1.
    pub line: u64,
    /// Character in the line, from 1.
    pub column: u64,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A complaint with the bytes that it is about.
struct Complaint {
    at: Range<usize>,
    message: String,
}

type Told<T> = Result<T, Complaint>;

/// Says what is wrong with a rule.
pub(crate) type RuleCheck<'a> = dyn Fn(&ContractRule) -> Result<(), String> + 'a;

fn complain<T>(at: Range<usize>, message: impl Into<String>) -> Told<T> {
    Err(Complaint { at, message: message.into() })
}

/// Reads a contract.
///
/// # Errors
/// When it is not TOML, or says what no contract can say: with line and column, and what would be right.
pub fn parse(text: &str) -> Result<Contract, ContractTextError> {
    parse_with(text, &|_| Ok(()))
}

/// Reads a contract whose rules somebody else looks at too.
///
/// # Errors
/// As [`parse`], and what `check` says of a rule.
pub fn parse_with(text: &str, check: &RuleCheck<'_>) -> Result<Contract, ContractTextError> {
    contract(text, check).map_err(|complaint| {
        let before = text.get(..complaint.at.start.min(text.len())).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        ContractTextError {
            line: before.matches('\n').count() as u64 + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() as u64 + 1,
            message: complaint.message,
        }
    })
}

fn contract(text: &str, check: &RuleCheck<'_>) -> Told<Contract> {
    if text.len() > MAX_TEXT_BYTES {
        return complain(0..0, format!("a contract has at most {MAX_TEXT_BYTES} bytes"));
    }
    let document = DeTable::parse(text).map_err(|error| Complaint {
        at: error.span().unwrap_or_default(),
        message: format!("not valid TOML: {}", error.message().trim_end()),
    })?;
    let table = document.get_ref();
    let mut contract = Contract { version: version(table)?, ..Contract::default() };
    for (key, value) in in_order(table) {
        match key.get_ref().as_ref() {
            "version" => {}
            "description" => contract.description = Some(text_of(value, "description")?),
            "table" => about_table(value, &mut contract.rules, check)?,
            "column" => about_columns(value, &mut contract.rules, check)?,
            other => {
                return unknown(key.span(), "field", other, &["version", "description", "table", "column"]);
            }
        }
    }
    if contract.rules.len() > MAX_RULES {
        return complain(0..0, format!("a contract has at most {MAX_RULES} rules"));
    }
    Ok(contract)
}

/// The fields in the order of the text; the parser sorts them by name.
fn in_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(&'a Spanned<toml::de::DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
    let mut fields: Vec<_> = table.iter().collect();
    fields.sort_by_key(|(key, _)| key.span().start);
    fields
}

fn version(table: &DeTable<'_>) -> Told<u32> {
    let Some(value) = table.get("version") else {
        return complain(0..0, format!("a contract begins with `version = {VERSION}`"));
    };
    match json(value)?.as_u64() {
        Some(version) if version == u64::from(VERSION) => Ok(VERSION),
        _ => complain(
            value.span(),
            format!("`version` must be {VERSION}, the only one that this program knows"),
        ),
    }
}

fn unknown<T>(at: Range<usize>, what: &str, wrong: &str, known: &[&str]) -> Told<T> {
    let meant = match nearest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    complain(at, format!("unknown {what} `{wrong}`; {meant}"))
}

fn text_of(value: &Spanned<DeValue<'_>>, name: &str) -> Told<String> {
    match value.get_ref().as_str() {
        Some(text) => Ok(text.to_owned()),
        None => complain(value.span(), format!("`{name}` must be a text")),
    }
}

fn about_table(
    value: &Spanned<DeValue<'_>>,
    rules: &mut Vec<ContractRule>,
    check: &RuleCheck<'_>,
) -> Told<()> {
    let Some(table) = value.get_ref().as_table() else {
        return complain(value.span(), "`table` must be a section: [table] with `rules = [...]`");
    };
    for (key, value) in in_order(table) {
        match key.get_ref().as_ref() {
            "rules" => read_rules(value, None, rules, check)?,
            other => return unknown(key.span(), "field", other, &["rules"]),
        }
    }
    Ok(())
}

fn about_columns(
    value: &Spanned<DeValue<'_>>,
    rules: &mut Vec<ContractRule>,
    check: &RuleCheck<'_>,
) -> Told<()> {
    let Some(columns) = value.get_ref().as_array() else {
        return complain(value.span(), "write [[column]] with double brackets: one section a column");
    };
    let mut seen = Vec::new();
    for column in columns {
        let Some(table) = column.get_ref().as_table() else {
            return complain(column.span(), "a column is a section: [[column]] with `name` and `rules`");
        };
        let Some(name) = table.get("name") else {
            return complain(column.span(), "a column needs its `name`");
        };
        let name_at = name.span();
        let name = text_of(name, "name")?;
        if seen.contains(&name) {
            return complain(name_at, format!("`{name}` has a section already: put its rules together"));
        }
        about_column(table, &name, rules, check)?;
        seen.push(name);
    }
    Ok(())
}

fn about_column(
    table: &DeTable<'_>,
    name: &str,
    rules: &mut Vec<ContractRule>,
    check: &RuleCheck<'_>,
) -> Told<()> {
    let (mut own, mut is_optional) = (Vec::new(), false);
    for (key, value) in in_order(table) {
        match key.get_ref().as_ref() {
            "name" => {}
            "optional" => match json(value)?.as_bool() {
                Some(flag) => is_optional = flag,
                None => return complain(value.span(), "`optional` must be true or false"),
            },
            "rules" => read_rules(value, Some(name), &mut own, check)?,
            other => return unknown(key.span(), "field", other, &["name", "optional", "rules"]),
        }
    }
    let is_told = own.iter().any(|rule| matches!(rule.rule.as_str(), "column_present" | "column_absent"));
    if !is_optional && !is_told {
        // A column with rules is promised by itself: its absence is told once, not once a rule.
        let worst = own.iter().map(|rule| rule.severity).max().unwrap_or_default();
        rules.push(ContractRule {
            rule: "column_present".to_owned(),
            column: Some(name.to_owned()),
            severity: worst.max(Severity::Medium),
            description: None,
            tolerance: 0.0,
            parameters: BTreeMap::new(),
        });
    }
    rules.append(&mut own);
    Ok(())
}

fn read_rules(
    value: &Spanned<DeValue<'_>>,
    column: Option<&str>,
    rules: &mut Vec<ContractRule>,
    check: &RuleCheck<'_>,
) -> Told<()> {
    let Some(list) = value.get_ref().as_array() else {
        return complain(value.span(), "`rules` must be a list: rules = [ { rule = \"...\" }, ... ]");
    };
    for item in list {
        let Some(table) = item.get_ref().as_table() else {
            return complain(item.span(), "a rule is written { rule = \"...\", ... }");
        };
        let rule = read_rule(table, item.span(), column)?;
        let complaint = |message: String| format!("`{}`: {message}", rule.rule);
        check(&rule).map_err(|message| Complaint { at: item.span(), message: complaint(message) })?;
        rules.push(rule);
    }
    Ok(())
}

fn read_rule(table: &DeTable<'_>, at: Range<usize>, column: Option<&str>) -> Told<ContractRule> {
    let Some(id) = table.get("rule") else {
        return complain(at, "a rule needs its id: { rule = \"...\" }");
    };
    let id_at = id.span();
    let id = text_of(id, "rule")?;
    let Some(registered) = find(&id) else {
        let known: Vec<&str> = RULES.iter().map(|known| known.info.id).collect();
        let meant = nearest(&id, known.iter().copied()).map_or_else(
            || format!("the rules are {}", known.join(", ")),
            |meant| format!("did you mean `{meant}`?"),
        );
        return complain(id_at, format!("unknown rule `{id}`; {meant}"));
    };
    let info = &registered.info;
    match (info.place, column) {
        (RulePlace::Column, None) => {
            return complain(id_at, format!("`{id}` is about one column: put it under [[column]]"));
        }
        (RulePlace::Table, Some(_)) => {
            return complain(id_at, format!("`{id}` is about the table: put it under [table]"));
        }
        _ => {}
    }
    let mut rule = ContractRule {
        rule: id,
        column: column.map(str::to_owned),
        severity: Severity::Medium,
        description: None,
        tolerance: 0.0,
        parameters: BTreeMap::new(),
    };
    for (key, value) in in_order(table) {
        let name = key.get_ref().as_ref();
        match name {
            "rule" => {}
            "severity" => rule.severity = severity(value)?,
            "description" => rule.description = Some(text_of(value, name)?),
            "tolerance" => rule.tolerance = tolerance(value, &rule)?,
            _ => {
                let Some(parameter) = info.parameters.iter().find(|known| known.name == name) else {
                    let mut known: Vec<&str> = info.parameters.iter().map(|known| known.name).collect();
                    known.extend(["severity", "description", "tolerance"]);
                    return unknown(key.span(), &format!("parameter of `{}`", rule.rule), name, &known);
                };
                let given = json(value)?;
                if !fits(&given, parameter.shape) {
                    return complain(value.span(), format!("`{name}` must be {}", parameter.shape.words()));
                }
                rule.parameters.insert(name.to_owned(), given);
            }
        }
    }
    let missing =
        info.parameters.iter().find(|known| known.required && !rule.parameters.contains_key(known.name));
    if let Some(missing) = missing {
        let (name, words) = (missing.name, missing.shape.words());
        return complain(at, format!("`{}` needs `{name}`: {words} ({})", rule.rule, missing.doc));
    }
    prepare(&rule).map_err(|message| Complaint { at, message: format!("`{}`: {message}", rule.rule) })?;
    Ok(rule)
}

fn severity(value: &Spanned<DeValue<'_>>) -> Told<Severity> {
    let given = value.get_ref().as_str().and_then(|word| word.parse::<Severity>().ok());
    match given.filter(|severity| *severity > Severity::None) {
        Some(severity) => Ok(severity),
        None => complain(value.span(), "`severity` must be \"low\", \"medium\", \"high\" or \"critical\""),
    }
}

fn tolerance(value: &Spanned<DeValue<'_>>, rule: &ContractRule) -> Told<f64> {
    if !super::takes_tolerance(&rule.rule) {
        return complain(
            value.span(),
            format!("`{}` does not judge row by row: it takes no `tolerance`", rule.rule),
        );
    }
    match json(value)?.as_f64().filter(|share| (0.0..1.0).contains(share)) {
        Some(share) => Ok(share),
        None => complain(value.span(), "`tolerance` must be a share of rows from 0 to below 1, such as 0.01"),
    }
}

/// A value of the text as JSON; moments become text.
fn json(value: &Spanned<DeValue<'_>>) -> Told<Value> {
    let at = value.span();
    Ok(match value.get_ref() {
        DeValue::String(text) => Value::String(text.as_ref().to_owned()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::from(number),
            Err(_) => return complain(at, "the number is too large"),
        },
        DeValue::Float(number) => {
            let parsed = number.as_str().parse::<f64>().ok().filter(|number| number.is_finite());
            match parsed.and_then(serde_json::Number::from_f64) {
                Some(number) => Value::Number(number),
                None => return complain(at, "a number must be finite"),
            }
        }
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(json).collect::<Told<_>>()?),
        DeValue::Table(_) => return complain(at, "a table cannot stand here"),
    })
}
