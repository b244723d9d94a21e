//! The service with its database in PostgreSQL: every command, backups, several instances.

#![cfg(unix)]

use std::time::Instant;

use driftline_store::Database;
use driftline_testkit::postgres::Postgres;

use crate::program::{Story, orders};
use crate::served::{Client, SETTLES_WITHIN, Served};

#[tokio::test]
async fn every_command_works_and_a_backup_comes_back_anywhere() {
    let Some(server) = Postgres::start() else { return };
    let story = Story::begin();
    let at = |data: &str, url: &str| format!("--data {data} --database {url}");
    let places = at("data", &server.new_database("first"));
    story.run(&format!("user add ann@example.com --role editor {places}")).ends_with(0);
    let token = story.run(&format!("token create nightly --role editor {places}")).ends_with(0).stdout;
    assert!(!story.path("data/driftline.db").exists(), "nothing is kept in a file");
    let served = Served::start(&story, &places);
    let client = Client::of(&served, token.trim());
    let january = client.upload("january.csv", orders(600, false)).await;
    let july = client.upload("july.csv", orders(600, true)).await;
    let check = client.check(&july, &january).await;
    assert_eq!(client.ended(&check).await["state"], "done");
    let report = client.get(&format!("/checks/{check}/report")).await;
    let findings = client.get("/findings").await;
    let people = story.run(&format!("user list {places}")).ends_with(0).stdout;
    assert_eq!(people, "Home\n  editor   ann@example.com\n  owner    owner@localhost\n");
    assert!(story.run(&format!("audit verify {places}")).ends_with(0).stdout.contains("is intact"));
    let doctor = story.run(&format!("doctor {places}")).ends_with(0).stdout;
    assert!(doctor.contains("can be used and PostgreSQL answers; the audit log of"), "{doctor}");
    // While the service runs.
    story.run(&format!("backup all.tar.zst {places}")).ends_with(0).complains("Wrote all.tar.zst");
    served.kill();

    let other = at("other", &server.new_database("second"));
    for place in ["--data file", &other] {
        story.run(&format!("restore all.tar.zst {place}")).ends_with(0).complains("is intact");
        assert_eq!(story.run(&format!("user list {place}")).ends_with(0).stdout, people);
        let served = Served::start(&story, place);
        let client = Client::of(&served, token.trim());
        assert_eq!(client.get(&format!("/checks/{check}/report")).await, report);
        assert_eq!(client.get("/findings").await, findings);
        let again = client.check(&july, &january).await;
        assert_eq!(client.ended(&again).await["state"], "done");
        served.kill();
        story.run(&format!("audit verify {place}")).ends_with(0);
    }
    assert!(story.path("file/driftline.db").exists() && !story.path("other/driftline.db").exists());
    let used = at("third", &server.new_database("third"));
    story.run(&format!("user add bea@example.com {used}")).ends_with(0);
    let used = used.replace("--data third", "--data fourth");
    story.run(&format!("restore all.tar.zst {used}")).ends_with(5).complains("system.database_not_new");
    assert!(!story.path("fourth").exists(), "nothing was unpacked");
    // From a file into PostgreSQL.
    story.run("backup file.tar.zst --data file").ends_with(0);
    let moved = at("moved", &server.new_database("moved"));
    story.run(&format!("restore file.tar.zst {moved}")).ends_with(0).complains("is intact");
    assert_eq!(story.run(&format!("user list {moved}")).ends_with(0).stdout, people);
}

#[test]
fn a_server_that_does_not_answer_is_told_without_its_password() {
    let story = Story::begin();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let places = format!("--data data --database postgres://ann:se-cret@{address}/none");
    for command in ["serve --listen 127.0.0.1:0", "user list", "audit verify", "backup all.tar.zst"] {
        std::fs::create_dir_all(story.path("data")).unwrap();
        let outcome =
            story.run(&format!("{command} {places}")).ends_with(5).complains("error[system.database]");
        assert!(!outcome.stderr.contains("se-cret"), "{}", outcome.stderr);
    }
    let doctor = story.run(&format!("doctor {places}")).ends_with(5).stdout;
    assert!(doctor.contains("FAILED") && !doctor.contains("se-cret"), "{doctor}");
}

#[tokio::test]
async fn what_a_lost_instance_had_begun_is_done_by_another_one() {
    let Some(server) = Postgres::start() else { return };
    let story = Story::begin();
    let url = server.new_database("shared");
    let places = format!("--data data --database {url}");
    let token = story.run(&format!("token create nightly --role editor {places}")).ends_with(0).stdout;
    let (one, other) = (Served::start(&story, &places), Served::start(&story, &places));
    // Neither would know the files of the other.
    let alone = story.run("serve --data data --listen 127.0.0.1:0").ends_with(5);
    alone.complains("error[system.data_in_use]").complains("PostgreSQL");
    let (at_one, at_other) = (Client::of(&one, token.trim()), Client::of(&other, token.trim()));
    let january = at_one.upload("january.csv", orders(60_000, false)).await;
    let july = at_other.upload("july.csv", orders(60_000, true)).await;
    let mut checks = Vec::new();
    for _ in 0..8 {
        checks.push(at_one.check(&july, &january).await);
    }
    let database = Database::open(&url).await.unwrap();
    let until = Instant::now() + SETTLES_WITHIN;
    // Each has one worker: when two jobs run, both work.
    while database.queue_state().await.unwrap().running < 2 {
        assert!(Instant::now() < until, "the other instance takes no part");
        tokio::task::yield_now().await;
    }
    one.kill();
    assert_eq!(at_other.get("/checks?limit=200").await["items"].as_array().unwrap().len(), 8);
    for id in &checks {
        let check = at_other.ended(id).await;
        assert_eq!(check["state"], "done", "{check}");
        assert_eq!(at_other.get(&format!("/checks/{id}/report")).await["schema_version"], 1);
    }
    let listed = at_other.get("/checks?state=done").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(8), "lists follow");
    assert_eq!(database.queue_state().await.unwrap(), driftline_store::QueueState::default());
    let events = at_other.get("/findings?limit=200").await;
    let raised = |id: &str| {
        let items = events["items"].as_array().unwrap().iter();
        items.filter(|finding| finding["check_id"] == *id).count()
    };
    assert!(
        checks.iter().all(|id| raised(id) == raised(&checks[0])),
        "no check has raised its findings twice"
    );
    database.close().await;
    other.kill();
    story.run(&format!("audit verify {places}")).ends_with(0);
}
