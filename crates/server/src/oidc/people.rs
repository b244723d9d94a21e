use std::net::IpAddr;

use axum::http::StatusCode;
use driftline_store::AuditLine;

use super::OidcConfig;
use super::provider::Person;
use crate::accounts::is_address;
use crate::signing_in::line;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Characters of a name that are kept.
const MAX_NAME: usize = 100;

/// The account of somebody whom the provider vouches for. One is made for who comes for the first time from a domain
/// that is allowed; who has one already was let in by somebody, and may come from anywhere.
pub(crate) async fn user_of(
    service: &Service,
    config: &OidcConfig,
    person: &Person,
    address: IpAddr,
) -> Result<String, ApiError> {
    if let Some((user, _)) = service.database.user_by_email(&person.email).await? {
        return match user.closed_ms {
            None => Ok(user.id),
            Some(_) => Err(forbidden("access.oidc_closed", "this account is closed")),
        };
    }
    if !is_address(&person.email) || !is_allowed(&person.email, &config.allowed_domains) {
        let message = "nobody has invited this address, and its domain is not one whose people just come in";
        return Err(forbidden("access.oidc_domain", message).with_help("ask an admin for an invitation"));
    }
    let workspace_id = workspace(service, config.workspace.as_deref()).await?;
    let (now, from, role) = (now_ms(), address.to_string(), config.default_role);
    let mut change = service.database.change().await?;
    let user_id = change.ensure_user(&person.email, &name_of(person), now).await?;
    change.set_role(&workspace_id, &user_id, role).await?;
    let detail = format!("{} by OpenID Connect", role.name());
    let line = AuditLine {
        workspace_id: &workspace_id,
        detail: &detail,
        ..line(&user_id, &from, "user.join", &user_id)
    };
    change.audit(&line, now).await?;
    change.commit().await?;
    Ok(user_id)
}

fn forbidden(code: &str, message: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, message)
}

fn is_allowed(email: &str, domains: &[String]) -> bool {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    domains.iter().any(|allowed| allowed.to_lowercase() == domain)
}

/// What others see: the name, without what could disturb a screen, or else the front of the address.
fn name_of(person: &Person) -> String {
    let given = person.name.as_deref().unwrap_or_default();
    let name: String = given.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    match name.trim() {
        "" => person.email.split('@').next().unwrap_or(&person.email).to_owned(),
        name => name.to_owned(),
    }
}

/// The workspace with this name or id, or the oldest.
async fn workspace(service: &Service, wanted: Option<&str>) -> Result<String, ApiError> {
    let found = service.database.workspaces().await?.into_iter().find(|(id, name)| match wanted {
        Some(wanted) => wanted == id || wanted == name,
        None => true,
    });
    found.map(|(id, _)| id).ok_or_else(|| {
        let cause =
            format!("there is no workspace `{}`: see server.oidc.workspace", wanted.unwrap_or_default());
        let message = "the workspace that people shall get into is not there";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.oidc_workspace", message)
            .with_help("whoever runs the service sets `server.oidc.workspace`")
            .with_cause(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_all_that_stands_behind_the_last_at() {
        let domains = ["Example.com".to_owned()];
        assert!(is_allowed("ann@example.com", &domains));
        for foreign in
            ["ann@notexample.com", "ann@mail.example.com", "ann@example.com@evil.org", "example.com"]
        {
            assert!(!is_allowed(foreign, &domains), "{foreign}");
        }
        assert!(!is_allowed("ann@example.com", &[]));
    }

    #[test]
    fn a_name_is_short_and_harmless() {
        let named = |name: &str| {
            name_of(&Person { email: "ann@example.com".to_owned(), name: Some(name.to_owned()) })
        };
        assert_eq!(named("Ann Mint"), "Ann Mint");
        assert_eq!(named("\u{1b}[2J"), "[2J");
        assert_eq!(named("  "), "ann");
        assert_eq!(named(&"a".repeat(500)).len(), MAX_NAME);
    }
}
