//! Passes that are ready to read parts, kept for the next parts.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use driftline_engine::EngineError;
use driftline_engine::spread::ReadyPass;

use crate::aggregate::pass_of;

/// Passes that are kept: reference and current data of two runs.
const KEPT: usize = 4;

/// What is kept of a pass.
type Slot = Arc<OnceLock<Result<Arc<ReadyPass>, String>>>;

/// The last passes by their literals, the newest at the end.
static READY: LazyLock<Mutex<Vec<(String, Slot)>>> = LazyLock::new(Mutex::default);

/// The pass of this literal, made ready once however many ask for it at the same time.
pub(crate) fn ready(text: &str) -> Result<Arc<ReadyPass>, EngineError> {
    let slot = slot_of(text);
    let make = || {
        let bytes = pass_of(text).map_err(|error| error.to_string())?;
        ReadyPass::from_bytes(&bytes).map(Arc::new).map_err(|error| error.to_string())
    };
    slot.get_or_init(make).clone().map_err(|cause| EngineError::Cluster { cause })
}

fn slot_of(text: &str) -> Slot {
    let mut kept = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = kept.iter().position(|(known, _)| known == text) {
        let found = kept.remove(at);
        let slot = Arc::clone(&found.1);
        kept.push(found);
        return slot;
    }
    let slot = Slot::default();
    kept.push((text.to_owned(), Arc::clone(&slot)));
    let beyond = kept.len().saturating_sub(KEPT);
    kept.drain(..beyond);
    slot
}
