//! Uploads: both ways, what is refused, and what is left after stops and crashes.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use driftline_model::service::{PageRequest, Role};
use driftline_server::{Swept, sweep};
use driftline_store::AuditFilter;
use reqwest::Response;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Harness, orders};

const HOUR_MS: i64 = 60 * 60 * 1000;

fn sha256(bytes: &[u8]) -> String {
    driftline_store::hexadecimal(&Sha256::digest(bytes))
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// The status, and the code of the problem where it is one.
async fn outcome(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

/// A service with somebody who may upload.
struct Desk {
    service: Harness,
    token: String,
}

impl Desk {
    async fn begin() -> Self {
        Self::with_max(1 << 30).await
    }

    async fn with_max(max_upload_bytes: u64) -> Self {
        let service = Harness::with(|config| config.max_upload_bytes = max_upload_bytes).await;
        let token = service.token(Role::Editor).await;
        Self { service, token }
    }

    /// A request with these headers, sent with whatever body.
    async fn send(
        &self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let url = self.service.url(path);
        let mut request =
            self.service.client.request(method.parse().unwrap(), url).bearer_auth(&self.token).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn post(&self, name: &str, body: impl Into<reqwest::Body>) -> Response {
        self.send(("POST", &format!("/api/v1/datasets?name={name}")), &[], body).await
    }

    /// Begins an upload and gives its place.
    async fn begin_upload(&self, name: &str, length: usize) -> String {
        let metadata = format!("filename {}", BASE64_STANDARD.encode(name));
        let headers = [("Upload-Length", &*length.to_string()), ("Upload-Metadata", &metadata)];
        let answer = self.send(("POST", "/api/v1/uploads"), &headers, "").await;
        assert_eq!((answer.status().as_u16(), header(&answer, "tus-resumable")), (201, "1.0.0"));
        assert!(header(&answer, "upload-expires").ends_with(" GMT"));
        header(&answer, "location").to_owned()
    }

    async fn patch(&self, place: &str, offset: usize, body: impl Into<reqwest::Body>) -> Response {
        let offset = offset.to_string();
        let headers = [("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", &offset)];
        self.send(("PATCH", place), &headers, body).await
    }

    /// How many bytes of an upload are safe.
    async fn offset(&self, place: &str) -> usize {
        let answer = self.send(("HEAD", place), &[("Tus-Resumable", "1.0.0")], "").await;
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (200, "no-store"));
        header(&answer, "upload-offset").parse().unwrap()
    }

    async fn dataset(&self, id: &str) -> Value {
        self.service.ask("GET", &format!("/api/v1/datasets/{id}"), &self.token, Value::Null).await.is(200)
    }

    /// A connection on which the head of a request was sent.
    async fn raw(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.service.running.address).await.unwrap();
        let (first, rest) = head.split_once('\n').unwrap();
        let head = format!("{first}\nHost: test\nAuthorization: Bearer {}\n{rest}\n\n", self.token);
        stream.write_all(head.replace('\n', "\r\n").as_bytes()).await.unwrap();
        stream
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.service.folder.path().join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    async fn sweep(&self, after_ms: i64) -> Swept {
        sweep(&self.service.running.service, now_ms() + after_ms).await.unwrap()
    }
}

/// What is left to read on a connection that the service ends.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn id_of(place: &str) -> &str {
    place.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_file_in_one_request_is_a_dataset_when_its_hash_is_right() {
    let desk = Desk::begin().await;
    let text = orders(500, false);
    let path = ("POST", "/api/v1/datasets?name=orders.csv");
    let wrong = desk.send(path, &[("X-Content-SHA256", &sha256(b"other"))], text.clone()).await;
    assert_eq!(outcome(wrong).await, (422, "data.checksum".to_owned()));
    let nonsense = desk.send(path, &[("X-Content-SHA256", "abc")], "x").await;
    assert_eq!(outcome(nonsense).await, (422, "usage.invalid".to_owned()));
    assert_eq!(desk.files("uploads").len() + desk.files("blobs").len(), 0);

    let hash = sha256(text.as_bytes()).to_uppercase();
    let answer = desk.send(path, &[("X-Content-SHA256", &hash)], text.clone()).await;
    assert_eq!(answer.status().as_u16(), 201);
    let dataset: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(dataset["sha256"], sha256(text.as_bytes()));
    assert_eq!(dataset["size_bytes"], text.len());
    let details = desk.dataset(dataset["id"].as_str().unwrap()).await;
    let columns = serde_json::json!([["order", "text"], ["amount", "number"], ["country", "text"]]);
    assert_eq!((&details["columns"], &details["dialect"]["delimiter"]), (&columns, &",".into()));
    assert_eq!(details["preview"].as_array().unwrap().len(), 20);
    assert_eq!(details["preview"][1], serde_json::json!(["A-100007", "919", "DE"]));
    let list = desk.service.ask("GET", "/api/v1/datasets", &desk.token, Value::Null).await.is(200);
    assert_eq!(list["items"], serde_json::json!([dataset]));
    let [blob] = &desk.files("blobs")[..] else { panic!("one blob") };
    assert_eq!(std::fs::read(blob).unwrap(), text.as_bytes());
}

#[tokio::test]
async fn an_upload_in_pieces_is_a_dataset_with_its_last_byte() {
    let desk = Desk::begin().await;
    let text = orders(500, false);
    let (half, length) = (text.len() / 2, text.len());
    let options = desk.send(("OPTIONS", "/api/v1/uploads"), &[], "").await;
    assert_eq!((options.status().as_u16(), header(&options, "tus-version")), (204, "1.0.0"));
    assert_eq!(header(&options, "tus-extension"), "creation,expiration,termination");
    assert_eq!(header(&options, "tus-max-size"), (1 << 30).to_string());

    let place = desk.begin_upload("orders.csv", length).await;
    assert_eq!(desk.offset(&place).await, 0);
    let first = desk.patch(&place, 0, text[..half].to_owned()).await;
    assert_eq!((first.status().as_u16(), header(&first, "upload-offset")), (204, &*half.to_string()));
    for wrong in [0, half - 1, half + 1, length] {
        let answer = desk.patch(&place, wrong, "x").await;
        assert_eq!(header(&answer, "tus-resumable"), "1.0.0");
        let (status, code) = outcome(answer).await;
        // Behind the end there is no room for a byte, which shows before anything else.
        assert!(
            (status, &*code) == (409, "data.offset") || (wrong == length && status == 413),
            "{status} {code}"
        );
    }
    let last = desk.patch(&place, half, text[half..].to_owned()).await;
    assert_eq!((last.status().as_u16(), header(&last, "upload-offset")), (204, &*length.to_string()));
    let id = header(&last, "x-dataset-id").to_owned();
    let details = desk.dataset(&id).await;
    assert_eq!(details["dataset"]["sha256"], sha256(text.as_bytes()));
    assert_eq!(details["dataset"]["name"], "orders.csv");
    assert_eq!(desk.offset(&place).await, length);
    // A client that missed the answer asks again.
    let again = desk.patch(&place, length, "").await;
    assert_eq!((again.status().as_u16(), header(&again, "x-dataset-id")), (204, &*id));
    assert_eq!((desk.files("uploads").len(), desk.files("blobs").len()), (0, 1));
}

#[tokio::test]
async fn other_versions_and_kinds_of_body_are_refused_and_uploads_can_be_given_up() {
    let desk = Desk::begin().await;
    let place = desk.begin_upload("a.csv", 100).await;
    let other = desk.send(("HEAD", &place), &[("Tus-Resumable", "0.2.2")], "").await;
    assert_eq!((other.status().as_u16(), header(&other, "tus-version")), (412, "1.0.0"));
    let kind = [("Content-Type", "text/csv"), ("Upload-Offset", "0")];
    let answer = desk.send(("PATCH", &place), &kind, "x").await;
    assert_eq!(outcome(answer).await, (415, "usage.content_type".to_owned()));
    for length in ["-1", "many", ""] {
        let answer = desk.send(("POST", "/api/v1/uploads"), &[("Upload-Length", length)], "").await;
        assert_eq!(outcome(answer).await, (422, "usage.invalid".to_owned()));
    }
    let gone = desk.send(("DELETE", &place), &[], "").await;
    assert_eq!((gone.status().as_u16(), header(&gone, "tus-resumable")), (204, "1.0.0"));
    assert_eq!(desk.files("uploads").len(), 0);
    for method in ["HEAD", "DELETE"] {
        assert_eq!(desk.send((method, &place), &[], "").await.status().as_u16(), 404);
    }
    assert_eq!(desk.patch(&place, 0, "x").await.status().as_u16(), 404);
}

#[tokio::test]
async fn only_one_request_at_a_time_goes_on_with_an_upload() {
    let desk = Desk::begin().await;
    let place = desk.begin_upload("a.csv", 10).await;
    let head = "Content-Type: application/offset+octet-stream\nUpload-Offset: 0\nContent-Length: 4";
    // The service asks for the body once it has the upload for itself.
    let head = format!("PATCH {place} HTTP/1.1\n{head}\nConnection: close\nExpect: 100-continue");
    let mut first = desk.raw(&head).await;
    let mut goes_on = [0; 25];
    first.read_exact(&mut goes_on).await.unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(outcome(desk.patch(&place, 0, "x").await).await, (423, "data.locked".to_owned()));
    assert_eq!(desk.send(("DELETE", &place), &[], "").await.status().as_u16(), 423);
    assert_eq!(desk.sweep(48 * HOUR_MS).await, Swept::default(), "what is written to has not expired");
    first.write_all(b"a,b\n").await.unwrap();
    assert!(rest(first).await.starts_with("HTTP/1.1 204"));
    assert_eq!(desk.offset(&place).await, 4);
}

#[tokio::test]
async fn an_upload_goes_on_after_a_stop_in_the_middle_of_a_request() {
    let mut desk = Desk::begin().await;
    let text = orders(2_500_000, false);
    let (sent, length) = (34 << 20, text.len());
    assert!(length > sent);
    let place = desk.begin_upload("orders.csv", length).await;
    let head = "Content-Type: application/offset+octet-stream\nUpload-Offset: 0";
    let mut stream = desk.raw(&format!("PATCH {place} HTTP/1.1\n{head}\nContent-Length: {length}")).await;
    stream.write_all(&text.as_bytes()[..sent]).await.unwrap();
    // Long bodies are made safe before they have come whole.
    while desk.offset(&place).await == 0 {}
    desk.service = desk.service.restart().await;
    drop(stream);
    let mut offset = desk.offset(&place).await;
    assert!(((32 << 20)..=sent).contains(&offset), "{offset}");

    // What a crash leaves behind the bytes that were acknowledged was never promised to anybody.
    let file = desk.service.folder.path().join("uploads").join(id_of(&place));
    std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"half a rec").unwrap();
    let more = text.as_bytes()[offset..offset + 1_000].to_vec();
    offset += 1_000;
    assert_eq!(desk.patch(&place, offset - 1_000, more).await.status().as_u16(), 204);
    // A crash after the file has got its last name and before it is a dataset.
    let blob = desk.service.folder.path().join("blobs").join(id_of(&place));
    std::fs::rename(&file, &blob).unwrap();
    assert_eq!(desk.sweep(2 * HOUR_MS).await, Swept::default());
    let last = desk.patch(&place, offset, text.as_bytes()[offset..].to_vec()).await;
    let details = desk.dataset(header(&last, "x-dataset-id")).await;
    assert_eq!(details["dataset"]["sha256"], sha256(text.as_bytes()));
    assert!(blob.exists() && !file.exists());
}

#[tokio::test]
async fn a_connection_that_breaks_off_leaves_nothing_or_what_was_acknowledged() {
    let desk = Desk::begin().await;
    let mut stream = desk.raw("POST /api/v1/datasets?name=a.csv HTTP/1.1\nContent-Length: 1000").await;
    stream.write_all(orders(10, false).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(rest(stream).await.contains("data.incomplete"));
    assert_eq!(desk.files("uploads").len() + desk.files("blobs").len(), 0);

    let mut chunked = desk.raw("POST /api/v1/datasets HTTP/1.1\nTransfer-Encoding: chunked").await;
    chunked.write_all(b"8\r\na,b\n1,2\n\r\n").await.unwrap();
    chunked.shutdown().await.unwrap();
    assert!(rest(chunked).await.contains("data.incomplete"));
    assert_eq!(desk.files("uploads").len() + desk.files("blobs").len(), 0);

    let place = desk.begin_upload("a.csv", 100).await;
    let head = "Content-Type: application/offset+octet-stream\nUpload-Offset: 0\nContent-Length: 100";
    let mut stream = desk.raw(&format!("PATCH {place} HTTP/1.1\n{head}")).await;
    stream.write_all(b"a,b\n1,2\n").await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(rest(stream).await.contains("data.incomplete"));
    assert_eq!(desk.offset(&place).await, 8);
}

#[tokio::test]
async fn too_many_bytes_are_refused_by_what_is_announced_and_by_what_comes() {
    let desk = Desk::with_max(1_000).await;
    let announced = desk.raw("POST /api/v1/datasets HTTP/1.1\nConnection: close\nContent-Length: 1001").await;
    let answer = rest(announced).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("data.too_large"), "{answer}");
    let mut lying = desk.raw("POST /api/v1/datasets HTTP/1.1\nTransfer-Encoding: chunked").await;
    let chunk = format!("64\r\n{}\r\n", "x".repeat(100));
    lying.write_all(chunk.repeat(11).as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    lying.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");

    let answer = desk.send(("POST", "/api/v1/uploads"), &[("Upload-Length", "1001")], "").await;
    assert_eq!(outcome(answer).await, (413, "data.too_large".to_owned()));
    let place = desk.begin_upload("a.csv", 10).await;
    let head = "Content-Type: application/offset+octet-stream\nUpload-Offset: 0\nConnection: close";
    let announced = desk.raw(&format!("PATCH {place} HTTP/1.1\n{head}\nContent-Length: 11")).await;
    assert!(rest(announced).await.starts_with("HTTP/1.1 413"));
    let mut lying = desk.raw(&format!("PATCH {place} HTTP/1.1\n{head}\nTransfer-Encoding: chunked")).await;
    lying.write_all(b"b\r\n12345678901\r\n0\r\n\r\n").await.unwrap();
    assert!(rest(lying).await.starts_with("HTTP/1.1 413"));
    assert_eq!(desk.offset(&place).await, 0);
    assert_eq!((desk.files("uploads").len(), desk.files("blobs").len()), (1, 0));
}

/// What cannot be a dataset, with the code that says why.
fn refusable() -> Vec<(&'static str, Vec<u8>)> {
    // 200 MB of zeros: one megabyte packed, two hundred times behind each other.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 1_000_000]).unwrap();
    let bomb = bomb.finish().unwrap().repeat(200);
    let names: Vec<String> = (0..20_000).map(|column| format!("c{column}")).collect();
    let wide = format!("{}\n{}1\n", names.join(","), "1,".repeat(names.len() - 1));
    let mut cut = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    cut.write_all(orders(1_000, false).as_bytes()).unwrap();
    let mut cut = cut.finish().unwrap();
    cut.truncate(cut.len() / 2);
    vec![
        ("data.empty", b"\n\n".to_vec()),
        ("data.header_only", b"a,b\n".to_vec()),
        ("data.binary", (0..2_000_u32).map(|byte| (byte * 7 % 256) as u8).collect()),
        ("data.expands_too_much", bomb),
        ("data.damaged", cut),
        ("data.too_many_columns", wide.into_bytes()),
        ("data.too_many_columns", vec![b','; 1_000_000]),
    ]
}

#[tokio::test]
async fn what_is_no_table_is_refused_both_ways_and_nothing_of_it_stays() {
    let desk = Desk::begin().await;
    assert_eq!(outcome(desk.post("a.csv", "").await).await, (422, "data.empty".to_owned()));
    let none = desk.send(("POST", "/api/v1/uploads"), &[("Upload-Length", "0")], "").await;
    assert_eq!(outcome(none).await, (422, "data.empty".to_owned()));
    for (code, bytes) in refusable() {
        let answer = desk.post("my%20table.csv", bytes.clone()).await;
        assert_eq!(answer.status().as_u16(), 422, "{code}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], code);
        let message = body["error"]["message"].as_str().unwrap();
        assert!(!message.contains(desk.service.folder.path().to_str().unwrap()), "{message}");
        assert!(code != "data.binary" || message.contains("`my table.csv`"), "{message}");
        let place = desk.begin_upload("a.csv", bytes.len()).await;
        assert_eq!(outcome(desk.patch(&place, 0, bytes).await).await, (422, code.to_owned()));
        assert_eq!(desk.send(("HEAD", &place), &[], "").await.status().as_u16(), 404);
    }
    assert_eq!(desk.files("uploads").len() + desk.files("blobs").len(), 0);
}

#[tokio::test]
async fn compressed_tables_are_looked_into() {
    let desk = Desk::begin().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(orders(1_000, false).as_bytes()).unwrap();
    let gzip = desk.service.upload(&desk.token, "a.csv.gz", packed.finish().unwrap()).await;
    let packed = zstd::encode_all(orders(1_000, false).as_bytes(), 1).unwrap();
    let zstd = desk.service.upload(&desk.token, "a.csv.zst", packed).await;
    for id in [gzip, zstd] {
        assert_eq!(desk.dataset(&id).await["columns"][1][0], "amount");
    }
}

#[tokio::test]
async fn names_are_never_paths() {
    let desk = Desk::begin().await;
    let long = "n".repeat(10_000);
    for (sent, kept) in [
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("a%00b", "ab"),
        (&*long, &long[..200]),
        ("..", "unnamed"),
        ("C%3A%5Cdata%5Csales.csv", "sales.csv"),
    ] {
        let id = desk.service.upload(&desk.token, sent, "a,b\n1,2\n").await;
        assert_eq!(desk.dataset(&id).await["dataset"]["name"], kept);
    }
    let place = desk.begin_upload("../../etc/passwd", 8).await;
    let answer = desk.patch(&place, 0, "a,b\n1,2\n").await;
    assert_eq!(desk.dataset(header(&answer, "x-dataset-id")).await["dataset"]["name"], "passwd");
    // All files have names of ours.
    for file in desk.files("blobs") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(name.len() == 32 && name.bytes().all(|digit| digit.is_ascii_hexdigit()), "{name}");
    }
    for path in ["/api/v1/uploads/..%2F..%2Fdriftline.db", "/api/v1/uploads/%00"] {
        assert_eq!(desk.send(("HEAD", path), &[], "").await.status().as_u16(), 404);
    }
}

#[tokio::test]
async fn who_only_reads_may_not_upload_and_strangers_see_nothing() {
    let mut desk = Desk::begin().await;
    let place = desk.begin_upload("a.csv", 100).await;
    desk.token = desk.service.token(Role::Viewer).await;
    assert_eq!(outcome(desk.post("a.csv", "a,b\n1,2\n").await).await, (403, "access.forbidden".to_owned()));
    assert_eq!(desk.patch(&place, 0, "x").await.status().as_u16(), 403);
    assert_eq!(desk.send(("HEAD", &place), &[], "").await.status().as_u16(), 403);
    desk.token = "dl_nobody".to_owned();
    assert_eq!(desk.post("a.csv", "a,b\n1,2\n").await.status().as_u16(), 401);
    assert_eq!(desk.files("blobs").len(), 0);
}

#[tokio::test]
async fn a_deleted_dataset_takes_its_bytes_and_its_rows_along() {
    let desk = Desk::begin().await;
    let id = desk.service.upload(&desk.token, "a.csv", orders(50, false)).await;
    assert_eq!(desk.files("blobs").len(), 1);
    let path = format!("/api/v1/datasets/{id}");
    desk.service.ask("DELETE", &path, &desk.token, Value::Null).await.is(204);
    assert_eq!(desk.files("blobs").len(), 0);
    let details = desk.dataset(&id).await;
    assert_eq!(
        (&details["dataset"]["state"], &details["preview"]),
        (&"deleted".into(), &serde_json::json!([]))
    );
    let list = desk.service.ask("GET", "/api/v1/datasets", &desk.token, Value::Null).await.is(200);
    assert_eq!(list["items"], serde_json::json!([]));
    desk.service.ask("DELETE", &path, &desk.token, Value::Null).await.is(404);
}

#[tokio::test]
async fn the_sweeper_removes_what_has_expired_and_what_nothing_refers_to() {
    let service = Harness::with(|config| config.keep_datasets_days = 7).await;
    let token = service.token(Role::Editor).await;
    let desk = Desk { service, token };
    desk.service.upload(&desk.token, "a.csv", orders(50, false)).await;
    let place = desk.begin_upload("b.csv", 100).await;
    let orphans = ["uploads/partial", "blobs/orphan"].map(|path| desk.service.folder.path().join(path));
    for path in &orphans {
        std::fs::write(path, "x").unwrap();
    }
    assert_eq!(desk.sweep(0).await, Swept::default(), "what is young may be about to be used");
    assert_eq!(desk.sweep(2 * HOUR_MS).await, Swept { files: 2, ..Swept::default() });
    assert!(orphans.iter().all(|path| !path.exists()));
    assert_eq!((desk.offset(&place).await, desk.files("blobs").len()), (0, 1));
    assert_eq!(desk.sweep(25 * HOUR_MS).await, Swept { uploads: 1, ..Swept::default() });
    assert_eq!(desk.send(("HEAD", &place), &[], "").await.status().as_u16(), 404);
    assert_eq!(desk.sweep(8 * 24 * HOUR_MS).await, Swept { datasets: 1, ..Swept::default() });
    assert_eq!(desk.files("uploads").len() + desk.files("blobs").len(), 0);
    for action in ["dataset.expire", "upload.expire", "file.remove"] {
        let database = desk.service.running.database();
        let lines = database
            .audit_entries(
                &AuditFilter { text: Some(action.to_owned()), ..AuditFilter::default() },
                &PageRequest::default(),
            )
            .await
            .unwrap();
        assert_eq!(lines.items[0].actor, "system", "{action}");
    }
}
