//! The database of the service: SQLite in the data folder, or PostgreSQL for several instances.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{
    Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _, Row as _, SqlSafeStr as _,
    Transaction,
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::StoreError;
use crate::secret::random_number;

/// Connections that read at the same time.
const MAX_CONNECTIONS: u32 = 8;

/// How long a request waits for a free connection or for another process that writes.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The steps that bring an empty database to its present form, in order; never changed once released.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "begin", include_str!("migrations/0001_begin.sql")),
    (2, "incidents", include_str!("migrations/0002_incidents.sql")),
    (3, "previews", include_str!("migrations/0003_previews.sql")),
    (4, "lists", include_str!("migrations/0004_lists.sql")),
    (5, "contracts", include_str!("migrations/0005_contracts.sql")),
    (6, "monitors", include_str!("migrations/0006_monitors.sql")),
    (7, "alerts", include_str!("migrations/0007_alerts.sql")),
];

/// What speaks SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file; one process writes at a time.
    Sqlite,
    /// A server that several instances share.
    Postgres,
}

/// A statement with its values.
pub(crate) type Query<'q> = sqlx::query::Query<'q, Any, AnyArguments>;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    dialect: Dialect,
    /// SQLite lets one connection write; waiting here in order is fairer and cheaper than its own retries.
    writing: Arc<Mutex<()>>,
    /// The number of the last event that this process wrote.
    last_event: Arc<watch::Sender<i64>>,
}

/// A change of the database: everything in it happens, or nothing.
pub struct Change {
    pub(crate) transaction: Transaction<'static, Any>,
    /// The number of the last event that it wrote.
    pub(crate) last_event: Option<i64>,
    events: Arc<watch::Sender<i64>>,
    /// Let go of after the transaction, which is declared before.
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Database {
    /// Opens the database of a data folder, making it when it is not there.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no database, or belongs to a newer version.
    pub async fn open_file(path: &Path) -> Result<Self, StoreError> {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        Self::open(&url).await
    }

    /// Opens a database by its URL: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    ///
    /// # Errors
    /// When it cannot be reached, or is not one of ours.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = if url.starts_with("sqlite:") { Dialect::Sqlite } else { Dialect::Postgres };
        // A pool tries again for as long as it may wait; what is wrong with the address or the file shows at once.
        let mut first =
            AnyConnection::connect(url).await.map_err(StoreError::database("open the database"))?;
        prepare(&mut first, dialect).await.map_err(StoreError::database("open the database"))?;
        first.close().await.map_err(StoreError::database("open the database"))?;
        let pool = AnyPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(MAX_WAIT)
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)))
            // When SQLite finds the disk full in the middle of a change it undoes the change by itself; sqlx then
            // cannot undo it again, takes the connection for one in a change for ever, and begins no other on it.
            .before_acquire(|connection, _| {
                let is_free = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_free) })
            })
            .connect(url)
            .await
            .map_err(StoreError::database("open the database"))?;
        migrate(&pool, MIGRATIONS).await?;
        let database =
            Self { pool, dialect, writing: Arc::default(), last_event: Arc::new(watch::Sender::new(0)) };
        let last = database.last_event().await?;
        database.last_event.send_replace(last);
        Ok(database)
    }

    /// What speaks SQL.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Connections for reading.
    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Begins a change. On SQLite changes wait for each other.
    ///
    /// # Errors
    /// When the database cannot be reached in time.
    pub async fn change(&self) -> Result<Change, StoreError> {
        let (turn, begin) = match self.dialect {
            Dialect::Sqlite => (Some(Arc::clone(&self.writing).lock_owned().await), "BEGIN IMMEDIATE"),
            Dialect::Postgres => (None, "BEGIN"),
        };
        let transaction =
            self.pool.begin_with(begin).await.map_err(StoreError::database("begin a change"))?;
        Ok(Change { transaction, last_event: None, events: Arc::clone(&self.last_event), _turn: turn })
    }

    /// Tells when events were written by this process.
    pub fn watch_events(&self) -> watch::Receiver<i64> {
        self.last_event.subscribe()
    }

    /// The number of the last event that can be seen. Costs nothing on SQLite, where this process writes them all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn present_event(&self) -> Result<i64, StoreError> {
        match self.dialect {
            Dialect::Sqlite => Ok(*self.last_event.borrow()),
            Dialect::Postgres => self.last_event().await,
        }
    }

    /// A number that tells this database and its copies from all others; it is drawn when it is first asked for.
    ///
    /// # Errors
    /// When the database refuses, or the system has no random numbers.
    pub async fn identity(&self) -> Result<i64, StoreError> {
        let drawn = random_number()?;
        let mut change = self.change().await?;
        let sql = "INSERT INTO counters (name, value) VALUES ('identity', $1) ON CONFLICT (name) DO NOTHING";
        change.run(sqlx::query(sql).bind(drawn)).await?;
        let row = change.row(sqlx::query("SELECT value FROM counters WHERE name = 'identity'")).await?;
        change.commit().await?;
        row.as_ref().map_or(Ok(drawn), |row| field(row, 0))
    }

    /// The latest moment that the database knows of, to compare a clock with: what the clock of a PostgreSQL server
    /// says; with a file, when the last line of the audit log was written.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn known_moment_ms(&self) -> Result<Option<i64>, StoreError> {
        let sql = match self.dialect {
            Dialect::Sqlite => "SELECT at_ms FROM audit ORDER BY sequence DESC LIMIT 1",
            Dialect::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        };
        self.row(sqlx::query(sql)).await?.as_ref().map(|row| field(row, 0)).transpose()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map_err(StoreError::database("reach the database"))?;
        Ok(())
    }

    /// Lets go of all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// All rows of a query.
    pub(crate) async fn rows(&self, query: Query<'_>) -> Result<Vec<AnyRow>, StoreError> {
        query.fetch_all(&self.pool).await.map_err(StoreError::database("read the database"))
    }

    /// The row of a query that has one at most.
    pub(crate) async fn row(&self, query: Query<'_>) -> Result<Option<AnyRow>, StoreError> {
        query.fetch_optional(&self.pool).await.map_err(StoreError::database("read the database"))
    }
}

