//! The reference of the API as a page: made from the description of the API, whole in itself, without scripts.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use crate::openapi::document;
use crate::policy::{Access, access};

/// The page may use its own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Schemas within schemas that are written out; deeper ones are left to their own entry.
const MAX_DEPTH: usize = 6;

const STYLE: &str = "
:root { color-scheme: light dark; --text: #1c2128; --soft: #57606a; --back: #fff; --box: #f4f6f8; \
--line: #d5dae0; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e7ec; --soft: #a2abb6; --back: #14181d; \
--box: #1e242b; --line: #38414b; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--text); background: var(--back); \
font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
code { font: .9em ui-monospace, monospace; }
h1, h2, h3, h4 { line-height: 1.25; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h4 { margin: .75rem 0 .25rem; }
article { margin: 1rem 0; padding: .25rem 1rem .75rem; background: var(--box); border: 1px solid var(--line); \
border-radius: .5rem; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
nav ul { columns: 18rem; }
p { margin: .5rem 0; }
.soft { color: var(--soft); }
";

/// The page. Not part of the API: it is for people.
pub(crate) async fn page() -> Response {
    // It is the same for as long as this version runs.
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| written(&serde_json::to_value(document()).unwrap_or_default()));
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, page.as_str()).into_response()
}

/// One way to call the API.
struct Operation<'a> {
    method: String,
    path: &'a str,
    details: &'a Value,
}

impl Operation<'_> {
    /// What links to it name.
    fn anchor(&self) -> String {
        let path = self.path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
        self.method.to_lowercase().chars().chain(path).collect()
    }

    fn tag(&self) -> &str {
        self.details.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other")
    }

    fn title(&self) -> String {
        format!("<code><b>{}</b> {}</code>", escaped(&self.method), escaped(self.path))
    }
}

/// The page of a description.
fn written(document: &Value) -> String {
    let info = |name: &str| document.pointer(&format!("/info/{name}")).and_then(Value::as_str).unwrap_or("");
    let operations = operations(document);
    let tags = tags(document, &operations);
    let title = escaped(info("title"));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: reference of the API</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}: reference of the API</h1>\n<p class=\"soft\">Version {}. The same for \
         programs: <a href=\"/api/v1/openapi.json\">OpenAPI</a>.</p>\n{}</header>\n",
        escaped(info("version")),
        prose(info("description")),
    );
    page.push_str("<nav aria-label=\"Operations\">\n");
    for (tag, _) in &tags {
        let _ = write!(page, "<h4>{}</h4>\n<ul>\n", escaped(tag));
        for operation in operations.iter().filter(|operation| operation.tag() == *tag) {
            let _ = writeln!(page, "<li><a href=\"#{}\">{}</a></li>", operation.anchor(), operation.title());
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</nav>\n<main>\n");
    for (tag, description) in &tags {
        let _ = write!(page, "<section>\n<h2>{}</h2>\n{}", escaped(tag), prose(description));
        for operation in operations.iter().filter(|operation| operation.tag() == *tag) {
            write_operation(&mut page, operation);
        }
        page.push_str("</section>\n");
    }
    page.push_str("<section>\n<h2>Schemas</h2>\n");
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        write_schema(&mut page, name, schema);
    }
    page.push_str("</section>\n</main>\n</body>\n</html>\n");
    page
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut operations = Vec::new();
    for (path, methods) in paths.into_iter().flatten() {
        for (method, details) in methods.as_object().into_iter().flatten() {
            // A path may also hold a summary and parameters, which are no operations.
            if details.get("responses").is_some() {
                operations.push(Operation { method: method.to_uppercase(), path, details });
            }
        }
    }
    operations
}

/// Tags with their descriptions, in the order of the document; then those that it does not describe.
fn tags<'a>(document: &'a Value, operations: &'a [Operation<'_>]) -> Vec<(&'a str, &'a str)> {
    let described = document.get("tags").and_then(Value::as_array);
    let text = |tag: &'a Value, name: &str| tag.get(name).and_then(Value::as_str).unwrap_or("");
    let mut tags: Vec<_> = described
        .into_iter()
        .flatten()
        .map(|tag| (text(tag, "name"), text(tag, "description")))
        .filter(|(name, _)| operations.iter().any(|operation| operation.tag() == *name))
        .collect();
    for operation in operations {
        if !tags.iter().any(|(name, _)| *name == operation.tag()) {
            tags.push((operation.tag(), ""));
        }
    }
    tags
}

