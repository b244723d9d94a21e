//! Deliveries: messages that must arrive, and the log of those that have.
//!
//! They are made in the change in which an alert is, taken for a limited time by whoever sends them, and tried until
//! they arrive or a day is over. One that was lost with its sender is taken by the next one. Of one incident, a channel
//! is told one thing after the other.

use driftline_model::service::{Delivery, DeliveryState, Page, PageRequest};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, Dialect, field};

const DELIVERY: &str = "id, workspace_id, channel_id, channel_name, channel_kind, rule_id, rule_name, incident_id, \
                        event, title, severity, state, attempts, created_ms, next_attempt_ms, attempted_ms, ended_ms, \
                        error, http_status, duration_ms";

/// Deliveries that are forgotten at a time.
const MOST_FORGOTTEN: i64 = 5_000;

/// A delivery with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// What is told, as a document of whoever sends it.
    pub message: String,
    /// When it is given up.
    pub give_up_ms: i64,
}

/// What came of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Where the delivery stands now.
    pub state: Option<DeliveryState>,
    /// When it is tried next, when it is.
    pub next_attempt_ms: Option<i64>,
    /// What went wrong.
    pub error: Option<String>,
    /// Status of the answer.
    pub http_status: Option<i64>,
    /// How long it took.
    pub duration_ms: Option<i64>,
}

/// Which deliveries of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those of this channel.
    pub channel_id: Option<String>,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those about this incident.
    pub incident_id: Option<String>,
}

/// How deliveries are in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryQueue {
    /// Those that wait or are being sent.
    pub waiting: i64,
    /// When the oldest of them was asked for.
    pub oldest_ms: Option<i64>,
    /// Those that were given up since a moment.
    pub failed: i64,
}

impl Change {
    /// Keeps a new delivery.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_delivery(&mut self, stored: &StoredDelivery) -> Result<(), StoreError> {
        let delivery = &stored.delivery;
        let query = sqlx::query(
            "INSERT INTO deliveries (id, workspace_id, channel_id, channel_name, channel_kind, rule_id, rule_name, \
             incident_id, event, title, severity, message, state, attempts, created_ms, give_up_ms, next_attempt_ms, \
             attempted_ms, ended_ms, error, http_status, duration_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        )
        .bind(delivery.id.as_str())
        .bind(delivery.workspace_id.as_str())
        .bind(delivery.channel_id.as_str())
        .bind(delivery.channel_name.as_str())
        .bind(delivery.channel_kind.as_str())
        .bind(delivery.rule_id.as_deref())
        .bind(delivery.rule_name.as_deref())
        .bind(delivery.incident_id.as_deref())
        .bind(delivery.event.name())
        .bind(delivery.title.as_str())
        .bind(delivery.severity.name())
        .bind(stored.message.as_str())
        .bind(delivery.state.name())
        .bind(delivery.attempts)
        .bind(delivery.created_ms)
        .bind(stored.give_up_ms)
        .bind(delivery.next_attempt_ms)
        .bind(delivery.attempted_ms)
        .bind(delivery.ended_ms)
        .bind(delivery.error.as_deref())
        .bind(delivery.http_status)
        .bind(delivery.duration_ms);
        self.run(query).await?;
        Ok(())
    }

    /// Notes what came of an attempt by `owner`, and gives the delivery; nothing when somebody else has it meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_attempt(
        &mut self,
        (id, owner): (&str, &str),
        attempt: &Attempt,
        now_ms: i64,
    ) -> Result<Option<Delivery>, StoreError> {
        let state = attempt.state.unwrap_or(DeliveryState::Pending);
        let sql = format!(
            "UPDATE deliveries SET state = $3, next_attempt_ms = $4, error = $5, http_status = $6, duration_ms = $7, \
             attempted_ms = $8, ended_ms = $9, lease_owner = NULL, lease_until_ms = NULL \
             WHERE id = $1 AND lease_owner = $2 AND state = 'sending' RETURNING {DELIVERY}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .bind(owner)
            .bind(state.name())
            .bind(attempt.next_attempt_ms)
            .bind(attempt.error.as_deref())
            .bind(attempt.http_status)
            .bind(attempt.duration_ms)
            .bind(now_ms)
            .bind(state.is_final().then_some(now_ms));
        self.row(query).await?.as_ref().map(delivery).transpose()
    }

    /// Lets a delivery be tried again at once and until `give_up_ms`: one that waits, or that was given up or
    /// cancelled. Nothing when there is none such.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn retry_delivery(
        &mut self,
        (workspace_id, id): (&str, &str),
        now_ms: i64,
        give_up_ms: i64,
    ) -> Result<Option<Delivery>, StoreError> {
        let sql = format!(
            "UPDATE deliveries SET state = 'pending', next_attempt_ms = $3, give_up_ms = $4, ended_ms = NULL \
             WHERE workspace_id = $1 AND id = $2 AND event <> 'test' \
             AND state IN ('pending', 'failed', 'cancelled') RETURNING {DELIVERY}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id);
        self.row(query.bind(now_ms).bind(give_up_ms)).await?.as_ref().map(delivery).transpose()
    }

    /// What a channel was told of an incident last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_message(&mut self, incident_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT message FROM deliveries WHERE incident_id = $1 ORDER BY id DESC LIMIT 1";
        let row = self.row(sqlx::query(sql).bind(incident_id)).await?;
        row.map(|row| field(&row, 0)).transpose()
    }

    /// Forgets deliveries that ended before `before_ms`; says how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_deliveries(&mut self, before_ms: i64) -> Result<u64, StoreError> {
        let sql =
            "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended_ms < $1 LIMIT $2)";
        self.run(sqlx::query(sql).bind(before_ms).bind(MOST_FORGOTTEN)).await
    }
}

