//! People, what they may do where, and how they show who they are.

use driftline_model::service::{Member, Role, Session, Token, User, Workspace};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::secret::new_id;

/// A session as the service needs it for every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What changes must carry.
    pub csrf_token: String,
    /// When it ends.
    pub expires_ms: i64,
}

/// An API token as the service needs it for every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenToken {
    /// The token.
    pub token: Token,
    /// The only workspace that it works in.
    pub workspace_id: String,
}

/// What a link that works once stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who may use it.
    pub email: String,
    /// The workspace and role that its user is invited to; absent for a plain sign-in.
    pub invitation: Option<(String, Role)>,
}

/// What a new session is.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// Whose it is.
    pub user_id: &'a str,
    /// The hash of its secret.
    pub secret_hash: &'a str,
    /// What changes must carry.
    pub csrf_token: &'a str,
    /// When it ends.
    pub expires_ms: i64,
    /// Where it was begun from.
    pub address: &'a str,
    /// What it was begun with.
    pub agent: &'a str,
}

const MEMBERS: &str = "SELECT u.id, u.email, u.name, u.password_hash, u.created_ms, u.closed_ms, m.role FROM users u \
                       JOIN members m ON m.user_id = u.id WHERE m.workspace_id = $1 ORDER BY u.email";

impl Change {
    /// Makes an account, or gives the one with this address.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ensure_user(&mut self, email: &str, name: &str, now_ms: i64) -> Result<String, StoreError> {
        let row = sqlx::query(
            "INSERT INTO users (id, email, name, created_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING id",
        )
        .bind(new_id())
        .bind(email.to_lowercase())
        .bind(name)
        .bind(now_ms)
        .fetch_one(&mut *self.transaction)
        .await
        .map_err(StoreError::database("make an account"))?;
        field(&row, 0)
    }

    /// Sets or replaces a password, given as its argon2id hash.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_password(&mut self, user_id: &str, hash: &str) -> Result<(), StoreError> {
        self.run(sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1").bind(user_id).bind(hash))
            .await?;
        Ok(())
    }

    /// Changes the name that others see.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_user_name(&mut self, user_id: &str, name: &str) -> Result<(), StoreError> {
        self.run(sqlx::query("UPDATE users SET name = $2 WHERE id = $1").bind(user_id).bind(name)).await?;
        Ok(())
    }

    /// Makes a workspace.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_workspace(&mut self, name: &str, now_ms: i64) -> Result<String, StoreError> {
        let id = new_id();
        self.run(
            sqlx::query("INSERT INTO workspaces (id, name, created_ms) VALUES ($1, $2, $3)")
                .bind(id.as_str())
                .bind(name)
                .bind(now_ms),
        )
        .await?;
        self.create_first_alert_rule(&id, now_ms).await?;
        Ok(id)
    }

    /// The people of a workspace, by address, seen from within the change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn members(&mut self, workspace_id: &str) -> Result<Vec<Member>, StoreError> {
        let rows = self.rows(sqlx::query(MEMBERS).bind(workspace_id)).await?;
        rows.iter().map(member).collect()
    }

    /// Gives a person a role in a workspace, in place of the one the person had.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_role(
        &mut self,
        workspace_id: &str,
        user_id: &str,
        role: Role,
    ) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, $3) \
                 ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
            )
            .bind(workspace_id)
            .bind(user_id)
            .bind(role.name()),
        )
        .await?;
        Ok(())
    }

    /// Takes a person out of a workspace, with the tokens that the person has there; says whether the person was
    /// in it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_member(&mut self, workspace_id: &str, user_id: &str) -> Result<bool, StoreError> {
        let of_both = |sql| sqlx::query(sql).bind(workspace_id).bind(user_id);
        self.run(of_both("DELETE FROM tokens WHERE workspace_id = $1 AND user_id = $2")).await?;
        let gone = self.run(of_both("DELETE FROM members WHERE workspace_id = $1 AND user_id = $2")).await?;
        Ok(gone > 0)
    }

    /// How many owners a workspace has. A workspace must never lose its last one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn owners(&mut self, workspace_id: &str) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM members WHERE workspace_id = $1 AND role = 'owner'")
            .bind(workspace_id)
            .fetch_one(&mut *self.transaction)
            .await
            .map_err(StoreError::database("count the owners"))?;
        field(&row, 0)
    }

    /// Keeps a link that works once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_link(
        &mut self,
        link: &Link,
        secret_hash: &str,
        (now_ms, expires_ms): (i64, i64),
    ) -> Result<(), StoreError> {
        let invitation = link.invitation.as_ref();
        self.run(
            sqlx::query(
                "INSERT INTO links (secret_hash, email, workspace_id, role, created_ms, expires_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(secret_hash)
            .bind(link.email.to_lowercase())
            .bind(invitation.map(|(workspace_id, _)| workspace_id.as_str()))
            .bind(invitation.map(|(_, role)| role.name()))
            .bind(now_ms)
            .bind(expires_ms),
        )
        .await?;
        Ok(())
    }

    /// Takes a link that works once: nothing when it never was, was used, or is too old.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_link(&mut self, secret_hash: &str, now_ms: i64) -> Result<Option<Link>, StoreError> {
        let row = sqlx::query(
            "DELETE FROM links WHERE secret_hash = $1 RETURNING email, workspace_id, role, expires_ms",
        )
        .bind(secret_hash)
        .fetch_optional(&mut *self.transaction)
        .await
        .map_err(StoreError::database("use a link"))?;
        let Some(row) = row else { return Ok(None) };
        if field::<i64>(&row, 3)? <= now_ms {
            return Ok(None);
        }
        let workspace_id: Option<String> = field(&row, 1)?;
        let role: Option<String> = field(&row, 2)?;
        let invitation = match (workspace_id, role) {
            (Some(workspace_id), Some(role)) => Some((workspace_id, parsed_role(&role)?)),
            _ => None,
        };
        Ok(Some(Link { email: field(&row, 0)?, invitation }))
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_session(
        &mut self,
        session: &NewSession<'_>,
        now_ms: i64,
    ) -> Result<String, StoreError> {
        let id = new_id();
        self.run(
            sqlx::query(
                "INSERT INTO sessions (id, user_id, secret_hash, csrf_token, created_ms, expires_ms, address, agent) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(id.as_str())
            .bind(session.user_id)
            .bind(session.secret_hash)
            .bind(session.csrf_token)
            .bind(now_ms)
            .bind(session.expires_ms)
            .bind(session.address)
            .bind(session.agent),
        )
        .await?;
        Ok(id)
    }

    /// Ends one session of a person, or all of them; says how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_sessions(&mut self, user_id: &str, id: Option<&str>) -> Result<u64, StoreError> {
        self.run(
            sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND ($2 = '' OR id = $2)")
                .bind(user_id)
                .bind(id.unwrap_or_default()),
        )
        .await
    }

    /// Makes an API token.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_token(
        &mut self,
        workspace_id: &str,
        token: &Token,
        secret_hash: &str,
    ) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO tokens (id, workspace_id, user_id, name, role, secret_hash, created_ms, expires_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(token.id.as_str())
            .bind(workspace_id)
            .bind(token.user_id.as_str())
            .bind(token.name.as_str())
            .bind(token.role.name())
            .bind(secret_hash)
            .bind(token.created_ms)
            .bind(token.expires_ms),
        )
        .await?;
        Ok(())
    }

    /// Ends an API token; says whether there was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_token(&mut self, workspace_id: &str, id: &str) -> Result<bool, StoreError> {
        let query =
            sqlx::query("DELETE FROM tokens WHERE workspace_id = $1 AND id = $2").bind(workspace_id).bind(id);
        Ok(self.run(query).await? > 0)
    }
}

