//! What this version can do: methods and formats.

use axum::Json;
use driftline_alert::{CHANNELS, ChannelInfo};
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
    /// Kinds of channels that alerts can be sent to.
    channels: Vec<ChannelEntry>,
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

/// A kind of channels.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ChannelEntry {
    /// Its id: the `kind` of a channel.
    id: String,
    /// Its name as people know it.
    name: String,
    /// What it does, in a sentence.
    summary: String,
    /// What it takes.
    fields: Vec<ChannelField>,
    /// What it says: each can be replaced.
    templates: Vec<ChannelTemplate>,
    /// Whether the other side keeps an incident of its own, which is acknowledged and resolved together with ours.
    keeps_incidents: bool,
}

/// A field of a channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ChannelField {
    /// Its name: the key in `config`, or in `secrets` when it is a secret.
    name: String,
    /// Its name for people.
    label: String,
    /// What it can be: `text`, `url`, `choice`, `count` (a whole number) or `emails` (addresses, with commas between).
    shape: String,
    /// The words of a choice.
    choices: Vec<String>,
    /// Whether it must be given.
    required: bool,
    /// Whether it is never answered.
    secret: bool,
    /// Whether the secrets must be sent again when it is changed.
    is_destination: bool,
    /// What holds without it; empty for nothing.
    default: String,
    /// What it is for.
    doc: String,
}

/// A text of a channel that can be replaced.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ChannelTemplate {
    /// Its name: the key in `templates`.
    name: String,
    /// What it is for.
    doc: String,
    /// What holds without one.
    default: String,
}

fn channel_entry(info: &ChannelInfo) -> ChannelEntry {
    let field = |field: &driftline_alert::FieldInfo| ChannelField {
        name: field.name.to_owned(),
        label: field.label.to_owned(),
        shape: field.shape.name().to_owned(),
        choices: field.shape.choices().iter().map(|word| (*word).to_owned()).collect(),
        required: field.required,
        secret: field.secret,
        is_destination: field.is_destination,
        default: field.default.to_owned(),
        doc: field.doc.to_owned(),
    };
    let template = |template: &driftline_alert::TemplateInfo| ChannelTemplate {
        name: template.name.to_owned(),
        doc: template.doc.to_owned(),
        default: template.default.to_owned(),
    };
    ChannelEntry {
        id: info.id.to_owned(),
        name: info.name.to_owned(),
        summary: info.summary.to_owned(),
        fields: info.fields.iter().map(field).collect(),
        templates: info.templates.iter().map(template).collect(),
        keeps_incidents: info.keeps_incidents,
    }
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
        channels: CHANNELS.into_iter().map(channel_entry).collect(),
        formats: driftline_export::FORMATS.iter().map(|format| format.id.to_owned()).collect(),
    })
}