impl Database {
    /// Takes the delivery that should be sent next, but of none of the channels in `busy`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_delivery(
        &self,
        owner: &str,
        (now_ms, lease_until_ms): (i64, i64),
        busy: &[String],
    ) -> Result<Option<StoredDelivery>, StoreError> {
        let locking = match self.dialect() {
            Dialect::Sqlite => "",
            // Other instances take other deliveries instead of waiting for this one.
            Dialect::Postgres => "FOR UPDATE OF d SKIP LOCKED",
        };
        let places: Vec<String> = (0..busy.len()).map(|place| format!("${}", place + 4)).collect();
        let not_busy = match places.is_empty() {
            true => String::new(),
            false => format!("AND d.channel_id NOT IN ({})", places.join(", ")),
        };
        // Most of the time there is nothing, and nobody has to wait for this to be seen.
        if !self.has_due_delivery(now_ms).await? {
            return Ok(None);
        }
        let sql = format!(
            "UPDATE deliveries SET state = 'sending', lease_owner = $1, lease_until_ms = $3, attempts = attempts + 1 \
             WHERE id = (SELECT d.id FROM deliveries d WHERE ((d.state = 'pending' AND d.next_attempt_ms <= $2) \
             OR (d.state = 'sending' AND d.lease_until_ms <= $2)) {not_busy} \
             AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.channel_id = d.channel_id \
             AND e.incident_id = d.incident_id AND e.id < d.id AND e.state IN ('pending', 'sending')) \
             ORDER BY d.next_attempt_ms, d.id LIMIT 1 {locking}) RETURNING {DELIVERY}, message, give_up_ms"
        );
        let mut change = self.change().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner).bind(now_ms).bind(lease_until_ms);
        let query = busy.iter().fold(query, |query, channel| query.bind(channel.as_str()));
        let row = change.row(query).await?;
        let taken = row.map(|row| {
            Ok::<_, StoreError>(StoredDelivery {
                delivery: delivery(&row)?,
                message: field(&row, 20)?,
                give_up_ms: field(&row, 21)?,
            })
        });
        let taken = taken.transpose()?;
        change.commit().await?;
        Ok(taken)
    }

    async fn has_due_delivery(&self, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM deliveries WHERE (state = 'pending' AND next_attempt_ms <= $1) \
                   OR (state = 'sending' AND lease_until_ms <= $1) LIMIT 1";
        Ok(self.row(sqlx::query(sql).bind(now_ms)).await?.is_some())
    }

    /// Gives back what was being sent when this process ended the last time: for a database that no other process
    /// works with.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_deliveries(&self) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        let sql = "UPDATE deliveries SET lease_until_ms = 0 WHERE state = 'sending'";
        let released = change.run(sqlx::query(sql)).await?;
        change.commit().await?;
        Ok(released)
    }

    /// Deliveries of a workspace, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn deliveries(
        &self,
        workspace_id: &str,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let (mut conditions, mut values) = (String::new(), Vec::new());
        for (column, value) in [
            ("channel_id", filter.channel_id.as_deref()),
            ("state", filter.state.map(DeliveryState::name)),
            ("incident_id", filter.incident_id.as_deref()),
        ] {
            if let Some(value) = value {
                values.push(value.to_owned());
                conditions.push_str(&format!(" AND {column} = ${}", values.len() + 3));
            }
        }
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries WHERE workspace_id = $1 AND id < $2{conditions} \
             ORDER BY id DESC LIMIT $3"
        );
        let query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(page.bound()).bind(page.size() + 1);
        let query = values.into_iter().fold(query, |query, value| query.bind(value));
        let items = self.rows(query).await?.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |delivery| delivery.id.clone()))
    }

    /// How deliveries are: those that wait, and those that were given up since a moment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn delivery_queue(&self, since_ms: i64) -> Result<DeliveryQueue, StoreError> {
        let sql = "SELECT COUNT(*), MIN(created_ms) FROM deliveries WHERE state IN ('pending', 'sending')";
        let mut queue = DeliveryQueue::default();
        if let Some(row) = self.row(sqlx::query(sql)).await? {
            (queue.waiting, queue.oldest_ms) = (field(&row, 0)?, field(&row, 1)?);
        }
        let sql =
            "SELECT COUNT(*) FROM deliveries WHERE ended_ms >= $1 AND state = 'failed' AND event <> 'test'";
        if let Some(row) = self.row(sqlx::query(sql).bind(since_ms)).await? {
            queue.failed = field(&row, 0)?;
        }
        Ok(queue)
    }
}

fn delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    let severity: String = field(row, 10)?;
    Ok(Delivery {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        channel_id: field(row, 2)?,
        channel_name: field(row, 3)?,
        channel_kind: field(row, 4)?,
        rule_id: field(row, 5)?,
        rule_name: field(row, 6)?,
        incident_id: field(row, 7)?,
        event: word(&field::<String>(row, 8)?)?,
        title: field(row, 9)?,
        severity: severity.parse().map_err(|reason| StoreError::Stored { reason })?,
        state: word(&field::<String>(row, 11)?)?,
        attempts: field(row, 12)?,
        created_ms: field(row, 13)?,
        next_attempt_ms: field(row, 14)?,
        attempted_ms: field(row, 15)?,
        ended_ms: field(row, 16)?,
        error: field(row, 17)?,
        http_status: field(row, 18)?,
        duration_ms: field(row, 19)?,
    })
}

/// What the database keeps as a word of the API.
fn word<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, StoreError> {
    let word = serde_json::from_value(serde_json::Value::String(name.to_owned()));
    word.map_err(|error| StoreError::Stored { reason: error.to_string() })
}
