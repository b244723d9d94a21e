//! What there is, for people and for programs.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use serde_json::{Value, json};

use super::Shared;
use crate::data::{Data, Holds};
use crate::fault::FAULT_KINDS;
use crate::moment::moment_text;

/// The page without its tables.
const PAGE: &str = include_str!("home.html");

/// `GET /health`.
pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "status": "ok", "now": moment_text(shared.clock.now_ms()) }))
}

/// `GET /v1`: the data and their columns.
pub(super) async fn catalogue(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let (now_ms, generator) = shared.now();
    let settings = &shared.settings;
    let data = settings.data.iter().map(|data| {
        json!({
            "name": data.name(),
            "summary": data.summary(),
            "rows": generator.count_before(*data, now_ms + 1),
            "columns": data.columns().iter().map(|column| json!({
                "name": column.name,
                "holds": holds(column.holds),
                "unit": match column.holds {
                    Holds::Number(measure) if !measure.unit.is_empty() => Some(measure.unit),
                    _ => None,
                },
            })).collect::<Vec<_>>(),
        })
    });
    Json(json!({
        "seed": settings.generator.seed,
        "rate": settings.generator.rate,
        "speed": settings.speed,
        "first": moment_text(generator.first_ms()),
        "start": moment_text(settings.generator.start_ms),
        "now": moment_text(now_ms),
        "data": data.collect::<Vec<_>>(),
    }))
}

fn holds(holds: Holds) -> &'static str {
    match holds {
        Holds::Id => "id",
        Holds::Time => "time",
        Holds::Words => "words",
        Holds::Flag => "flag",
        Holds::Number(_) => "number",
    }
}

/// `GET /`.
pub(super) async fn page(State(shared): State<Arc<Shared>>) -> Html<String> {
    let mut data = String::new();
    for name in shared.settings.data.iter().copied().map(Data::name) {
        let link = |path: &str, text: &str| format!("<a href=\"v1/{name}{path}\">{text}</a>");
        let _ = writeln!(
            data,
            "<tr><th>{name}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            link("?limit=5", "page"),
            link(".csv?limit=100", "CSV"),
            link("/stream?limit=100", "NDJSON stream"),
            link("/events", "events"),
            link("/truth", "truth"),
        );
    }
    let mut kinds = String::new();
    for info in &FAULT_KINDS {
        let _ = writeln!(kinds, "<tr><td><code>{}</code></td><td>{}</td></tr>", info.id, info.summary);
    }
    Html(PAGE.replace("{{data}}", &data).replace("{{kinds}}", &kinds))
}
