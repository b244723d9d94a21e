//! Tells single people what they should know.

use driftline_model::service::{Notice, NoticeKind};
use driftline_store::{Change, StoreError, new_id};

/// Events that only the person sees whose id is their subject.
pub(crate) const PERSONAL: &str = "notice.";

/// Characters of a comment or a message that a notice repeats.
const MAX_EXCERPT: usize = 200;

/// Something to tell.
#[derive(Debug, Clone)]
pub(crate) struct News<'a> {
    pub(crate) workspace_id: &'a str,
    pub(crate) kind: NoticeKind,
    pub(crate) finding_id: Option<&'a str>,
    pub(crate) incident_id: Option<&'a str>,
    pub(crate) actor: &'a str,
    pub(crate) text: String,
}

/// Tells it to these people, but not to who caused it.
pub(crate) async fn tell(
    change: &mut Change,
    people: &[&str],
    news: &News<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    for person in people.iter().filter(|person| **person != news.actor) {
        let notice = Notice {
            id: new_id(),
            workspace_id: news.workspace_id.to_owned(),
            user_id: (*person).to_owned(),
            kind: news.kind,
            finding_id: news.finding_id.map(str::to_owned),
            incident_id: news.incident_id.map(str::to_owned),
            actor: news.actor.to_owned(),
            text: news.text.clone(),
            created_ms: now_ms,
            read_ms: None,
        };
        change.create_notice(&notice).await?;
        change.publish((news.workspace_id, "notice.raised", person), &notice, now_ms).await?;
    }
    Ok(())
}

/// The beginning of a text, for a notice.
pub(crate) fn excerpt(text: &str) -> String {
    let mut characters = text.chars();
    let beginning: String = characters.by_ref().take(MAX_EXCERPT).collect();
    if characters.next().is_some() { format!("{}…", beginning.trim_end()) } else { beginning }
}
