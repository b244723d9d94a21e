//! Settings of datasets over those of the workspace.

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

#[tokio::test]
async fn settings_of_a_dataset_belong_to_its_name() {
    let service = Harness::begin().await;
    let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
    let body =
        json!({ "version": 0, "settings": { "drift": { "bins": 30 }, "roles": { "order": "identifier" } } });
    let workspace = service.ask("PUT", "/api/v1/settings", &admin, body).await.is(200);
    assert_eq!(workspace["origins"]["drift.bins"], "workspace");
    assert_eq!(workspace["origins"]["drift.min_mass_moved"], "default");
    let january = service.upload(&editor, "orders.csv", orders(500, false)).await;
    let path = format!("/api/v1/datasets/{january}/settings");
    let first = service.ask("GET", &path, &editor, Value::Null).await.is(200);
    assert_eq!((&first["version"], &first["own"]), (&json!(0), &json!({})));
    assert_eq!(first["effective"], workspace["settings"]);
    let own = json!({ "drift": { "min_mass_moved": 0.1 }, "roles": { "order": null, "amount": "excluded" } });
    let set = |version: i64, own: &Value| json!({ "version": version, "own": own });
    let second = service.ask("PUT", &path, &editor, set(0, &own)).await.is(200);
    assert_eq!((&second["version"], &second["own"]), (&json!(1), &own));
    let effective = &second["effective"];
    assert_eq!(
        (&effective["drift"]["min_mass_moved"], &effective["drift"]["bins"]),
        (&json!(0.1), &json!(30))
    );
    assert_eq!(effective["roles"], json!({ "amount": "excluded" }));
    let origins = &second["origins"];
    assert_eq!(origins["drift.min_mass_moved"], "dataset");
    assert_eq!((&origins["drift.bins"], &origins["roles.amount"]), (&json!("workspace"), &json!("dataset")));
    assert_eq!((&origins["drift.conform"], &origins["roles.order"]), (&json!("default"), &Value::Null));

    let late = service.ask("PUT", &path, &editor, set(0, &json!({}))).await;
    assert_eq!((late.status, late.code()), (409, "data.conflict"));
    assert_eq!(late.body["error"]["present"]["version"], 1);
    for wrong in [json!({ "drift": { "bin": 1 } }), json!({ "drift": { "bins": 1 } }), json!({ "x": {} })] {
        service.ask("PUT", &path, &editor, set(1, &wrong)).await.is(422);
    }
    let viewer = service.token(Role::Viewer).await;
    service.ask("PUT", &path, &viewer, set(1, &json!({}))).await.is(403);

    let july = service.upload(&editor, "orders.csv", orders(500, true)).await;
    let path = format!("/api/v1/datasets/{july}/settings");
    let same = service.ask("GET", &path, &viewer, Value::Null).await.is(200);
    assert_eq!((&same["version"], &same["own"]), (&json!(1), &own));
    service.ask("PUT", &path, &editor, set(1, &json!({}))).await.is(200);
    let history = service.ask("GET", &format!("{path}/history?limit=1"), &viewer, Value::Null).await.is(200);
    assert_eq!((&history["items"][0]["version"], &history["next"]), (&json!(2), &json!("2")));
    let rest = service.ask("GET", &format!("{path}/history?before=2"), &viewer, Value::Null).await.is(200);
    assert_eq!((&rest["items"][0]["own"], rest["items"].as_array().unwrap().len()), (&own, 1));
    let other = service.upload(&editor, "other.csv", orders(50, true)).await;
    let other = service.ask("GET", &format!("/api/v1/datasets/{other}/settings"), &viewer, Value::Null).await;
    assert_eq!(other.is(200)["version"], 0);
    service.ask("GET", "/api/v1/datasets/0/settings", &viewer, Value::Null).await.is(404);
}

#[tokio::test]
async fn a_check_takes_the_settings_of_its_current_data_and_says_so() {
    let service = Harness::begin().await;
    let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(2_000, true)).await;
    let amount = async |settings: Value| {
        let mut body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
        if !settings.is_null() {
            body["settings"] = settings;
        }
        let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
        let check = service.ended(&editor, queued["id"].as_str().unwrap()).await;
        let path = format!("/api/v1/checks/{}/report", check["id"].as_str().unwrap());
        let report = service.ask("GET", &path, &editor, Value::Null).await.is(200);
        let columns = report["columns"].as_array().unwrap();
        let amount = columns.iter().find(|column| column["name"] == "amount").unwrap();
        let bar = amount["effect"]["threshold"].as_f64().unwrap();
        (bar, amount["score"]["threshold_origin"].as_str().unwrap().to_owned())
    };
    let by = |bar: f64, who: &str| (bar, format!("least mass that matters{who}"));
    let workspace = json!({ "version": 0, "settings": { "drift": { "min_mass_moved": 0.2 } } });
    service.ask("PUT", "/api/v1/settings", &admin, workspace).await.is(200);
    assert_eq!(amount(Value::Null).await, by(0.2, " (workspace settings)"));
    let own = json!({ "version": 0, "own": { "drift": { "min_mass_moved": 0.25 } } });
    let path = format!("/api/v1/datasets/{july}/settings");
    service.ask("PUT", &path, &editor, own).await.is(200);
    assert_eq!(amount(Value::Null).await, by(0.25, " (dataset settings)"));
    let sent = json!({ "drift": { "min_mass_moved": 0.3 } });
    assert_eq!(amount(sent).await, by(0.3, " (settings of the check)"));
    assert_eq!(amount(json!({ "drift": { "min_mass_moved": 0.25 } })).await, by(0.25, " (dataset settings)"));

    let history = service.ask("GET", "/api/v1/settings/history", &editor, Value::Null).await.is(200);
    assert_eq!((&history["items"][0]["version"], &history["next"]), (&json!(1), &Value::Null));
    assert_eq!(history["items"][0]["settings"]["drift"]["min_mass_moved"], 0.2);
}
