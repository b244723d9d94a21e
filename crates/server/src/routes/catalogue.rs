//! What this version can do: methods and formats.

use axum::Json;
use driftline_detect::contract::{self, RuleInfo, RulePlace};
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
    /// Rules that a contract can have.
    contract_rules: Vec<RuleEntry>,
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

/// A rule that a contract can have.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RuleEntry {
    /// Its id in contracts and reports.
    id: String,
    /// Its name as people know it.
    name: String,
    /// What it looks at: `schema`, `table`, `column` or `row`.
    scope: String,
    /// Where it stands in a contract: `column` or `table`.
    place: String,
    /// What it promises, in a sentence.
    summary: String,
    /// Whether a share of the rows may break it: `tolerance`.
    tolerance: bool,
    /// What it takes.
    parameters: Vec<ParameterEntry>,
    /// How it stands in a contract.
    example: String,
    /// What Great Expectations calls it.
    great_expectations: Vec<String>,
    /// What Deequ calls it.
    deequ: Vec<String>,
}

/// A parameter of a rule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ParameterEntry {
    /// Its name.
    name: String,
    /// What it can be: `number`, `count`, `share`, `bound` (number or date), `flag`, `text`, `choice`, `values`,
    /// `column` or `columns`.
    shape: String,
    /// The words of a choice.
    choices: Vec<String>,
    /// Whether it must be given.
    required: bool,
    /// What it is for.
    doc: String,
}

fn rule_entry(info: &RuleInfo) -> RuleEntry {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    RuleEntry {
        id: info.id.to_owned(),
        name: info.name.to_owned(),
        scope: info.scope.name().to_owned(),
        place: if info.place == RulePlace::Column { "column" } else { "table" }.to_owned(),
        summary: info.summary.to_owned(),
        tolerance: info.tolerance,
        parameters: info
            .parameters
            .iter()
            .map(|parameter| ParameterEntry {
                name: parameter.name.to_owned(),
                shape: parameter.shape.name().to_owned(),
                choices: texts(parameter.shape.choices()),
                required: parameter.required,
                doc: parameter.doc.to_owned(),
            })
            .collect(),
        example: info.example.to_owned(),
        great_expectations: texts(info.great_expectations),
        deequ: texts(info.deequ),
    }
}

/// Methods, rules and formats
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
        contract_rules: contract::rules().map(rule_entry).collect(),
        formats: driftline_export::FORMATS.iter().map(|format| format.id.to_owned()).collect(),
    })
}
