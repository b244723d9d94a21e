use serde::{Deserialize, Serialize};

use crate::LiveAlarm;
use crate::MonitorSettings;

/// Where the rows of a monitor come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FeedSettings {
    /// Whoever has rows sends them, to `POST /api/v1/monitors/{id}/rows`.
    Push {},
    /// A file that grows, on the machine of the service; rotated and truncated files are followed.
    File {
        /// Its path.
        path: String,
        /// How its rows are written.
        format: FeedFormat,
    },
    /// New files in a folder on the machine of the service.
    Folder {
        /// Its path.
        path: String,
        /// Names of the files that belong to the feed, such as `*.csv`.
        pattern: String,
        /// How their rows are written.
        format: FeedFormat,
    },
    /// A response that never ends: NDJSON, or server-sent events with an object each.
    Stream {
        /// Its URL.
        url: String,
        /// The value of the `Authorization` header; never answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization: Option<String>,
    },
    /// A REST API that is asked again and again.
    Rest(RestFeed),
    /// A stream of NATS JetStream, a JSON object a message.
    Nats {
        /// URL of the server, such as `nats://127.0.0.1:4222`.
        url: String,
        /// Name of the stream.
        stream: String,
        /// Subjects of it that belong to the feed; all without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// A topic of Kafka, a JSON object a message.
    Kafka(KafkaFeed),
}

/// A topic of Kafka, a JSON object a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KafkaFeed {
    /// Brokers to begin with, such as `kafka-1:9092,kafka-2:9092`.
    pub brokers: String,
    /// Name of the topic.
    pub topic: String,
    /// Where a new monitor begins.
    #[serde(default)]
    pub start: KafkaStart,
    /// The consumer group that is told how far the feed is, for information only; none without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who signs in (SASL, `PLAIN`), without encryption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// With which password; never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Where a new monitor begins in a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KafkaStart {
    /// With the first message that is there.
    Earliest,
    /// With the next message.
    #[default]
    Latest,
}

/// A REST API that is asked again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RestFeed {
    /// Its URL.
    pub url: String,
    /// The value of the `Authorization` header; never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// Where the rows are in the answer, as a JSON pointer such as `/items`; empty when the answer is a list.
    #[serde(default)]
    pub items: String,
    /// Where the cursor of the next page is in the answer, as a JSON pointer such as `/next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The parameter that takes the cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor_parameter: Option<String>,
    /// Milliseconds between two questions when there is nothing more to fetch, 100 to 86,400,000.
    #[serde(default = "second_ms")]
    pub interval_ms: u64,
}

fn second_ms() -> u64 {
    1000
}

/// How rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FeedFormat {
    /// CSV with a header.
    Csv,
    /// A JSON object a line.
    #[default]
    Ndjson,
}

impl FeedSettings {
    /// The same without its secrets: the header, the password, and who signs in by the URL.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut shown = self.clone();
        if let Some(secret) = shown.secret().filter(|secret| secret.is_some()) {
            *secret = Some(HIDDEN.to_owned());
        }
        if let Some(url) = shown.url()
            && let Some((scheme, _, rest)) = signed(url)
        {
            *url = format!("{scheme}{HIDDEN}@{rest}");
        }
        shown
    }

    /// The same with the secrets of `known` where only their sign was sent back, as long as it asks the same address:
    /// a secret never goes to another one. Says whether none is missing.
    #[must_use]
    pub fn with_secrets_of(mut self, known: &Self) -> (Self, bool) {
        let mut known = known.clone();
        let known_url = known.url().cloned().unwrap_or_default();
        if let Some(url) = self.url()
            && signed(url).is_some_and(|(_, who, _)| who == HIDDEN)
            && let (Some((scheme, _, rest)), Some((_, who, _))) = (signed(url), signed(&known_url))
            && origin(url) == origin(&known_url)
        {
            *url = format!("{scheme}{who}@{rest}");
        }
        let is_same = self.url().is_some_and(|url| origin(url) == origin(&known_url));
        let secret = known.secret().and_then(|secret| secret.clone()).filter(|_| is_same);
        if let Some(own) = self.secret()
            && own.as_deref() == Some(HIDDEN)
            && secret.is_some()
        {
            *own = secret;
        }
        let is_hidden = self.secret().is_some_and(|secret| secret.as_deref() == Some(HIDDEN))
            || self.url().is_some_and(|url| url.contains(HIDDEN));
        (self, !is_hidden)
    }

    fn secret(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Stream { authorization, .. } | Self::Rest(RestFeed { authorization, .. }) => {
                Some(authorization)
            }
            Self::Kafka(KafkaFeed { password, .. }) => Some(password),
            _ => None,
        }
    }

    /// Where it asks.
    fn url(&mut self) -> Option<&mut String> {
        match self {
            Self::Stream { url, .. } | Self::Rest(RestFeed { url, .. }) | Self::Nats { url, .. } => Some(url),
            Self::Kafka(KafkaFeed { brokers, .. }) => Some(brokers),
            _ => None,
        }
    }
}

/// A URL that says who signs in: its scheme, who, and the rest.
fn signed(url: &str) -> Option<(&str, &str, &str)> {
    let start = url.find("://")? + 3;
    let (scheme, rest) = url.split_at(start);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let at = authority.rfind('@')?;
    Some((scheme, rest.get(..at)?, rest.get(at + 1..)?))
}

