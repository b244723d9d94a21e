use driftline_store::{StoreError, new_secret, secret_hash};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};

/// What ties the answer of the provider to the browser that went there. All of it follows from one secret, which the
/// browser keeps in a cookie: nothing is kept here, so that another instance of the service can take the answer, and
/// nobody can fill a memory. From what the provider and the address bar see, the secret cannot be found out.
#[derive(Debug)]
pub(crate) struct RoundTrip {
    secret: String,
}

impl RoundTrip {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(crate) fn begin() -> Result<Self, StoreError> {
        Ok(Self { secret: new_secret()? })
    }

    /// The one that a cookie holds.
    pub(crate) fn resume(cookie: String) -> Self {
        Self { secret: cookie }
    }

    /// What the cookie holds.
    pub(crate) fn cookie(&self) -> &str {
        &self.secret
    }

    /// Whether an answer is the one to this round trip. What is compared are hashes, so that the time it takes tells
    /// nothing.
    pub(crate) fn is_answered_by(&self, state: &str) -> bool {
        secret_hash(state) == secret_hash(&self.part("state"))
    }

    /// What the provider hands back with its answer (RFC 6749, 10.12).
    pub(super) fn state(&self) -> CsrfToken {
        CsrfToken::new(self.part("state"))
    }

    /// What the provider puts into the token that it signs (OpenID Connect Core 1.0, 15.5.2).
    pub(super) fn nonce(&self) -> Nonce {
        Nonce::new(self.part("nonce"))
    }

    /// What shows that who redeems the code has asked for it (RFC 7636): 64 hexadecimal digits.
    pub(super) fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.part("verifier"))
    }

    fn part(&self, name: &str) -> String {
        secret_hash(&format!("driftline oidc {name} {}", self.secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_state_answers_a_round_trip() {
        let (one, other) = (RoundTrip::begin().unwrap(), RoundTrip::begin().unwrap());
        let again = RoundTrip::resume(one.cookie().to_owned());
        assert!(again.is_answered_by(one.state().secret()));
        assert!(!other.is_answered_by(one.state().secret()));
        assert!(!one.is_answered_by(""));
        let parts = [one.state().secret().clone(), one.nonce().secret().clone(), one.cookie().to_owned()];
        assert!(parts.iter().all(|part| part.len() == 64 && part != one.verifier().secret()));
        assert_ne!(parts[0], parts[1]);
    }
}
