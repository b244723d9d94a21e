//! The same story on SQLite and on a real PostgreSQL server.

#![expect(clippy::unwrap_used, reason = "a test ends when what it stands on is missing")]

mod alerts;
mod copies;
mod incidents;
mod lists;
mod workers;

use driftline_model::service::{
    AuditOutcome, BaselineJob, BaselineJobState, Check, CheckProgress, CheckSide, CheckState, Comment,
    ContractVersion, Dataset, DatasetDetails, DatasetState, Job, JobState, LeftOut, Notice, NoticeKind,
    PageRequest, Role, Token, Upload, UploadState,
};
use driftline_model::{Finding, FindingState, Report, Settings, Severity};
use driftline_store::{
    AuditFilter, AuditLine, CheckFilter, Database, DatasetSettingsVersion, FindingFilter, Lease, Link,
    NewSession, Raised, SettingsVersion, new_id, new_secret, secret_hash,
};

use alerts::{channels_and_rules, deliveries_arrive_in_order};
use driftline_testkit::postgres::Postgres;
use incidents::{
    confirmed_incidents_keep_checks, findings_are_found, findings_become_incidents, incidents_lose_checks,
    worse_incidents_are_open_again,
};
use lists::lists_of_checks;
use workers::workers_at_the_same_time;

const NOW: i64 = 1_800_000_000_000;

/// A database with an owner and a workspace: ids of both.
async fn begun(database: &Database) -> (String, String) {
    let mut change = database.change().await.unwrap();
    let user = change.ensure_user("Ann@Example.com", "Ann", NOW).await.unwrap();
    assert_eq!(change.ensure_user("ann@example.com", "Other", NOW).await.unwrap(), user);
    let workspace = change.create_workspace("Home", NOW).await.unwrap();
    change.set_role(&workspace, &user, Role::Owner).await.unwrap();
    change.commit().await.unwrap();
    (user, workspace)
}

async fn people(database: &Database) {
    assert!(database.is_new().await.unwrap());
    let (user, workspace) = begun(database).await;
    assert!(!database.is_new().await.unwrap());
    let mut change = database.change().await.unwrap();
    let secret = secret_hash(&new_secret().unwrap());
    let link =
        Link { email: "bea@example.com".to_owned(), invitation: Some((workspace.clone(), Role::Editor)) };
    change.create_link(&link, &secret, (NOW, NOW + 10)).await.unwrap();
    assert_eq!(change.take_link(&secret, NOW + 5).await.unwrap(), Some(link.clone()));
    assert_eq!(change.take_link(&secret, NOW + 5).await.unwrap(), None, "a link works once");
    change.create_link(&link, &secret, (NOW, NOW + 10)).await.unwrap();
    assert_eq!(change.take_link(&secret, NOW + 10).await.unwrap(), None, "a link grows old");
    change.set_password(&user, "$argon2id$…").await.unwrap();
    let session = NewSession {
        user_id: &user,
        secret_hash: "s1",
        csrf_token: "c",
        expires_ms: NOW + 100,
        address: "127.0.0.1",
        agent: "test",
    };
    let id = change.create_session(&session, NOW).await.unwrap();
    let token = Token {
        id: new_id(),
        name: "nightly".to_owned(),
        user_id: user.clone(),
        role: Role::Editor,
        created_ms: NOW,
        expires_ms: NOW + 100,
    };
    change.create_token(&workspace, &token, "t1").await.unwrap();
    change.commit().await.unwrap();

    assert!(database.user(&user).await.unwrap().unwrap().has_password);
    assert_eq!(database.role_in(&workspace, &user).await.unwrap(), Some(Role::Owner));
    assert_eq!(database.workspaces_of(&user).await.unwrap()[0].role, Role::Owner);
    assert_eq!(database.members(&workspace).await.unwrap().len(), 1);
    assert_eq!(database.open_session("s1", NOW).await.unwrap().unwrap().id, id);
    assert_eq!(database.open_session("s1", NOW + 100).await.unwrap(), None);
    assert!(database.sessions(&user, &id, NOW).await.unwrap()[0].is_current);
    assert_eq!(database.open_token("t1", NOW).await.unwrap().unwrap().token, token);
    assert_eq!(database.open_token("t1", NOW + 100).await.unwrap(), None);
    let mut change = database.change().await.unwrap();
    assert_eq!(change.end_sessions(&user, None).await.unwrap(), 1);
    assert!(change.delete_token(&workspace, &token.id).await.unwrap());
    assert_eq!(change.owners(&workspace).await.unwrap(), 1);
    assert!(change.remove_member(&workspace, &user).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.role_in(&workspace, &user).await.unwrap(), None);
}

