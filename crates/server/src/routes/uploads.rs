//! Resumable uploads: the protocol tus 1.0.0 with its extensions creation, expiration and termination.

use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use driftline_model::service::{Upload, UploadState};
use driftline_store::new_id;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::receive::{self, Hashes, Partial, Resume};
use crate::state::now_ms;
use crate::{ApiError, Service};

/// The version of the protocol.
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
/// What is understood beyond its core.
const EXTENSIONS: &str = "creation,expiration,termination";
/// The kind of body that carries bytes of an upload.
const OFFSET_OCTETS: &[u8] = b"application/offset+octet-stream";
/// Open uploads of a workspace at most.
const MAX_OPEN: i64 = 1_000;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(describe, create))
        .routes(routes!(stand, go_on, delete))
        .layer(Extension(Hashes::default()))
        .layer(from_fn(in_our_version))
}

/// Refuses other versions of the protocol, and says in every answer which one this is.
async fn in_our_version(request: Request, next: Next) -> Response {
    let spoken = request.headers().get("tus-resumable");
    let is_other = request.method() != Method::OPTIONS && spoken.is_some_and(|spoken| spoken != VERSION);
    let mut answer = if is_other {
        let message = "this speaks version 1.0.0 of tus only";
        let refusal = ApiError::new(StatusCode::PRECONDITION_FAILED, "usage.version", message);
        ([("tus-version", VERSION)], refusal).into_response()
    } else {
        next.run(request).await
    };
    answer.headers_mut().insert("tus-resumable", VERSION);
    answer
}

/// What uploads can do
#[utoipa::path(options, path = "/api/v1/uploads", tag = "data",
    responses((status = 204, description = "In the headers `Tus-Version`, `Tus-Max-Size` and `Tus-Extension`")))]
async fn describe(State(service): State<Service>) -> Response {
    let headers = [
        ("tus-version", "1.0.0".to_owned()),
        ("tus-max-size", service.config.max_upload_bytes.to_string()),
        ("tus-extension", EXTENSIONS.to_owned()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Begin a resumable upload
///
/// Answers with its place in `Location`. Send the bytes there with PATCH.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "data", params(
    ("Upload-Length" = u64, Header, description = "Bytes in all"),
    ("Upload-Metadata" = Option<String>, Header,
        description = "tus metadata; `filename` with the name in base64 names the dataset")),
    responses((status = 201, description = "Begun: `Location` and `Upload-Expires` are in the headers")))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let length = number(&headers, "upload-length")?;
    receive::refuse_long(Some(length), service.config.max_upload_bytes)?;
    if length == 0 {
        let message = "the file is empty: it has no header and no row";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.empty", message));
    }
    if service.database.open_uploads(&caller.workspace_id).await? >= MAX_OPEN {
        let message = format!("{MAX_OPEN} uploads are open in this workspace");
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "data.too_many_uploads", message)
            .with_help("finish or delete some of them; those that rest expire after a day"));
    }
    let now = now_ms();
    let upload = Upload {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        name: receive::sanitised(&file_name(&headers)?),
        length_bytes: i64::try_from(length).unwrap_or(i64::MAX),
        offset_bytes: 0,
        state: UploadState::Open,
        dataset_id: None,
        created_ms: now,
        created_by: caller.user_id.clone(),
        expires_ms: receive::given_up_ms(),
    };
    // Held until the row is there: the sweeper takes a file without either for an orphan.
    let _file = Partial::create(service.data.upload(&upload.id)).await?;
    let mut change = service.database.change().await?;
    change.create_upload(&upload).await?;
    service.audited(&mut change, &caller, ("upload.create", &upload.id, &upload.name)).await?;
    change.commit().await?;
    let place = format!("/api/v1/uploads/{}", upload.id);
    let headers = [("location", place), ("upload-expires", expires(&upload))];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// Where an upload stands
#[utoipa::path(head, path = "/api/v1/uploads/{id}", tag = "data",
    params(("id" = String, Path, description = "The upload")),
    responses((status = 200, description = "In the headers `Upload-Offset` and `Upload-Length`; `X-Dataset-Id` once \
        it is a dataset")))]
