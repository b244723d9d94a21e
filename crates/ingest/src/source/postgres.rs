//! Tables and queries of PostgreSQL, read in a transaction that cannot write, by COPY.

use std::str::FromStr;
use std::time::Duration;

use driftline_chunk::Physical;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgStatement};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, SqlSafeStr, Statement, TypeInfo};
use tokio_stream::StreamExt;

use super::fetching::{Ready, fetch, in_one_line, spools};
use crate::IngestError;
use crate::dialect::{Decimal, Encoding, Escape, Newline};
use crate::limits::Fault;
use crate::location::Remote;
use crate::opened::Table;
use crate::options::{ReadOptions, Repairs};
use crate::spool::Filler;
use crate::stored::Stored;
use crate::table::CsvTable;

/// How long the server may take to let us in.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// Writes are refused, and all rows are of one moment.
const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Opens the table or query that the URL names; its rows come while it is read.
pub(crate) fn open(remote: &Remote, options: &ReadOptions) -> Result<Table, IngestError> {
    let name = remote.shown().to_owned();
    let wrong = |cause: String| IngestError::Url { url: name.clone(), cause };
    let select = statement(remote).map_err(wrong)?;
    let connect = connect_options(remote).map_err(wrong)?;
    let (mut kept, mut fillers) = spools(1, options.limits)?;
    let (Some(spool), Some(filler)) = (kept.pop(), fillers.pop()) else {
        return Err(IngestError::Missing { path: name });
    };
    let shown = name.clone();
    let columns =
        fetch(&name, move |ready| async move { copy(&connect, &select, (shown, filler), ready).await })?;
    let (names, skipped) = columns;
    let stored = Stored::of_spool(name, spool, options.limits)?;
    let options = ReadOptions {
        delimiter: Some(b','),
        quote: Some(Some(b'"')),
        escape: Some(Escape::Doubled),
        encoding: Some(Encoding::UTF_8),
        header_rows: Some(1),
        skip_rows: Some(0),
        comment: None,
        newline: Some(Newline::Lf),
        decimal: Some(Decimal::Point),
        repairs: Repairs::None,
        // A null is an empty cell; every text is a text.
        null_spellings: Vec::new(),
        prefer: names,
        max_cell_bytes: options.max_cell_bytes,
        limits: options.limits,
    };
    let mut table = CsvTable::open(vec![stored], &options)?;
    table.note(skipped);
    Ok(Table::of(Box::new(table)))
}

/// The SELECT that the URL means.
fn statement(remote: &Remote) -> Result<String, String> {
    let part = |wanted: &str| {
        let mut parts = remote.url().query_pairs().filter(|(key, _)| key == wanted);
        parts.next().map(|(_, value)| value.into_owned())
    };
    match (part("table"), part("query")) {
        (Some(table), None) => Ok(format!("SELECT * FROM {}", quoted(&table)?)),
        (None, Some(query)) => Ok(query.trim().trim_end_matches(';').trim_end().to_owned()),
        _ => Err("say which rows are meant, with either ?table=schema.name or ?query=select ...".to_owned()),
    }
}

/// `schema.name` so that it can be nothing but the name of a table; parts may stand in double quotes.
fn quoted(table: &str) -> Result<String, String> {
    if table.contains('\0') {
        return Err("a name cannot hold a zero byte".to_owned());
    }
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    for character in table.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    parts.push(part);
    // A quote that is not closed, or stands within a name, is a part of the name.
    if is_quoted || table.contains("\"\"") {
        parts = table.split('.').map(str::to_owned).collect();
    }
    if parts.iter().any(String::is_empty) || parts.len() > 3 {
        return Err(format!("`{table}` is not the name of a table: write schema.name"));
    }
    let quote = |part: &String| format!("\"{}\"", part.replace('"', "\"\""));
    Ok(parts.iter().map(quote).collect::<Vec<_>>().join("."))
}

