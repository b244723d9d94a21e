//! Lists of checks, and checks that grow old.

use driftline_model::Settings;
use driftline_model::service::{Check, CheckSide, CheckState, Comment, PageRequest};
use driftline_store::{CheckFilter, Database, DeletedCheck, FindingFilter, new_id};

use crate::{NOW, begun, check, report};

pub(crate) async fn lists_of_checks(database: &Database) {
    let (user, workspace) = begun(database).await;
    let mut ids = Vec::new();
    for (number, name) in ["a.csv", "B_1.csv", "a.csv", "a.csv"].into_iter().enumerate() {
        let asked = Check {
            current: CheckSide::Dataset(format!("d{}", number % 2)),
            names: [name.to_owned(), "baseline:b@1".to_owned()],
            ..check(&workspace, &user)
        };
        let mut change = database.change().await.unwrap();
        change.create_check(&asked, &Settings::default()).await.unwrap();
        match number {
            0 | 2 => {
                let blob = format!("blob-{number}");
                change.finish_check(&asked, (&report(), &blob), NOW + number as i64).await.unwrap();
            }
            1 => assert!(change.end_check(&asked.id, None, NOW).await.unwrap()),
            _ => {}
        }
        change.commit().await.unwrap();
        ids.push(asked.id);
    }
    let some = |text: &str| Some(text.to_owned());
    let all = CheckFilter::default();
    for (filter, expected) in [
        (all.clone(), vec![3, 2, 1, 0]),
        (CheckFilter { state: Some(CheckState::Done), ..all.clone() }, vec![2, 0]),
        (CheckFilter { text: some("A.CSV"), ..all.clone() }, vec![3, 2, 0]),
        (CheckFilter { text: some("b_1"), ..all.clone() }, vec![1]),
        (CheckFilter { text: some("b%1"), ..all.clone() }, vec![]),
        (CheckFilter { dataset: some("d1"), ..all.clone() }, vec![3, 1]),
        (CheckFilter { baseline: some("b"), ..all.clone() }, vec![3, 2, 1, 0]),
        (CheckFilter { baseline: some("b@1"), ..all.clone() }, vec![]),
        (
            CheckFilter {
                state: Some(CheckState::Queued),
                dataset: some("d1"),
                text: some("a"),
                baseline: some("b"),
            },
            vec![3],
        ),
    ] {
        let page = database.checks(&workspace, &filter, &PageRequest::default()).await.unwrap();
        let found: Vec<_> =
            page.items.iter().map(|one| ids.iter().position(|id| *id == one.id).unwrap()).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let page = PageRequest { limit: Some(1), before: Some(ids[2].clone()) };
    let done = CheckFilter { state: Some(CheckState::Done), ..all };
    let second = database.checks(&workspace, &done, &page).await.unwrap();
    assert_eq!((second.items[0].id.as_str(), second.next), (ids[0].as_str(), None));
    growing_old(database, &workspace, &ids).await;
}

/// Of four checks the first and third are done, the second was cancelled and the last still waits.
async fn growing_old(database: &Database, workspace: &str, ids: &[String]) {
    let old = async |before: i64| {
        let old = database.old_checks(before, 10).await.unwrap();
        let mut places: Vec<_> =
            old.iter().map(|old| ids.iter().position(|id| *id == old.id).unwrap()).collect();
        places.sort_unstable();
        places
    };
    assert_eq!(old(NOW).await, [0_usize; 0]);
    assert_eq!(old(NOW + 100).await, [0, 1], "the newest done check of a pair of names stays");
    let page = PageRequest::default();
    let findings =
        async || database.findings(workspace, &FindingFilter::default(), &page).await.unwrap().items;
    let of_first = findings().await.into_iter().find(|finding| finding.check_id == ids[0]).unwrap();
    let comment = Comment {
        id: new_id(),
        user_id: "u".to_owned(),
        text: "ok".to_owned(),
        mentions: vec![],
        created_ms: NOW,
    };
    let mut change = database.change().await.unwrap();
    assert!(change.create_comment(&of_first.id, &comment).await.unwrap());
    change.note_activity(&of_first.id, ("u", "said"), NOW).await.unwrap();
    change.commit().await.unwrap();
    let mut change = database.change().await.unwrap();
    assert_eq!(change.delete_check("other", &ids[0], NOW).await.unwrap(), None);
    assert_eq!(change.delete_check(workspace, &ids[3], NOW).await.unwrap(), None, "it has not ended");
    let cancelled = change.delete_check(workspace, &ids[1], NOW).await.unwrap();
    assert_eq!(cancelled, Some(DeletedCheck::default()));
    let done = change.delete_check(workspace, &ids[0], NOW).await.unwrap().unwrap();
    assert_eq!(
        (done.blobs, done.incidents.len(), done.incidents_gone.len()),
        (vec!["blob-0".to_owned()], 1, 0)
    );
    assert!(!change.create_comment(&of_first.id, &comment).await.unwrap(), "its finding is gone");
    change.commit().await.unwrap();
    assert!(
        !database.is_blob_used("blob-0").await.unwrap() && database.is_blob_used("blob-2").await.unwrap()
    );
    assert_eq!(findings().await.len(), 1);
    assert!(database.comments(&of_first.id).await.unwrap().is_empty());
    assert!(database.activities(&of_first.id).await.unwrap().is_empty());
    assert_eq!(old(NOW + 100).await, [0_usize; 0]);
}
