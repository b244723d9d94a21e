//! The one table of settings: `driftline config`, the commented file, the checks and the book come from it.

use toml::{Table, Value};

/// What a setting can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// A text that is not shown again.
    Secret,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number between these.
    Count(i64, i64),
    /// A number between these.
    Number(f64, f64),
    /// A size, as a number of bytes or with a unit: `300MB`, `2GiB`.
    Bytes,
    /// Several texts: in the file an array, elsewhere separated by commas.
    List,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Its place in the file: `section.name`.
    pub(crate) key: &'static str,
    /// What it holds.
    pub(crate) shape: Shape,
    /// Unit or range, as shown to people.
    pub(crate) unit: &'static str,
    /// What it does, in one line.
    pub(crate) doc: &'static str,
    /// What it means when it is not set; empty when there is always a value.
    pub(crate) unset: &'static str,
}

impl Setting {
    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        if self.key == "workspace.folder" {
            return "DRIFTLINE_WORKSPACE".to_owned();
        }
        format!("DRIFTLINE_{}", self.key.replace('.', "_").to_uppercase())
    }
}

/// The sections of the file; one whose name begins with another's stands inside it.
pub(crate) const SECTIONS: [&str; 14] = [
    "csv",
    "drift",
    "anomalies",
    "roles",
    "privacy",
    "run",
    "check",
    "report",
    "workspace",
    "alerts",
    "monitors",
    "cluster",
    "server",
    "server.oidc",
];

/// The section and the name of a setting. Columns may have dots in their names, and so what stands behind `roles.` is
/// one name.
pub(crate) fn place(key: &str) -> Option<(&'static str, &str)> {
    let inside = |section: &&'static str| Some((*section, key.strip_prefix(*section)?.strip_prefix('.')?));
    // The innermost one, which stands last.
    SECTIONS.iter().rev().find_map(inside)
}

/// The value of a setting in a tree of sections.
pub(crate) fn value_at<'a>(tree: &'a Table, key: &str) -> Option<&'a Value> {
    let (section, name) = place(key)?;
    let table = section.split('.').try_fold(tree, |tree, part| tree.get(part)?.as_table())?;
    table.get(name)
}

const fn setting(key: &'static str, shape: Shape, unit: &'static str, doc: &'static str) -> Setting {
    Setting { key, shape, unit, doc, unset: "" }
}

const fn optional(
    key: &'static str,
    shape: Shape,
    unit: &'static str,
    doc: &'static str,
    unset: &'static str,
) -> Setting {
    Setting { key, shape, unit, doc, unset }
}

