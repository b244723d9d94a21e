//! Workers that take jobs at the same time.

use driftline_store::Database;

use crate::{NOW, begun, queued};

pub(crate) async fn workers_at_the_same_time(database: &Database) {
    let (_, workspace) = begun(database).await;
    for _ in 0..12 {
        queued(database, &workspace, 0).await;
    }
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            let database = database.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(lease) = database.take_job(&format!("w{worker}"), NOW, NOW + 10).await.unwrap()
                {
                    taken.push(lease.job.id);
                }
                taken
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 12, "every job is taken once");
}