impl Change {
    /// Makes the change last. Once this returns it is safe on the disk.
    ///
    /// # Errors
    /// When the database refuses; nothing has happened then.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(StoreError::database("write to the database"))?;
        if let Some(last) = self.last_event {
            self.events.send_if_modified(|known| {
                let later = last > *known;
                *known = last.max(*known);
                later
            });
        }
        Ok(())
    }

    /// Runs a statement and gives the number of rows it touched.
    pub(crate) async fn run(&mut self, query: Query<'_>) -> Result<u64, StoreError> {
        let outcome = query.execute(&mut *self.transaction).await;
        outcome.map(|done| done.rows_affected()).map_err(StoreError::database("write to the database"))
    }

    /// The row of a query that has one at most, seen from within the change.
    pub(crate) async fn row(&mut self, query: Query<'_>) -> Result<Option<AnyRow>, StoreError> {
        query.fetch_optional(&mut *self.transaction).await.map_err(StoreError::database("read the database"))
    }

    /// All rows of a query, seen from within the change.
    pub(crate) async fn rows(&mut self, query: Query<'_>) -> Result<Vec<AnyRow>, StoreError> {
        query.fetch_all(&mut *self.transaction).await.map_err(StoreError::database("read the database"))
    }

    /// The next number of a counter, in the order in which changes become visible: who has it keeps others from
    /// taking the one after until the change is made or dropped.
    pub(crate) async fn next_number(&mut self, counter: &str) -> Result<i64, StoreError> {
        let row = sqlx::query("UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value")
            .bind(counter)
            .fetch_one(&mut *self.transaction)
            .await
            .map_err(StoreError::database("number an entry"))?;
        field(&row, 0)
    }
}

