//! Contracts of a workspace: rules that datasets of a name must keep.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_detect::contract::{ContractPlan, ContractTextError};
use driftline_engine::{ContractCheckRequest, ContractInput, InferRequest, Input, Silent};
use driftline_model::service::{CheckSide, ContractDetails, ContractSummary, ContractVersion};
use driftline_model::{Contract, ContractReport, SideReport, SuggestedRule};
use driftline_store::BaselineReference;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::at_once::{at_once, dataset, path_of, rename};
use crate::caller::Caller;
use crate::error::TextPlace;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// What helps where a dataset is too large.
const TOO_LARGE: &str = "infer from a baseline of it, start a check, or use the command line";
/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
        .routes(routes!(infer))
        .routes(routes!(attempt))
}

/// Contracts of the workspace
#[utoipa::path(get, path = "/api/v1/contracts", tag = "contracts",
    responses((status = 200, description = "Those in force, by name; at most 1,000", body = Vec<ContractSummary>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Response, ApiError> {
    let made = async {
        let known = service.database.contracts(&caller.workspace_id).await?;
        Ok(known.into_iter().map(summary).collect::<Vec<_>>())
    };
    answered::list(&service, (&caller.workspace_id, "contracts"), made).await
}

fn summary(known: ContractVersion) -> ContractSummary {
    // A text that an earlier version of the program let through still has a name and a version.
    let contract = driftline_engine::read_contract(&known.toml).unwrap_or_default();
    ContractSummary {
        name: known.name,
        version: known.version,
        description: contract.description,
        rules: contract.rules.len() as u64,
        created_ms: known.created_ms,
        created_by: known.created_by,
    }
}

/// One contract
#[utoipa::path(get, path = "/api/v1/contracts/{name}", tag = "contracts",
    params(("name" = String, Path, description = "The contract: the name of the datasets it is for")),
    responses((status = 200, description = "The version in force", body = ContractDetails)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<ContractDetails>, ApiError> {
    let known = service.database.contract(&caller.workspace_id, &name).await?;
    Ok(Json(details(known.ok_or_else(|| ApiError::missing("contract"))?)))
}

/// A text that an earlier version of the program let through is shown, so that somebody can mend it.
fn details(known: ContractVersion) -> ContractDetails {
    let (contract, promises) =
        read(&known.toml).map_or_else(|_| Default::default(), |(contract, plan)| (contract, plan.promises()));
    let ContractVersion { name, version, toml, created_ms, created_by } = known;
    ContractDetails { name, version, toml, contract, promises, created_ms, created_by }
}

/// A contract from its text.
fn read(toml: &str) -> Result<(Contract, ContractPlan), ApiError> {
    let contract = driftline_engine::read_contract(toml).map_err(|error| wrong_text(&error))?;
    let plan = ContractPlan::new(&contract).map_err(|error| wrong_text(&error))?;
    Ok((contract, plan))
}

fn wrong_text(error: &ContractTextError) -> ApiError {
    let place = TextPlace { line: error.line, column: error.column };
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.contract_text", error.message.clone())
        .with_help("the book lists every rule with an example: chapter `Contracts`")
        .at(place)
}

/// A new text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContract {
    /// The version that this text was made from, 0 for a new contract; when another one is in force meanwhile, the
    /// answer is 409.
    version: i64,
    /// The text, in TOML.
    toml: String,
}

/// Set a contract
///
/// A text that is no contract is answered with 422 and `place`: the line and column of the mistake.
#[utoipa::path(put, path = "/api/v1/contracts/{name}", tag = "contracts", request_body = NewContract,
    params(("name" = String, Path, description = "The contract: the name of the datasets it is for")),
    responses((status = 200, description = "The version now in force", body = ContractDetails)))]
async fn put(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<NewContract>,
) -> Result<Json<ContractDetails>, ApiError> {
    check_name(&name)?;
    read(&body.toml)?;
    let now = now_ms();
    let next = ContractVersion {
        name: name.clone(),
        version: body.version.saturating_add(1),
        toml: body.toml,
        created_ms: now,
        created_by: caller.user_id.clone(),
    };
    let mut change = service.database.change().await?;
    if !change.set_contract(&caller.workspace_id, &next).await? {
        drop(change);
        return Err(taken(&service, &caller, &name).await?);
    }
    changed(&service, &caller, change, ("contract.set", &name)).await?;
    let known = service.database.contract(&caller.workspace_id, &name).await?;
    Ok(Json(details(known.ok_or_else(|| ApiError::missing("contract"))?)))
}

