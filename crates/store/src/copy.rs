//! Copies of the database: always a SQLite file, whatever the database is, so that a backup can be brought back into
//! either.
//!
//! What there is to copy is asked of the file, which has the same tables as any other database of this version:
//! a new table is part of a backup without a word here.

use std::path::Path;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};
use tokio_stream::StreamExt as _;

use crate::StoreError;
use crate::database::{Change, Database, Dialect, field};

/// Rows that are written with one statement.
const ROWS_AT_ONCE: usize = 50;

/// What a column holds; there is nothing else (see `docs/adr/008-one-sql-for-two-databases.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
}

/// A value on its way.
enum Cell {
    Text(Option<String>),
    Whole(Option<i64>),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
    /// Tables that its rows refer to.
    refers_to: Vec<String>,
}

impl Database {
    /// Writes a copy of the database as it is now to a new SQLite file, while others go on reading and writing.
    ///
    /// # Errors
    /// When the file is there already or cannot be written, or the database cannot be read.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        match self.dialect() {
            Dialect::Sqlite => {
                let target = path.to_string_lossy().into_owned();
                let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(self.pool()).await;
                copied.map(|_| ()).map_err(StoreError::database("copy the database"))
            }
            Dialect::Postgres => {
                std::fs::File::create_new(path).map_err(StoreError::io("write", path))?;
                let copy = Self::open_file(path).await?;
                let tables = copy.tables().await;
                let copied = match tables {
                    Ok(tables) => self.copy_rows(&copy, &tables).await,
                    Err(error) => Err(error),
                };
                // Closing writes everything into the one file.
                copy.close().await;
                copied
            }
        }
    }

    /// Fills this database, which must be new, with what a copy holds.
    ///
    /// # Errors
    /// When somebody has worked with this database already, or the copy or this database refuses; nothing has
    /// happened then.
    pub async fn fill_from(&self, path: &Path) -> Result<(), StoreError> {
        if !self.is_new().await? {
            return Err(StoreError::NotNew);
        }
        let copy = Self::open_file(path).await?;
        let filled = match copy.tables().await {
            Ok(tables) => copy.copy_rows(self, &tables).await,
            Err(error) => Err(error),
        };
        copy.close().await;
        filled
    }

    /// Copies all rows as they are at this moment, and replaces what the target holds; all of them or none.
    async fn copy_rows(&self, target: &Self, tables: &[Table]) -> Result<(), StoreError> {
        let begin = match self.dialect() {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let begun = self.pool().begin_with(begin).await;
        let mut source = begun.map_err(StoreError::database("read the database"))?;
        let mut change = target.change().await?;
        for table in tables.iter().rev() {
            change.run(sqlx::query(AssertSqlSafe(format!("DELETE FROM {}", quoted(&table.name))))).await?;
        }
        for table in tables {
            let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(&mut *source);
            let mut batch = Vec::with_capacity(ROWS_AT_ONCE);
            while let Some(row) = rows.next().await {
                let row = row.map_err(StoreError::database("read the database"))?;
                batch.push(table.cells(&row)?);
                if batch.len() == ROWS_AT_ONCE {
                    change.insert(table, &mut batch).await?;
                }
            }
            change.insert(table, &mut batch).await?;
        }
        change.commit().await?;
        source.rollback().await.map_err(StoreError::database("read the database"))
    }

    /// All tables, each after those that it refers to.
    async fn tables(&self) -> Result<Vec<Table>, StoreError> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' \
                   AND name <> '_sqlx_migrations' ORDER BY name";
        let mut waiting = Vec::new();
        for row in self.rows(sqlx::query(sql)).await? {
            waiting.push(self.table(field(&row, 0)?).await?);
        }
        let mut sorted: Vec<Table> = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let is_known =
                |name: &String, own: &str| name == own || sorted.iter().any(|table| table.name == *name);
            let (ready, later): (Vec<Table>, Vec<Table>) = waiting
                .into_iter()
                .partition(|table| table.refers_to.iter().all(|name| is_known(name, &table.name)));
            if ready.is_empty() {
                let reason = "tables refer to each other in a circle".to_owned();
                return Err(StoreError::Stored { reason });
            }
            sorted.extend(ready);
            waiting = later;
        }
        Ok(sorted)
    }

    async fn table(&self, name: String) -> Result<Table, StoreError> {
        let sql = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
        let mut columns = Vec::new();
        for row in self.rows(sqlx::query(sql).bind(name.as_str())).await? {
            let kind = match field::<String>(&row, 1)?.as_str() {
                "TEXT" => Kind::Text,
                "BIGINT" | "INTEGER" => Kind::Whole,
                other => {
                    let reason = format!("the table `{name}` has a column of the unknown type `{other}`");
                    return Err(StoreError::Stored { reason });
                }
            };
            columns.push((field(&row, 0)?, kind));
        }
        let sql = "SELECT \"table\" FROM pragma_foreign_key_list($1)";
        let rows = self.rows(sqlx::query(sql).bind(name.as_str())).await?;
        let refers_to = rows.iter().map(|row| field(row, 0)).collect::<Result<_, _>>()?;
        Ok(Table { name, columns, refers_to })
    }
}

impl Table {
    fn column_list(&self) -> String {
        self.columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ")
    }

    fn select(&self) -> String {
        format!("SELECT {} FROM {}", self.column_list(), quoted(&self.name))
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let places = |row: usize| {
            let places: Vec<String> =
                (1..=width).map(|column| format!("${}", row * width + column)).collect();
            format!("({})", places.join(", "))
        };
        let all: Vec<String> = (0..rows).map(places).collect();
        format!("INSERT INTO {} ({}) VALUES {}", quoted(&self.name), self.column_list(), all.join(", "))
    }

    fn cells(&self, row: &AnyRow) -> Result<Vec<Cell>, StoreError> {
        let cell = |(index, (_, kind)): (usize, &(String, Kind))| {
            Ok(match kind {
                Kind::Text => Cell::Text(field(row, index)?),
                Kind::Whole => Cell::Whole(field(row, index)?),
            })
        };
        self.columns.iter().enumerate().map(cell).collect()
    }
}

impl Change {
    /// Writes the rows of a batch, which is empty afterwards.
    async fn insert(&mut self, table: &Table, batch: &mut Vec<Vec<Cell>>) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut query: Query<'_, Any, AnyArguments> = sqlx::query(AssertSqlSafe(table.insert(batch.len())));
        for cell in batch.drain(..).flatten() {
            query = match cell {
                Cell::Text(text) => query.bind(text),
                Cell::Whole(number) => query.bind(number),
            };
        }
        self.run(query).await?;
        Ok(())
    }
}

/// A name as both databases take it, whatever words they keep for themselves. The names are our own.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_table_comes_after_those_that_it_refers_to() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open_file(&folder.path().join("driftline.db")).await.unwrap();
        let tables = database.tables().await.unwrap();
        let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
        for table in &tables {
            assert!(table.refers_to.iter().all(|name| place(name) < place(&table.name)), "{table:?}");
            assert!(!table.columns.is_empty());
        }
        assert!(place("workspaces") < place("checks") && place("checks") < place("findings"));
        assert!(tables.iter().any(|table| table.name == "counters"));
        assert_eq!(
            tables[place("counters")].insert(2),
            "INSERT INTO \"counters\" (\"name\", \"value\") VALUES ($1, $2), ($3, $4)"
        );
    }
}