async fn stand(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let upload = receive::present(&service, &caller, &id).await?;
    let more = [("upload-length", upload.length_bytes.to_string()), ("cache-control", "no-store".to_owned())];
    Ok((StatusCode::OK, more, standing(&upload)).into_response())
}

/// Send bytes of an upload
///
/// The last ones make it a dataset, whose id is in the header `X-Dataset-Id`. All bytes up to `Upload-Offset` of
/// an answer are safe.
#[utoipa::path(patch, path = "/api/v1/uploads/{id}", tag = "data",
    params(("id" = String, Path, description = "The upload"),
        ("Upload-Offset" = u64, Header, description = "Where the upload stands")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Safe; where the upload stands now is in `Upload-Offset`")))]
async fn go_on(
    State(service): State<Service>,
    Extension(hashes): Extension<Hashes>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != OFFSET_OCTETS) {
        let message = "the body of PATCH is of the type application/offset+octet-stream";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "usage.content_type", message));
    }
    let offset = number(headers, "upload-offset")?;
    let upload = receive::present(&service, &caller, &id).await?;
    let left = upload.length_bytes.cast_unsigned().saturating_sub(offset);
    receive::refuse_long(receive::announced_bytes(headers), left)?;
    let resume = Resume { service, caller, hashes, id: upload.id, offset };
    let body: Body = request.into_body();
    let upload = receive::to_the_end(async move { receive::resume(&resume, body).await }).await?;
    Ok((StatusCode::NO_CONTENT, standing(&upload)).into_response())
}

/// Give an upload up
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "data",
    params(("id" = String, Path, description = "The upload")),
    responses((status = 204, description = "Its bytes are gone")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let upload = receive::present(&service, &caller, &id).await?;
    let deleted = receive::to_the_end(async move {
        receive::delete_upload(&service, &receive::line_of(&caller, "upload.delete", &upload.id)).await
    });
    if deleted.await? { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::missing("upload")) }
}

/// Headers that say where an upload stands.
fn standing(upload: &Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("upload-offset", upload.offset_bytes.cast_unsigned().into());
    let more = match &upload.dataset_id {
        Some(id) => ("x-dataset-id", HeaderValue::from_str(id)),
        None => ("upload-expires", HeaderValue::from_str(&expires(upload))),
    };
    if let (name, Ok(value)) = more {
        headers.insert(name, value);
    }
    headers
}

fn expires(upload: &Upload) -> String {
    let after = Duration::from_millis(u64::try_from(upload.expires_ms).unwrap_or_default());
    httpdate::fmt_http_date(UNIX_EPOCH + after)
}

fn number(headers: &HeaderMap, name: &str) -> Result<u64, ApiError> {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    value.ok_or_else(|| ApiError::invalid(format!("the header `{name}` needs a number of bytes")))
}

/// The value of `filename` in the metadata of an upload; empty when there is none.
fn file_name(headers: &HeaderMap) -> Result<String, ApiError> {
    let Some(value) = headers.get("upload-metadata") else { return Ok(String::new()) };
    let pairs = value.to_str().unwrap_or_default().split(',');
    let name = pairs.filter_map(|pair| pair.trim().split_once(' ')).find(|(key, _)| *key == "filename");
    let Some((_, encoded)) = name else { return Ok(String::new()) };
    let decoded = BASE64_STANDARD.decode(encoded.trim());
    let decoded = decoded.map_err(|_| ApiError::invalid("`filename` in `Upload-Metadata` is no base64"))?;
    Ok(String::from_utf8_lossy(&decoded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_the_metadata() {
        let named = |metadata: &'static str| {
            file_name(&HeaderMap::from_iter([(
                header::HeaderName::from_static("upload-metadata"),
                HeaderValue::from_static(metadata),
            )]))
        };
        assert_eq!(named("is_final,filename w7xiZXIuY3N2, kind eA==").unwrap(), "über.csv");
        assert_eq!(named("kind eA==").unwrap(), "");
        assert_eq!(named("filename").unwrap(), "");
        assert!(named("filename !!!").is_err());
        assert_eq!(file_name(&HeaderMap::new()).unwrap(), "");
    }
}
