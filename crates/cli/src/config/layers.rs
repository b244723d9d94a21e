use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use driftline_model::service::Role;
use driftline_model::{RunSettings, Settings};
use driftline_server::{AlertsConfig, Secret, ServiceConfig};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::nearest::nearest;
use super::table::{SECTIONS, SETTINGS, Setting, place};
use super::value::{checked, from_text};
use crate::failure::Failure;

/// The file that is read when there is one in the current folder.
const USUAL_FILE: &str = "driftline.toml";

/// Everything that can be set.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    /// What a check finds.
    pub(crate) settings: Settings,
    /// How it runs.
    pub(crate) run: RunSettings,
    /// What a check does beside comparing.
    pub(crate) check: CheckSettings,
    /// How it is reported.
    pub(crate) report: ReportSettings,
    /// Where baselines are kept.
    pub(crate) workspace: WorkspaceSettings,
    /// How the service runs.
    pub(crate) server: ServerSettings,
    /// How it sends alerts.
    pub(crate) alerts: AlertSettings,
    /// What its monitors may read.
    pub(crate) monitors: MonitorReach,
    /// Who reads large data, where it is not this machine.
    pub(crate) cluster: ClusterSettings,
    /// The same as a tree, for showing.
    pub(crate) tree: Table,
    /// Where each value that is not a default came from, by key.
    pub(crate) origins: BTreeMap<String, Origin>,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

/// What a check does beside comparing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CheckSettings {
    /// File of the contract; empty means none.
    pub(crate) contract: String,
}

/// How a check is reported.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReportSettings {
    /// Least severity that makes the exit code 1, or `never`.
    pub(crate) fail_on: String,
    /// Id of the format.
    pub(crate) format: String,
    /// Strangest rows shown in the text form.
    pub(crate) rows: usize,
}

/// Where baselines are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WorkspaceSettings {
    /// The folder.
    pub(crate) folder: PathBuf,
}

/// How the service runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServerSettings {
    /// Folder of everything that is kept.
    pub(crate) data: PathBuf,
    /// Where to listen.
    pub(crate) listen: String,
    /// Where people reach it; empty means where it listens.
    pub(crate) public_url: String,
    /// Certificate for HTTPS; empty means plain HTTP.
    pub(crate) tls_cert: String,
    /// Its key.
    pub(crate) tls_key: String,
    /// URL of a database; empty means a file in the data folder.
    pub(crate) database_url: String,
    /// Largest upload.
    pub(crate) max_upload_bytes: u64,
    /// Most times that a compressed upload may grow.
    pub(crate) max_expansion: u64,
    /// Days that an upload is kept; 0 means until it is deleted.
    pub(crate) keep_datasets_days: u32,
    /// Days that a check is kept; 0 means until it is deleted.
    pub(crate) keep_checks_days: u32,
    /// Form of the log.
    pub(crate) log_format: String,
    /// How much it tells.
    pub(crate) log_level: String,
    /// Checks at the same time.
    pub(crate) workers: u32,
    /// Requests a second from one address.
    pub(crate) requests_per_sec: u32,
    /// Sign-ins a minute from one address.
    pub(crate) sign_ins_per_min: u32,
    /// Signing in by OpenID Connect.
    pub(crate) oidc: OidcSettings,
}

/// What the monitors of the service may read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct MonitorReach {
    /// Folders below which files may be followed.
    pub(crate) folders: Vec<PathBuf>,
    /// Whether feeds may come from addresses inside the network.
    pub(crate) allow_private_addresses: bool,
}

/// Who reads large data, where it is not this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ClusterSettings {
    /// Where its scheduler is, as `df://HOST:PORT`; empty means that there is none.
    pub(crate) url: String,
    /// Data of the service that have fewer bytes are read by itself.
    pub(crate) min_bytes: u64,
    /// Bytes of a part; 0 means by the size of the data.
    pub(crate) part_bytes: u64,
    /// Seconds to wait for a scheduler with executors, at first and when it is lost.
    pub(crate) wait_secs: u32,
    /// File with the secret that its processes share; empty for none, as with those below.
    pub(crate) secret_file: PathBuf,
    /// Certificate of a process that listens.
    pub(crate) tls_cert: PathBuf,
    /// Its private key.
    pub(crate) tls_key: PathBuf,
    /// Certificates that those of the others go back to.
    pub(crate) tls_ca: PathBuf,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            min_bytes: 1 << 30,
            part_bytes: 0,
            wait_secs: 20,
            secret_file: PathBuf::new(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            tls_ca: PathBuf::new(),
        }
    }
}

