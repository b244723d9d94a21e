use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::EngineError;

/// Runs a part of the work; a panic in it becomes an error instead of the end of the process.
///
/// What the part borrowed must not be used after an error, since it may be half-changed.
pub(crate) fn guarded<T>(
    during: &str,
    work: impl FnOnce() -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(EngineError::panic(during, &*payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let outcome: Result<(), EngineError> = guarded("testing", || panic!("column {}", 7));
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), "internal error while testing: column 7");
        assert_eq!((error.code().as_str(), error.category().exit_code()), ("processing.internal", 4));
    }
}
