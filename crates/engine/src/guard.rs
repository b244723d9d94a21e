use std::panic::{AssertUnwindSafe, catch_unwind};

use driftline_model::RunSettings;

use crate::EngineError;
use crate::scan::threads;

/// Runs a part of the work on as many threads as the run may use; a panic in it becomes an error instead of the
/// end of the process.
///
/// What the part borrowed must not be used after an error, since it may be half-changed.
pub(crate) fn guarded<T: Send>(
    during: &str,
    run: &RunSettings,
    work: impl FnOnce() -> Result<T, EngineError> + Send,
) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(|| {
        match rayon::ThreadPoolBuilder::new().num_threads(threads(run)).build() {
            Ok(pool) => pool.install(work),
            // Without threads of its own the work is done on this one and the pool that all share.
            Err(_) => work(),
        }
    }))
    .unwrap_or_else(|payload| Err(EngineError::panic(during, &*payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let outcome: Result<(), EngineError> =
            guarded("testing", &RunSettings::default(), || panic!("column {}", 7));
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), "internal error while testing: column 7");
        assert_eq!((error.code().as_str(), error.category().exit_code()), ("processing.internal", 4));
    }
}