/// How the service sends alerts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AlertSettings {
    /// Whether they may go to addresses inside the network.
    pub(crate) allow_private_addresses: bool,
    /// Where PagerDuty takes events; empty means its usual address.
    pub(crate) pagerduty_url: String,
    /// Days that the log of deliveries is kept.
    pub(crate) keep_days: u32,
    /// Seconds to wait after the first attempt that failed.
    pub(crate) retry_secs: u32,
    /// Seconds that the other side may take.
    pub(crate) timeout_secs: u32,
}

impl Default for AlertSettings {
    fn default() -> Self {
        let config = AlertsConfig::default();
        let secs = |time: std::time::Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        Self {
            allow_private_addresses: config.allow_private_addresses,
            pagerduty_url: config.pagerduty_url,
            keep_days: config.keep_days,
            retry_secs: secs(config.retry),
            timeout_secs: secs(config.timeout),
        }
    }
}

/// Signing in by OpenID Connect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OidcSettings {
    /// The provider; empty means none.
    pub(crate) issuer: String,
    /// What the provider calls this service.
    pub(crate) client_id: String,
    /// What shows the provider that this service asks.
    pub(crate) client_secret: Secret,
    /// A file that holds it instead.
    pub(crate) client_secret_file: PathBuf,
    /// Whose people get an account when they first come.
    pub(crate) allowed_domains: Vec<String>,
    /// What they may do then.
    pub(crate) default_role: Role,
    /// The workspace that they get into; empty means the oldest.
    pub(crate) workspace: String,
    /// What stands on the button.
    pub(crate) button_text: String,
}

impl Default for OidcSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: Secret::default(),
            client_secret_file: PathBuf::new(),
            allowed_domains: Vec::new(),
            default_role: Role::Viewer,
            workspace: String::new(),
            button_text: "Sign in with single sign-on".to_owned(),
        }
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        let config = ServiceConfig::new(PathBuf::from("driftline-data"));
        Self {
            data: config.data,
            listen: config.listen.to_string(),
            public_url: String::new(),
            tls_cert: String::new(),
            tls_key: String::new(),
            database_url: String::new(),
            max_upload_bytes: config.max_upload_bytes,
            max_expansion: config.max_expansion,
            keep_datasets_days: config.keep_datasets_days,
            keep_checks_days: config.keep_checks_days,
            log_format: "human".to_owned(),
            log_level: "info".to_owned(),
            workers: config.workers,
            requests_per_sec: config.requests_per_sec,
            sign_ins_per_min: config.sign_ins_per_min,
            oidc: OidcSettings::default(),
        }
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "{name}"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// Values given as flags: key, name of the flag, text.
pub(crate) type Overrides = Vec<(&'static str, &'static str, String)>;

/// The defaults as a tree.
pub(crate) fn defaults() -> Table {
    #[derive(Serialize)]
    struct All {
        #[serde(flatten)]
        settings: Settings,
        run: RunSettings,
        check: CheckSettings,
        report: ReportSettings,
        workspace: WorkspaceSettings,
        server: ServerSettings,
        alerts: AlertSettings,
        monitors: MonitorReach,
        cluster: ClusterSettings,
    }
    let all = All {
        settings: Settings::default(),
        run: RunSettings::default(),
        check: CheckSettings::default(),
        report: ReportSettings { fail_on: "medium".to_owned(), format: "text".to_owned(), rows: 5 },
        workspace: WorkspaceSettings { folder: PathBuf::from("driftline-workspace") },
        server: ServerSettings::default(),
        alerts: AlertSettings::default(),
        monitors: MonitorReach::default(),
        cluster: ClusterSettings::default(),
    };
    #[expect(clippy::expect_used, reason = "plain types with text keys always become a table")]
    Table::try_from(&all).expect("the defaults are a table")
}

