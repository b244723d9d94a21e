//! Files behind HTTP and tables of PostgreSQL, against real servers of the loopback that also fail.

#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use driftline_chunk::Physical;
use driftline_ingest::{IngestError, Limits, Location, ReadOptions, Rejected, Table, open};
use driftline_testkit::postgres::Postgres;

fn opened(url: &str) -> Result<Table, IngestError> {
    open(&Location::parse(url), &ReadOptions::default())
}

/// Rows, what was set aside, and how it ended.
fn read(table: &Table) -> (usize, Vec<Rejected>, Option<IngestError>) {
    let (mut rows, mut rejected) = (0, Vec::new());
    for source in table.sources() {
        loop {
            match source.pull(1 << 16) {
                Ok(Some(raw)) => {
                    let decoded = source.decode(raw).unwrap();
                    rows += decoded.chunk.rows();
                    rejected.extend(decoded.rejected);
                }
                Ok(None) => break,
                Err(error) => return (rows, rejected, Some(error)),
            }
        }
    }
    (rows, rejected, None)
}

/// What the server serves, and how often it breaks off before it lets a file through.
struct Served {
    text: Bytes,
    breaks: AtomicU32,
}

/// Rows of the served file.
const ROWS: usize = 60_000;

async fn serve(
    State(served): State<Arc<Served>>,
    Path(what): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let text = served.text.clone();
    let answer = Response::builder();
    let start = headers.get(header::RANGE).and_then(|range| {
        let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
        range.trim_end_matches('-').parse::<usize>().ok()
    });
    let failing = || {
        let left = served.breaks.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.is_ok()
    };
    match what.as_str() {
        "away.csv" => {
            let to = answer.status(StatusCode::FOUND).header(header::LOCATION, "/whole.csv");
            to.body(Body::empty()).unwrap()
        }
        "round.csv" => {
            let to = answer.status(StatusCode::FOUND).header(header::LOCATION, "/round.csv");
            to.body(Body::empty()).unwrap()
        }
        "whole.csv" => answer.body(Body::from(text)).unwrap(),
        // With ranges and a mark, or without either.
        "ranges.csv" | "plain.csv" => {
            let with_ranges = what == "ranges.csv";
            let from = start.filter(|_| with_ranges).unwrap_or(0);
            let part = text.slice(from..);
            let mut answer = answer.header(header::CONTENT_LENGTH, part.len());
            if with_ranges {
                answer = answer.header(header::ETAG, "\"one\"");
            }
            if from > 0 {
                let range = format!("bytes {from}-{}/{}", text.len() - 1, text.len());
                answer = answer.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range);
            }
            if !failing() {
                return answer.body(Body::from(part)).unwrap();
            }
            // Piece by piece, so that what comes before the end is sent before it.
            let (sender, pieces) = tokio::sync::mpsc::channel(1);
            tokio::spawn(async move {
                for piece in part.slice(..part.len() / 3).chunks(4_096) {
                    let _ = sender.send(Ok(Bytes::copy_from_slice(piece))).await;
                    tokio::task::yield_now().await;
                }
                let _ = sender.send(Err(std::io::Error::other("gone"))).await;
            });
            answer.body(Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(pieces))).unwrap()
        }
        "endless.csv" => {
            let line = Bytes::from("1,2\n".repeat(10_000));
            let lines = std::iter::repeat_with(move || Ok::<_, std::io::Error>(line.clone()));
            answer.body(Body::from_stream(tokio_stream::iter(lines))).unwrap()
        }
        _ => answer.status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap(),
    }
}

/// The address of a server that breaks off this many times.
fn server(breaks: u32) -> String {
    let mut text = "a,b\n".to_owned();
    (0..ROWS).for_each(|row| text.push_str(&format!("{row},{}\n", row % 7)));
    let served = Arc::new(Served { text: text.into(), breaks: AtomicU32::new(breaks) });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = Router::new().route("/{what}", get(serve)).with_state(served);
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
        });
    });
    format!("http://{address}")
}

#[test]
fn a_file_behind_http_is_read_like_any_other() {
    let server = server(0);
    for name in ["whole.csv", "ranges.csv", "away.csv"] {
        let table = opened(&format!("{server}/{name}")).unwrap();
        assert_eq!(table.schema().fields()[1].physical, Physical::Number);
        let (rows, rejected, end) = read(&table);
        assert!(end.is_none() && rejected.is_empty() && rows == ROWS, "{name}: {rows} {end:?}");
        let again = table.reopen(table.schema()).unwrap();
        assert_eq!(read(&again).0, ROWS);
        assert_eq!(again.sources()[0].bytes_read(), again.sources()[0].size_bytes().unwrap());
    }
}

#[test]
fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    let (rows, _, end) = read(&opened(&format!("{}/ranges.csv", server(3))).unwrap());
    assert!(end.is_none() && rows == ROWS, "{rows} {end:?}");
}

#[test]
fn what_cannot_be_taken_up_leaves_what_came_before() {
    let (rows, rejected, end) = read(&opened(&format!("{}/plain.csv", server(9))).unwrap());
    let error = end.unwrap();
    assert!(error.is_broken_off() && error.code() == "ingest.broken_off", "{error}");
    assert!(rows > 1_000 && rows < ROWS && rejected.is_empty(), "{rows}");
}

