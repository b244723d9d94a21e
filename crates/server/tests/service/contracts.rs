//! Contracts: kept in versions, proposed, tried, and used by checks.

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

const TOML: &str = "version = 1\n[[column]]\nname = \"amount\"\nrules = [ { rule = \"between\", max = 900, severity = \"high\" } ]\n";

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_kept_in_versions() {
    let service = Harness::begin().await;
    let (editor, viewer) = (service.token(Role::Editor).await, service.token(Role::Viewer).await);
    let path = "/api/v1/contracts/orders.csv";
    service.ask("GET", path, &viewer, Value::Null).await.is(404);
    service.ask("PUT", path, &viewer, json!({"version": 0, "toml": TOML})).await.is(403);
    let set = service.ask("PUT", path, &editor, json!({"version": 0, "toml": TOML})).await.is(200);
    assert_eq!((&set["version"], &set["contract"]["rules"][1]["rule"]), (&1.into(), &"between".into()));
    assert_eq!(set["promises"][1], "`amount` is at most 900");
    let late = service.ask("PUT", path, &editor, json!({"version": 0, "toml": TOML})).await;
    assert_eq!((late.status, &late.body["error"]["present"]["version"]), (409, &1.into()));
    let wrong = json!({"version": 1, "toml": "version = 1\n[[column]]\nname = \"a\"\nrule = 3\n"});
    let wrong = service.ask("PUT", path, &editor, wrong).await;
    assert_eq!((wrong.status, wrong.code()), (422, "data.contract_text"));
    assert_eq!(wrong.body["error"]["place"], json!({"line": 4, "column": 1}));
    assert!(wrong.body["error"]["message"].as_str().unwrap().contains("did you mean `rules`"));
    service.ask("PUT", "/api/v1/contracts/%20x", &editor, json!({"version": 0, "toml": TOML})).await.is(422);
    service.ask("PUT", path, &editor, json!({"version": 1, "toml": TOML})).await.is(200);
    let list = service.ask("GET", "/api/v1/contracts", &viewer, Value::Null).await.is(200);
    assert_eq!(
        (&list[0]["name"], &list[0]["version"], &list[0]["rules"]),
        (&"orders.csv".into(), &2.into(), &2.into())
    );
    service.ask("DELETE", path, &viewer, Value::Null).await.is(403);
    service.ask("DELETE", path, &editor, Value::Null).await.is(204);
    service.ask("GET", path, &viewer, Value::Null).await.is(404);
    service.ask("DELETE", path, &editor, Value::Null).await.is(404);
    let list = service.ask("GET", "/api/v1/contracts", &viewer, Value::Null).await.is(200);
    assert_eq!(list, json!([]));
    // Numbers go on, so that a check always means one text.
    let again = service.ask("PUT", path, &editor, json!({"version": 0, "toml": TOML})).await.is(200);
    assert_eq!(again["version"], 4);
    let admin = service.token(Role::Admin).await;
    let audit = service.ask("GET", "/api/v1/audit", &admin, Value::Null).await.is(200).to_string();
    assert!(audit.contains("contract.set") && audit.contains("contract.delete"), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_proposed_and_tried() {
    let service = Harness::begin().await;
    let (editor, viewer) = (service.token(Role::Editor).await, service.token(Role::Viewer).await);
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(2_000, true)).await;
    let proposal =
        service.ask("POST", "/api/v1/contracts/infer", &viewer, json!({"dataset": january})).await.is(200);
    let toml = proposal["toml"].as_str().unwrap();
    assert!(toml.contains("january.csv") && !toml.contains("blobs"), "{toml}");
    assert!(
        proposal["rules"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| rule["why"].as_str().unwrap().contains("seen"))
    );
    let attempt = |dataset: &str| json!({"toml": toml, "dataset": dataset});
    let own = service.ask("POST", "/api/v1/contracts/try", &viewer, attempt(&january)).await.is(200);
    assert_eq!((&own["severity"], &own["contract"]["broken"]), (&"none".into(), &0.into()));
    let other = service.ask("POST", "/api/v1/contracts/try", &viewer, attempt(&july)).await.is(200);
    assert!(other["contract"]["broken"].as_u64().unwrap() >= 1, "{other}");
    assert_eq!(
        other["contract"]["rules"].as_array().unwrap().len(),
        own["contract"]["rules"].as_array().unwrap().len()
    );
    let sources: Vec<&Value> = other["contract"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|rule| rule["examples"].as_array().unwrap())
        .map(|example| &example["source"])
        .collect();
    assert!(!sources.is_empty() && sources.iter().all(|source| **source == "july.csv"), "{sources:?}");
    let none = json!({"toml": "version = 1\nx = 1", "dataset": july});
    assert_eq!(
        service.ask("POST", "/api/v1/contracts/try", &viewer, none).await.code(),
        "data.contract_text"
    );
    service.ask("POST", "/api/v1/contracts/infer", &viewer, json!({"dataset": "nothing"})).await.is(404);
    assert_eq!(service.save(&editor, "orders", json!({"dataset": january})).await["state"], "done");
    let of_baseline =
        service.ask("POST", "/api/v1/contracts/infer", &viewer, json!({"baseline": "orders"})).await;
    assert!(!of_baseline.is(200)["rules"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_uses_the_contract_of_its_dataset() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "orders.csv", orders(2_000, false)).await;
    let set = json!({"version": 0, "toml": TOML});
    service.ask("PUT", "/api/v1/contracts/orders.csv", &editor, set).await.is(200);
    let report = async |contract: Value| {
        let mut body = json!({"current": {"dataset": january}, "reference": {"dataset": january}});
        if !contract.is_null() {
            body["contract"] = contract;
        }
        let check = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
        let id = check["id"].as_str().unwrap().to_owned();
        assert_eq!(service.ended(&editor, &id).await["state"], "done");
        let findings =
            service.ask("GET", &format!("/api/v1/findings?check={id}"), &editor, Value::Null).await.is(200);
        let path = format!("/api/v1/checks/{id}/report");
        (service.ask("GET", &path, &editor, Value::Null).await.is(200), findings)
    };
    let (with, findings) = report(Value::Null).await;
    assert_eq!((&with["severity"], &with["contract"]["name"]), (&"high".into(), &"orders.csv@1".into()));
    assert_eq!(with["contract"]["rules"][1]["examples"][0]["source"], "orders.csv");
    assert!(findings.to_string().contains("contract.between"), "{findings}");
    let (without, _) = report("".into()).await;
    assert_eq!((&without["severity"], &without["contract"]), (&"none".into(), &Value::Null));
    let body =
        json!({"current": {"dataset": january}, "reference": {"dataset": january}, "contract": "none"});
    service.ask("POST", "/api/v1/checks", &editor, body).await.is(404);
}
