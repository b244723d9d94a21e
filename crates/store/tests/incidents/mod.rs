//! Findings that move together, and what people do about them.

use driftline_model::service::{Check, CheckSide, Incident, IncidentState, Notice, NoticeKind, PageRequest};
use driftline_model::{Finding, FindingState, Report, Settings, Severity};
use driftline_store::{Database, FindingFilter, IncidentFilter, Raised};

use crate::{NOW, begun, check, dataset, report};

fn moved(code: &str, column: Option<&str>, severity: Severity) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        column: column.map(str::to_owned),
        message: format!("`{}` moved up", column.unwrap_or("the table")),
        state: FindingState::Open,
    }
}

/// A finished check of data of this name against a reference, with these findings.
async fn ended(
    database: &Database,
    (workspace, user): (&str, &str),
    (name, reference): (&str, CheckSide),
    findings: Vec<Finding>,
) -> Raised {
    let names = [name.to_owned(), "reference".to_owned()];
    let current = CheckSide::Dataset(format!("id of {name}"));
    let asked = Check { names, reference, current, ..check(workspace, user) };
    let mut change = database.change().await.unwrap();
    change.create_check(&asked, &Settings::default()).await.unwrap();
    let report = Report { findings, ..report() };
    let raised = change.finish_check(&asked, (&report, "blob"), NOW).await.unwrap();
    change.commit().await.unwrap();
    raised
}

pub(crate) async fn findings_become_incidents(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let dataset = || CheckSide::Dataset("d".to_owned());
    let baseline = |version| CheckSide::Baseline(format!("b@{version}"));
    let price = |severity| moved("drift.value", Some("price"), severity);
    let first = vec![price(Severity::Low), moved("nulls.rise", Some("qty"), Severity::Low)];
    let first = ended(database, of, ("a.csv", baseline(1)), first).await;
    let one = first.incident.clone().unwrap();
    assert_eq!(one.title, "2 columns of a.csv moved: price and qty");
    assert_eq!((one.findings_total, one.findings_open, one.checks_total, one.version), (2, 2, 1, 1));
    assert!(first.severity_before.is_none() && !first.is_alarm());
    assert!(first.findings.iter().all(|finding| finding.incident_id.as_ref() == Some(&one.id)));

    // Another stream, another column, another code about the same column: incidents of their own.
    for (stream, code, column) in [
        (("b.csv", dataset()), "drift.value", "price"),
        (("a.csv", dataset()), "drift.value", "city"),
        (("a.csv", baseline(2)), "range.above", "price"),
    ] {
        let other = ended(database, of, stream, vec![moved(code, Some(column), Severity::Low)]).await;
        assert!(other.severity_before.is_none() && other.incident.unwrap().id != one.id);
    }
    assert!(ended(database, of, ("a.csv", dataset()), vec![]).await.incident.is_none());

    // The same baseline in another version, data of another name.
    let more = vec![price(Severity::High), moved("drift.value", Some("zip"), Severity::Low)];
    let more = ended(database, of, ("next.csv", baseline(2)), more).await;
    let gone_on = more.incident.clone().unwrap();
    assert_eq!((&gone_on.id, more.severity_before, more.is_alarm()), (&one.id, Some(Severity::Low), true));
    assert_eq!(gone_on.title, "3 columns of next.csv moved: price, qty and zip");
    assert_eq!((gone_on.severity, gone_on.findings_total, gone_on.checks_total), (Severity::High, 4, 2));
    assert_eq!(gone_on.version, 2);
    let list = async |filter: IncidentFilter, page: PageRequest| {
        database.incidents(&workspace, &filter, &page).await.unwrap()
    };
    let page = |before| PageRequest { limit: Some(3), before };
    let seen_last = list(IncidentFilter::default(), page(None)).await;
    assert_eq!(seen_last.items[0], gone_on, "it was seen last");
    let rest = list(IncidentFilter::default(), page(seen_last.next)).await;
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let high = IncidentFilter { severity: Some(Severity::Medium), ..IncidentFilter::default() };
    assert_eq!(list(high, page(None)).await.items, std::slice::from_ref(&gone_on));

    for (assignee, expected) in [("", 4), (of.1, 0)] {
        let filter = IncidentFilter { assignee: Some(assignee.to_owned()), ..IncidentFilter::default() };
        assert_eq!(list(filter, PageRequest::default()).await.items.len(), expected);
    }

    incident_and_findings_agree(database, of, gone_on).await;

    // What was resolved is over: the same again is another incident.
    let again = ended(database, of, ("a.csv", baseline(2)), vec![price(Severity::High)]).await;
    assert!(again.severity_before.is_none() && again.is_alarm());
    assert_ne!(again.incident.unwrap().id, one.id);
}

