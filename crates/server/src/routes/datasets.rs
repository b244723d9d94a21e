//! Datasets: tables that were uploaded.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use driftline_model::service::{Dataset, DatasetDetails, Page, PageRequest};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::{ApiError, Service, receive};

/// Hexadecimal digits of a SHA-256.
const SHA256_DIGITS: usize = 64;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, delete))
}

/// Datasets of the workspace
#[utoipa::path(get, path = "/api/v1/datasets", tag = "data", params(PageRequest),
    responses((status = 200, description = "Newest first, without deleted ones", body = Page<Dataset>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Dataset>>, ApiError> {
    Ok(Json(service.database.datasets(&caller.workspace_id, &page).await?))
}

/// What is uploaded.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct NewDataset {
    /// Name of the file, as people shall see it.
    #[serde(default)]
    name: String,
}

/// Upload a dataset
///
/// The body is the file: CSV, Parquet, XLSX, JSON, Arrow or Avro, plain, compressed with gzip or zstd, or in a zip or
/// tar archive. What it is is told by its content. Use `/api/v1/uploads` where the connection may break off.
#[utoipa::path(post, path = "/api/v1/datasets", tag = "data",
    params(NewDataset, ("X-Content-SHA256" = Option<String>, Header,
        description = "SHA-256 of the body in hexadecimal digits; other bytes are refused")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "It can be used", body = Dataset)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Query(new): Query<NewDataset>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Dataset>), ApiError> {
    let wanted = wanted_hash(&headers)?;
    receive::refuse_long(receive::announced_bytes(&headers), service.config.max_upload_bytes)?;
    let name = receive::sanitised(&new.name);
    let received =
        receive::to_the_end(
            async move { receive::receive_whole(&service, &caller, (name, wanted), body).await },
        );
    Ok((StatusCode::CREATED, Json(received.await?)))
}

fn wanted_hash(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("x-content-sha256") else { return Ok(None) };
    let digits = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    if digits.len() == SHA256_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(Some(digits));
    }
    Err(ApiError::invalid(format!("`X-Content-SHA256` needs {SHA256_DIGITS} hexadecimal digits")))
}

/// One dataset with its columns and first rows
#[utoipa::path(get, path = "/api/v1/datasets/{id}", tag = "data",
    params(("id" = String, Path, description = "The dataset")),
    responses((status = 200, description = "The dataset; a deleted one without rows", body = DatasetDetails)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DatasetDetails>, ApiError> {
    let known = service.database.dataset_details(&caller.workspace_id, &id).await?;
    Ok(Json(known.ok_or_else(|| ApiError::missing("dataset"))?))
}

/// Delete a dataset
///
/// Checks that were made with it stay.
#[utoipa::path(delete, path = "/api/v1/datasets/{id}", tag = "data",
    params(("id" = String, Path, description = "The dataset")),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let deleted = receive::to_the_end(async move {
        receive::delete_dataset(&service, &receive::line_of(&caller, "dataset.delete", &id)).await
    });
    if deleted.await? { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::missing("dataset")) }
}
