//! References under a name: how they are saved, and what is kept out of them.

use driftline_model::service::{BaselineJob, BaselineJobState, Job, JobState, Role};
use driftline_model::{RunSettings, Settings};
use driftline_store::{Placement, VersionDetails, Workspace, new_id};
use serde_json::{Value, json};

use crate::support::{Harness, orders};

const VERSIONS: &str = "/api/v1/baselines/orders/versions";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn baselines(service: &Harness, token: &str) -> Value {
    service.ask("GET", "/api/v1/baselines", token, Value::Null).await.is(200)
}

#[tokio::test]
async fn a_baseline_is_saved_used_and_rolled_back() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(2_000, true)).await;
    let one = service.save(&editor, "orders", json!({ "dataset": january })).await;
    assert_eq!((&one["state"], &one["version"], &one["left_out"]), (&json!("done"), &json!(1), &json!([])));
    let two = service.save(&editor, "orders", json!({ "dataset": july })).await;
    assert_eq!(two["version"], 2, "{two}");
    let known = baselines(&service, &editor).await;
    assert_eq!((&known[0]["current"], known[0]["versions"].as_array().unwrap().len()), (&json!(2), 2));
    service.ask("POST", "/api/v1/baselines/orders/rollback", &editor, Value::Null).await.is(200);
    let body = json!({ "current": { "dataset": july }, "reference": { "baseline": "orders" } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    assert_eq!(queued["reference"]["baseline"], "orders@1");
    let check = service.ended(&editor, text(&queued["id"])).await;
    assert_eq!(check["verdict"], "drifted");
    let missing = service.ask("POST", "/api/v1/baselines/none/rollback", &editor, Value::Null).await;
    assert_eq!((missing.status, missing.code()), (404, "data.baseline_missing"));

    // The data of a check, as a candidate.
    let of_check = json!({ "check": check["id"], "candidate": true });
    let three = service.save(&editor, "orders", of_check).await;
    assert_eq!((&three["version"], &three["datasets"]), (&json!(3), &json!([july])));
    let known = baselines(&service, &editor).await;
    assert_eq!((&known[0]["current"], &known[0]["versions"][2]["source"]), (&json!(1), &json!("july.csv")));
    let jobs = service.ask("GET", "/api/v1/baseline-jobs?limit=2", &editor, Value::Null).await.is(200);
    assert_eq!((&jobs["items"][0]["id"], jobs["next"].is_string()), (&three["id"], true));
}

#[tokio::test]
async fn several_datasets_are_one_reference_without_confirmed_incidents() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let february = service.upload(&editor, "february.csv", orders(1_500, false)).await;
    let broken = service.upload(&editor, "march.csv", orders(2_000, true)).await;
    let body = json!({ "current": { "dataset": broken }, "reference": { "dataset": january } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let check = service.ended(&editor, text(&queued["id"])).await;
    let all = json!({ "datasets": [broken, january, february] });
    let before = service.save(&editor, "orders", all.clone()).await;
    assert_eq!((&before["state"], &before["left_out"]), (&json!("done"), &json!([])), "nothing is confirmed");

    let list = service.ask("GET", "/api/v1/incidents", &editor, Value::Null).await.is(200);
    let incident = &list["items"][0];
    let path = format!("/api/v1/incidents/{}", text(&incident["id"]));
    let confirm = json!({ "version": incident["version"], "confirmed": true });
    service.ask("PATCH", &path, &editor, confirm).await.is(200);
    let without = service.save(&editor, "orders", all.clone()).await;
    let why = "it is part of a confirmed incident: 1 column of march.csv moved: amount";
    let out = json!([{ "dataset": broken, "name": "march.csv", "incident_id": incident["id"], "why": why }]);
    assert_eq!((&without["left_out"], &without["datasets"]), (&out, &json!([january, february])));
    let known = baselines(&service, &editor).await;
    let versions = &known[0]["versions"];
    assert_eq!((&versions[0]["rows"], &versions[1]["rows"]), (&json!(5_500), &json!(3_500)));
    assert_eq!(versions[1]["source"], "january.csv, february.csv");

    for alone in [json!({ "dataset": broken }), json!({ "check": check["id"] })] {
        let refused = service.ask("POST", VERSIONS, &editor, alone).await;
        assert_eq!((refused.status, refused.code()), (409, "baseline.incident"));
        assert_eq!(refused.body["error"]["present"], out);
        assert!(text(&refused.body["error"]["message"]).contains(text(&incident["id"])));
        assert!(text(&refused.body["error"]["help"]).contains("include_incidents"));
    }
    let anyway = json!({ "dataset": broken, "include_incidents": true });
    assert_eq!(service.save(&editor, "orders", anyway).await["version"], 3);
}

#[tokio::test]
async fn what_cannot_be_saved_says_why() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(200, false)).await;
    let other = service.upload(&editor, "people.csv", "name,age,town\nann,3,Bern\n").await;
    let failed = service.save(&editor, "orders", json!({ "datasets": [january, other] })).await;
    assert_eq!((&failed["state"], &failed["error"][0]), (&json!("failed"), &json!("data.columns_differ")));
    let message = text(&failed["error"][1]);
    assert!(message.contains("people.csv") && message.contains("january.csv"), "{message}");
    assert!(!message.contains(&*service.folder.path().to_string_lossy()), "{message}");
    assert_eq!(baselines(&service, &editor).await, json!([]));
    for (status, body) in [
        (422, json!({})),
        (422, json!({ "dataset": january, "datasets": [january] })),
        (422, json!({ "datasets": [] })),
        (422, json!({ "datasets": [january, january] })),
        (404, json!({ "datasets": [january, "0"] })),
        (404, json!({ "check": "0" })),
    ] {
        service.ask("POST", VERSIONS, &editor, body).await.is(status);
    }
    let name = "/api/v1/baselines/no%20name/versions";
    service.ask("POST", name, &editor, json!({ "dataset": january })).await.is(422);
    service.ask("GET", "/api/v1/baseline-jobs/0", &editor, Value::Null).await.is(404);
    // A damaged baseline stays damaged: the job ends.
    let good = service.save(&editor, "orders", json!({ "dataset": january })).await;
    assert_eq!(good["state"], "done");
    let index = folder_of(&service, &good).join("baselines/orders/index.json");
    std::fs::write(index, "{").unwrap();
    let failed = service.save(&editor, "orders", json!({ "dataset": january })).await;
    assert_eq!((&failed["state"], &failed["error"][0]), (&json!("failed"), &json!("data.baseline_damaged")));
}

