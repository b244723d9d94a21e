//! The two ends of a sign-in: away to the provider, and back from it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};

use super::people::user_of;
use super::provider::{Provider, refused};
use super::round_trip::RoundTrip;
use super::{Callback, OidcConfig, unavailable};
use crate::cookies::ROUND_TRIP;
use crate::signing_in::{begin_session, not_too_often, note_refusal};
use crate::{ApiError, Service};

/// How long somebody may be away at the provider.
const AWAY_SECS: i64 = 10 * 60;

/// How somebody signed in, for the audit log.
const WAY: &str = "OpenID Connect";

/// Most characters of what the provider gives as the reason of a refusal.
const MAX_REASON: usize = 40;

/// Why somebody is not signed in, and who that is as far as it is known.
struct Refused {
    error: ApiError,
    who: String,
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self { error, who: String::new() }
    }
}

/// Sends a browser to the provider.
pub(crate) async fn leave(service: &Service, address: IpAddr) -> Result<Response, ApiError> {
    let (_, provider) = ready(service)?;
    not_too_often(service, address)?;
    let trip = RoundTrip::begin()?;
    let url = provider.sign_in_url(&trip).await?;
    let cookie = ROUND_TRIP.set(&service.config, trip.cookie(), AWAY_SECS)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&url)).into_response())
}

/// Takes a browser back from the provider, and signs its person in.
pub(crate) async fn come_back(
    service: &Service,
    (address, headers): (IpAddr, &HeaderMap),
    callback: Callback,
) -> Result<Response, ApiError> {
    let (config, provider) = ready(service)?;
    not_too_often(service, address)?;
    let trip = match round_trip(service, headers, &callback) {
        Ok(trip) => trip,
        Err(error) => {
            note_refusal(service, address, &format!("{WAY}: {}", error.code())).await;
            return Err(error);
        }
    };
    // Whatever comes of it, it is over: the next attempt begins anew.
    let over = ROUND_TRIP.remove(&service.config)?;
    match signed_in(service, (config, provider), (trip, callback), (address, headers)).await {
        Ok(cookie) => {
            let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, over)]);
            Ok((cookies, Redirect::to("/")).into_response())
        }
        Err(Refused { error, who }) => {
            if !error.status().is_server_error() {
                let detail = format!("{WAY}: {} {who}", error.code());
                note_refusal(service, address, detail.trim_end()).await;
            }
            Ok((AppendHeaders([(header::SET_COOKIE, over)]), error).into_response())
        }
    }
}

fn ready(service: &Service) -> Result<(&OidcConfig, &Provider), ApiError> {
    let both = service.config.oidc.as_ref().zip(service.oidc.as_deref());
    both.ok_or_else(|| unavailable(&service.config))
}

/// The round trip that this browser began and that the provider answers.
fn round_trip(service: &Service, headers: &HeaderMap, callback: &Callback) -> Result<RoundTrip, ApiError> {
    let trip = ROUND_TRIP.read(&service.config, headers).map(RoundTrip::resume);
    let state = callback.state.as_deref().unwrap_or_default();
    trip.filter(|trip| trip.is_answered_by(state)).ok_or_else(|| {
        let message = "this is not the answer to a sign-in that this browser began within ten minutes";
        ApiError::new(StatusCode::UNAUTHORIZED, "access.oidc_state", message)
            .with_help("sign in again, in one window, at the address that the service is set up with")
    })
}

async fn signed_in(
    service: &Service,
    (config, provider): (&OidcConfig, &Provider),
    (trip, callback): (RoundTrip, Callback),
    (address, headers): (IpAddr, &HeaderMap),
) -> Result<HeaderValue, Refused> {
    if let Some(reason) = &callback.error {
        return Err(refused(&format!("the provider does not sign you in: {}", harmless(reason))).into());
    }
    // RFC 9207: an answer of another provider, mixed in.
    if callback.iss.as_ref().is_some_and(|issuer| issuer != provider.issuer()) {
        return Err(refused("the answer is not one of the provider").into());
    }
    let code = callback.code.ok_or_else(|| refused("the provider sent no code"))?;
    let person = provider.person(&trip, code).await?;
    let who = |error| Refused { error, who: person.email.clone() };
    let user_id = user_of(service, config, &person, address).await.map_err(who)?;
    Ok(begin_session(service, (&user_id, WAY), address, headers).await.map_err(who)?.cookie)
}

/// The reason of a refusal when it looks like one of those of the standard (RFC 6749, 4.1.2.1): anybody could have
/// put another text into the address.
fn harmless(reason: &str) -> &str {
    let is_word = reason.len() <= MAX_REASON && reason.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_word { reason } else { "it does not say why" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reasons_of_the_standard_are_repeated() {
        assert_eq!(harmless("access_denied"), "access_denied");
        for strange in ["<script>", "Call 555-1234", &"a".repeat(41)] {
            assert_eq!(harmless(strange), "it does not say why");
        }
    }
}
