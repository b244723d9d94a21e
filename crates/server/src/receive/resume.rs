//! Going on with an upload.

use axum::body::Body;
use axum::http::StatusCode;
use driftline_model::service::{Upload, UploadState};

use super::arriving::Arriving;
use super::hashes::Hashes;
use super::keep::{Received, keep};
use super::partial::Partial;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// How long an upload waits for its next bytes.
const WAIT_MS: i64 = 24 * 60 * 60 * 1000;

/// Bytes after which those that came are made safe and acknowledged, in the middle of a request.
const CHECKPOINT_BYTES: u64 = 32 << 20;

/// Somebody goes on with an upload.
pub(crate) struct Resume {
    /// What it works with.
    pub(crate) service: Service,
    /// Who.
    pub(crate) caller: Caller,
    /// Hashes of uploads that are open.
    pub(crate) hashes: Hashes,
    /// The upload: one of our own ids, known to be one of the workspace.
    pub(crate) id: String,
    /// Where the client goes on.
    pub(crate) offset: u64,
}

/// When an upload that goes on now is given up.
pub(crate) fn given_up_ms() -> i64 {
    now_ms() + WAIT_MS
}

/// Takes more bytes of an upload, and makes it a dataset when they were the last. Gives the upload as it stands
/// then.
///
/// # Errors
/// When somebody else goes on with it, it stands elsewhere, or the bytes do not come: then those that came are
/// acknowledged. When it is whole and no table: then it is gone.
pub(crate) async fn resume(resume: &Resume, body: Body) -> Result<Upload, ApiError> {
    let Resume { service, caller, hashes, id, offset } = resume;
    let partial = Partial::open([service.data.upload(id), service.data.blob(id)]).await?;
    // Only now that nobody else writes to it what the database says holds.
    let mut upload = present(service, caller, id).await?;
    if upload.offset_bytes.cast_unsigned() != *offset {
        return Err(stands_elsewhere(&upload));
    }
    if upload.state == UploadState::Done {
        return Ok(upload);
    }
    let length = upload.length_bytes.cast_unsigned();
    let mut partial = match partial {
        Some(partial) => partial.go_on(*offset, hashes.take(id, *offset)).await?,
        None => return Err(ApiError::missing("upload")),
    };
    let mut arriving = Arriving::new(service, body, length.saturating_sub(*offset));
    let ended = loop {
        match arriving.next().await {
            Ok(Some(bytes)) => match partial.write(bytes).await {
                Ok(longer) => partial = longer,
                Err(error) => {
                    give_back(resume, &upload).await;
                    return Err(error);
                }
            },
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if partial.length() - upload.offset_bytes.cast_unsigned() >= CHECKPOINT_BYTES {
            partial = acknowledge(resume, partial, &mut upload).await?;
        }
    };
    if partial.length() < length || ended.is_err() {
        acknowledge(resume, partial, &mut upload).await?;
        return ended.map(|()| upload);
    }
    let whole = partial.complete().await?;
    let received = Received { whole, id: id.clone(), name: upload.name.clone(), is_upload: true };
    let dataset = keep(service, caller, received).await?;
    Ok(Upload {
        offset_bytes: upload.length_bytes,
        state: UploadState::Done,
        dataset_id: Some(dataset.id),
        ..upload
    })
}

/// Cuts off what was not acknowledged, so that a full disk is not kept full by bytes that come again.
async fn give_back(resume: &Resume, upload: &Upload) {
    let data = &resume.service.data;
    // What cannot be cut off now is cut off when the upload goes on.
    if let Ok(Some(partial)) = Partial::open([data.upload(&resume.id), data.blob(&resume.id)]).await {
        let _ = partial.cut_to(upload.offset_bytes.cast_unsigned()).await;
    }
}

/// An upload of the workspace.
pub(crate) async fn present(service: &Service, caller: &Caller, id: &str) -> Result<Upload, ApiError> {
    let known = service.database.upload(&caller.workspace_id, id).await?;
    known.ok_or_else(|| ApiError::missing("upload"))
}

/// Makes the bytes that came safe and notes it. All of them are only acknowledged by the change that makes the
/// dataset: a client that finds an upload complete need not come back.
async fn acknowledge(resume: &Resume, partial: Partial, upload: &mut Upload) -> Result<Partial, ApiError> {
    let offset = partial.length().cast_signed();
    if offset == upload.length_bytes {
        return Ok(partial);
    }
    let partial = partial.sync().await?;
    let expires_ms = given_up_ms();
    let mut change = resume.service.database.change().await?;
    change.advance_upload(&resume.id, offset, expires_ms).await?;
    change.commit().await?;
    resume.hashes.remember(&resume.id, partial.length(), partial.hash());
    (upload.offset_bytes, upload.expires_ms) = (offset, expires_ms);
    Ok(partial)
}

fn stands_elsewhere(upload: &Upload) -> ApiError {
    let message = format!("the upload stands at byte {}", upload.offset_bytes);
    ApiError::new(StatusCode::CONFLICT, "data.offset", message)
        .with_help("ask with HEAD where it stands, and go on there")
}
