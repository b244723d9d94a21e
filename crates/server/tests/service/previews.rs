//! What other settings would have said.

use driftline_model::service::Role;
use driftline_server::{Swept, sweep};
use serde_json::{Value, json};

use crate::support::{Harness, orders};

/// Far enough ahead that the sweeper looks at every file.
const LATER_MS: i64 = 2 * 60 * 60 * 1000;

struct Checked {
    service: Harness,
    editor: String,
    viewer: String,
    january: String,
    check: String,
}

async fn checked(rows: u64) -> Checked {
    let service = Harness::begin().await;
    let (editor, viewer) = (service.token(Role::Editor).await, service.token(Role::Viewer).await);
    let january = service.upload(&editor, "january.csv", orders(rows, false)).await;
    let july = service.upload(&editor, "july.csv", orders(rows, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let check = queued["id"].as_str().unwrap().to_owned();
    service.ended(&editor, &check).await;
    Checked { service, editor, viewer, january, check }
}

impl Checked {
    async fn preview(&self, what: &str, settings: Value) -> crate::support::Answer {
        let path = format!("/api/v1/checks/{}/{what}", self.check);
        self.service.ask("POST", &path, &self.viewer, json!({ "settings": settings })).await
    }

    async fn report(&self) -> Value {
        let path = format!("/api/v1/checks/{}/report", self.check);
        self.service.ask("GET", &path, &self.viewer, Value::Null).await.is(200)
    }

    fn blobs(&self) -> usize {
        std::fs::read_dir(self.service.folder.path().join("blobs")).unwrap().count()
    }
}

#[tokio::test]
async fn the_settings_of_the_check_say_what_it_said() {
    let checked = checked(3_000).await;
    let report = checked.report().await;
    let again = checked.preview("preview/report", report["settings"].clone()).await.is(200);
    for part in
        ["columns", "findings", "insights", "anomalies", "verdict", "headline", "reference", "current"]
    {
        assert_eq!(again[part], report[part], "{part}");
    }
    let preview = checked.preview("preview", json!({})).await.is(200);
    assert_eq!((&preview["verdict"], &preview["drifted"]), (&json!("drifted"), &json!(1)));
    assert_eq!((&preview["changed"], &preview["not_previewed"]), (&json!([]), &json!([])));
    assert_eq!(preview["headline"], report["headline"]);
    assert!(preview["took_ms"].is_u64());
    let (amount, known) = (&preview["columns"][0], &report["columns"][0]);
    assert_eq!((&amount["name"], &amount["role"]), (&json!("amount"), &json!("feature")));
    assert_eq!(amount["mass_moved"], known["effect"]["mass_moved"]);
    assert_eq!(amount["threshold"], known["effect"]["threshold"]);
    assert_eq!(amount["score"], known["score"]["value"]);
    assert_eq!(amount["q_value"], known["evidence"]["q_value"]);
}

#[tokio::test]
async fn other_settings_say_something_else_and_change_nothing() {
    let checked = checked(2_000).await;
    let before = checked.report().await;
    let settings = json!({
        "drift": { "min_mass_moved": 0.9 }, "csv": { "delimiter": ";" }, "roles": { "amount": "excluded" }
    });
    let preview = checked.preview("preview", settings.clone()).await.is(200);
    assert_eq!((&preview["verdict"], &preview["drifted"]), (&json!("stable"), &json!(0)), "{preview}");
    let change = &preview["changed"][0];
    assert_eq!((&change["column"], &change["before"]["verdict"]), (&json!("amount"), &json!("drifted")));
    assert_eq!(
        (&change["after"]["verdict"], &change["after"]["severity"]),
        (&json!("skipped"), &json!("none"))
    );
    let columns = preview["columns"].as_array().unwrap();
    let country = columns.iter().find(|column| column["name"] == "country").unwrap();
    assert_eq!((&country["verdict"], &country["threshold"]), (&json!("stable"), &json!(0.9)));
    let noted = preview["not_previewed"][0].as_str().unwrap();
    assert!(noted.starts_with("csv.delimiter:"), "{noted}");
    let whole = checked.preview("preview/report", settings).await.is(200);
    let column = whole["columns"].as_array().unwrap().iter().find(|column| column["name"] == "amount");
    assert_eq!(column.unwrap()["role"], "excluded");
    assert_eq!(checked.report().await, before);
    let refused = checked.preview("preview", json!({ "drift": { "bins": 1 } })).await;
    assert_eq!((refused.status, refused.code()), (422, "usage.setting"));
    checked.preview("preview", json!({ "drift": { "bin": 9 } })).await.is(422);
    let missing =
        checked.service.ask("POST", "/api/v1/checks/0/preview", &checked.viewer, json!({ "settings": {} }));
    missing.await.is(404);
}

#[tokio::test]
async fn what_is_kept_goes_with_the_data() {
    let checked = checked(500).await;
    let state = &checked.service.running;
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_millis()).unwrap()
    };
    assert_eq!(checked.blobs(), 4, "two datasets, a report, and what is kept");
    let swept = sweep(&state.service, now() + LATER_MS).await.unwrap();
    assert_eq!((swept, checked.blobs()), (Swept::default(), 4), "the sweeper knows them");
    let path = format!("/api/v1/datasets/{}", checked.january);
    checked.service.ask("DELETE", &path, &checked.editor, Value::Null).await.is(204);
    assert_eq!(checked.blobs(), 2, "a dataset and the report stay");
    let gone = checked.preview("preview", json!({})).await;
    assert_eq!((gone.status, gone.code()), (409, "data.no_profile"));
    checked.report().await;
}