async fn incident_and_findings_agree(
    database: &Database,
    (workspace, user): (&str, &str),
    incident: Incident,
) {
    let state = async |id: &str| database.finding(workspace, id).await.unwrap().unwrap().state;
    let filter = FindingFilter { incident_id: Some(incident.id.clone()), ..FindingFilter::default() };
    let findings = database.findings(workspace, &filter, &PageRequest::default()).await.unwrap().items;
    let change_to = async |finding: &str, to: FindingState| {
        let mut change = database.change().await.unwrap();
        change.hold_incidents(workspace).await.unwrap();
        let mut finding = change.finding(workspace, finding).await.unwrap().unwrap();
        (finding.state, finding.version) = (to, finding.version + 1);
        assert!(change.update_finding(&finding).await.unwrap());
        let settled = change.settle_incident(workspace, &incident.id, NOW + 1).await.unwrap();
        change.commit().await.unwrap();
        settled
    };
    assert_eq!(change_to(&findings[0].id, FindingState::Muted).await, None);
    let mut wanted = database.incident(workspace, &incident.id).await.unwrap().unwrap();
    assert_eq!((wanted.findings_open, wanted.version), (3, incident.version), "the count alone is no change");

    (wanted.state, wanted.version, wanted.confirmed) =
        (IncidentState::Acknowledged, wanted.version + 1, true);
    let mut change = database.change().await.unwrap();
    assert_eq!(change.carry_over(&mut wanted, user, NOW + 2).await.unwrap(), 3);
    assert!(change.update_incident(&wanted).await.unwrap());
    assert!(!change.update_incident(&wanted).await.unwrap(), "the version has moved on");
    change.note_incident(&wanted.id, (user, "state: open → acknowledged"), NOW + 2).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(state(&findings[0].id).await, FindingState::Muted);
    assert_eq!(state(&findings[1].id).await, FindingState::Acknowledged);
    let note = &database.activities(&findings[1].id).await.unwrap()[0];
    assert_eq!((&*note.actor, &*note.what), (user, "state: open → acknowledged, with its incident"));
    let dataset = "id of next.csv";
    let confirmed = database.confirmed_incident(workspace, dataset).await.unwrap().unwrap();
    assert_eq!(confirmed, (wanted.id.clone(), wanted.title.clone()));
    assert_eq!(database.confirmed_incident(workspace, "id of b.csv").await.unwrap(), None);

    for finding in &findings[1..3] {
        assert_eq!(change_to(&finding.id, FindingState::Resolved).await, None);
    }
    let over = change_to(&findings[3].id, FindingState::Muted).await.unwrap();
    assert_eq!((over.state, over.findings_open), (IncidentState::Resolved, 0));
    let back = change_to(&findings[3].id, FindingState::Open).await.unwrap();
    assert_eq!((back.state, back.findings_open), (IncidentState::Open, 1));
    change_to(&findings[3].id, FindingState::Resolved).await.unwrap();
    let steps = database.incident_activities(&wanted.id, 10).await.unwrap();
    let steps: Vec<&str> = steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps.len(), 5, "{steps:?}");
    assert_eq!(steps[2], "state: acknowledged → resolved, because all its findings are resolved or muted");
}

