//! Copies from one kind of database to the other.

use driftline_model::service::PageRequest;
use driftline_store::{AuditLine, CheckFilter, Database, FindingFilter};
use driftline_testkit::postgres::Postgres;

use crate::{NOW, SYSTEM, checks};

#[tokio::test]
async fn a_copy_of_one_fills_the_other() {
    let Some(server) = Postgres::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let origin = Database::open_file(&path("origin.db")).await.unwrap();
    checks(&origin).await;
    let (_, workspace) = {
        let workspaces = origin.workspaces().await.unwrap();
        ((), workspaces[0].0.clone())
    };
    for number in 0..120 {
        let mut change = origin.change().await.unwrap();
        let detail = format!("größer {number}");
        change.audit(&AuditLine { detail: &detail, ..SYSTEM }, NOW).await.unwrap();
        change.publish((&workspace, "x", ""), &(), NOW).await.unwrap();
        change.commit().await.unwrap();
    }
    origin.copy_to(&path("first.db")).await.unwrap();
    let shared = Database::open(&server.new_database("copy")).await.unwrap();
    shared.fill_from(&path("first.db")).await.unwrap();
    let refused = shared.fill_from(&path("first.db")).await.unwrap_err();
    assert_eq!(refused.code(), "system.database_not_new");
    shared.copy_to(&path("second.db")).await.unwrap();
    assert!(shared.copy_to(&path("second.db")).await.is_err(), "nothing is written over");
    let again = Database::open_file(&path("second.db")).await.unwrap();
    let chain = origin.verify_audit().await.unwrap();
    let everything = (CheckFilter::default(), PageRequest { limit: Some(200), before: None });
    for copy in [&shared, &again] {
        assert_eq!(copy.verify_audit().await.unwrap(), chain);
        let listed = copy.checks(&workspace, &everything.0, &everything.1).await.unwrap();
        assert_eq!(listed, origin.checks(&workspace, &everything.0, &everything.1).await.unwrap());
        let findings = copy.findings(&workspace, &FindingFilter::default(), &everything.1).await.unwrap();
        assert_eq!(
            findings,
            origin.findings(&workspace, &FindingFilter::default(), &everything.1).await.unwrap()
        );
        assert_eq!(
            copy.comments(&findings.items[0].id).await.unwrap(),
            origin.comments(&findings.items[0].id).await.unwrap()
        );
        assert_eq!(copy.last_event().await.unwrap(), 120);
        let mut change = copy.change().await.unwrap();
        change.audit(&SYSTEM, NOW).await.unwrap();
        change.commit().await.unwrap();
        assert!(copy.verify_audit().await.unwrap().is_intact, "the log goes on where it was");
    }
    shared.close().await;
}