/// Reads all layers: defaults, file, environment, flags; the later wins.
pub(crate) fn load(
    file: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
    overrides: &Overrides,
) -> Result<Configuration, Failure> {
    let mut layers = Layers { tree: defaults(), origins: BTreeMap::new() };
    let file = match file {
        Some(path) => Some(path.to_path_buf()),
        None => variable("DRIFTLINE_CONFIG")
            .map(PathBuf::from)
            .or_else(|| Path::new(USUAL_FILE).is_file().then(|| PathBuf::from(USUAL_FILE))),
    };
    if let Some(path) = &file {
        layers.add_file(path)?;
    }
    for setting in SETTINGS.iter().filter(|setting| setting.key != "roles.COLUMN") {
        let name = setting.variable();
        let Some(text) = variable(&name) else { continue };
        let value = from_text(setting, &text).map_err(|reason| Failure::setting(&name, &reason))?;
        layers.set(setting.key, value, Origin::Variable(name));
    }
    for (key, flag, text) in overrides {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == *key) else { continue };
        let value =
            from_text(setting, text).map_err(|reason| Failure::setting(&format!("--{flag}"), &reason))?;
        layers.set(key, value, Origin::Flag(flag));
    }
    layers.finish(file)
}

struct Layers {
    tree: Table,
    origins: BTreeMap<String, Origin>,
}

