//! Passwords: argon2id, never on a thread that serves requests.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};

use crate::ApiError;

/// Characters that a password has at least (NIST SP 800-63B-4, section 3.1.1.2, for one used alone: 15; half of
/// that suffices where guessing is limited).
const LEAST_CHARS: usize = 10;
/// Bytes that are hashed at most, so that nobody makes us hash a novel.
const MOST_BYTES: usize = 1024;

/// The hash of a new password.
///
/// # Errors
/// When it is too short or too long.
pub(crate) async fn hashed(password: String) -> Result<String, ApiError> {
    if password.chars().count() < LEAST_CHARS || password.len() > MOST_BYTES {
        return Err(ApiError::invalid(format!(
            "a password needs at least {LEAST_CHARS} characters and at most {MOST_BYTES} bytes"
        )));
    }
    in_background(move || {
        let hash = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| ApiError::internal(error.to_string()))
    })
    .await?
}

/// Whether a password is the one that was hashed. Without a hash it takes as long and says no, so that nobody
/// learns from the time which accounts there are.
pub(crate) async fn is_right(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    if password.len() > MOST_BYTES {
        return Ok(false);
    }
    in_background(move || match hash {
        Some(hash) => PasswordHash::new(&hash)
            .is_ok_and(|known| Argon2::default().verify_password(password.as_bytes(), &known).is_ok()),
        None => {
            let _ = Argon2::default().hash_password(password.as_bytes());
            false
        }
    })
    .await
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hash = hashed("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(is_right("correct horse battery".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!is_right("correct horse batterz".to_owned(), Some(hash)).await.unwrap());
        assert!(!is_right("correct horse battery".to_owned(), None).await.unwrap());
        assert!(hashed("short".to_owned()).await.is_err());
    }
}
