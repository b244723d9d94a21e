//! Templates: minijinja, with what a message holds, and nothing else to reach.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, context};

use crate::message::{Letter, moment};

/// Longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 32 << 10;
/// Longest text that a template may make, in bytes.
const MAX_TEXT_BYTES: usize = 128 << 10;
/// Work that a template may do: some thousand steps, and memory of some megabytes.
const FUEL: u64 = 50_000;
/// How deep calls may be nested.
const MAX_DEPTH: usize = 20;

/// How values are made harmless where they are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// Not at all: plain text.
    Plain,
    /// As values of JSON, with their quotes.
    Json,
    /// For HTML.
    Html,
    /// For Slack's own marks: no mention and no link can be made.
    Slack,
    /// For Markdown: no emphasis and no link can be made.
    Markdown,
}

/// Why a template makes no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template `{name}` {reason}{}", line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct TemplateError {
    /// Which one.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
    /// Where, from 1.
    pub line: Option<usize>,
}

/// The text that a template makes of a message.
///
/// # Errors
/// When it is too long, cannot be read, names what there is not, works for too long, or makes too long a text.
pub(crate) fn render(
    (name, source): (&str, &str),
    escape: Escape,
    letter: &Letter<'_>,
) -> Result<String, TemplateError> {
    let wrong = |reason: String, line| TemplateError { name: name.to_owned(), reason, line };
    if source.len() > MAX_TEMPLATE_BYTES {
        return Err(wrong(format!("is longer than {MAX_TEMPLATE_BYTES} bytes"), None));
    }
    let told = |error: &minijinja::Error| {
        let reason = match error.kind() {
            ErrorKind::OutOfFuel => "works for too long".to_owned(),
            ErrorKind::UndefinedError => match error.range().and_then(|range| source.get(range)) {
                Some(what) => format!("uses `{what}`, which there is not"),
                None => "uses a variable that there is not".to_owned(),
            },
            kind => match error.detail() {
                Some(detail) => format!("cannot be used: {kind}: {detail}"),
                None => format!("cannot be used: {kind}"),
            },
        };
        wrong(reason, error.line())
    };
    let environment = environment(escape);
    let template = environment.template_from_named_str("template", source).map_err(|error| told(&error))?;
    let text = template.render(variables(letter)).map_err(|error| told(&error))?;
    if text.len() > MAX_TEXT_BYTES {
        return Err(wrong(format!("makes a text of more than {MAX_TEXT_BYTES} bytes"), None));
    }
    Ok(text)
}

fn environment(escape: Escape) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // Errors then know their place.
    environment.set_debug(true);
    environment.set_recursion_limit(MAX_DEPTH);
    // Tags on lines of their own leave no empty lines.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    match escape {
        Escape::Plain => environment.set_auto_escape_callback(|_| AutoEscape::None),
        Escape::Json => environment.set_auto_escape_callback(|_| AutoEscape::Json),
        Escape::Html => environment.set_auto_escape_callback(|_| AutoEscape::Html),
        Escape::Slack => escape_with(&mut environment, |character, out| match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // It stands for emphasis and cannot be escaped: what looks like it does as well. Code may stay code.
            '*' => out.push('∗'),
            other => out.push(other),
        }),
        Escape::Markdown => escape_with(&mut environment, |character, out| match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '[' | ']' | '*' | '_' | '`' | '#' => out.extend(['\\', character]),
            other => out.push(other),
        }),
    }
    environment
}

fn escape_with(environment: &mut Environment<'static>, one: fn(char, &mut String)) {
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(move |out, state, value| {
        if value.is_safe() || value.is_undefined() {
            return minijinja::escape_formatter(out, state, value);
        }
        let mut text = String::new();
        value.to_string().chars().for_each(|character| one(character, &mut text));
        out.write_str(&text).map_err(minijinja::Error::from)
    });
}

