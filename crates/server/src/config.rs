use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use driftline_engine::spread::Workers;
use driftline_feed::Reach;
use driftline_model::RunSettings;
use serde::Serialize;

use crate::{OidcConfig, PublicUrl, TlsFiles};

/// One setting as those who administer the service may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ShownSetting {
    /// Its name, such as `server.max_upload_bytes`.
    pub key: String,
    /// Its value as text; secrets are not shown.
    pub value: String,
    /// Where the value comes from: `default`, a file, a variable, a flag.
    pub origin: String,
    /// What it is for.
    pub doc: String,
}

/// How alerts are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertsConfig {
    /// Whether they may go to addresses inside the network.
    pub allow_private_addresses: bool,
    /// Where PagerDuty takes events; empty for its usual address.
    pub pagerduty_url: String,
    /// Days that the log of deliveries is kept.
    pub keep_days: u32,
    /// How long to wait after the first attempt that failed; twice as long after every other.
    pub retry: Duration,
    /// How long the other side may take.
    pub timeout: Duration,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            allow_private_addresses: false,
            pagerduty_url: String::new(),
            keep_days: 90,
            retry: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Who reads large data instead of this process.
#[derive(Clone)]
pub struct ClusterConfig {
    /// Those who read.
    pub workers: Arc<dyn Workers + Send + Sync>,
    /// What they are called, such as `df://10.0.0.7:50050`.
    pub name: String,
    /// Data that have fewer bytes are read here.
    pub min_bytes: u64,
}

impl fmt::Debug for ClusterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterConfig").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How the service runs.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Folder of everything that is kept.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where people reach the service, when that is not where it listens.
    pub public_url: Option<PublicUrl>,
    /// The certificate for HTTPS; plain HTTP without.
    pub tls: Option<TlsFiles>,
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
    /// Who else signs people in.
    pub oidc: Option<OidcConfig>,
    /// How alerts are sent.
    pub alerts: AlertsConfig,
    /// What monitors may read.
    pub monitors: Reach,
    /// How checks run: threads and memory.
    pub run: RunSettings,
    /// Who reads large data instead of this process.
    pub cluster: Option<ClusterConfig>,
    /// The configuration as it is shown to admins; empty when nobody says.
    pub shown: Vec<ShownSetting>,
}

impl ServiceConfig {
    /// The defaults for a data folder: on loopback, port 8080.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            tls: None,
            database_url: None,
            max_upload_bytes: 1 << 30,
            max_expansion: 200,
            keep_datasets_days: 0,
            keep_checks_days: 0,
            workers: 1,
            requests_per_sec: 10_000,
            sign_ins_per_min: 10,
            oidc: None,
            alerts: AlertsConfig::default(),
            monitors: Reach::default(),
            run: RunSettings::default(),
            cluster: None,
            shown: Vec::new(),
        }
    }
    /// Where people reach a service that listens on this address.
    pub fn url(&self, address: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::of(address, self.tls.is_some()))
    }

    /// Whether what browsers send is encrypted on its way: here, or by what stands in front.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(PublicUrl::is_encrypted)
    }

    /// Whether passwords and tokens may travel from other machines in the clear.
    pub fn is_exposed(&self) -> bool {
        !self.is_encrypted() && !self.listen.ip().is_loopback()
    }
}