pub(crate) async fn worse_incidents_are_open_again(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let found = |severity| vec![moved("ingest.unreadable_rows", None, severity)];
    let check = async |severity| {
        let stream = ("a.csv", CheckSide::Dataset("d".to_owned()));
        ended(database, of, stream, found(severity)).await.incident.unwrap()
    };
    let mut incident = check(Severity::Medium).await;
    assert_eq!(incident.title, "a.csv: `the table` moved up");
    (incident.state, incident.version) = (IncidentState::Acknowledged, 2);
    let mut change = database.change().await.unwrap();
    assert!(change.update_incident(&incident).await.unwrap());
    change.commit().await.unwrap();
    let same = check(Severity::Medium).await;
    assert_eq!((&same.id, same.state, same.version), (&incident.id, IncidentState::Acknowledged, 3));
    let worse = check(Severity::Critical).await;
    assert_eq!((worse.state, worse.severity), (IncidentState::Open, Severity::Critical));
}

pub(crate) async fn findings_are_found(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let findings = vec![
        moved("drift.value", Some("Unit_Price"), Severity::Critical),
        moved("drift.value", Some("UnitXPrice"), Severity::Medium),
        moved("nulls.rise", Some("city"), Severity::Low),
    ];
    let raised = ended(database, of, ("a.csv", CheckSide::Dataset("d".to_owned())), findings).await;
    let mut mine = raised.findings[2].clone();
    (mine.assignee, mine.version) = (Some(user.clone()), 2);
    let mut change = database.change().await.unwrap();
    assert!(change.update_finding(&mine).await.unwrap());
    change.commit().await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let any = FindingFilter::default;
    for (filter, expected) in [
        (any(), 3),
        (FindingFilter { severity: Some(Severity::Medium), ..any() }, 2),
        (FindingFilter { assignee: text(&user), ..any() }, 1),
        (FindingFilter { assignee: text(""), ..any() }, 2),
        (FindingFilter { column: text("city"), ..any() }, 1),
        (FindingFilter { text: text("UNIT_price"), ..any() }, 1),
        (FindingFilter { text: text("moved UP"), state: Some(FindingState::Open), ..any() }, 3),
        (FindingFilter { text: text("  "), severity: Some(Severity::High), ..any() }, 1),
        (FindingFilter { incident_id: raised.incident.map(|one| one.id), column: text("x"), ..any() }, 0),
    ] {
        let found = database.findings(&workspace, &filter, &PageRequest::default()).await.unwrap();
        assert_eq!(found.items.len(), expected, "{filter:?}");
    }
}