#[test]
fn an_endless_file_ends_at_the_limit() {
    let limits = Limits { kept_bytes: 1 << 20, ..Limits::default() };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let table = open(&Location::parse(&format!("{}/endless.csv", server(0))), &options).unwrap();
    let (rows, _, end) = read(&table);
    assert_eq!(end.unwrap().code(), "ingest.too_large");
    assert_eq!(rows, (1 << 20) / 4);
}

#[test]
fn what_is_not_there_or_goes_round_in_circles_is_told_without_secrets() {
    let server = server(0).replace("http://", "http://me:pa55@");
    for name in ["no.csv", "round.csv"] {
        let error = opened(&format!("{server}/{name}?token=s3cret")).err().unwrap();
        assert_eq!(error.code(), "ingest.fetch");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("pa55") && !text.contains("s3cret"), "{text}");
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(opened(&format!("http://{free}/a.csv")).err().unwrap().code(), "ingest.fetch");
}

fn execute(url: &str, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Forwards to a server and closes everything after this many bytes from it.
fn fragile(target: &str, bytes: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = target.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&target).unwrap());
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            thread::spawn(move || {
                let _ = std::io::copy(&mut Read::by_ref(&mut from).take(bytes as u64), &mut to);
                let _ = to.flush();
                let _ = to.shutdown(std::net::Shutdown::Both);
                let _ = from.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    port
}

const TABLE: &str = "
    create schema shop;
    create table shop.\"Odd Name\" (id bigint, amount numeric(10,2), city text, paid boolean, at timestamptz, day date,
        tags text[], picture bytea, code text);
    insert into shop.\"Odd Name\" select i, i % 100 + 0.25, case when i % 7 = 0 then null else 'city, \"' || i % 5 end,
        i % 3 = 0, timestamptz '2024-01-02 03:04:05+02' + i * interval '1 hour', date '2024-01-02' + i % 30,
        array['a', 'b'], 'x', lpad((i % 50)::text, 5, '0') from generate_series(0, 49999) as i;
    create table victim (a int);
    insert into victim values (1);";

#[test]
fn tables_and_queries_of_postgresql_are_read_and_nothing_is_written() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.new_database("shop");
    execute(&url, TABLE);
    let table = opened(&format!("{url}?table=shop.%22Odd%20Name%22")).unwrap();
    let held: Vec<_> =
        table.schema().fields().iter().map(|field| (field.name.as_str(), field.physical)).collect();
    use Physical::{Boolean, Datetime, Number, Text};
    let wanted = [
        ("id", Number),
        ("amount", Number),
        ("city", Text),
        ("paid", Boolean),
        ("at", Datetime),
        ("day", Datetime),
        ("tags", Text),
        ("code", Text),
    ];
    assert_eq!(held, wanted);
    assert_eq!(table.notes(), ["column `picture` is skipped: it holds binary data"]);
    let raw = table.sources()[0].pull(1 << 16).unwrap().unwrap();
    let chunk = table.sources()[0].decode(raw).unwrap().chunk;
    assert!(chunk.failures().is_empty());
    let driftline_chunk::ColumnValues::Datetime(moments) = chunk.column(4) else { panic!("moments") };
    // python3 -c "import datetime as d; print(d.datetime(2024,1,2,1,4,5,tzinfo=d.timezone.utc).timestamp())"
    assert_eq!(moments.value(0), 1_704_157_445_000_000);
    let (rows, rejected, end) = read(&table.reopen(table.schema()).unwrap());
    assert!(end.is_none() && rejected.is_empty() && rows == 50_000, "{rows} {end:?}");

    let query = "select%20id%2C%20city%20from%20shop.%22Odd%20Name%22%20where%20id%20%3C%2010%20--%20some";
    assert_eq!(read(&opened(&format!("{url}?query={query}")).unwrap()).0, 10);
    for wrong in [
        "table=victim%22%3B%20drop%20table%20victim%3B--",
        "query=delete%20from%20victim%20returning%20a",
        "query=drop%20table%20victim",
        "query=select%201%3B%20drop%20table%20victim",
        "query=select%201)%20to%20program%20%27touch%20x%27%20--",
        "query=select%20from",
        "table=nowhere",
    ] {
        let error = opened(&format!("{url}?{wrong}")).err().unwrap();
        assert_eq!(error.code(), "ingest.fetch", "{wrong}: {error}");
    }
    assert_eq!(opened(&url).err().unwrap().code(), "ingest.url");
    assert_eq!(read(&opened(&format!("{url}?table=victim")).unwrap()).0, 1);
}

#[test]
fn a_postgresql_that_dies_midway_leaves_the_rows_before() {
    let Some(postgres) = Postgres::start() else { return };
    let url = postgres.new_database("shop");
    execute(&url, TABLE);
    let address = url.split(['@', '/']).find(|part| part.contains("127.0.0.1")).unwrap();
    let port = fragile(address, 1 << 20);
    let url = url.replace(address, &format!("127.0.0.1:{port}"));
    let table = opened(&format!("{url}?table=shop.%22Odd%20Name%22")).unwrap();
    let (rows, rejected, end) = read(&table);
    let error = end.unwrap();
    assert_eq!(error.code(), "ingest.broken_off", "{error}");
    assert!(rows > 5_000 && rows < 50_000 && rejected.is_empty(), "{rows} {rejected:?}");
}