/// Delete a contract
///
/// Checks that were made with it stay as they are.
#[utoipa::path(delete, path = "/api/v1/contracts/{name}", tag = "contracts",
    params(("name" = String, Path, description = "The contract")),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let known = service.database.contract(&caller.workspace_id, &name).await?;
    let known = known.ok_or_else(|| ApiError::missing("contract"))?;
    let gone = ContractVersion {
        version: known.version + 1,
        created_ms: now_ms(),
        created_by: caller.user_id.clone(),
        ..known
    };
    let mut change = service.database.change().await?;
    if !change.delete_contract(&caller.workspace_id, &gone).await? {
        drop(change);
        return Err(taken(&service, &caller, &name).await?);
    }
    changed(&service, &caller, change, ("contract.delete", &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to whoever was too late.
async fn taken(service: &Service, caller: &Caller, name: &str) -> Result<ApiError, ApiError> {
    let known = service.database.contract(&caller.workspace_id, name).await?;
    let message = "somebody else has changed the contract";
    Ok(match known {
        Some(present) => ApiError::conflict(message, &present),
        None => ApiError::conflict("there is no such contract any more: begin with version 0", &()),
    })
}

async fn changed(
    service: &Service,
    caller: &Caller,
    mut change: driftline_store::Change,
    (action, name): (&str, &str),
) -> Result<(), ApiError> {
    let answer = serde_json::json!({ "name": name });
    change.publish((&caller.workspace_id, "contract.changed", name), &answer, now_ms()).await?;
    service.audited(&mut change, caller, (action, name, "")).await?;
    Ok(change.commit().await?)
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let is_plain = |c: char| !c.is_control() && c != '/';
    let fits =
        !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.trim() == name && name.chars().all(is_plain);
    if fits {
        return Ok(());
    }
    let message = format!("a name has at most {MAX_NAME_BYTES} bytes, no `/` and no blanks around");
    Err(ApiError::invalid(message))
}

/// A proposed contract.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ProposedContract {
    /// The text, with a remark on every rule.
    toml: String,
    /// The rules, each with why it is there.
    rules: Vec<SuggestedRule>,
    /// What it was inferred from.
    table: SideReport,
}

/// Propose a contract
///
/// From a dataset: it is read twice, so that every rule holds on all of its rows; larger ones than 256 MiB are
/// refused with 413. From a baseline: only what its profile shows for certain. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/contracts/infer", tag = "contracts", request_body = CheckSide,
    responses((status = 200, description = "The proposal", body = ProposedContract)))]
async fn infer(
    State(service): State<Service>,
    caller: Caller,
    Json(side): Json<CheckSide>,
) -> Result<Json<ProposedContract>, ApiError> {
    let (input, name) = match side {
        CheckSide::Dataset(id) => dataset(&service, &caller, (&id, TOO_LARGE)).await?,
        CheckSide::Baseline(text) => {
            let reference: BaselineReference = text.parse()?;
            let (version, path) = service.data.baselines(&caller.workspace_id).resolve(&reference)?;
            let name = format!("baseline:{}@{version}", reference.name);
            (Input::Profile { path, name: name.clone() }, name)
        }
        CheckSide::Monitor(_) => {
            return Err(ApiError::invalid("a contract is inferred from a dataset or a baseline"));
        }
    };
    let settings = service.database.settings(&caller.workspace_id).await?.settings;
    let path = path_of(&input);
    let request = InferRequest { input, settings, run: service.config.run.clone() };
    let mut inferred = at_once((path.clone(), name.clone()), move |cancel| {
        driftline_engine::infer_contract(&request, &Silent, cancel)
    })
    .await?;
    rename(&mut inferred.side, (&path, &name));
    let toml = inferred.toml.replace(&path, &name);
    Ok(Json(ProposedContract { toml, rules: inferred.rules, table: inferred.side }))
}

/// A text to try.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Attempt {
    /// The text, in TOML.
    toml: String,
    /// The dataset to judge: its id.
    dataset: String,
}

/// Try a contract on a dataset
///
/// Nothing is kept and no finding is raised. Datasets larger than 256 MiB are refused with 413: start a check.
#[utoipa::path(post, path = "/api/v1/contracts/try", tag = "contracts", request_body = Attempt,
    responses((status = 200, description = "What came of every rule", body = ContractReport)))]
async fn attempt(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<Attempt>,
) -> Result<Json<ContractReport>, ApiError> {
    let (contract, _) = read(&body.toml)?;
    let contract = ContractInput::new("trial", &contract, now_ms()).map_err(|error| wrong_text(&error))?;
    let (input, name) = dataset(&service, &caller, (&body.dataset, TOO_LARGE)).await?;
    let settings = service.database.settings(&caller.workspace_id).await?.settings;
    let path = path_of(&input);
    let request = ContractCheckRequest { input, settings, run: service.config.run.clone() };
    let mut report = at_once((path.clone(), name.clone()), move |cancel| {
        driftline_engine::check_contract(&request, &contract, &Silent, cancel)
    })
    .await?;
    rename(&mut report.table, (&path, &name));
    let examples = report.contract.rules.iter_mut().flat_map(|rule| &mut rule.examples);
    examples.filter(|example| example.source == path).for_each(|example| example.source.clone_from(&name));
    Ok(Json(report))
}
