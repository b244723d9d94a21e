//! Looking after the service on the command line.

use crate::program::Story;

#[test]
fn people_tokens_and_the_audit_log() {
    let story = Story::begin();
    let added = story.run("user add Ann@example.com --role editor --data data").ends_with(0).stdout;
    assert!(added.starts_with("http://127.0.0.1:8080/sign-in?secret="), "{added}");
    let people = story.run("user list --data data").ends_with(0).stdout;
    assert_eq!(people, "Home\n  editor   ann@example.com\n  owner    owner@localhost\n");
    let token = story.run("token create nightly --user ann@example.com --data data").ends_with(0).stdout;
    assert!(token.starts_with("dl_") && token.trim().len() == 67, "{token}");
    story.run("token create nightly --user bea@example.com --data data").ends_with(2).complains("no account");
    story.run("user link bea@example.com --data data").ends_with(2).complains("bea@example.com");
    story.run("user add bea@example.com --role king --data data").ends_with(2).complains("viewer, editor");
    let verified = story.run("audit verify --data data").ends_with(0).stdout;
    assert!(verified.starts_with("The audit log is intact: 3 lines"), "{verified}");
    let log = story.run("audit export --data data").ends_with(0).stdout;
    let actions: Vec<String> = log
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["action"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(actions, ["token.create", "user.add", "user.create"]);
    assert!(!log.contains(token.trim()), "no secret is in the log");
}

#[test]
fn a_backup_brings_everything_back_and_mixes_nothing() {
    let story = Story::begin();
    story.run("backup all.tar.zst --data data").ends_with(2).complains("no data folder");
    story.run("user add ann@example.com --role editor --data data").ends_with(0);
    std::fs::create_dir_all(story.path("data/blobs")).unwrap();
    story.file("data/blobs/one", "a,b\n1,2\n");
    story.run("backup all.tar.zst --data data").ends_with(0).complains("Wrote all.tar.zst");
    story.run("restore all.tar.zst --data data").ends_with(2).complains("not empty");
    story.run("restore all.tar.zst --data again").ends_with(0).complains("is intact");
    let people = |data: &str| story.run(&format!("user list --data {data}")).ends_with(0).stdout;
    assert_eq!(people("again"), people("data"));
    assert_eq!(std::fs::read(story.path("again/blobs/one")).unwrap(), b"a,b\n1,2\n");
    story.file("broken.tar.zst", "no archive");
    story.run("restore broken.tar.zst --data third").ends_with(5).complains("system.backup");
}

#[test]
fn a_service_that_cannot_start_says_why() {
    let story = Story::begin();
    story.run("serve --listen nowhere").ends_with(2).complains("server.listen");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("serve --data data --listen {}", taken.local_addr().unwrap());
    story.run(&line).ends_with(5).complains("error[system.address_in_use]");
    std::fs::create_dir_all(story.path("broken")).unwrap();
    story.file("broken/driftline.db", "no database ".repeat(1_000));
    story.run("serve --data broken --listen 127.0.0.1:0").ends_with(5).complains("error[system.database]");
    story.file("file", "");
    story.run("serve --data file --listen 127.0.0.1:0").ends_with(5).complains("data folder");
    story.run("serve --data data --set server.log_level=loud").ends_with(2).complains("server.log_level");
}

#[cfg(unix)]
#[test]
fn a_data_folder_belongs_to_one_database() {
    let story = Story::begin();
    crate::served::Served::start(&story, "--data data").kill();
    crate::served::Served::start(&story, "--data data").kill();
    std::fs::create_dir(story.path("away")).unwrap();
    for name in ["driftline.db", "driftline.db-wal", "driftline.db-shm"] {
        let _ = std::fs::rename(story.path("data").join(name), story.path("away").join(name));
    }
    let refused = story.run("serve --data data --listen 127.0.0.1:0").ends_with(5);
    refused.complains("error[system.data_of_another]").complains("restore the last backup");
    for name in ["driftline.db", "driftline.db-wal", "driftline.db-shm"] {
        let _ = std::fs::remove_file(story.path("data").join(name));
        let _ = std::fs::rename(story.path("away").join(name), story.path("data").join(name));
    }
    crate::served::Served::start(&story, "--data data").kill();
}