fn connect_options(remote: &Remote) -> Result<PgConnectOptions, String> {
    let mut url = remote.url().clone();
    let others: Vec<(String, String)> = remote
        .url()
        .query_pairs()
        .filter(|(key, _)| !matches!(key.as_ref(), "table" | "query"))
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.set_query(None);
    url.set_fragment(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    let options = PgConnectOptions::from_str(url.as_str()).map_err(|error| in_one_line(&error))?;
    Ok(options.application_name("driftline").disable_statement_logging())
}

/// How columns are held, and what is left out.
type Columns = (Vec<(String, Physical)>, Vec<String>);

async fn copy(
    options: &PgConnectOptions,
    select: &str,
    (name, filler): (String, Filler),
    ready: Ready<Columns>,
) {
    let failed = |cause: String| IngestError::Fetch { name: name.clone(), cause };
    let mut connection = match tokio::time::timeout(CONNECTS_WITHIN, options.connect()).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return ready.failed(failed(in_one_line(&error))),
        Err(_) => return ready.failed(failed("the database does not answer".to_owned())),
    };
    let (copy, columns) = match prepared(&mut connection, select).await {
        Ok(prepared) => prepared,
        Err(cause) => return ready.failed(failed(cause)),
    };
    let mut rows = match connection.copy_out_raw(&copy).await {
        Ok(rows) => rows,
        Err(error) => return ready.failed(failed(in_one_line(&error))),
    };
    ready.with(columns);
    let fault = loop {
        match rows.next().await {
            Some(Ok(bytes)) => {
                if filler.put(&bytes).is_err() {
                    return;
                }
            }
            Some(Err(error)) => break Some(Fault::BrokenOff(in_one_line(&error))),
            None => break None,
        }
    };
    filler.end(fault);
}

/// The COPY of a SELECT, and its columns. The statement is prepared by itself first: what is more than one
/// statement, or closes a bracket that it has not opened, is refused there.
async fn prepared(connection: &mut PgConnection, select: &str) -> Result<(String, Columns), String> {
    sqlx::raw_sql(BEGIN).execute(&mut *connection).await.map_err(|error| in_one_line(&error))?;
    let statement: PgStatement = connection
        .prepare(AssertSqlSafe(select.to_owned()).into_sql_str())
        .await
        .map_err(|error| in_one_line(&error))?;
    let columns = statement.columns();
    if columns.is_empty() {
        return Err("the query gives no columns: only a SELECT can be read".to_owned());
    }
    let (mut held, mut skipped, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns {
        let (name, kind) = (column.name(), column.type_info().name());
        if kind == "BYTEA" {
            skipped.push(format!("column `{name}` is skipped: it holds binary data"));
            continue;
        }
        kept.push(format!("\"{}\"", name.replace('"', "\"\"")));
        held.push((name.to_owned(), physical(kind)));
    }
    if kept.is_empty() {
        return Err("the query gives no column that can be read".to_owned());
    }
    // The line ends keep a comment at the end of the query from swallowing what follows.
    let rows = if skipped.is_empty() {
        format!("{select}\n")
    } else {
        format!("SELECT {} FROM ({select}\n) AS rows", kept.join(", "))
    };
    Ok((format!("COPY ({rows}) TO STDOUT (FORMAT csv, HEADER true)"), (held, skipped)))
}

/// How values of a type of PostgreSQL are held.
fn physical(kind: &str) -> Physical {
    match kind {
        "INT2" | "INT4" | "INT8" | "FLOAT4" | "FLOAT8" | "NUMERIC" | "OID" => Physical::Number,
        "BOOL" => Physical::Boolean,
        "DATE" | "TIMESTAMP" | "TIMESTAMPTZ" => Physical::Datetime,
        _ => Physical::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Location;

    fn of(url: &str) -> Result<String, String> {
        let Location::Remote(remote) = Location::parse(url) else { panic!("{url} is no URL") };
        statement(&remote)
    }

    #[test]
    fn names_of_tables_can_be_nothing_else() {
        assert_eq!(of("postgres://h/d?table=public.orders").unwrap(), "SELECT * FROM \"public\".\"orders\"");
        assert_eq!(of("postgres://h/d?table=%22My.Table%22").unwrap(), "SELECT * FROM \"My.Table\"");
        assert_eq!(
            of("postgres://h/d?table=a%22%3B%20drop%20table%20b%3B--").unwrap(),
            "SELECT * FROM \"a\"\"; drop table b;--\""
        );
        for wrong in [
            "postgres://h/d",
            "postgres://h/d?table=",
            "postgres://h/d?table=a..b",
            "postgres://h/d?table=a&query=b",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(of("postgres://h/d?query=select%201%3B").unwrap(), "select 1");
    }
}