fn write_operation(page: &mut String, operation: &Operation<'_>) {
    let text = |name: &str| operation.details.get(name).and_then(Value::as_str).unwrap_or("");
    let _ = write!(
        page,
        "<article id=\"{}\">\n<h3>{}</h3>\n<p><b>{}</b></p>\n<p class=\"soft\">{}</p>\n{}",
        operation.anchor(),
        operation.title(),
        escaped(text("summary")),
        who_may(operation),
        prose(text("description")),
    );
    write_parameters(page, operation.details);
    if let Some(body) = operation.details.get("requestBody") {
        let _ = write!(page, "<h4>Request</h4>\n<ul>\n<li>{}</li>\n</ul>\n", contents(body));
    }
    write_responses(page, operation.details);
    page.push_str("</article>\n");
}

fn who_may(operation: &Operation<'_>) -> String {
    if let Some(role) = operation.details.get("x-least-role").and_then(Value::as_str) {
        return format!("Least role: {}", escaped(role));
    }
    match access(&operation.method, operation.path) {
        Some(Access::Public) => "Open to everybody".to_owned(),
        _ => "For everybody who is signed in".to_owned(),
    }
}

fn write_parameters(page: &mut String, details: &Value) {
    let parameters = details.get("parameters").and_then(Value::as_array);
    let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) else { return };
    page.push_str("<h4>Parameters</h4>\n<ul>\n");
    for parameter in parameters {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or("");
        let is_required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        let kind = parameter.get("schema").map_or_else(String::new, |schema| kind(schema, 0));
        write_item(page, (text("name"), is_required), &kind, text("description"), text("in"));
    }
    page.push_str("</ul>\n");
}

/// One name with what it is: a parameter or a field.
fn write_item(page: &mut String, (name, required): (&str, bool), kind: &str, description: &str, place: &str) {
    let required = if required { "required" } else { "optional" };
    let place = if place.is_empty() { String::new() } else { format!("in the {}, ", escaped(place)) };
    let _ = writeln!(
        page,
        "<li><code>{}</code>: {kind} <span class=\"soft\">({place}{required})</span> {}</li>",
        escaped(name),
        prose(description),
    );
}

fn write_responses(page: &mut String, details: &Value) {
    let responses = details.get("responses").and_then(Value::as_object);
    let is_problem = |response: &Value| {
        let schema = response.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        schema.is_some_and(|schema| schema.ends_with("/Problem"))
    };
    page.push_str("<h4>Answers</h4>\n<ul>\n");
    let mut refusals = Vec::new();
    for (status, response) in responses.into_iter().flatten() {
        if is_problem(response) {
            refusals.push(escaped(status));
            continue;
        }
        let description = response.get("description").and_then(Value::as_str).unwrap_or("");
        let contents = contents(response);
        let contents = if contents.is_empty() { contents } else { format!(": {contents}") };
        let _ = writeln!(page, "<li><code>{}</code> {}{contents}</li>", escaped(status), inline(description));
    }
    if !refusals.is_empty() {
        let _ = writeln!(
            page,
            "<li class=\"soft\"><code>{}</code> <a href=\"#schema-Problem\">Problem</a></li>",
            refusals.join(" ")
        );
    }
    page.push_str("</ul>\n");
}

/// What a body holds, for each form it may have.
fn contents(body: &Value) -> String {
    let forms = body.get("content").and_then(Value::as_object);
    let forms = forms.into_iter().flatten().map(|(form, content)| {
        let kind = match content.get("schema") {
            // The description has no other word for bytes than a list of small numbers.
            Some(schema)
                if !form.contains("json") && schema.pointer("/items/type") == Some(&"integer".into()) =>
            {
                "bytes".to_owned()
            }
            Some(schema) => kind(schema, 0),
            None => "anything".to_owned(),
        };
        format!("{kind} <span class=\"soft\">as {}</span>", escaped(form))
    });
    forms.collect::<Vec<_>>().join(", or ")
}

fn write_schema(page: &mut String, name: &str, schema: &Value) {
    let description = schema.get("description").and_then(Value::as_str).unwrap_or("");
    let _ = write!(
        page,
        "<article id=\"schema-{0}\">\n<h3><code>{0}</code></h3>\n{1}",
        escaped(name),
        prose(description)
    );
    match schema.get("properties").and_then(Value::as_object) {
        Some(fields) => write_fields(page, schema, fields),
        None => {
            let _ = writeln!(page, "<p>{}</p>", kind(schema, 0));
        }
    }
    page.push_str("</article>\n");
}