fn dataset(workspace: &str, user: &str, name: &str) -> DatasetDetails {
    DatasetDetails {
        dataset: Dataset {
            id: new_id(),
            workspace_id: workspace.to_owned(),
            name: name.to_owned(),
            size_bytes: 5_000_000_000,
            sha256: "00".to_owned(),
            state: DatasetState::Ready,
            created_ms: NOW,
            created_by: user.to_owned(),
            expires_ms: Some(NOW + 50),
        },
        dialect: serde_json::json!({ "delimiter": "," }),
        columns: vec![["a".to_owned(), "number".to_owned()]],
        preview: vec![vec![None, Some("1".to_owned())]],
    }
}

async fn data(database: &Database) {
    let (user, workspace) = begun(database).await;
    let details = dataset(&workspace, &user, "a.csv");
    let upload = Upload {
        id: new_id(),
        workspace_id: workspace.clone(),
        name: "a.csv".to_owned(),
        length_bytes: 10,
        offset_bytes: 0,
        state: UploadState::Open,
        dataset_id: None,
        created_ms: NOW,
        created_by: user.clone(),
        expires_ms: NOW + 20,
    };
    let mut change = database.change().await.unwrap();
    change.create_dataset(&details, "blob-1").await.unwrap();
    change.create_upload(&upload).await.unwrap();
    change.advance_upload(&upload.id, 4, NOW + 30).await.unwrap();
    change.commit().await.unwrap();
    let id = &details.dataset.id;
    assert_eq!(database.dataset_details(&workspace, id).await.unwrap().unwrap(), details);
    assert_eq!(database.dataset(&workspace, id).await.unwrap().unwrap().blob, "blob-1");
    assert_eq!(database.dataset("other", id).await.unwrap(), None, "a workspace sees its own only");
    assert!(database.is_blob_used("blob-1").await.unwrap());
    assert_eq!(database.upload(&workspace, &upload.id).await.unwrap().unwrap().offset_bytes, 4);
    assert_eq!(database.expired_uploads(NOW + 30, 10).await.unwrap().len(), 1);
    assert_eq!(database.expired_datasets(NOW + 50, 10).await.unwrap(), [(workspace.clone(), id.clone())]);
    let mut change = database.change().await.unwrap();
    change.finish_upload(&upload.id, id).await.unwrap();
    assert_eq!(change.delete_dataset(&workspace, id).await.unwrap().as_deref(), Some("blob-1"));
    assert_eq!(change.delete_dataset(&workspace, id).await.unwrap(), None);
    change.commit().await.unwrap();
    assert!(!database.is_blob_used("blob-1").await.unwrap());
    assert!(database.datasets(&workspace, &PageRequest::default()).await.unwrap().items.is_empty());
    assert_eq!(database.upload(&workspace, &upload.id).await.unwrap().unwrap().state, UploadState::Done);
}

fn check(workspace: &str, user: &str) -> Check {
    Check {
        id: new_id(),
        workspace_id: workspace.to_owned(),
        state: CheckState::Queued,
        current: CheckSide::Dataset("d".to_owned()),
        reference: CheckSide::Baseline("b@1".to_owned()),
        names: ["a.csv".to_owned(), "baseline:b@1".to_owned()],
        created_ms: NOW,
        created_by: user.to_owned(),
        ended_ms: None,
        progress: None,
        verdict: None,
        severity: None,
        headline: None,
        error: None,
    }
}

fn report() -> Report {
    let text = include_str!("report.json");
    let mut report: Report = serde_json::from_str(text).unwrap();
    report.findings = vec![Finding {
        code: "drift.value".to_owned(),
        severity: Severity::High,
        column: Some("a".to_owned()),
        message: "moved".to_owned(),
        state: FindingState::Open,
    }];
    report
}

