//! What all sources elsewhere have in common: a thread that fetches, and bytes that are kept while they come.

use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use crate::IngestError;
use crate::limits::Limits;
use crate::spool::{Filler, Spool};

/// Says once that bytes will come, with what is known of them before, or why not.
pub(crate) struct Ready<T>(SyncSender<Result<T, IngestError>>);

impl<T> Ready<T> {
    /// Bytes will come.
    pub(crate) fn with(self, known: T) {
        // Whoever asked has gone: the fetching ends by itself.
        let _ = self.0.send(Ok(known));
    }

    /// They will not.
    pub(crate) fn failed(self, error: IngestError) {
        let _ = self.0.send(Err(error));
    }
}

/// New spools, and what fills them.
pub(crate) fn spools(count: usize, limits: Limits) -> Result<(Vec<Arc<Spool>>, Vec<Filler>), IngestError> {
    let made = (0..count).map(|_| Spool::new(limits.kept_bytes)).collect::<Result<Vec<_>, _>>();
    Ok(made.map_err(|cause| IngestError::Spool { cause })?.into_iter().unzip())
}

/// Fetches on a thread of its own, and waits until it says that bytes will come.
pub(crate) fn fetch<T, F>(
    name: &str,
    work: impl FnOnce(Ready<T>) -> F + Send + 'static,
) -> Result<T, IngestError>
where
    T: Send + 'static,
    F: Future<Output = ()>,
{
    let (sender, receiver) = sync_channel(1);
    let failed =
        |cause: std::io::Error| IngestError::Fetch { name: name.to_owned(), cause: cause.to_string() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let run = move || runtime.block_on(work(Ready(sender)));
    std::thread::Builder::new().name("fetch".to_owned()).spawn(run).map_err(failed)?;
    receiver.recv().unwrap_or_else(|_| {
        Err(IngestError::Fetch { name: name.to_owned(), cause: "what fetches it broke down".to_owned() })
    })
}

/// An error and what is behind it, in one line.
pub(crate) fn in_one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text.lines().collect::<Vec<_>>().join(" ")
}
