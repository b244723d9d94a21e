//! The description of the API, made from the code.

use axum::Json;
use driftline_model::service::Event;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{Problem, ProblemDetails, TextPlace};
use crate::live::Seen;
use crate::policy::{Access, access};
use crate::{Service, routes as resources};

/// What the whole API shares.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Driftline",
        description = "What changed in your data, whether it matters, and why. Every answer that is not what was \
                       asked for is a `Problem` with a stable code.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Event, Problem, ProblemDetails, Seen, TextPlace)),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "people", description = "Workspaces, people and API tokens"),
        (name = "data", description = "Datasets and uploads"),
        (name = "checks", description = "Checks and their reports"),
        (name = "baselines", description = "Named references in versions"),
        (name = "contracts", description = "Rules that datasets must keep"),
        (name = "findings", description = "What people look after"),
        (name = "incidents", description = "Findings that moved together"),
        (name = "alerts", description = "Who is told of incidents, and how"),
        (name = "notices", description = "What the caller should know"),
        (name = "settings", description = "The configuration of a workspace"),
        (name = "events", description = "What happens, as it happens"),
        (name = "audit", description = "Who did what, and when"),
        (name = "system", description = "What this version can do, and how it is")
    )
)]
struct Shared;

/// All routes of the API with their description.
pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::with_openapi(Shared::openapi())
        .merge(resources::session::router())
        .merge(resources::oidc::router())
        .merge(resources::workspaces::router())
        .merge(resources::users::router())
        .merge(resources::tokens::router())
        .merge(resources::datasets::router())
        .merge(resources::cells::router())
        .merge(resources::uploads::router())
        .merge(resources::checks::router())
        .merge(resources::comparison::router())
        .merge(resources::preview::router())
        .merge(resources::baselines::router())
        .merge(resources::baseline_jobs::router())
        .merge(resources::contracts::router())
        .merge(resources::findings::router())
        .merge(resources::incidents::router())
        .merge(resources::monitor_preview::router())
        .merge(resources::monitors::router())
        .merge(resources::channels::router())
        .merge(resources::alert_rules::router())
        .merge(resources::deliveries::router())
        .merge(resources::notices::router())
        .merge(resources::settings::router())
        .merge(resources::dataset_settings::router())
        .merge(resources::events::router())
        .merge(resources::audit::router())
        .merge(resources::catalogue::router())
        .merge(resources::system::router())
        .routes(routes!(describe))
}

/// The description of the API: OpenAPI 3.1.
pub fn document() -> Document {
    let mut document = router().into_openapi();
    let problem = serde_json::json!({
        "description": "Refused or failed: a stable code and a sentence",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
    });
    let Ok(mut value) = serde_json::to_value(&document) else { return document };
    let paths = value.get_mut("paths").and_then(serde_json::Value::as_object_mut);
    for (path, methods) in paths.into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut() else { continue };
            if let Some(responses) = operation.get_mut("responses").and_then(serde_json::Value::as_object_mut)
            {
                for status in ["400", "401", "403", "404", "409", "413", "415", "422", "429", "503", "507"] {
                    responses.entry(status).or_insert_with(|| problem.clone());
                }
            }
            operation.insert("operationId".to_owned(), operation_id(method, path).into());
            if let Some(Access::Role(role)) = access(&method.to_uppercase(), path) {
                operation.insert("x-least-role".to_owned(), role.name().into());
            }
        }
    }
    if let Ok(complete) = serde_json::from_value(value) {
        document = complete;
    }
    document
}

/// A name of its own for every operation, for clients that are made from the description: `get_checks_id`.
fn operation_id(method: &str, path: &str) -> String {
    let parts = path.trim_start_matches("/api/v1").split(['/', '.', '-']).filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.trim_matches(['{', '}']));
    std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
}

/// The description of this API
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "system",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn describe() -> Json<Document> {
    Json(document())
}
