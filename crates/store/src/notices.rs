//! Notices: what one person should know.

use driftline_model::service::{Notice, NoticeKind, NoticePage, Page, PageRequest};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};

const NOTICE: &str =
    "id, workspace_id, user_id, kind, finding_id, incident_id, actor, body, created_ms, read_ms";

impl Change {
    /// Keeps a notice for the person that it names.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_notice(&mut self, notice: &Notice) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO notices (id, workspace_id, user_id, kind, finding_id, incident_id, actor, body, \
                 created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(notice.id.as_str())
            .bind(notice.workspace_id.as_str())
            .bind(notice.user_id.as_str())
            .bind(notice.kind.name())
            .bind(notice.finding_id.as_deref())
            .bind(notice.incident_id.as_deref())
            .bind(notice.actor.as_str())
            .bind(notice.text.as_str())
            .bind(notice.created_ms),
        )
        .await?;
        Ok(())
    }

    /// Notes that a person has read these notices, or all without a list; says how many were unread.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read_notices(
        &mut self,
        (workspace_id, user_id): (&str, &str),
        ids: Option<&[String]>,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let sql =
            "UPDATE notices SET read_ms = $3 WHERE workspace_id = $1 AND user_id = $2 AND read_ms IS NULL";
        let Some(ids) = ids else {
            return self.run(sqlx::query(sql).bind(workspace_id).bind(user_id).bind(now_ms)).await;
        };
        let one = format!("{sql} AND id = $4");
        let mut read = 0;
        for id in ids {
            let query = sqlx::query(sqlx::AssertSqlSafe(one.as_str().to_owned()));
            let query = query.bind(workspace_id).bind(user_id).bind(now_ms).bind(id.as_str());
            read += self.run(query).await?;
        }
        Ok(read)
    }

    /// Forgets notices from before `before_ms`, and all but the newest `most` of every person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_notices(&mut self, before_ms: i64, most: i64) -> Result<u64, StoreError> {
        let old = self.run(sqlx::query("DELETE FROM notices WHERE created_ms < $1").bind(before_ms)).await?;
        let sql = "DELETE FROM notices WHERE id IN (SELECT id FROM (SELECT id, \
                   ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY id DESC) AS place FROM notices \
                   WHERE user_id IN (SELECT user_id FROM notices GROUP BY user_id HAVING COUNT(*) > $1)) AS ranked \
                   WHERE place > $1)";
        Ok(old + self.run(sqlx::query(sql).bind(most)).await?)
    }
}

impl Database {
    /// Notices of a person in a workspace, newest first; only the unread ones where `unread` says so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn notices(
        &self,
        (workspace_id, user_id): (&str, &str),
        unread: Option<bool>,
        page: &PageRequest,
    ) -> Result<NoticePage, StoreError> {
        let which = match unread {
            Some(true) => "AND read_ms IS NULL",
            Some(false) => "AND read_ms IS NOT NULL",
            None => "",
        };
        let sql = format!(
            "SELECT {NOTICE} FROM notices WHERE user_id = $1 AND workspace_id = $2 AND id < $3 {which} \
             ORDER BY id DESC LIMIT $4"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(user_id)
            .bind(workspace_id)
            .bind(page.bound())
            .bind(page.size() + 1);
        let items = self.rows(query).await?.iter().map(notice).collect::<Result<Vec<_>, _>>()?;
        let Page { items, next } = Page::of(items, page.size(), |notice: &Notice| notice.id.clone());
        let sql = "SELECT COUNT(*) FROM notices WHERE user_id = $1 AND workspace_id = $2 AND read_ms IS NULL";
        let row = self.row(sqlx::query(sql).bind(user_id).bind(workspace_id)).await?;
        let unread_total = row.as_ref().map_or(Ok(0), |row| field(row, 0))?;
        Ok(NoticePage { items, next, unread_total })
    }
}

fn notice(row: &AnyRow) -> Result<Notice, StoreError> {
    let kind = match field::<String>(row, 3)?.as_str() {
        "mention" => NoticeKind::Mention,
        "assignment" => NoticeKind::Assignment,
        _ => NoticeKind::Incident,
    };
    Ok(Notice {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        user_id: field(row, 2)?,
        kind,
        finding_id: field(row, 4)?,
        incident_id: field(row, 5)?,
        actor: field(row, 6)?,
        text: field(row, 7)?,
        created_ms: field(row, 8)?,
        read_ms: field(row, 9)?,
    })
}