/// Everything that a template can use; `alert` holds all of it.
fn variables(letter: &Letter<'_>) -> Value {
    let message = letter.message;
    let incident = &message.incident;
    let alert = context! {
        event => message.event.name(),
        heading => message.heading(),
        title => incident.title.as_str(),
        severity => message.severity.name(),
        workspace => message.workspace.as_str(),
        rule => message.rule.as_str(),
        channel => letter.channel,
        link => letter.link,
        delivery_id => letter.delivery_id,
        at => moment(message.at_ms),
        at_ms => message.at_ms,
        incident => context! {
            id => incident.id.as_str(),
            title => incident.title.as_str(),
            severity => incident.severity.name(),
            state => incident.state.name(),
            confirmed => incident.confirmed,
            assignee => incident.assignee.as_deref().unwrap_or_default(),
            current_name => incident.current_name.as_str(),
            reference_name => incident.reference_name.as_str(),
            last_check_id => incident.last_check_id.as_str(),
            columns_total => incident.columns_total,
            findings_total => incident.findings_total,
            findings_open => incident.findings_open,
            checks_total => incident.checks_total,
            first_seen => moment(incident.first_seen_ms),
            first_seen_ms => incident.first_seen_ms,
            last_seen => moment(incident.last_seen_ms),
            last_seen_ms => incident.last_seen_ms,
        },
        findings => Value::from(Serde(&message.findings)),
        findings_more => message.findings_more,
    };
    context! { alert => alert.clone(), ..alert }
}

#[cfg(test)]
mod tests {
    use driftline_model::service::AlertEvent;

    use super::*;
    use crate::message::Message;

    fn text(source: &str, escape: Escape) -> Result<String, TemplateError> {
        let mut message = Message::example(AlertEvent::Raised, "Home", 1_795_608_000_000);
        message.findings[0].column = "<a|b> *x* `y` [z](http://evil)".to_owned();
        let letter = Letter {
            message: &message,
            delivery_id: "d",
            channel: "Ops",
            link: "https://drift.example.com/findings?incident=1",
            sent_ms: 1_795_608_000_000,
        };
        render(("body", source), escape, &letter)
    }

    #[test]
    fn variables_are_there_and_others_are_not() {
        let source = "{{ heading }} | {{ incident.first_seen }} | {% for finding in findings %}{{ finding.code }} {% endfor %}";
        assert_eq!(
            text(source, Escape::Plain).unwrap(),
            "High: 2 columns of orders.csv moved: price and city | 2026-11-25T12:00:00Z | drift.value categories.new "
        );
        let error = text("line one\n{{ nonsense }}", Escape::Plain).unwrap_err();
        assert_eq!((error.line, error.name.as_str()), (Some(2), "body"));
        assert!(error.to_string().contains("`nonsense`, which there is not"), "{error}");
        assert!(text("{{ incident.nonsense }}", Escape::Plain).is_err());
        assert!(text("{% if %}", Escape::Plain).unwrap_err().to_string().contains("syntax error"));
        for other in ["{% include 'etc' %}", "{% extends 'x' %}", "{% import 'x' as y %}"] {
            assert!(text(other, Escape::Plain).is_err(), "{other}");
        }
    }

    #[test]
    fn nothing_runs_or_grows_without_end() {
        for source in [
            "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
            "{{ 'x' * 90000000 }}",
            "{% set ns = namespace(t='xxxxxxxx') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
        ] {
            let error = text(source, Escape::Plain).unwrap_err();
            assert!(error.to_string().contains("too long"), "{error}");
        }
        assert!(text(&"x".repeat(MAX_TEMPLATE_BYTES + 1), Escape::Plain).is_err());
    }

    #[test]
    fn values_cannot_break_out() {
        let source = "{{ findings[0].column }}";
        assert_eq!(text(source, Escape::Slack).unwrap(), "&lt;a|b&gt; ∗x∗ `y` [z](http://evil)");
        let markdown = text(source, Escape::Markdown).unwrap();
        assert_eq!(markdown, "&lt;a|b&gt; \\*x\\* \\`y\\` \\[z\\](http://evil)");
        assert!(text(source, Escape::Html).unwrap().starts_with("&lt;a|b&gt;"));
        let json = text("{\"c\": {{ findings[0].column }}, \"all\": {{ alert }}}", Escape::Json).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["all"]["findings"][1]["column"], "city");
        assert!(value["c"].as_str().unwrap().starts_with("<a|b>"));
        assert_eq!(text("*{{ severity }}* {{ '<x>'|safe }}", Escape::Slack).unwrap(), "*high* <x>");
    }
}
