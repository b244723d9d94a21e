use std::io;
use std::sync::mpsc;

use tokio::sync::oneshot;

/// A thread of its own for the work of one monitor, one piece after the other.
///
/// Threads of a pool would do as well, but each has its own part of the allocator's memory: what one of them gives
/// back the next one does not find, and a process that runs for months grows.
#[derive(Debug)]
pub(super) struct WorkThread {
    work: mpsc::Sender<Work>,
}

type Work = Box<dyn FnOnce() + Send>;

/// The work broke down, and the thread with it.
#[derive(Debug, thiserror::Error)]
#[error("the work on a monitor broke down")]
pub(super) struct BrokeDown;

impl WorkThread {
    /// Starts the thread. It ends when this is dropped.
    pub(super) fn start() -> io::Result<Self> {
        let (work, todo) = mpsc::channel::<Work>();
        let run = move || todo.into_iter().for_each(|work| work());
        std::thread::Builder::new().name("monitor".to_owned()).spawn(run)?;
        Ok(Self { work })
    }

    /// Does a piece of work there. It is done to its end even when nobody waits for it any more.
    ///
    /// # Errors
    /// When this work or some before it broke down.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, BrokeDown> {
        let (done, waits) = oneshot::channel();
        let work = Box::new(move || {
            // Nobody may wait any more.
            let _ = done.send(work());
        });
        self.work.send(work).map_err(|_| BrokeDown)?;
        waits.await.map_err(|_| BrokeDown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_in_order_until_it_breaks_down() {
        let thread = WorkThread::start().unwrap();
        let id = thread.run(|| std::thread::current().id()).await.unwrap();
        assert_eq!(thread.run(|| std::thread::current().id()).await.unwrap(), id);
        assert!(thread.run(|| -> u8 { panic!("on purpose") }).await.is_err());
        assert!(thread.run(|| 1).await.is_err());
    }
}
