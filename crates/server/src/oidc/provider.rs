use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreIdTokenClaims, CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, OAuth2TokenResponse as _, PkceCodeChallenge,
    RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
};

use super::http::{Http, chain};
use super::round_trip::RoundTrip;
use super::{OidcConfig, OidcError};
use crate::{ApiError, PublicUrl, ServiceConfig};

/// Where the provider sends people back to.
pub(crate) const CALLBACK: &str = "/api/v1/session/oidc/callback";

/// How long what the provider says of itself is taken for true. Its keys may change at any time: a token that they
/// do not fit is looked at again with the newest ones.
const KNOWN_FOR: Duration = Duration::from_secs(5 * 60);

/// How tokens may be signed: with a key of the provider alone. A signature with the secret of the client would be
/// worth no more than that secret, and `none` nothing.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider, and what it was last heard to say of itself.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    http: Http,
    known: Mutex<Option<(Instant, Arc<CoreProviderMetadata>)>>,
}

/// Whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The address, which the provider has verified.
    pub(crate) email: String,
    /// The name, when the provider tells it.
    pub(crate) name: Option<String>,
}

impl Provider {
    /// Makes ready to ask the provider, which is not asked yet: it may come up later than this service.
    pub(crate) fn begin(
        config: &OidcConfig,
        service: &ServiceConfig,
        address: SocketAddr,
    ) -> Result<Self, OidcError> {
        if service.public_url.is_none() && address.ip().is_unspecified() {
            return Err(OidcError::NoPublicUrl);
        }
        let issuer = || OidcError::Issuer { issuer: config.issuer.clone() };
        Ok(Self {
            issuer: IssuerUrl::new(config.issuer.clone()).map_err(|_| issuer())?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: secret(config)?.map(ClientSecret::new),
            redirect: redirect(&service.url(address)).map_err(|_| OidcError::NoPublicUrl)?,
            http: Http::new()?,
            known: Mutex::new(None),
        })
    }

    /// What the provider is called.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where a browser goes to sign in.
    pub(crate) async fn sign_in_url(&self, trip: &RoundTrip) -> Result<String, ApiError> {
        let client = self.client(self.metadata().await?.as_ref());
        let (state, nonce) = (trip.state(), trip.nonce());
        let (url, ..) = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&trip.verifier()))
            .url();
        Ok(url.into())
    }

    /// Redeems the code that a browser has brought, and says whom the provider vouches for.
    pub(crate) async fn person(&self, trip: &RoundTrip, code: String) -> Result<Person, ApiError> {
        let client = self.client(self.metadata().await?.as_ref());
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| unusable(&error))?
            .set_pkce_verifier(trip.verifier())
            .request_async(&self.http)
            .await
            .map_err(|error| match &error {
                RequestTokenError::ServerResponse(said)
                    if *said.error() == CoreErrorResponseType::InvalidGrant =>
                {
                    refused("the provider does not take the code again, or too late")
                        .with_cause(chain(&error))
                }
                error => unusable(error),
            })?;
        let token = answer.id_token().ok_or_else(|| untrusted("no ID token came with the answer"))?;
        let claims = self.verified(&client, token, trip).await?;
        let told = match (claims.email(), claims.email_verified()) {
            (Some(_), Some(_)) => None,
            // Some providers tell only who asks for more.
            _ => self.more(&client, answer.access_token(), &claims).await?,
        };
        person(&claims, told.as_ref())
    }

    async fn more(
        &self,
        client: &Client,
        token: &AccessToken,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<CoreUserInfoClaims>, ApiError> {
        // Checked to be about the person of the token that was signed.
        let subject = Some(claims.subject().clone());
        let Ok(request) = client.user_info(token.clone(), subject) else { return Ok(None) };
        request.request_async(&self.http).await.map(Some).map_err(|error| unusable(&error))
    }

    /// What a token says, once it is known to be signed by the provider, for this service and this round trip, and
    /// not too old.
    async fn verified(
        &self,
        client: &Client,
        token: &CoreIdToken,
        trip: &RoundTrip,
    ) -> Result<CoreIdTokenClaims, ApiError> {
        let checked = |client: &Client| {
            let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
            token.claims(&verifier, &trip.nonce()).cloned()
        };
        let outcome = match checked(client) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                checked(&self.client(self.discovered().await?.as_ref()))
            }
            outcome => outcome,
        };
        outcome.map_err(|error| untrusted(&chain(&error)))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone());
        // Basic is what all have that do not say otherwise (OpenID Connect Discovery 1.0, 3).
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes_basic =
            methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        client.set_auth_type(if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody })
    }

    /// What the provider says of itself, asked for when that was too long ago.
    async fn metadata(&self) -> Result<Arc<CoreProviderMetadata>, ApiError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((heard, metadata)) if heard.elapsed() < KNOWN_FOR => Ok(metadata),
            _ => self.discovered().await,
        }
    }

    /// What the provider says of itself now.
    async fn discovered(&self) -> Result<Arc<CoreProviderMetadata>, ApiError> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| unusable(&error))?;
        let metadata = Arc::new(metadata);
        let known = Some((Instant::now(), Arc::clone(&metadata)));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(metadata)
    }
}

/// The secret of the client, given or in a file.
fn secret(config: &OidcConfig) -> Result<Option<String>, OidcError> {
    let text = match &config.client_secret_file {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|source| OidcError::SecretFile { file: file.clone(), source })?
            .trim()
            .to_owned(),
        None => config.client_secret.reveal().to_owned(),
    };
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn redirect(url: &PublicUrl) -> Result<RedirectUrl, openidconnect::url::ParseError> {
    RedirectUrl::new(format!("{url}{CALLBACK}"))
}

/// The person that both answers of the provider are about.
fn person(claims: &CoreIdTokenClaims, more: Option<&CoreUserInfoClaims>) -> Result<Person, ApiError> {
    let (email, is_verified) = match (claims.email(), more.and_then(|more| more.email())) {
        (Some(email), _) if claims.email_verified().is_some() => (Some(email), claims.email_verified()),
        (_, Some(email)) => (Some(email), more.and_then(|more| more.email_verified())),
        (email, None) => (email, None),
    };
    let name = claims.name().or_else(|| more.and_then(|more| more.name())).and_then(|name| name.get(None));
    match email {
        Some(email) if is_verified == Some(true) => {
            Ok(Person { email: email.trim().to_lowercase(), name: name.map(|name| name.to_string()) })
        }
        Some(_) => Err(no_address("the provider has not verified the address of this account")),
        None => Err(no_address("the provider does not tell the address of this account")),
    }
}

fn no_address(message: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "access.oidc_email", message)
        .with_help("verify the address with the provider; it must hand out `email` and `email_verified`")
}

/// The provider, or who came back from it, was not convinced.
pub(crate) fn refused(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "access.oidc_refused", message).with_help("sign in again")
}

fn untrusted(cause: &str) -> ApiError {
    let message = "the token of the provider is not valid for this sign-in";
    ApiError::new(StatusCode::UNAUTHORIZED, "access.oidc_token", message)
        .with_help("sign in again; when it stays so, the log of the service tells why")
        .with_cause(cause)
}

/// The provider does not do its part. What it said goes to the log: it may name addresses inside the network.
fn unusable(error: &(dyn std::error::Error + 'static)) -> ApiError {
    let message = "the provider cannot be used at the moment";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.oidc_provider", message)
        .with_help("try again later, or sign in with a password")
        .with_cause(chain(error))
}
