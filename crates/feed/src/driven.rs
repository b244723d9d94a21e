//! Lets a feed go on while nobody waits for it: who asks with a short patience, again and again, would otherwise begin
//! every connection and every question anew.

use driftline_model::service::FeedSettings;
use tokio::task::JoinHandle;

use crate::{Feed, FeedError, NextPiece, Piece, Reach, begin};

type Outcome = (Box<dyn Feed>, Result<Piece, FeedError>);

/// A feed that waits for its next piece in a task of its own. No piece is fetched before somebody asks for it.
pub(crate) struct Driven {
    settings: FeedSettings,
    reach: Reach,
    position: Option<String>,
    feed: Option<Box<dyn Feed>>,
    waiting: Option<JoinHandle<Outcome>>,
}

impl Driven {
    pub(crate) fn new(
        settings: &FeedSettings,
        position: Option<&str>,
        reach: &Reach,
    ) -> Result<Self, FeedError> {
        Ok(Self {
            feed: Some(begin(settings, position, reach)?),
            settings: settings.clone(),
            reach: reach.clone(),
            position: position.map(str::to_owned),
            waiting: None,
        })
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        let waiting = match &mut self.waiting {
            Some(waiting) => waiting,
            None => {
                let mut feed = match self.feed.take() {
                    Some(feed) => feed,
                    // The one before was lost with its task.
                    None => begin(&self.settings, self.position.as_deref(), &self.reach)?,
                };
                self.waiting.insert(tokio::spawn(async move {
                    let outcome = feed.next().await;
                    (feed, outcome)
                }))
            }
        };
        let done = waiting.await;
        self.waiting = None;
        let (feed, outcome) = done.map_err(|error| FeedError::Interrupted { reason: error.to_string() })?;
        self.feed = Some(feed);
        if let Ok(piece) = &outcome {
            self.position = Some(piece.position.clone());
        }
        outcome
    }
}

impl Feed for Driven {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.abort();
        }
    }
}
