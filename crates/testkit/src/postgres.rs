//! A real PostgreSQL server for the time of a test: its own folder, a free port of the loopback.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the server may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// The server. It orders texts as people who speak English do, not by their bytes: what works here works with the order
/// of bytes too, and not the other way round. It is stopped, by its process id, when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
    port: u16,
}

impl Postgres {
    /// Starts a server; nothing, with a word about it, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the log of the tests must see what was not tested"
    )]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: PostgreSQL is not installed (`make tools` installs it on Debian)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        // The server refuses to run as root: there it runs as the user that its package has made.
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap().success());
        }
        let made = as_server_user(&programs.join("initdb"))
            .args(["--auth=trust", "--username=driftline", "--encoding=UTF8", "--no-sync", "--locale=C"])
            .args(["--locale-provider=icu", "--icu-locale=en-US", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb failed");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = begin(&programs, folder.path(), port);
        let postgres = Self { folder, programs, server, port };
        postgres.wait();
        Some(postgres)
    }

    /// Stops the server at once, as a crash would; its data stay.
    pub fn stop(&mut self) {
        let data = self.folder.path().join("data");
        let stop = as_server_user(&self.programs.join("pg_ctl"))
            .args(["stop", "-m", "immediate", "-s", "-D"])
            .arg(data)
            .status();
        if !stop.is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }

    /// Starts the server again after [`Postgres::stop`], at the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.server = begin(&self.programs, self.folder.path(), self.port);
        self.wait();
    }

    fn wait(&self) {
        let until = Instant::now() + STARTS_WITHIN;
        while !self.tool("pg_isready").status().unwrap().success() {
            assert!(Instant::now() < until, "PostgreSQL did not start");
            std::thread::yield_now();
        }
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new_database(&self, name: &str) -> String {
        assert!(self.tool("createdb").arg(name).status().unwrap().success());
        format!("postgres://driftline@127.0.0.1:{}/{name}", self.port)
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-h", "127.0.0.1", "-U", "driftline", "-p", &self.port.to_string()]);
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn begin(programs: &Path, folder: &Path, port: u16) -> Child {
    as_server_user(&programs.join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The folder with the programs of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

fn as_server_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}
