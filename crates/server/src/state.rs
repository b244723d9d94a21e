use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use driftline_alert::Sender;
use driftline_model::service::AuditOutcome;
use driftline_store::{AuditLine, Change, Database};
use tokio::sync::{Notify, Semaphore, watch};

use crate::answered::Answered;
use crate::blobs::DataFolder;
use crate::caller::Caller;
use crate::found_cells::FoundCells;
use crate::limits::Limits;
use crate::live::LiveMonitors;
use crate::telemetry::Telemetry;
use crate::tls::Serving;
use crate::{ApiError, PublicUrl, ServiceConfig};

/// Everything that handlers work with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    pub(crate) database: Database,
    pub(crate) data: DataFolder,
    pub(crate) config: Arc<ServiceConfig>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) answered: Arc<Answered>,
    pub(crate) telemetry: Arc<Telemetry>,
    /// Where people reach it.
    pub(crate) url: PublicUrl,
    /// The certificate, when it speaks HTTPS itself.
    pub(crate) tls: Option<Arc<Serving>>,
    /// Who else signs people in.
    #[cfg(feature = "oidc")]
    pub(crate) oidc: Option<Arc<crate::oidc::Provider>>,
    /// Sends alerts.
    pub(crate) alerts: Arc<Sender>,
    /// Turns of previews, which keep the processor busy.
    pub(crate) previews: Arc<Semaphore>,
    /// Searches for wrong cells, which keep the processor busy, too.
    pub(crate) found_cells: Arc<FoundCells>,
    /// The monitors that run here.
    pub(crate) live: Arc<LiveMonitors>,
    /// Wakes a worker when a job was put into the queue.
    pub(crate) work: Arc<Notify>,
    /// Whether the service is about to stop.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Service {
    /// A change by somebody, with its line in the audit log: both happen, or neither.
    pub(crate) async fn audited(
        &self,
        change: &mut Change,
        caller: &Caller,
        (action, subject, detail): (&str, &str, &str),
    ) -> Result<(), ApiError> {
        let line = AuditLine {
            actor: &caller.actor,
            address: &caller.address,
            workspace_id: &caller.workspace_id,
            action,
            subject,
            outcome: AuditOutcome::Done,
            detail,
        };
        Ok(change.audit(&line, now_ms()).await?)
    }
}

/// Waits until the service stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The other end is only dropped when the service is.
    let _ = stopping.wait_for(|stops| *stops).await;
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