/// Every setting, section by section. `roles.COLUMN` stands for any column.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("csv.delimiter", Shape::Text, "one character", "Delimiter of CSV files; empty: find out"),
    setting(
        "csv.quote",
        Shape::Text,
        "one character",
        "Quote character of CSV files, or `none`; empty: find out",
    ),
    setting(
        "csv.escape",
        Shape::Text,
        "",
        "How a quote within quotes is written: `doubled` or `\\`; empty: find out",
    ),
    setting(
        "csv.encoding",
        Shape::Text,
        "",
        "Encoding of CSV files, such as `windows-1252`; empty: find out",
    ),
    optional("csv.has_header", Shape::Flag, "", "Whether the first record names the columns", "find out"),
    setting(
        "csv.header",
        Shape::Text,
        "records",
        "How many records name the columns, or `none`; empty: find out",
    ),
    setting("csv.skip_rows", Shape::Text, "lines", "How many lines stand above the table; empty: find out"),
    setting("csv.comment", Shape::Text, "one character", "What starts a line of comment; empty: find out"),
    setting("csv.newline", Shape::Text, "", "What ends a record: `lf`, `crlf` or `cr`; empty: find out"),
    setting("csv.decimal", Shape::Text, "", "What separates decimals: `.` or `,`; empty: find out"),
    setting(
        "csv.null_spellings",
        Shape::List,
        "",
        "Spellings of a missing value, compared without blanks around and in any case",
    ),
    setting(
        "csv.max_cell_bytes",
        Shape::Bytes,
        "bytes",
        "Longest cell; a row with a longer one is set aside as unreadable",
    ),
    setting("drift.headline", Shape::Text, "id of a method", "The score in the first column of the report"),
    setting(
        "drift.sensitivity",
        Shape::Choice(&["low", "normal", "high"]),
        "",
        "How easily a change is called drift: low doubles the least effects below, high halves them",
    ),
    setting(
        "drift.false_discovery_rate",
        Shape::Number(0.0, 0.5),
        "0..0.5",
        "Share of false alarms among all alarms of a report that is accepted",
    ),
    setting(
        "drift.min_mass_moved",
        Shape::Number(0.0, 1.0),
        "0..1",
        "Least share of rows moved that matters",
    ),
    setting(
        "drift.min_null_change",
        Shape::Number(0.0, 1.0),
        "0..1",
        "Least change of the null share that matters",
    ),
    setting("drift.bins", Shape::Count(2, 1000), "bins", "Bins that numbers are compared in"),
    setting("drift.methods", Shape::List, "ids of methods", "Scores to report beside the headline, or `all`"),
    setting("drift.exclude", Shape::List, "columns", "Columns that are not judged"),
    optional(
        "drift.conform",
        Shape::Choice(&["evidently", "great-expectations", "nannyml"]),
        "",
        "A tool whose scores are computed as well, exactly as it does",
        "none",
    ),
    setting(
        "anomalies.column_methods",
        Shape::List,
        "ids of methods",
        "How single numbers are judged: zscore, robust_z, iqr",
    ),
    setting("anomalies.rarity", Shape::Flag, "", "Whether rare categories and patterns make a row strange"),
    setting(
        "anomalies.joint",
        Shape::Choice(&["isolation_forest", "nearest_neighbours", "ensemble", "none"]),
        "",
        "How whole rows are judged",
    ),
    setting(
        "anomalies.z_threshold",
        Shape::Number(0.1, 1e6),
        "standard deviations",
        "From how far off the mean the classical z-score flags a value",
    ),
    setting("anomalies.threshold", Shape::Number(0.0, 1.0), "0..1", "Score from which a row is flagged"),
    setting(
        "anomalies.top",
        Shape::Count(0, 10_000),
        "rows",
        "How many of the strangest rows a report keeps",
    ),
    optional(
        "roles.COLUMN",
        Shape::Choice(&["feature", "identifier", "clock", "excluded"]),
        "",
        "The part that a column plays, where it should not be recognised",
        "recognised",
    ),
    setting(
        "privacy.show_personal",
        Shape::Flag,
        "",
        "Whether personal data (e-mails, phones, cards, names ...) are shown as they are, instead of masked",
    ),
    setting("run.threads", Shape::Count(0, 1024), "threads", "Threads that read; 0: one a core"),
    setting(
        "run.memory_bytes",
        Shape::Bytes,
        "bytes",
        "Memory a run may use; 0: `run.memory_ratio` of what is available",
    ),
    setting(
        "run.memory_ratio",
        Shape::Number(0.01, 1.0),
        "0..1",
        "Share of the available memory a run may use",
    ),
    setting(
        "run.chunk_target_secs",
        Shape::Number(0.01, 5.0),
        "seconds",
        "Time that one chunk should take at most",
    ),
    setting("run.chunk_bytes", Shape::Bytes, "bytes", "Size of a chunk; 0: adapt to time and memory"),
    setting("run.seed", Shape::Count(0, i64::MAX), "", "Seed of everything that draws lots"),
    setting("check.contract", Shape::Text, "path", "Contract that the current data must keep; empty: none"),
    setting(
        "report.fail_on",
        Shape::Choice(&["low", "medium", "high", "critical", "never"]),
        "severity",
        "Least severity of a finding that makes `check` end with exit code 1",
    ),
    setting(
        "report.format",
        Shape::Text,
        "id of a format",
        "Form of the report: text, json, md, csv, junit, html, xlsx, parquet",
    ),
    setting("report.rows", Shape::Count(0, 10_000), "rows", "Strangest rows shown in the text form"),
    setting("workspace.folder", Shape::Text, "path", "Folder that holds the baselines"),
    setting("server.data", Shape::Text, "path", "Folder that holds everything that the service keeps"),
    setting(
        "server.listen",
        Shape::Text,
        "address:port",
        "Where the service listens; port 0 takes a free one",
    ),
    setting(
        "server.public_url",
        Shape::Text,
        "URL",
        "Where people reach the service when something stands in front of it; empty: where it listens",
    ),
    setting(
        "server.tls_cert",
        Shape::Text,
        "path",
        "Certificate for HTTPS with its chain, as PEM; empty: plain HTTP",
    ),
    setting("server.tls_key", Shape::Text, "path", "Private key of the certificate, as PEM"),
    setting(
        "server.database_url",
        // It may hold a password.
        Shape::Secret,
        "URL",
        "Database of the service: postgres://USER:PASSWORD@HOST/NAME; empty: a file in the data folder",
    ),
    setting("server.max_upload_bytes", Shape::Bytes, "bytes", "Largest file that may be uploaded"),
    setting(
        "server.max_expansion",
        Shape::Count(1, 1_000_000),
        "times",
        "Most times that a compressed file may grow when it is unpacked",
    ),
    setting(
        "server.keep_datasets_days",
        Shape::Count(0, 36_500),
        "days",
        "Days that an uploaded file is kept; 0: until somebody deletes it",
    ),
    setting(
        "server.keep_checks_days",
        Shape::Count(0, 36_500),
        "days",
        "Days that a check is kept after its end, with report and findings; the newest of a pair of names stays; 0: until somebody deletes it",
    ),
    setting("server.log_format", Shape::Choice(&["human", "json"]), "", "Form of the log of the service"),
    setting(
        "server.log_level",
        Shape::Text,
        "error, warn, info, debug or trace",
        "How much the log of the service tells; for parts too: `info,sqlx=warn`",
    ),
    setting("server.workers", Shape::Count(1, 64), "checks", "Checks that are worked on at the same time"),
    setting(
        "server.requests_per_sec",
        Shape::Count(1, 1_000_000),
        "requests a second",
        "Requests that one address may make",
    ),
    setting(
        "server.sign_ins_per_min",
        Shape::Count(1, 100_000),
        "attempts a minute",
        "Sign-ins that one address may try",
    ),
    setting(
        "alerts.allow_private_addresses",
        Shape::Flag,
        "",
        "Whether alerts may go to addresses inside the network, and to Slack and Teams without encryption",
    ),
    setting(
        "alerts.pagerduty_url",
        Shape::Text,
        "URL",
        "Where PagerDuty takes events; empty: https://events.pagerduty.com/v2/enqueue",
    ),
    setting("alerts.keep_days", Shape::Count(1, 3_650), "days", "Days that the log of deliveries is kept"),
    setting(
        "alerts.retry_secs",
        Shape::Count(1, 3_600),
        "seconds",
        "Wait after the first attempt to send an alert that failed; it doubles with every other, up to an hour",
    ),
    setting(
        "alerts.timeout_secs",
        Shape::Count(1, 30),
        "seconds",
        "Time that the other side may take for an alert",
    ),
    setting(
        "cluster.url",
        Shape::Text,
        "df://HOST:PORT",
        "Scheduler of the cluster that reads the data of checks; empty: this machine reads them",
    ),
    setting(
        "cluster.min_bytes",
        Shape::Bytes,
        "bytes",
        "Data of the service smaller than this are read by itself, without the cluster",
    ),
    setting(
        "cluster.part_bytes",
        Shape::Bytes,
        "bytes",
        "Size of the parts that a cluster reads; 0: by the size of the data",
    ),
    setting(
        "cluster.wait_secs",
        Shape::Count(1, 86_400),
        "seconds",
        "Wait for a scheduler with an executor, at first and whenever it is lost; then a check fails",
    ),
    setting(
        "cluster.secret_file",
        Shape::Text,
        "file",
        "File with the secret that all processes of the cluster share, of 16 bytes at least; needs cluster.tls_ca",
    ),
    setting(
        "cluster.tls_ca",
        Shape::Text,
        "file",
        "Certificates that those of the cluster's processes go back to, as PEM",
    ),
    setting(
        "cluster.tls_cert",
        Shape::Text,
        "file",
        "Certificate of a scheduler or executor, as PEM with its chain",
    ),
    setting("cluster.tls_key", Shape::Text, "file", "Private key of that certificate, as PEM"),
    setting(
        "monitors.folders",
        Shape::List,
        "folders",
        "Folders of this machine below which monitors may follow files; none: monitors follow no files",
    ),
    setting(
        "monitors.allow_private_addresses",
        Shape::Flag,
        "",
        "Whether the feeds of monitors may come from addresses inside the network",
    ),
    setting(
        "server.oidc.issuer",
        Shape::Text,
        "URL",
        "Provider that signs people in by OpenID Connect; empty: none",
    ),
    setting("server.oidc.client_id", Shape::Text, "", "What the provider calls this service"),
    setting(
        "server.oidc.client_secret",
        Shape::Secret,
        "",
        "What shows the provider that this service asks; empty: the one in `client_secret_file`, or none",
    ),
    setting("server.oidc.client_secret_file", Shape::Text, "path", "File that holds the secret"),
    setting(
        "server.oidc.allowed_domains",
        Shape::List,
        "domains of addresses",
        "Whose people get an account when they first come; others need an invitation",
    ),
    setting(
        "server.oidc.default_role",
        Shape::Choice(&["viewer", "editor", "admin"]),
        "",
        "What people may do who got an account in this way",
    ),
    setting(
        "server.oidc.workspace",
        Shape::Text,
        "name or id",
        "The workspace that they get into; empty: the oldest",
    ),
    setting("server.oidc.button_text", Shape::Text, "", "What stands on the button of the sign-in page"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::layers::defaults;

    #[test]
    fn the_table_names_every_setting_once_and_no_other() {
        let mut keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        keys.sort_unstable();
        assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
        let defaults = defaults();
        for setting in SETTINGS {
            let known = value_at(&defaults, setting.key).is_some();
            assert_eq!(known, setting.unset.is_empty(), "{}", setting.key);
        }
        let mut values = Vec::new();
        leaves(&defaults, "", &mut values);
        for key in &values {
            assert!(keys.contains(&key.as_str()), "{key} is not in the table");
        }
        assert!(values.contains(&"server.oidc.issuer".to_owned()), "{values:?}");
    }

    /// The keys of all values in a tree.
    fn leaves(tree: &Table, inside: &str, found: &mut Vec<String>) {
        for (name, value) in tree {
            match value {
                Value::Table(table) => leaves(table, &format!("{inside}{name}."), found),
                _ => found.push(format!("{inside}{name}")),
            }
        }
    }

    #[test]
    fn the_section_of_a_key_is_the_innermost() {
        assert_eq!(place("server.oidc.issuer"), Some(("server.oidc", "issuer")));
        assert_eq!(place("server.listen"), Some(("server", "listen")));
        assert_eq!(place("roles.a.b"), Some(("roles", "a.b")));
        assert_eq!(place("nonsense.a"), None);
        assert_eq!(place("serverlisten"), None);
    }
}
