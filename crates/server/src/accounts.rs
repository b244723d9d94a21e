//! The first account, and links that sign in once.

use driftline_model::service::{AuditOutcome, Member, NewToken, Role, Token};
use driftline_store::{AuditLine, Database, Link, StoreError, new_id, new_secret, secret_hash};

use crate::state::now_ms;

/// How long a link to sign in works.
const LINK_MS: i64 = 24 * 60 * 60 * 1000;

/// The address of the account that is made on the first start; it can be changed later by inviting another one.
const FIRST_EMAIL: &str = "owner@localhost";

/// What the first start leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSignIn {
    /// The secret of a link that signs the owner in, once.
    pub secret: String,
    /// The id of the workspace that was made.
    pub workspace_id: String,
}

/// Makes the owner's account and a workspace when there is no account yet.
///
/// # Errors
/// When the database refuses.
pub async fn first_sign_in(database: &Database) -> Result<Option<FirstSignIn>, StoreError> {
    if !database.is_new().await? {
        return Ok(None);
    }
    let (secret, now) = (new_secret()?, now_ms());
    let mut change = database.change().await?;
    let owner = change.ensure_user(FIRST_EMAIL, "Owner", now).await?;
    let workspace_id = change.create_workspace("Home", now).await?;
    change.set_role(&workspace_id, &owner, Role::Owner).await?;
    let link = Link { email: FIRST_EMAIL.to_owned(), invitation: None };
    change.create_link(&link, &secret_hash(&secret), (now, now + LINK_MS)).await?;
    let line = on_the_command_line(&workspace_id, "user.create", &owner, "the owner, on the first start");
    change.audit(&line, now).await?;
    change.commit().await?;
    Ok(Some(FirstSignIn { secret, workspace_id }))
}

/// A new link that signs the person with this address in, once; nothing when there is no such account.
///
/// # Errors
/// When the database refuses.
pub async fn sign_in_link(database: &Database, email: &str) -> Result<Option<String>, StoreError> {
    let Some((user, _)) = database.user_by_email(email).await? else { return Ok(None) };
    let (secret, now) = (new_secret()?, now_ms());
    let mut change = database.change().await?;
    let link = Link { email: user.email.clone(), invitation: None };
    change.create_link(&link, &secret_hash(&secret), (now, now + LINK_MS)).await?;
    change.audit(&on_the_command_line("", "user.sign_in_link", &user.id, ""), now).await?;
    change.commit().await?;
    Ok(Some(secret))
}

/// The people of every workspace, by its name.
///
/// # Errors
/// When the database cannot be read.
pub async fn people(database: &Database) -> Result<Vec<(String, Vec<Member>)>, StoreError> {
    let mut people = Vec::new();
    for (id, name) in database.workspaces().await? {
        people.push((name, database.members(&id).await?));
    }
    Ok(people)
}

/// Gives a person a role in the first workspace, making the account when there is none, and a link that signs the
/// person in once.
///
/// # Errors
/// When the database refuses, or has no workspace yet.
pub async fn add_person(database: &Database, email: &str, role: Role) -> Result<String, StoreError> {
    // What a command line did before the first start holds like what the first start does.
    first_sign_in(database).await?;
    let (secret, now) = (new_secret()?, now_ms());
    let (workspace_id, _) = first_workspace(database).await?;
    let name = email.split('@').next().unwrap_or(email);
    let mut change = database.change().await?;
    let user_id = change.ensure_user(email, name, now).await?;
    change.set_role(&workspace_id, &user_id, role).await?;
    let link = Link { email: email.to_owned(), invitation: None };
    change.create_link(&link, &secret_hash(&secret), (now, now + LINK_MS)).await?;
    let line = on_the_command_line(&workspace_id, "user.add", &user_id, role.name());
    change.audit(&line, now).await?;
    change.commit().await?;
    Ok(secret)
}

/// Makes an API token for a person in the first workspace and gives its secret; nothing when there is no such
/// account.
///
/// # Errors
/// When the database refuses.
pub async fn create_token(
    database: &Database,
    email: &str,
    wanted: &NewToken,
) -> Result<Option<String>, StoreError> {
    first_sign_in(database).await?;
    let Some((user, _)) = database.user_by_email(email).await? else { return Ok(None) };
    let (workspace_id, _) = first_workspace(database).await?;
    let (secret, now) = (format!("dl_{}", new_secret()?), now_ms());
    let token = Token {
        id: new_id(),
        name: wanted.name.clone(),
        user_id: user.id,
        role: wanted.role,
        created_ms: now,
        expires_ms: now + i64::from(wanted.expires_in_days) * 24 * 60 * 60 * 1000,
    };
    let mut change = database.change().await?;
    change.create_token(&workspace_id, &token, &secret_hash(&secret)).await?;
    let line = on_the_command_line(&workspace_id, "token.create", &token.id, wanted.role.name());
    change.audit(&line, now).await?;
    change.commit().await?;
    Ok(Some(secret))
}

/// Whether a text, in lower case and without blanks around, is the address of somebody.
pub(crate) fn is_address(email: &str) -> bool {
    email.len() <= 254
        && email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
}

async fn first_workspace(database: &Database) -> Result<(String, String), StoreError> {
    let first = database.workspaces().await?.into_iter().next();
    first.ok_or_else(|| StoreError::Stored { reason: "there is no workspace".to_owned() })
}

fn on_the_command_line<'a>(
    workspace_id: &'a str,
    action: &'a str,
    subject: &'a str,
    detail: &'a str,
) -> AuditLine<'a> {
    let (actor, address, outcome) = ("system", "local", AuditOutcome::Done);
    AuditLine { actor, address, workspace_id, action, subject, outcome, detail }
}
