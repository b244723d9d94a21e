//! Ids and secrets.

use sha2::{Digest as _, Sha256};

use crate::StoreError;

/// Random bytes of a secret: nobody guesses 256 bits.
const SECRET_BYTES: usize = 32;

/// A new id: 32 hexadecimal digits, the first of them the time, so that ids sort by age.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// A new secret for a session, a token or a link: 64 hexadecimal digits.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_secret() -> Result<String, StoreError> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Random { reason: error.to_string() })?;
    Ok(hexadecimal(&bytes))
}

/// A number that nothing else has drawn; never negative.
pub(crate) fn random_number() -> Result<i64, StoreError> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Random { reason: error.to_string() })?;
    Ok(i64::from_le_bytes(bytes) & i64::MAX)
}

/// What is kept of a secret: who reads the database cannot sign in with it. A plain hash will do, because the
/// secret is random and not a word that could be tried.
pub fn secret_hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0xF)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_secrets_differ() {
        let ids: Vec<String> = (0..100).map(|_| new_id()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 32));
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
        // printf abc | sha256sum
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(secret_hash("abc"), known);
    }
}