pub(crate) async fn incidents_lose_checks(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let stream = |name| (name, CheckSide::Baseline("b@1".to_owned()));
    let price = |severity| moved("drift.value", Some("price"), severity);
    let qty = moved("nulls.rise", Some("qty"), Severity::Low);
    let first = ended(database, of, stream("a.csv"), vec![price(Severity::Low), qty]).await;
    let second = ended(database, of, stream("b.csv"), vec![price(Severity::High)]).await;
    let (one, two) = (first.incident.unwrap(), second.incident.unwrap());
    assert_eq!((&one.id, two.severity, two.checks_total), (&two.id, Severity::High, 2));
    let mut change = database.change().await.unwrap();
    let notice = |id: &str, (finding_id, incident_id): (Option<&str>, Option<&str>)| Notice {
        id: id.to_owned(),
        workspace_id: workspace.clone(),
        user_id: user.clone(),
        kind: NoticeKind::Assignment,
        finding_id: finding_id.map(str::to_owned),
        incident_id: incident_id.map(str::to_owned),
        actor: user.clone(),
        text: String::new(),
        created_ms: NOW,
        read_ms: None,
    };
    for (id, about) in [
        ("a1", (Some(first.findings[0].id.as_str()), None)),
        ("a2", (Some(second.findings[0].id.as_str()), None)),
        ("a3", (None, Some(one.id.as_str()))),
    ] {
        change.create_notice(&notice(id, about)).await.unwrap();
    }
    for (id, blob) in [(&first.findings[0].check_id, "p1"), (&second.findings[0].check_id, "p2")] {
        let of_check = Check { id: id.clone(), ..check(&workspace, &user) };
        assert!(change.keep_profiles(&of_check, (blob, 1), NOW).await.unwrap());
    }
    change.commit().await.unwrap();
    let notices = async || {
        let page = PageRequest::default();
        let list = database.notices((&workspace, &user), None, &page).await.unwrap();
        list.items.into_iter().map(|notice| notice.id).collect::<Vec<_>>()
    };

    // The newer check goes: the incident is what it was before, by its other check.
    let mut resolved = first.findings[0].clone();
    (resolved.state, resolved.version) = (FindingState::Resolved, 2);
    let mut muted = first.findings[1].clone();
    (muted.state, muted.version) = (FindingState::Muted, 2);
    let mut change = database.change().await.unwrap();
    assert!(change.update_finding(&resolved).await.unwrap() && change.update_finding(&muted).await.unwrap());
    let deleted = change.delete_check(&workspace, &two.last_check_id, NOW + 1).await.unwrap().unwrap();
    change.commit().await.unwrap();
    assert_eq!((deleted.blobs, deleted.incidents_gone.len()), (vec!["blob".to_owned(), "p2".to_owned()], 0));
    let left = database.incident(&workspace, &one.id).await.unwrap().unwrap();
    assert_eq!(deleted.incidents, std::slice::from_ref(&left));
    assert_eq!((&left.title, &left.last_check_id), (&one.title, &one.last_check_id));
    assert_eq!((left.severity, left.findings_total, left.checks_total), (Severity::Low, 2, 1));
    assert_eq!((left.state, left.findings_open), (IncidentState::Resolved, 0), "what was open is gone");
    assert_eq!(left.version, two.version + 1);
    assert_eq!(notices().await, ["a3", "a1"]);
    assert!(!database.is_blob_used("p2").await.unwrap() && database.is_blob_used("p1").await.unwrap());

    // And the last one: nothing of the incident stays.
    let mut change = database.change().await.unwrap();
    let deleted = change.delete_check(&workspace, &one.last_check_id, NOW + 2).await.unwrap().unwrap();
    change.commit().await.unwrap();
    assert_eq!((deleted.incidents.len(), deleted.incidents_gone), (0, vec![one.id.clone()]));
    assert_eq!(database.incident(&workspace, &one.id).await.unwrap(), None);
    assert!(database.incident_activities(&one.id, 10).await.unwrap().is_empty());
    assert_eq!(notices().await, [""; 0]);
}

pub(crate) async fn confirmed_incidents_keep_checks(database: &Database) {
    let (user, workspace) = begun(database).await;
    let of = (workspace.as_str(), user.as_str());
    let mut dataset = dataset(&workspace, &user, "a.csv");
    dataset.dataset.id = "id of a.csv".to_owned();
    let mut change = database.change().await.unwrap();
    change.create_dataset(&dataset, "data").await.unwrap();
    change.commit().await.unwrap();
    let price = || vec![moved("drift.value", Some("price"), Severity::Low)];
    let stream = || ("a.csv", CheckSide::Dataset("d".to_owned()));
    let first = ended(database, of, stream(), price()).await;
    let mut incident = ended(database, of, stream(), price()).await.incident.unwrap();
    let old = async || database.old_checks(NOW + 1, 10).await.unwrap();
    assert_eq!(old().await.len(), 1);
    assert_eq!(old().await[0].id, first.findings[0].check_id);
    (incident.confirmed, incident.version) = (true, incident.version + 1);
    let mut change = database.change().await.unwrap();
    assert!(change.update_incident(&incident).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(old().await, [], "it keeps the data out of baselines");
    let mut change = database.change().await.unwrap();
    assert!(change.delete_dataset(&workspace, "id of a.csv").await.unwrap().is_some());
    change.commit().await.unwrap();
    assert_eq!(old().await.len(), 1, "there are no data any more to be kept out");
}