impl Database {
    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_new(&self) -> Result<bool, StoreError> {
        let row = self.row(sqlx::query("SELECT COUNT(*) FROM users")).await?;
        let users: i64 = row.as_ref().map_or(Ok(0), |row| field(row, 0))?;
        Ok(users == 0)
    }

    /// An account with the hash of its password, by address.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<(User, Option<String>)>, StoreError> {
        let sql = "SELECT u.id, u.email, u.name, u.password_hash, u.created_ms, u.closed_ms FROM users u \
                   WHERE u.email = $1";
        let row = self.row(sqlx::query(sql).bind(email.to_lowercase())).await?;
        row.map(|row| Ok((user(&row, 0)?, field(&row, 3)?))).transpose()
    }

    /// An account.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let sql = "SELECT u.id, u.email, u.name, u.password_hash, u.created_ms, u.closed_ms FROM users u \
                   WHERE u.id = $1";
        let row = self.row(sqlx::query(sql).bind(id)).await?;
        row.map(|row| user(&row, 0)).transpose()
    }

    /// The workspaces that a person is in, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn workspaces_of(&self, user_id: &str) -> Result<Vec<Workspace>, StoreError> {
        let sql = "SELECT w.id, w.name, w.created_ms, m.role FROM workspaces w \
                   JOIN members m ON m.workspace_id = w.id WHERE m.user_id = $1 ORDER BY w.name, w.id";
        let rows = self.rows(sqlx::query(sql).bind(user_id)).await?;
        let workspace = |row: &AnyRow| {
            let role = parsed_role(&field::<String>(row, 3)?)?;
            Ok(Workspace { id: field(row, 0)?, name: field(row, 1)?, created_ms: field(row, 2)?, role })
        };
        rows.iter().map(workspace).collect()
    }

    /// All workspaces as id and name, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn workspaces(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.rows(sqlx::query("SELECT id, name FROM workspaces ORDER BY id")).await?;
        rows.iter().map(|row| Ok((field(row, 0)?, field(row, 1)?))).collect()
    }

    /// What a person may do in a workspace; nothing when the person is not in it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn role_in(&self, workspace_id: &str, user_id: &str) -> Result<Option<Role>, StoreError> {
        let sql = "SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2";
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(user_id)).await?;
        row.map(|row| parsed_role(&field::<String>(&row, 0)?)).transpose()
    }

    /// The people of a workspace, by address.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn members(&self, workspace_id: &str) -> Result<Vec<Member>, StoreError> {
        let rows = self.rows(sqlx::query(MEMBERS).bind(workspace_id)).await?;
        rows.iter().map(member).collect()
    }

    /// The session with this secret, unless it has ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_session(
        &self,
        secret_hash: &str,
        now_ms: i64,
    ) -> Result<Option<OpenSession>, StoreError> {
        let sql = "SELECT s.id, s.user_id, s.csrf_token, s.expires_ms FROM sessions s \
                   JOIN users u ON u.id = s.user_id \
                   WHERE s.secret_hash = $1 AND s.expires_ms > $2 AND u.closed_ms IS NULL";
        let row = self.row(sqlx::query(sql).bind(secret_hash).bind(now_ms)).await?;
        let session = |row: AnyRow| {
            Ok(OpenSession {
                id: field(&row, 0)?,
                user_id: field(&row, 1)?,
                csrf_token: field(&row, 2)?,
                expires_ms: field(&row, 3)?,
            })
        };
        row.map(session).transpose()
    }

    /// The sessions of a person that have not ended, newest first. `current` is the one that asks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(
        &self,
        user_id: &str,
        current: &str,
        now_ms: i64,
    ) -> Result<Vec<Session>, StoreError> {
        let sql = "SELECT id, created_ms, expires_ms, address, agent FROM sessions \
                   WHERE user_id = $1 AND expires_ms > $2 ORDER BY id DESC";
        let rows = self.rows(sqlx::query(sql).bind(user_id).bind(now_ms)).await?;
        let session = |row: &AnyRow| {
            let id: String = field(row, 0)?;
            let is_current = id == current;
            let (created_ms, expires_ms) = (field(row, 1)?, field(row, 2)?);
            Ok(Session {
                id,
                created_ms,
                expires_ms,
                address: field(row, 3)?,
                agent: field(row, 4)?,
                is_current,
            })
        };
        rows.iter().map(session).collect()
    }

    /// The API token with this secret, unless it has ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_token(&self, secret_hash: &str, now_ms: i64) -> Result<Option<OpenToken>, StoreError> {
        let sql = "SELECT t.id, t.name, t.user_id, t.role, t.created_ms, t.expires_ms, t.workspace_id FROM tokens t \
                   JOIN users u ON u.id = t.user_id \
                   WHERE t.secret_hash = $1 AND t.expires_ms > $2 AND u.closed_ms IS NULL";
        let row = self.row(sqlx::query(sql).bind(secret_hash).bind(now_ms)).await?;
        row.map(|row| Ok(OpenToken { token: token(&row)?, workspace_id: field(&row, 6)? })).transpose()
    }

    /// The API tokens of a workspace, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tokens(&self, workspace_id: &str) -> Result<Vec<Token>, StoreError> {
        let sql = "SELECT id, name, user_id, role, created_ms, expires_ms FROM tokens \
                   WHERE workspace_id = $1 ORDER BY id DESC";
        let rows = self.rows(sqlx::query(sql).bind(workspace_id)).await?;
        rows.iter().map(token).collect()
    }
}

fn user(row: &AnyRow, first: usize) -> Result<User, StoreError> {
    let password: Option<String> = field(row, first + 3)?;
    Ok(User {
        id: field(row, first)?,
        email: field(row, first + 1)?,
        name: field(row, first + 2)?,
        has_password: password.is_some(),
        created_ms: field(row, first + 4)?,
        closed_ms: field(row, first + 5)?,
    })
}

fn token(row: &AnyRow) -> Result<Token, StoreError> {
    Ok(Token {
        id: field(row, 0)?,
        name: field(row, 1)?,
        user_id: field(row, 2)?,
        role: parsed_role(&field::<String>(row, 3)?)?,
        created_ms: field(row, 4)?,
        expires_ms: field(row, 5)?,
    })
}

fn parsed_role(text: &str) -> Result<Role, StoreError> {
    text.parse().map_err(|reason| StoreError::Stored { reason })
}

fn member(row: &AnyRow) -> Result<Member, StoreError> {
    Ok(Member { user: user(row, 0)?, role: parsed_role(&field::<String>(row, 6)?)? })
}
