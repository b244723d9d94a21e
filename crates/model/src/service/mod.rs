//! What the service keeps and hands out: the resources of its API.
//!
//! Every moment is in milliseconds since 1970-01-01T00:00:00 UTC (`..._ms`), every id a text that sorts by age.

mod account;
mod alert_rule;
mod audit;
mod baseline;
mod channel;
mod check;
mod contract;
mod dataset;
mod delivery;
mod event;
mod finding;
mod incident;
mod job;
mod monitor;
mod notice;
mod page;
mod preview;

pub use account::{
    Invitation, Member, NewToken, OidcButton, Role, Session, SignInOptions, SignedIn, Token, TokenWithSecret,
    User, Workspace,
};
pub use alert_rule::{
    AlertRule, AlertRuleChange, AlertRuleSettings, EscalationStep, FlapDamping, QuietHours, QuietWindow,
};
pub use audit::{AuditEntry, AuditOutcome, ChainReport};
pub use baseline::{BaselineJob, BaselineJobState, BaselineSummary, BaselineVersionSummary, LeftOut};
pub use channel::{Channel, ChannelChange, NewChannel};
pub use check::{Check, CheckProgress, CheckRequestBody, CheckSide, CheckState};
pub use contract::{ContractDetails, ContractSummary, ContractVersion};
pub use dataset::{Dataset, DatasetDetails, DatasetState, Upload, UploadState};
pub use delivery::{AlertEvent, Delivery, DeliveryState};
pub use event::Event;
pub use finding::{
    Activity, Comment, FindingChange, FindingChanges, FindingOutcome, FindingRecord, FindingResult,
    FindingResults,
};
pub use incident::{Incident, IncidentChange, IncidentState, IncidentSubject};
pub use job::{Job, JobState};
pub use monitor::{
    FeedFormat, FeedSettings, FoundAfter, KafkaFeed, KafkaStart, MonitorChange, MonitorDetails,
    MonitorPreview, MonitorRecord, MonitorState, MonitorStatus, NewMonitor, RestFeed,
};
pub use notice::{Notice, NoticeKind, NoticePage};
pub use page::{Page, PageRequest};
pub use preview::{CheckPreview, PreviewBody, PreviewChange, PreviewColumn, PreviewDecision};
