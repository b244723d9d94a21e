//! A store that speaks as S3 does.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that speaks S3, ended when this is dropped.
pub(crate) struct Moto {
    server: Child,
    port: u16,
}

impl Moto {
    /// Starts it; nothing, with a word about it, where it is not installed.
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the log of the tests must see what was not tested"
    )]
    pub(crate) fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // On the path, or where `make tools` puts it.
        let folder = std::path::Path::new(env!("CARGO_BIN_EXE_driftline")).ancestors().nth(2).unwrap();
        let own = folder.join("tools/bin/moto_server");
        let program = if own.exists() { own.as_os_str() } else { "moto_server".as_ref() };
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(server) = server else {
            eprintln!("skipped: moto is not installed (`make tools` installs it)");
            return None;
        };
        let mut moto = Self { server, port };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if moto.server.try_wait().unwrap().is_some() {
                eprintln!("skipped: moto does not run here (`make tools` installs it)");
                return None;
            }
            assert!(Instant::now() < until, "moto did not start");
            std::thread::yield_now();
        }
        Some(moto)
    }

    /// A command that finds it.
    pub(crate) fn known_to(&self, mut command: Command) -> Command {
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", "some")
            .env("AWS_SECRET_ACCESS_KEY", "thing")
            .env("AWS_REGION", "us-east-1");
        command
    }

    /// Puts an object there, or makes a bucket.
    pub(crate) fn put(&self, path: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!(
            "PUT /{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