/// Scheme, host and port of a URL, without who signs in.
fn origin(url: &str) -> String {
    let (scheme, rest) = match signed(url) {
        Some((scheme, _, rest)) => (scheme, rest),
        None => url.split_at(url.find("://").map_or(0, |at| at + 3)),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    format!("{scheme}{host}").to_ascii_lowercase()
}

/// What stands for a secret that is set.
const HIDDEN: &str = "•••";

/// Whether a monitor watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MonitorState {
    /// It watches.
    Running,
    /// Somebody has paused it.
    Paused,
}

impl MonitorState {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
        }
    }
}

/// A monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorRecord {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Its name, unique in the workspace.
    pub name: String,
    /// Where its rows come from, without secrets.
    pub feed: FeedSettings,
    /// How they are watched.
    pub settings: MonitorSettings,
    /// Whether it watches.
    pub state: MonitorState,
    /// Raised by every change; a change must name the version it was made on.
    pub version: i64,
    /// When it was made.
    pub created_ms: i64,
    /// Who made it: the id of a user.
    pub created_by: String,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// How a monitor is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorStatus {
    /// How much of its reference it has learned, 0..1.
    pub learned_ratio: f64,
    /// Series that it watches.
    pub series: u64,
    /// Rows taken in over its life.
    pub rows: u64,
    /// Rows among them that came too late for any window.
    pub lost_rows: u64,
    /// Rows a second in the last window.
    pub rows_per_sec: f64,
    /// End of the last window.
    pub last_window_ms: i64,
    /// Time that judging the last window took, in seconds.
    pub judge_secs: f64,
    /// What is wrong with the feed at the moment: a stable code and a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<[String; 2]>,
    /// What keeps it from telling all that it was asked for, a sentence each: metrics of one's own that cannot be
    /// computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A monitor and how it is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorDetails {
    /// The monitor.
    pub monitor: MonitorRecord,
    /// How it is doing, where it runs here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<MonitorStatus>,
    /// Its findings that are open or acknowledged.
    pub findings_open: i64,
    /// Keys of the metrics of its last window.
    pub metrics: Vec<String>,
}

/// What settings would have said of the windows that are kept, and what their budget costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorPreview {
    /// Windows that were looked at: the last ones, as many as can be looked at in a few seconds.
    pub windows: u64,
    /// Seconds from the first of them to the last.
    pub span_secs: f64,
    /// What would have been told, oldest first; at most 200.
    pub alarms: Vec<LiveAlarm>,
    /// How many there would have been in all.
    pub alarms_total: u64,
    /// How soon changes are found within the budget, at the present rate of rows.
    pub finds: Vec<FoundAfter>,
}

/// How soon a change is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundAfter {
    /// The change, in words.
    pub change: String,
    /// Windows until it is expected to be told; absent where so few rows never show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<f64>,
}

/// What a monitor is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewMonitor {
    /// Its name: 1 to 100 characters.
    pub name: String,
    /// Where its rows come from.
    pub feed: FeedSettings,
    /// How they are watched.
    #[serde(default)]
    pub settings: MonitorSettings,
}

/// What to change about a monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorChange {
    /// The version that the change was made on; another one is answered with 409.
    pub version: i64,
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another feed. Other rows: what was learned is dropped.
    #[serde(default)]
    pub feed: Option<FeedSettings>,
    /// Other settings. What was learned is dropped when windows or baseline change.
    #[serde(default)]
    pub settings: Option<MonitorSettings>,
    /// Whether it watches.
    #[serde(default)]
    pub state: Option<MonitorState>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(url: &str, authorization: Option<&str>) -> FeedSettings {
        FeedSettings::Stream { url: url.to_owned(), authorization: authorization.map(str::to_owned) }
    }

    #[test]
    fn secrets_are_not_shown_and_stay_with_their_address() {
        let known = stream("https://me:pass@Example.com/a?b=1", Some("Bearer x"));
        let shown = known.without_secrets();
        assert_eq!(shown, stream("https://•••@Example.com/a?b=1", Some("•••")));
        assert_eq!(shown.with_secrets_of(&known), (known.clone(), true));
        let path = stream("https://•••@example.com/other", Some("•••")).with_secrets_of(&known);
        assert_eq!(path, (stream("https://me:pass@example.com/other", Some("Bearer x")), true));
        assert!(!stream("https://elsewhere.com/a", Some("•••")).with_secrets_of(&known).1);
        assert!(!stream("https://•••@elsewhere.com/a", None).with_secrets_of(&known).1);
        let nats =
            |url: &str| FeedSettings::Nats { url: url.to_owned(), stream: "s".to_owned(), subject: None };
        assert_eq!(nats("nats://u:p@h:4222").without_secrets(), nats("nats://•••@h:4222"));
        assert_eq!(nats("nats://h:4222/x@y").without_secrets(), nats("nats://h:4222/x@y"));
        let kafka = |brokers: &str, password: &str| {
            FeedSettings::Kafka(KafkaFeed {
                brokers: brokers.to_owned(),
                topic: "t".to_owned(),
                start: KafkaStart::Latest,
                group: None,
                user: Some("me".to_owned()),
                password: Some(password.to_owned()),
            })
        };
        let known = kafka("a:9092,b", "x");
        assert_eq!(known.without_secrets(), kafka("a:9092,b", "•••"));
        assert_eq!(kafka("a:9092,b", "•••").with_secrets_of(&known), (known.clone(), true));
        assert!(!kafka("a:9092,c", "•••").with_secrets_of(&known).1);
    }
}