/// What every connection needs.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        // Written through to the disk before anything is acknowledged; readers never wait.
        connection
            .execute(
                "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON;",
            )
            .await?;
        // A connection that was opened while the disk could not be written to stays unable to write for ever. It is
        // given up at once, so that the next one is as good as the disk is then. Only a statement that writes
        // shows it: for the beginning of a change SQLite contents itself with reading.
        connection.execute("BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK;").await?;
    }
    Ok(())
}

async fn migrate(pool: &AnyPool, steps: &[(i64, &'static str, &'static str)]) -> Result<(), StoreError> {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = AssertSqlSafe(*sql).into_sql_str();
        Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
        .run(pool)
        .await
        .map_err(|source| StoreError::Migration { source })
}

/// A field of a row.
pub(crate) fn field<'r, T>(row: &'r AnyRow, index: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(index).map_err(StoreError::database("read a row"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_is_made_once_and_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.db");
        let database = Database::open_file(&path).await.unwrap();
        let mut change = database.change().await.unwrap();
        assert_eq!(change.next_number("events").await.unwrap(), 1);
        change.commit().await.unwrap();
        let mut dropped = database.change().await.unwrap();
        assert_eq!(dropped.next_number("events").await.unwrap(), 2);
        drop(dropped);
        database.close().await;
        let again = Database::open_file(&path).await.unwrap();
        assert_eq!(again.last_event().await.unwrap(), 1);
        again.ping().await.unwrap();
    }

    #[tokio::test]
    async fn checks_of_the_first_version_are_found_by_their_baseline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.db");
        let url = format!("sqlite://{}?mode=rwc", path.display());
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().connect(&url).await.unwrap();
        migrate(&pool, &MIGRATIONS[..1]).await.unwrap();
        sqlx::query("INSERT INTO workspaces (id, name, created_ms) VALUES ('w', 'Home', 1)")
            .execute(&pool)
            .await
            .unwrap();
        for (id, side) in [
            ("1", r#"{"baseline":"orders-7@12"}"#),
            ("2", r#"{"baseline":"o@1"}"#),
            ("3", r#"{"dataset":"orders-7@12"}"#),
        ] {
            let sql = "INSERT INTO checks (id, workspace_id, state, current_side, reference_side, current_name, \
                       reference_name, settings, created_ms, created_by) \
                       VALUES ($1, 'w', 'done', $2, $2, 'a', 'b', '{}', 1, 'u')";
            sqlx::query(sql).bind(id).bind(side).execute(&pool).await.unwrap();
        }
        pool.close().await;
        let database = Database::open_file(&path).await.unwrap();
        let rows =
            database.rows(sqlx::query("SELECT reference_baseline FROM checks ORDER BY id")).await.unwrap();
        let names: Vec<Option<String>> = rows.iter().map(|row| field(row, 0).unwrap()).collect();
        assert_eq!(names, [Some("orders-7".to_owned()), Some("o".to_owned()), None]);
    }

    #[tokio::test]
    async fn a_change_that_found_no_room_does_not_stand_in_the_way_of_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_file(&folder.path().join("driftline.db")).await.unwrap();
        let mut change = database.change().await.unwrap();
        // Of this connection only: no larger than it is.
        change.row(sqlx::query("PRAGMA max_page_count = 1")).await.unwrap();
        let long = "x".repeat(1 << 20);
        let error = change.publish(("w", "x", ""), &long, 1).await.unwrap_err();
        assert_eq!(error.code(), "system.no_space");
        drop(change);
        for _ in 0..3 {
            let mut change = database.change().await.unwrap();
            change.publish(("w", "x", ""), &long, 1).await.unwrap();
            change.commit().await.unwrap();
        }
        assert_eq!(database.last_event().await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.db");
        std::fs::write(&path, "a,b\n1,2\n".repeat(500)).unwrap();
        let error = Database::open_file(&path).await.unwrap_err();
        assert_eq!(error.code(), "system.database");
    }
}