fn write_fields(page: &mut String, schema: &Value, fields: &Map<String, Value>) {
    let required = schema.get("required").and_then(Value::as_array);
    page.push_str("<ul>\n");
    for (name, field) in fields {
        let is_required =
            required.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)));
        let description = field.get("description").and_then(Value::as_str).unwrap_or("");
        write_item(page, (name, is_required), &kind(field, 0), description, "");
    }
    page.push_str("</ul>\n");
}

/// What a schema allows, in a few words.
fn kind(schema: &Value, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "anything".to_owned();
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = escaped(target.rsplit('/').next().unwrap_or(target));
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for (word, between) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
        if let Some(parts) = schema.get(word).and_then(Value::as_array) {
            return parts.iter().map(|part| kind(part, depth + 1)).collect::<Vec<_>>().join(between);
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values = values.iter().map(|value| format!("<code>{}</code>", escaped(&plain(value))));
        return values.collect::<Vec<_>>().join(" or ");
    }
    match schema.get("type") {
        Some(Value::String(name)) => of_type(name, schema, depth),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(|name| of_type(name, schema, depth)).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn of_type(name: &str, schema: &Value, depth: usize) -> String {
    match name {
        "array" => match (schema.get("items"), schema.get("prefixItems").and_then(Value::as_array)) {
            (Some(Value::Bool(_)) | None, Some(parts)) => {
                let parts = parts.iter().map(|part| kind(part, depth + 1));
                format!("list: {}", parts.collect::<Vec<_>>().join(", "))
            }
            (Some(items), _) => format!("list of {}", kind(items, depth + 1)),
            (None, None) => "list".to_owned(),
        },
        "object" => of_object(schema, depth),
        "string" => "text".to_owned(),
        "boolean" => "<code>true</code> or <code>false</code>".to_owned(),
        "integer" => "whole number".to_owned(),
        other => escaped(other),
    }
}

fn of_object(schema: &Value, depth: usize) -> String {
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        let fields = fields
            .iter()
            .map(|(name, field)| format!("<code>{}</code>: {}", escaped(name), kind(field, depth + 1)));
        return format!("object with {}", fields.collect::<Vec<_>>().join(", "));
    }
    match schema.get("additionalProperties") {
        Some(values @ Value::Object(_)) => format!("object of {}", kind(values, depth + 1)),
        _ => "object".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Text in paragraphs.
fn prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.fold(String::new(), |mut all, paragraph| {
        let _ = writeln!(all, "<p>{}</p>", inline(paragraph));
        all
    })
}

/// Text in which what stands between backticks is code.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1;
    let parts = parts.iter().enumerate().map(|(place, part)| match place % 2 {
        1 if is_paired => format!("<code>{}</code>", escaped(part)),
        1 => format!("`{}", escaped(part)),
        _ if place > 0 && !is_paired => format!("`{}", escaped(part)),
        _ => escaped(part),
    });
    parts.collect()
}

/// Text that means nothing to a browser.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let evil = "<script>`'\"&";
        let document = serde_json::json!({
            "info": { "title": evil, "version": evil, "description": evil },
            "tags": [{ "name": evil, "description": evil }],
            "paths": { evil: { "get": {
                "tags": [evil], "summary": evil, "description": evil, "x-least-role": evil,
                "parameters": [{ "name": evil, "in": evil, "description": evil, "schema": { "type": evil } }],
                "requestBody": { "content": { evil: { "schema": { "$ref": evil } } } },
                "responses": { evil: { "description": evil } }
            } } },
            "components": { "schemas": { evil: {
                "description": evil, "type": "object",
                "properties": { evil: { "enum": [evil], "description": evil } }
            } } }
        });
        let page = written(&document);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("'\"") && !page.contains("\"&\""), "{page}");
        assert!(page.matches("&lt;script&gt;").count() > 15, "{page}");
    }

    #[test]
    fn schemas_are_told_in_words() {
        let told = |schema: Value| kind(&schema, 0);
        let nullable = serde_json::json!({ "type": ["array", "null"], "items": { "type": "string" } });
        assert_eq!(told(nullable), "list of text or null");
        let side = serde_json::json!({ "oneOf": [
            { "type": "object", "properties": { "dataset": { "type": "string" } } },
            { "$ref": "#/components/schemas/Other" }
        ] });
        let expected = "object with <code>dataset</code>: text or <a href=\"#schema-Other\">Other</a>";
        assert_eq!(told(side), expected);
        let counts = serde_json::json!({ "type": "object", "additionalProperties": { "type": "integer" } });
        assert_eq!(told(counts), "object of whole number");
        assert_eq!(inline("a `b<` c"), "a <code>b&lt;</code> c");
        assert_eq!(inline("a ` b"), "a ` b");
    }
}
