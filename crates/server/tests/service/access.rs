//! Who may do what: the description of the API is walked with every role and with none.

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::Harness;

/// Every operation of the description: method, path, least role.
fn operations() -> Vec<(String, String, Option<Role>)> {
    let document = serde_json::to_value(driftline_server::document()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let role = operation["x-least-role"].as_str().map(|role| role.parse().unwrap());
            operations.push((method.to_uppercase(), path.clone(), role));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_is_closed_to_weaker_roles_and_open_to_stronger_ones() {
    let service = Harness::begin().await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        tokens.push((role, service.token(role).await));
    }
    let mut closed = 0;
    for (method, path, least) in operations() {
        let Some(least) = least else { continue };
        // Streams do not end; that they are closed to strangers is seen below, before they begin.
        let filled = path.replace("{id}", "0").replace("{name}", "nothing");
        let nobody = service.ask(&method, &filled, "", Value::Null).await;
        assert_eq!(nobody.status, 401, "{method} {path} without a token");
        for (role, token) in &tokens {
            if *role >= least && path == "/api/v1/events" {
                continue;
            }
            let answer = service.ask(&method, &filled, token, Value::Null).await;
            assert_eq!(answer.status == 403, *role < least, "{method} {path} as {}: {answer:?}", role.name());
            assert!(answer.status < 500, "{method} {path}: {answer:?}");
            closed += u64::from(*role < least);
        }
    }
    assert!(closed > 20, "only {closed} refusals were tried");
    let owner = &tokens[3].1;
    let log =
        service.ask("GET", "/api/v1/audit?search=access.refused&limit=200", owner, Value::Null).await.is(200);
    assert_eq!(log["items"].as_array().unwrap().len() as u64, closed, "every refusal is in the audit log");
    let chain = service.ask("GET", "/api/v1/audit/verification", owner, Value::Null).await.is(200);
    assert_eq!(chain["is_intact"], true);
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = serde_json::to_value(driftline_server::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|methods| methods.as_object().unwrap().values());
    let names: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let unique: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert!(names.len() > 40 && unique.len() == names.len(), "{names:?}");
    assert!(unique.contains(&"post_checks_id_cancel"));
}

#[tokio::test]
async fn the_description_is_what_it_was() {
    let names: Vec<String> =
        operations().into_iter().map(|(method, path, role)| format!("{method} {path} {role:?}")).collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let service = Harness::begin().await;
    let secret =
        driftline_server::sign_in_link(service.running.database(), "owner@localhost").await.unwrap().unwrap();
    let response = service.client.post(service.url("/api/v1/session")).json(&json!({ "link": secret }));
    let response = response.send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let signed_in: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let change = |csrf: Option<&str>| {
        let request = service.client.post(service.url("/api/v1/tokens")).header("cookie", &cookie);
        let request = request.json(&json!({ "name": "x", "role": "viewer", "expires_in_days": 1 }));
        csrf.map_or(request.try_clone().unwrap(), |csrf| request.header("x-csrf-token", csrf)).send()
    };
    assert_eq!(change(None).await.unwrap().status(), 403);
    assert_eq!(change(Some("wrong")).await.unwrap().status(), 403);
    assert_eq!(change(signed_in["csrf_token"].as_str()).await.unwrap().status(), 201);
    // The link worked once.
    let again = service.ask("POST", "/api/v1/session", "", json!({ "link": secret })).await;
    assert_eq!((again.status, again.code()), (401, "access.sign_in"));
}

#[tokio::test]
async fn passwords_sessions_and_limits() {
    let service = Harness::with(|config| config.sign_ins_per_min = 4).await;
    let secret =
        driftline_server::sign_in_link(service.running.database(), "owner@localhost").await.unwrap().unwrap();
    let response = service.client.post(service.url("/api/v1/session")).json(&json!({ "link": secret }));
    let response = response.send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let csrf = body["csrf_token"].as_str().unwrap();
    let set = |password: &str| {
        let request = service.client.put(service.url("/api/v1/session/password")).header("cookie", &cookie);
        request.header("x-csrf-token", csrf).json(&json!({ "password": password })).send()
    };
    assert_eq!(set("short").await.unwrap().status(), 422);
    assert_eq!(set("correct horse battery").await.unwrap().status(), 204);
    let sign_in = |password: &str| json!({ "email": "Owner@localhost", "password": password });
    service.ask("POST", "/api/v1/session", "", sign_in("wrong horse battery")).await.is(401);
    service.ask("POST", "/api/v1/session", "", sign_in("correct horse battery")).await.is(200);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses
            .push(service.ask("POST", "/api/v1/session", "", sign_in("wrong horse battery")).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[tokio::test]
async fn people_come_change_and_go() {
    let service = Harness::begin().await;
    let admin = service.token(Role::Admin).await;
    let owner = service.token(Role::Owner).await;
    let invite = |email: &str, role: &str| json!({ "email": email, "role": role });
    service.ask("POST", "/api/v1/users", &admin, invite("x@example.com", "owner")).await.is(403);
    service.ask("POST", "/api/v1/users", &admin, invite("no address", "viewer")).await.is(422);
    let invited =
        service.ask("POST", "/api/v1/users", &admin, invite("Bea@example.com", "viewer")).await.is(201);
    let secret = invited["link"].as_str().unwrap().split('=').next_back().unwrap();
    let joined = service.ask("POST", "/api/v1/session", "", json!({ "link": secret })).await.is(200);
    let bea = joined["user"]["id"].as_str().unwrap();
    assert_eq!(joined["workspaces"][0]["role"], "viewer");
    let role = format!("/api/v1/users/{bea}/role");
    service.ask("PUT", &role, &admin, json!({ "role": "editor" })).await.is(204);
    service.ask("PUT", &role, &admin, json!({ "role": "owner" })).await.is(403);
    service.ask("DELETE", &format!("/api/v1/users/{bea}"), &admin, Value::Null).await.is(204);
    let members = service.ask("GET", "/api/v1/users", &owner, Value::Null).await.is(200);
    assert!(!members.to_string().contains("bea@example.com"));
    // The last owners cannot all go.
    let owners: Vec<&str> = members
        .as_array()
        .unwrap()
        .iter()
        .filter(|member| member["role"] == "owner")
        .map(|member| member["user"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(owners.len(), 2);
    service.ask("DELETE", &format!("/api/v1/users/{}", owners[0]), &owner, Value::Null).await;
    let last = service.ask("DELETE", &format!("/api/v1/users/{}", owners[1]), &owner, Value::Null).await;
    assert!(matches!(last.status, 401 | 403 | 422), "{last:?}");
}
