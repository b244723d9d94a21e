//! Objects in S3 and stores that speak its language.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{BackoffConfig, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio_stream::StreamExt;

use super::fetching::{Ready, fetch, in_one_line, spools};
use crate::IngestError;
use crate::format::Format;
use crate::limits::{Fault, Limits};
use crate::location::Remote;
use crate::spool::Filler;
use crate::stored::Stored;
use crate::whereabouts::Whereabouts;

/// Attempts of a request, and how long all of them may take.
const ATTEMPTS: usize = 5;
const TRIES_FOR: Duration = Duration::from_secs(60);

/// An object or all tables under a prefix, sorted by name; their bytes come while they are read.
pub(crate) fn open(remote: &Remote, limits: Limits) -> Result<Vec<Stored>, IngestError> {
    let name = remote.shown().to_owned();
    let bucket = remote.url().host_str().unwrap_or_default().to_owned();
    let store = Arc::new(store(&bucket, &name)?);
    let (path, shown, listing) = (remote.url().path().to_owned(), name.clone(), Arc::clone(&store));
    let objects =
        fetch(&name, move |ready| async move { list(&listing, &path, (shown, limits), ready).await })?;
    let (kept, fillers) = spools(objects.len(), limits)?;
    let named = |object: &Object| {
        let key = object.path.to_string();
        let name = format!("s3://{bucket}/{key}");
        (name, Whereabouts::Object { bucket: bucket.clone(), key, size: object.size })
    };
    let named: Vec<(String, Whereabouts)> = objects.iter().map(named).collect();
    let work = objects.into_iter().zip(fillers).collect();
    fetch(&name, move |ready| async move { download(&store, work, ready).await })?;
    let stored =
        |((name, whereabouts), spool)| Ok(Stored::of_spool(name, spool, limits)?.at_whereabouts(whereabouts));
    named.into_iter().zip(kept).map(stored).collect()
}

/// An object as it stands from byte `from` on, and how many bytes it has in all. It is fetched while it is read,
/// and no further than it is.
pub(crate) fn open_from(
    name: &str,
    (bucket, key): (&str, &str),
    from: u64,
    limits: Limits,
) -> Result<(Stored, u64), IngestError> {
    let url = |cause: String| IngestError::Url { url: name.to_owned(), cause };
    let store = store(bucket, name)?;
    let path = Path::parse(key).map_err(|error| url(in_one_line(&error)))?;
    let (mut kept, mut fillers) = spools(1, limits)?;
    let (Some(spool), Some(filler)) = (kept.pop(), fillers.pop()) else {
        return Err(url("there is nowhere to keep it".to_owned()));
    };
    let shown = name.to_owned();
    let size = fetch(name, move |ready: Ready<u64>| async move {
        let meta = match store.head(&path).await {
            Ok(meta) => meta,
            Err(object_store::Error::NotFound { .. }) => {
                return ready.failed(IngestError::Missing { path: shown });
            }
            Err(error) => {
                return ready.failed(IngestError::Fetch { name: shown, cause: in_one_line(&error) });
            }
        };
        filler.expect(meta.size.saturating_sub(from));
        ready.with(meta.size);
        let object = Object { path, size: meta.size };
        let fault = take(&store, (&object, from, meta.e_tag), &filler).await.err();
        filler.end(fault.map(Fault::BrokenOff));
    })?;
    Ok((Stored::of_spool_from(name.to_owned(), (spool, from), limits), size))
}

/// The store with the keys and the endpoint of the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
/// `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL` and so on).
fn store(bucket: &str, shown: &str) -> Result<AmazonS3, IngestError> {
    let wrong = |cause: String| IngestError::Url { url: shown.to_owned(), cause };
    let retry =
        RetryConfig { backoff: BackoffConfig::default(), max_retries: ATTEMPTS, retry_timeout: TRIES_FOR };
    let builder = AmazonS3Builder::from_env().with_url(format!("s3://{bucket}"));
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint).unwrap_or_default();
    // An endpoint without encryption is what the person has asked for.
    let is_plain = endpoint.starts_with("http://");
    let builder = if is_plain { builder.with_allow_http(true) } else { builder };
    builder.with_retry(retry).build().map_err(|error| wrong(in_one_line(&error)))
}

/// One object.
struct Object {
    path: Path,
    size: u64,
}

async fn list(store: &AmazonS3, path: &str, (name, limits): (String, Limits), ready: Ready<Vec<Object>>) {
    match find(store, path).await {
        Ok(found) if found.is_empty() => ready.failed(IngestError::Missing { path: name }),
        Ok(found) if found.len() > limits.members => {
            ready.failed(IngestError::TooMany { name, found: found.len(), limit: limits.members });
        }
        Ok(found) => ready.with(found),
        Err(error) => {
            let cause = in_one_line(&error);
            // A list of what is in no bucket is an error of no kind of its own.
            let is_missing = cause.contains("NoSuchBucket");
            ready.failed(if is_missing {
                IngestError::Missing { path: name }
            } else {
                IngestError::Fetch { name, cause }
            });
        }
    }
}

async fn find(store: &AmazonS3, path: &str) -> object_store::Result<Vec<Object>> {
    let prefix = Path::from_url_path(path).unwrap_or_default();
    if !path.ends_with('/') && !prefix.as_ref().is_empty() {
        match store.head(&prefix).await {
            Ok(meta) => return Ok(vec![Object { path: meta.location, size: meta.size }]),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut listed = store.list(Some(&prefix));
    let mut found = Vec::new();
    while let Some(meta) = listed.next().await {
        let meta = meta?;
        if let Some(format) = Format::by_name(meta.location.as_ref()) {
            found.push((format, Object { path: meta.location, size: meta.size }));
        }
    }
    found.sort_by(|(one, this), (other, that)| (one, &this.path).cmp(&(other, &that.path)));
    let format = found.first().map(|(format, _)| *format);
    Ok(found.into_iter().filter(|(other, _)| Some(*other) == format).map(|(_, object)| object).collect())
}

/// Fetches the objects one after the other.
async fn download(store: &AmazonS3, work: Vec<(Object, Filler)>, ready: Ready<()>) {
    for (object, filler) in &work {
        filler.expect(object.size);
    }
    ready.with(());
    for (object, filler) in work {
        let fault = take(store, (&object, 0, None), &filler).await.err();
        filler.end(fault.map(Fault::BrokenOff));
    }
}

/// Takes an object from a byte on, in the state of that tag where there is one; what breaks off is asked for again from there.
async fn take(
    store: &AmazonS3,
    (object, from, mut etag): (&Object, u64, Option<String>),
    filler: &Filler,
) -> Result<(), String> {
    let mut got = from;
    if from > 0 && from >= object.size {
        return Ok(());
    }
    loop {
        let range = (got > 0).then_some(GetRange::Offset(got));
        let options = GetOptions { range, if_match: etag.clone(), ..GetOptions::default() };
        let answer = store.get_opts(&object.path, options).await.map_err(|error| in_one_line(&error))?;
        etag = answer.meta.e_tag.clone();
        let before = got;
        let mut bytes = answer.into_stream();
        let cause = loop {
            match bytes.next().await {
                Some(Ok(piece)) => {
                    if filler.put(&piece).is_err() {
                        return Ok(());
                    }
                    got += piece.len() as u64;
                }
                Some(Err(error)) => break in_one_line(&error),
                None if got >= object.size => return Ok(()),
                None => break "the connection was closed too early".to_owned(),
            }
        };
        if got == before {
            return Err(cause);
        }
    }
}