fn folder_of(service: &Harness, job: &Value) -> std::path::PathBuf {
    service.folder.path().join("workspaces").join(text(&job["workspace_id"]))
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_and_goes_on_after_a_restart() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let large = service.upload(&editor, "large.csv", orders(200_000, false)).await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        let queued = service.ask("POST", VERSIONS, &editor, json!({ "dataset": large })).await.is(202);
        jobs.push(format!("/api/v1/baseline-jobs/{}", text(&queued["id"])));
    }
    service.ask("POST", &format!("{}/cancel", jobs[1]), &editor, Value::Null).await.is(202);
    let service = service.restart().await;
    let mut states = Vec::new();
    for job in &jobs {
        states.push(service.final_state(&editor, job).await["state"].clone());
    }
    assert_eq!(states, ["done", "cancelled", "done"]);
    let known = baselines(&service, &editor).await;
    assert_eq!(known[0]["versions"].as_array().unwrap().len(), 2);
    service.ask("POST", &format!("{}/cancel", jobs[0]), &editor, Value::Null).await.is(202);
    assert_eq!(service.final_state(&editor, &jobs[0]).await["state"], "done", "what has ended has ended");
}

#[tokio::test]
async fn a_version_whose_worker_was_lost_is_found_and_not_saved_again() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(200, false)).await;
    let first = service.save(&editor, "orders", json!({ "dataset": january })).await;
    // As if a worker had been killed after the version was in the index, and before the job was ended.
    let asked = BaselineJob {
        id: new_id(),
        state: BaselineJobState::Queued,
        version: None,
        ended_ms: None,
        ..serde_json::from_value(first.clone()).unwrap()
    };
    let request = driftline_engine::CombinedRequest {
        files: vec![{
            let path = service.folder.path().join("january.csv");
            std::fs::write(&path, orders(200, false)).unwrap();
            path.to_string_lossy().into_owned()
        }],
        name: "january.csv".to_owned(),
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let cancel = driftline_engine::CancelToken::new();
    let profile = driftline_engine::profile_combined(&request, &driftline_engine::Silent, &cancel).unwrap();
    let details = VersionDetails {
        source: "january.csv".to_owned(),
        rows: 200,
        columns: 3,
        saved_unix_secs: 1,
        job: Some(asked.id.clone()),
    };
    let workspace = Workspace::at(folder_of(&service, &first));
    let name = "orders".parse().unwrap();
    assert_eq!(workspace.save(&name, &profile.to_bytes(), details, Placement::Current).unwrap(), 2);
    let job = Job {
        id: new_id(),
        workspace_id: asked.workspace_id.clone(),
        kind: "baseline".to_owned(),
        subject: asked.id.clone(),
        state: JobState::Queued,
        priority: 0,
        attempts: 0,
        created_ms: asked.created_ms,
    };
    let mut change = service.running.database().change().await.unwrap();
    change.create_baseline_job(&asked, &Settings::default()).await.unwrap();
    change.enqueue(&job).await.unwrap();
    change.commit().await.unwrap();
    let ended = service.final_state(&editor, &format!("/api/v1/baseline-jobs/{}", asked.id)).await;
    assert_eq!((&ended["state"], &ended["version"]), (&json!("done"), &json!(2)));
    let known = baselines(&service, &editor).await;
    assert_eq!(known[0]["versions"].as_array().unwrap().len(), 2);
}
