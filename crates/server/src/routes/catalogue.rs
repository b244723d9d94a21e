//! What this version can do: methods and formats.

use axum::Json;
use driftline_detect::{drift, rows};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Service;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(catalogue))
}

/// What this version can do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Catalogue {
    /// Drift methods.
    drift_methods: Vec<MethodEntry>,
    /// Methods for single rows.
    row_methods: Vec<MethodEntry>,
    /// Forms that a report can have.
    formats: Vec<String>,
}

/// A method.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MethodEntry {
    /// Its name in settings and reports.
    id: String,
    /// Its name as people know it.
    name: String,
    /// What it measures, in a sentence.
    summary: String,
}

/// Methods and formats
#[utoipa::path(get, path = "/api/v1/catalogue", tag = "system",
    responses((status = 200, description = "What this version can do", body = Catalogue)))]
async fn catalogue() -> Json<Catalogue> {
    let entry = |id: &str, name: &str, summary: &str| MethodEntry {
        id: id.to_owned(),
        name: name.to_owned(),
        summary: summary.to_owned(),
    };
    let of_drift = drift::methods().iter().map(|method| method.info());
    Json(Catalogue {
        drift_methods: of_drift.map(|info| entry(info.id, info.name, info.summary)).collect(),
        row_methods: rows::methods().iter().map(|info| entry(info.id, info.name, info.summary)).collect(),
        formats: driftline_export::FORMATS.iter().map(|format| format.id.to_owned()).collect(),
    })
}
