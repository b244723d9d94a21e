use std::sync::atomic::{AtomicBool, Ordering};

use driftline_engine::CancelToken;

use crate::failure::Failure;

/// A token that Ctrl-C (and a request to terminate) cancels. Work then stops at the next chunk and removes its
/// temporary files; who asks a second time does not want to wait.
pub(crate) fn cancel_on_interrupt() -> Result<CancelToken, Failure> {
    let token = CancelToken::new();
    let shared = token.clone();
    let asked = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        shared.cancel();
    })
    .map_err(|error| Failure::system("signals", format!("failed to listen for Ctrl-C: {error}"), None))?;
    Ok(token)
}