impl Layers {
    fn set(&mut self, key: &str, value: Value, origin: Origin) {
        let Some((section, name)) = place(key) else { return };
        let mut tree = &mut self.tree;
        for part in section.split('.') {
            match tree.entry(part).or_insert_with(|| Value::Table(Table::new())) {
                Value::Table(table) => tree = table,
                // A section is never a value.
                _ => return,
            }
        }
        tree.insert(name.to_owned(), value);
        self.origins.insert(key.to_owned(), origin);
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::config_unreadable(path, &error))?;
        let tree: Table = text.parse().map_err(|error| Failure::config_syntax(path, &error))?;
        for (section, content) in tree {
            let Value::Table(content) = content else {
                return Err(unknown_key(path, &section));
            };
            self.add_section(path, &section, content)?;
        }
        Ok(())
    }

    fn add_section(&mut self, path: &Path, section: &str, content: Table) -> Result<(), Failure> {
        for (name, value) in content {
            let key = format!("{section}.{name}");
            match value {
                Value::Table(content) if SECTIONS.contains(&key.as_str()) => {
                    self.add_section(path, &key, content)?;
                }
                value => {
                    let setting = find(section, &key).ok_or_else(|| unknown_key(path, &key))?;
                    let value = checked(setting, value).map_err(|reason| {
                        Failure::setting(&format!("{key} in {}", path.display()), &reason)
                    })?;
                    self.set(&key, value, Origin::File(path.to_path_buf()));
                }
            }
        }
        Ok(())
    }

    fn finish(self, file: Option<PathBuf>) -> Result<Configuration, Failure> {
        let section = |names: &[&str]| -> Table {
            self.tree
                .iter()
                .filter(|(key, _)| names.contains(&key.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        // Every value was checked against the table before, so that what fails here is a rule that the table
        // cannot express.
        let wrong = |error: toml::de::Error| Failure::setting("the configuration", error.message());
        let settings =
            section(&["csv", "drift", "anomalies", "roles", "privacy"]).try_into().map_err(wrong)?;
        let part = |name: &str| self.tree.get(name).cloned().unwrap_or_else(|| Value::Table(Table::new()));
        Ok(Configuration {
            settings,
            run: part("run").try_into().map_err(wrong)?,
            check: part("check").try_into().map_err(wrong)?,
            report: part("report").try_into().map_err(wrong)?,
            workspace: part("workspace").try_into().map_err(wrong)?,
            server: part("server").try_into().map_err(wrong)?,
            alerts: part("alerts").try_into().map_err(wrong)?,
            monitors: part("monitors").try_into().map_err(wrong)?,
            cluster: part("cluster").try_into().map_err(wrong)?,
            tree: self.tree,
            origins: self.origins,
            file,
        })
    }
}

/// The setting with this key; any name does in the section of roles.
fn find(section: &str, key: &str) -> Option<&'static Setting> {
    let key = if section == "roles" { "roles.COLUMN" } else { key };
    SETTINGS.iter().find(|setting| setting.key == key)
}

fn unknown_key(path: &Path, key: &str) -> Failure {
    let meant = nearest(key, SETTINGS.iter().map(|setting| setting.key).chain(SECTIONS)).or_else(|| {
        // The right name in the wrong section.
        let name = key.rsplit('.').next()?;
        SETTINGS.iter().map(|setting| setting.key).find(|known| known.ends_with(&format!(".{name}")))
    });
    Failure::config_unknown_key(path, key, meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn with_file(text: &str) -> Result<Configuration, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("driftline.toml");
        std::fs::write(&path, text).unwrap();
        load(Some(&path), &none, &Vec::new())
    }

    #[test]
    fn later_layers_win_and_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.toml");
        std::fs::write(&path, "[drift]\nbins = 30\nmin_mass_moved = 0.1\n[run]\nthreads = 3\n").unwrap();
        let variable = |name: &str| {
            [("DRIFTLINE_DRIFT_BINS", "40"), ("DRIFTLINE_RUN_THREADS", "4")]
                .into_iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.to_owned())
        };
        let overrides = vec![("run.threads", "threads", "5".to_owned())];
        let configuration = load(Some(&path), &variable, &overrides).unwrap();
        assert_eq!(configuration.settings.drift.min_mass_moved, 0.1);
        assert_eq!(configuration.settings.drift.bins, 40);
        assert_eq!(configuration.run.threads, 5);
        assert_eq!(configuration.origins["run.threads"], Origin::Flag("threads"));
        assert_eq!(configuration.origins["drift.bins"].to_string(), "DRIFTLINE_DRIFT_BINS");
        assert!(!configuration.origins.contains_key("drift.methods"));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        let message = |text: &str| with_file(text).unwrap_err().to_string();
        assert!(message("[drift]\nbin = 3").contains("drift.bin"));
        let failure = with_file("[drift]\nbin = 3").unwrap_err();
        assert!(failure.help().unwrap().contains("drift.bins"), "{failure:?}");
        let misplaced = with_file("[drift]\nthreads = 3").unwrap_err();
        assert!(misplaced.help().unwrap().contains("run.threads"), "{misplaced:?}");
        assert!(message("threads = 3").contains("threads"));
        assert!(message("[drift]\nbins = 1").contains("not between 2 and 1000"));
        assert!(message("[drift]\nbins = \"x\"").contains("a whole number"));
        assert!(message("[drift\nbins").contains("TOML"));
    }

    #[test]
    fn sizes_and_roles_are_read() {
        let configuration =
            with_file("[run]\nmemory_bytes = \"300MB\"\n[roles]\nid = \"identifier\"\n").unwrap();
        assert_eq!(configuration.run.memory_bytes, 300_000_000);
        assert_eq!(configuration.settings.roles.len(), 1);
        assert!(with_file("[roles]\nid = \"king\"\n").is_err());
    }

    #[test]
    fn sections_stand_inside_sections() {
        let text = "[server]\nworkers = 2\n[server.oidc]\nissuer = \"https://id.example.com\"\n\
                    [roles]\n\"a.b\" = \"clock\"\n";
        let configuration = with_file(text).unwrap();
        assert_eq!(configuration.server.workers, 2);
        assert_eq!(configuration.server.oidc.issuer, "https://id.example.com");
        assert!(configuration.settings.roles.contains_key("a.b"));
        let failure = with_file("[server.oidc]\nisuer = \"x\"\n").unwrap_err();
        assert!(failure.help().unwrap().contains("server.oidc.issuer"), "{failure:?}");
        assert!(with_file("[server]\noidc = 3\n").is_err());
        let variable = |name: &str| {
            (name == "DRIFTLINE_SERVER_OIDC_ALLOWED_DOMAINS").then(|| "a.example,b.example".to_owned())
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.toml");
        std::fs::write(&path, "").unwrap();
        let configuration = load(Some(&path), &variable, &Vec::new()).unwrap();
        assert_eq!(configuration.server.oidc.allowed_domains, ["a.example", "b.example"]);
    }

    #[test]
    fn without_anything_the_defaults_hold() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.toml");
        std::fs::write(&path, "").unwrap();
        let configuration = load(Some(&path), &none, &Vec::new()).unwrap();
        assert_eq!(configuration.settings, Settings::default());
        assert_eq!(configuration.run, RunSettings::default());
    }
}