async fn checks(database: &Database) {
    let (user, workspace) = begun(database).await;
    let asked = check(&workspace, &user);
    let mut change = database.change().await.unwrap();
    change.create_check(&asked, &Settings::default()).await.unwrap();
    change
        .set_check_progress(&asked.id, &CheckProgress { rows: 7, ..CheckProgress::default() })
        .await
        .unwrap();
    change.commit().await.unwrap();
    let running = database.check(&workspace, &asked.id).await.unwrap().unwrap();
    assert_eq!((running.check.state, running.check.progress.unwrap().rows), (CheckState::Running, 7));
    let mut change = database.change().await.unwrap();
    let raised = change.finish_check(&asked, (&report(), "blob-2"), NOW + 1).await.unwrap();
    let again = change.finish_check(&asked, (&report(), "blob-3"), NOW + 2).await.unwrap();
    assert_eq!((raised.findings.len(), again), (1, Raised::default()), "it ends once");
    assert!(!change.end_check(&asked.id, None, NOW + 3).await.unwrap());
    change.commit().await.unwrap();
    let done = database.check(&workspace, &asked.id).await.unwrap().unwrap();
    assert_eq!((done.check.state, done.report_blob.as_deref()), (CheckState::Done, Some("blob-2")));
    assert_eq!(done.check.verdict.as_deref(), Some("stable"));
    assert_eq!(
        database
            .checks(&workspace, &CheckFilter::default(), &PageRequest::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    let mut finding = raised.findings[0].clone();
    (finding.state, finding.version) = (FindingState::Resolved, 2);
    let mut change = database.change().await.unwrap();
    assert!(change.update_finding(&finding).await.unwrap());
    assert!(!change.update_finding(&finding).await.unwrap(), "the version has moved on");
    change.note_activity(&finding.id, (&user, "state: open → resolved"), NOW).await.unwrap();
    let comment = Comment {
        id: new_id(),
        user_id: user.clone(),
        text: "ok".to_owned(),
        mentions: vec![],
        created_ms: NOW,
    };
    assert!(change.create_comment(&finding.id, &comment).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(
        database.finding(&workspace, &finding.id).await.unwrap().unwrap().state,
        FindingState::Resolved
    );
    let page = PageRequest::default();
    let of = async |state| {
        let check_id = Some(asked.id.clone());
        let filter = FindingFilter { state: Some(state), check_id, ..FindingFilter::default() };
        database.findings(&workspace, &filter, &page).await.unwrap().items.len()
    };
    assert_eq!((of(FindingState::Resolved).await, of(FindingState::Open).await), (1, 0));
    assert_eq!(database.comments(&finding.id).await.unwrap(), [comment]);
    assert_eq!(database.activities(&finding.id).await.unwrap().len(), 1);
}

async fn notices(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let notice = |number: i64| Notice {
        id: new_id(),
        workspace_id: workspace.clone(),
        user_id: user.clone(),
        kind: NoticeKind::Mention,
        finding_id: Some(number.to_string()),
        incident_id: None,
        actor: "system".to_owned(),
        text: "look".to_owned(),
        created_ms: NOW + number,
        read_ms: None,
    };
    let all: Vec<Notice> = (0..5).map(notice).collect();
    let mut change = database.change().await.unwrap();
    for notice in &all {
        change.create_notice(notice).await.unwrap();
    }
    change.commit().await.unwrap();
    let page = PageRequest { limit: Some(2), before: None };
    let first = database.notices(of, None, &page).await.unwrap();
    assert_eq!((first.items, first.unread_total), (vec![all[4].clone(), all[3].clone()], 5));
    assert_eq!(first.next.as_ref(), Some(&all[3].id));
    assert_eq!(database.notices((&workspace, "other"), None, &page).await.unwrap().unread_total, 0);
    let mut change = database.change().await.unwrap();
    let ids = [all[4].id.clone(), "none".to_owned()];
    assert_eq!(change.read_notices((&workspace, "other"), Some(&ids), NOW).await.unwrap(), 0);
    assert_eq!(change.read_notices(of, Some(&ids), NOW).await.unwrap(), 1);
    assert_eq!(change.read_notices(of, Some(&ids), NOW).await.unwrap(), 0);
    change.commit().await.unwrap();
    let unread = database.notices(of, Some(true), &page).await.unwrap();
    assert_eq!((&unread.items[0], unread.unread_total), (&all[3], 4));
    let mut change = database.change().await.unwrap();
    assert_eq!(change.forget_notices(NOW + 1, 100).await.unwrap(), 1);
    assert_eq!(change.forget_notices(0, 3).await.unwrap(), 1);
    assert_eq!(change.read_notices(of, None, NOW).await.unwrap(), 2);
    change.commit().await.unwrap();
    let read = database.notices(of, Some(false), &PageRequest::default()).await.unwrap();
    assert_eq!((read.items.len(), read.unread_total), (3, 0));
}

async fn baseline_jobs(database: &Database) {
    let (user, workspace) = begun(database).await;
    let left_out = LeftOut {
        dataset: "d2".to_owned(),
        name: "b.csv".to_owned(),
        incident_id: "i".to_owned(),
        why: "moved".to_owned(),
    };
    let asked = BaselineJob {
        id: new_id(),
        workspace_id: workspace.clone(),
        name: "orders".to_owned(),
        state: BaselineJobState::Queued,
        datasets: vec!["d1".to_owned()],
        left_out: vec![left_out],
        candidate: true,
        created_ms: NOW,
        created_by: user.clone(),
        ended_ms: None,
        progress: None,
        version: None,
        error: None,
    };
    let mut change = database.change().await.unwrap();
    change.create_baseline_job(&asked, &Settings::default()).await.unwrap();
    change.commit().await.unwrap();
    let known = async || database.baseline_job(&workspace, &asked.id).await.unwrap().unwrap().job;
    assert_eq!(known().await, asked);
    let mut change = database.change().await.unwrap();
    change.set_baseline_progress(&asked.id, &CheckProgress::default()).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(known().await.state, BaselineJobState::Running);
    let mut change = database.change().await.unwrap();
    change.requeue_baseline(&asked.id).await.unwrap();
    assert!(change.finish_baseline(&asked.id, 7, NOW + 1).await.unwrap());
    assert!(!change.end_baseline(&asked.id, Some(("x", "y")), NOW + 2).await.unwrap());
    change.commit().await.unwrap();
    let done = known().await;
    assert_eq!((done.state, done.version, done.ended_ms), (BaselineJobState::Done, Some(7), Some(NOW + 1)));
    assert_eq!(database.baseline_jobs(&workspace, &PageRequest::default()).await.unwrap().items, [done]);
    assert_eq!(database.baseline_job("other", &asked.id).await.unwrap(), None);
}

async fn kept_profiles(database: &Database) {
    let (user, workspace) = begun(database).await;
    let details = dataset(&workspace, &user, "a.csv");
    let id = details.dataset.id.clone();
    let asked =
        |current: &str| Check { current: CheckSide::Dataset(current.to_owned()), ..check(&workspace, &user) };
    let (first, other) = (asked(&id), asked("of another dataset"));
    let mut change = database.change().await.unwrap();
    change.create_dataset(&details, "blob-1").await.unwrap();
    for (check, blob) in [(&first, "kept-1"), (&other, "kept-2")] {
        change.create_check(check, &Settings::default()).await.unwrap();
        assert!(change.keep_profiles(check, (blob, 5), NOW).await.unwrap());
    }
    let origins = [("drift.bins".to_owned(), "dataset".to_owned())].into();
    change.set_settings_origins(&first.id, &origins).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(database.check(&workspace, &first.id).await.unwrap().unwrap().origins, origins);
    assert!(database.check(&workspace, &other.id).await.unwrap().unwrap().origins.is_empty());
    assert_eq!(database.profiles(&workspace, &first.id).await.unwrap().as_deref(), Some("kept-1"));
    assert_eq!(database.profiles("other", &first.id).await.unwrap(), None);
    assert!(database.is_blob_used("kept-1").await.unwrap());
    let mut change = database.change().await.unwrap();
    change.delete_dataset(&workspace, &id).await.unwrap();
    assert_eq!(change.forget_profiles(&workspace, &id).await.unwrap(), ["kept-1"]);
    let late = asked(&id);
    change.create_check(&late, &Settings::default()).await.unwrap();
    assert!(!change.keep_profiles(&late, ("kept-3", 5), NOW).await.unwrap(), "its data were deleted");
    change.commit().await.unwrap();
    assert_eq!(database.profiles(&workspace, &first.id).await.unwrap(), None);
    assert!(!database.is_blob_used("kept-1").await.unwrap());
    assert!(database.is_blob_used("kept-2").await.unwrap());
}

async fn settings_of_datasets(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), "orders.csv");
    assert_eq!(database.dataset_settings(of.0, of.1).await.unwrap(), DatasetSettingsVersion::default());
    let mut versions = Vec::new();
    for version in 1..=3 {
        let own = serde_json::json!({ "drift": { "bins": 10 + version } });
        let next = DatasetSettingsVersion {
            version,
            own: own.as_object().unwrap().clone(),
            created_ms: NOW + version,
            created_by: user.clone(),
        };
        let mut change = database.change().await.unwrap();
        assert!(change.set_dataset_settings(of, &next).await.unwrap());
        assert!(!change.set_dataset_settings(of, &next).await.unwrap(), "somebody was faster");
        let workspaces = SettingsVersion { version, ..SettingsVersion::default() };
        assert!(change.set_settings(&workspace, &workspaces).await.unwrap());
        change.commit().await.unwrap();
        versions.insert(0, next);
    }
    assert_eq!(database.dataset_settings(of.0, of.1).await.unwrap(), versions[0]);
    assert_eq!(database.dataset_settings(of.0, "other.csv").await.unwrap().version, 0);
    let page = PageRequest { limit: Some(2), before: None };
    let first = database.dataset_settings_history(of, &page).await.unwrap();
    assert_eq!((first.items.as_slice(), first.next.as_deref()), (&versions[..2], Some("2")));
    let page = PageRequest { before: first.next, ..page };
    let second = database.dataset_settings_history(of, &page).await.unwrap();
    assert_eq!((second.items.as_slice(), second.next), (&versions[2..], None));
    let of_workspace = database.settings_history(&workspace, &page).await.unwrap();
    assert_eq!(of_workspace.items.iter().map(|known| known.version).collect::<Vec<_>>(), [1]);
}

async fn contracts(database: &Database) {
    let (user, workspace) = begun(database).await;
    let text = |version: i64, toml: &str| ContractVersion {
        name: "orders.csv".to_owned(),
        version,
        toml: toml.to_owned(),
        created_ms: NOW,
        created_by: user.clone(),
    };
    let mut change = database.change().await.unwrap();
    assert!(change.set_contract(&workspace, &text(1, "one")).await.unwrap());
    assert!(!change.set_contract(&workspace, &text(1, "late")).await.unwrap(), "somebody was faster");
    let asked = check(&workspace, &user);
    change.create_check(&asked, &Settings::default()).await.unwrap();
    change.pin_contract((&workspace, &asked.id), ("orders.csv", 1)).await.unwrap();
    assert!(change.set_contract(&workspace, &text(2, "two")).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.contract(&workspace, "orders.csv").await.unwrap(), Some(text(2, "two")));
    assert_eq!(database.contracts(&workspace).await.unwrap(), [text(2, "two")]);
    assert_eq!(database.contract(&workspace, "other").await.unwrap(), None);
    assert_eq!(database.contract_of_check(&asked.id).await.unwrap(), Some(text(1, "one")));
    assert_eq!(database.contract_of_check("none").await.unwrap(), None);

    let mut change = database.change().await.unwrap();
    assert!(!change.delete_contract(&workspace, &text(2, "")).await.unwrap());
    assert!(change.delete_contract(&workspace, &text(3, "")).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.contract(&workspace, "orders.csv").await.unwrap(), None);
    assert!(database.contracts(&workspace).await.unwrap().is_empty());
    assert!(database.contract_of_check(&asked.id).await.unwrap().is_some(), "old checks keep theirs");
    let mut change = database.change().await.unwrap();
    assert!(!change.set_contract(&workspace, &text(4, "new")).await.unwrap(), "it is new again");
    assert!(change.set_contract(&workspace, &text(1, "new")).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.contract(&workspace, "orders.csv").await.unwrap(), Some(text(4, "new")));
}

async fn queued(database: &Database, workspace: &str, priority: i64) -> Job {
    let job = Job {
        id: new_id(),
        workspace_id: workspace.to_owned(),
        kind: "check".to_owned(),
        subject: new_id(),
        state: JobState::Queued,
        priority,
        attempts: 0,
        created_ms: NOW,
    };
    let mut change = database.change().await.unwrap();
    change.enqueue(&job).await.unwrap();
    change.commit().await.unwrap();
    job
}

async fn jobs(database: &Database) {
    let (_, busy) = begun(database).await;
    let mut change = database.change().await.unwrap();
    let other = change.create_workspace("Other", NOW).await.unwrap();
    change.commit().await.unwrap();
    let first = queued(database, &busy, 0).await;
    let second = queued(database, &busy, 5).await;
    let third = queued(database, &other, -5).await;
    let take = async |owner: &str, now: i64| database.take_job(owner, now, now + 10).await.unwrap();
    let lease = take("w1", NOW).await.unwrap();
    assert_eq!(lease.job.id, second.id, "the higher priority comes first");
    assert_eq!(take("w2", NOW).await.unwrap().job.id, third.id, "then the workspace with less running");
    assert_eq!(take("w3", NOW).await.unwrap().job.id, first.id);
    assert_eq!(take("w4", NOW).await, None);
    assert_eq!(database.queue_state().await.unwrap().running, 3);
    // The lease runs out, and the next worker begins again; the first has lost it.
    let again = take("w4", NOW + 10).await.unwrap();
    assert_eq!(again.job.attempts, 2);
    let lost = Lease { owner: "w9".to_owned(), ..again.clone() };
    assert_eq!(database.renew_lease(&lost, NOW + 99).await.unwrap(), None);
    assert_eq!(database.renew_lease(&again, NOW + 99).await.unwrap(), Some(false));
    let mut change = database.change().await.unwrap();
    assert!(!change.cancel_job(&again.job.subject).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.renew_lease(&again, NOW + 99).await.unwrap(), Some(true));
    let mut change = database.change().await.unwrap();
    assert!(!change.end_job(&lost, JobState::Done).await.unwrap());
    assert!(change.retry_job(&again, NOW + 1_000).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(database.queue_state().await.unwrap().queued, 1);
}

async fn settings_events_and_audit(database: &Database) {
    let (user, workspace) = begun(database).await;
    let next = |version| SettingsVersion { version, created_by: user.clone(), ..SettingsVersion::default() };
    let mut change = database.change().await.unwrap();
    assert!(change.set_settings(&workspace, &next(1)).await.unwrap());
    assert!(!change.set_settings(&workspace, &next(1)).await.unwrap());
    change.publish((&workspace, "settings.changed", "1"), &1, NOW).await.unwrap();
    let line = AuditLine {
        actor: &user,
        address: "127.0.0.1",
        workspace_id: &workspace,
        action: "settings.set",
        subject: "1",
        outcome: AuditOutcome::Done,
        detail: "größer",
    };
    change.audit(&line, NOW).await.unwrap();
    let mut news = database.watch_events();
    change.commit().await.unwrap();
    assert_eq!(*news.borrow_and_update(), 1);
    assert_eq!(database.settings(&workspace).await.unwrap().version, 1);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (database, workspace) = (database.clone(), workspace.clone());
            tokio::spawn(async move {
                let mut change = database.change().await.unwrap();
                change.publish((&workspace, "x", ""), &(), NOW).await.unwrap();
                change.audit(&AuditLine { detail: "", actor: "", ..SYSTEM }, NOW).await.unwrap();
                change.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let events = database.events_after(&workspace, 1).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), (2..=9).collect::<Vec<_>>());
    assert_eq!(database.last_event().await.unwrap(), 9);
    let chain = database.verify_audit().await.unwrap();
    assert_eq!((chain.entries, chain.is_intact), (9, true));
    let found = async |text: &str, actor: &str| {
        let filter = AuditFilter {
            workspace_id: Some(workspace.clone()),
            text: Some(text.to_owned()),
            actor: Some(actor.to_owned()),
            action: Some("settings.".to_owned()),
            ..AuditFilter::default()
        };
        database.audit_entries(&filter, &PageRequest::default()).await.unwrap().items.len()
    };
    assert_eq!(found("GRÖSSER", &user).await, 0, "only letters beyond ASCII as they were written are found");
    assert_eq!(found("größer", &user).await, 1);
    assert_eq!(found("", "ann@example.com").await, 1, "an address finds who has it");
    assert_eq!(found("", "bea@example.com").await, 0);
    assert_eq!(database.forget_events(NOW + 1).await.unwrap(), 9);
}

const SYSTEM: AuditLine<'_> = AuditLine {
    actor: "system",
    address: "local",
    workspace_id: "",
    action: "x",
    subject: "",
    outcome: AuditOutcome::Done,
    detail: "",
};

/// Runs every part of the story on a database of its own.
macro_rules! on_both {
    ($($part:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $part() {
                let folder = tempfile::tempdir().unwrap();
                let database = super::Database::open_file(&folder.path().join("driftline.db")).await.unwrap();
                super::$part(&database).await;
            })*
        }

        #[tokio::test]
        async fn on_postgresql() {
            let Some(server) = Postgres::start() else { return };
            $({
                let database = Database::open(&server.new_database(stringify!($part))).await.unwrap();
                $part(&database).await;
                database.close().await;
            })*
        }
    };
}

on_both!(
    people,
    data,
    checks,
    contracts,
    lists_of_checks,
    findings_become_incidents,
    channels_and_rules,
    deliveries_arrive_in_order,
    worse_incidents_are_open_again,
    findings_are_found,
    incidents_lose_checks,
    confirmed_incidents_keep_checks,
    notices,
    baseline_jobs,
    kept_profiles,
    settings_of_datasets,
    jobs,
    workers_at_the_same_time,
    settings_events_and_audit,
);
