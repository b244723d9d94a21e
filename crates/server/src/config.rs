use std::net::SocketAddr;
use std::path::PathBuf;

use driftline_model::RunSettings;

/// How the service runs.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Folder of everything that is kept.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// URL of a database to use instead of the file in the data folder.
    pub database_url: Option<String>,
    /// Largest upload in bytes.
    pub max_upload_bytes: u64,
    /// Most times that a compressed upload may grow when it is unpacked.
    pub max_expansion: u64,
    /// Days that a dataset is kept; 0 means for ever.
    pub keep_datasets_days: u32,
    /// Days that a check is kept after its end; 0 means for ever.
    pub keep_checks_days: u32,
    /// Checks that are worked on at the same time.
    pub workers: u32,
    /// Requests a second that one address may make.
    pub requests_per_sec: u32,
    /// Sign-ins a minute that one address may try.
    pub sign_ins_per_min: u32,
    /// How checks run: threads and memory.
    pub run: RunSettings,
}

impl ServiceConfig {
    /// The defaults for a data folder: on loopback, port 8080.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: None,
            max_upload_bytes: 1 << 30,
            max_expansion: 200,
            keep_datasets_days: 0,
            keep_checks_days: 0,
            workers: 1,
            requests_per_sec: 10_000,
            sign_ins_per_min: 10,
            run: RunSettings::default(),
        }
    }
}
