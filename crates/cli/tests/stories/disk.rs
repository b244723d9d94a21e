//! The service on a disk that is full, or cannot be written to.
//!
//! The disk is a small one in memory, mounted where only the service sees it.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use crate::live::Sender;
use crate::program::{Outcome, Story, orders};
use crate::served::{Client, SETTLES_WITHIN, Served};

/// Size of the disk.
const DISK: &str = "24m";
/// A file that fits on the disk once, but not beside `FILLER_BYTES`.
const LARGE_BYTES: usize = 9 << 20;
const FILLER_BYTES: usize = 16 << 20;
/// Requests after which a full disk must have shown.
const MANY: usize = 3_000;

/// A service on a disk of its own.
struct OnSmallDisk {
    story: Story,
    served: Served,
    client: Client,
}

/// How a program is run with mounts of its own; nothing, with a word about it, where the system does not allow that.
#[expect(clippy::print_stderr, reason = "whoever reads the log of the tests must see what was not tested")]
fn own_mounts() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["-r", "-m"], &["-m"]];
    let works = |way: &&&[&str]| {
        let mut command = Command::new("unshare");
        command.args(**way).args(["sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let way = WAYS.iter().find(works).copied();
    if way.is_none() {
        eprintln!("skipped: this system lets nobody mount a disk of their own (`unshare -rm`)");
    }
    way
}

/// A shell with a disk of its own at `disk`, and the program as `$0`.
fn on_small_disk(story: &Story, way: &[&str], script: &str) -> Command {
    std::fs::create_dir_all(story.path("disk")).unwrap();
    let program = story.command("").get_program().to_owned();
    let mut command = story.command("");
    let script = format!("set -e; mount -t tmpfs -o size={DISK} none disk; {script}");
    let inner = std::mem::replace(&mut command, Command::new("unshare"));
    command.args(way).args(["sh", "-c", &script]).arg(program);
    command.current_dir(story.path("")).stdin(Stdio::null());
    for (name, value) in inner.get_envs() {
        if value.is_none() {
            command.env_remove(name);
        }
    }
    command
}

impl OnSmallDisk {
    fn begin() -> Option<Self> {
        let way = own_mounts()?;
        let story = Story::begin();
        let script = "\"$0\" token create disk --role admin --data disk/data >token; \
                      exec \"$0\" serve --data disk/data --listen 127.0.0.1:0 --quiet";
        let served = Served::of(on_small_disk(&story, way, script));
        let token = std::fs::read_to_string(story.path("token")).unwrap();
        let client = Client::of(&served, token.trim());
        Some(Self { story, served, client })
    }

    /// A place on the disk, as it is seen from outside.
    fn place(&self, name: &str) -> PathBuf {
        let disk = self.story.path("disk").canonicalize().unwrap();
        let root = PathBuf::from(format!("/proc/{}/root", self.served.child.id()));
        root.join(disk.strip_prefix("/").unwrap()).join(name)
    }

    /// All files that were uploaded or written for the service.
    fn files(&self) -> BTreeSet<String> {
        let names = |folder: &str| {
            let entries = std::fs::read_dir(self.place("data").join(folder)).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        ["uploads", "blobs"].into_iter().flat_map(names).collect()
    }

    /// Runs a command among the mounts of the service.
    fn inside(&self, line: &str) -> Outcome {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.served.child.id().to_string(), "-U", "-m", "--preserve-credentials"]);
        // The folder must be looked up there: the one from outside has no disk in it.
        let line = format!("cd {} && {line}", self.story.path("").display());
        Outcome::of(command.args(["sh", "-c", &line]).output().unwrap())
    }

    /// The check of the service itself with this name.
    async fn health(&self, name: &str) -> Value {
        let health = self.client.health().await.body;
        health.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
    }
}

fn fill(file: PathBuf, most: usize) -> usize {
    let mut file = File::create(file).unwrap();
    let piece = [b'x'; 4096];
    (0..most / piece.len()).take_while(|_| file.write_all(&piece).is_ok()).count()
}

fn large() -> Vec<u8> {
    let text = orders(1_000, false);
    let (header, rows) = text.split_at(text.find('\n').unwrap() + 1);
    let mut large = header.to_owned();
    while large.len() < LARGE_BYTES {
        large.push_str(rows);
    }
    large.into_bytes()
}

#[tokio::test]
async fn a_full_disk_is_told_leaves_nothing_behind_and_is_forgotten_with_room() {
    let Some(disk) = OnSmallDisk::begin() else { return };
    let client = &disk.client;
    let january = client.upload("january.csv", orders(600, false)).await;
    let july = client.upload("july.csv", orders(600, true)).await;
    let check = client.check(&july, &january).await;
    assert_eq!(client.ended(&check).await["state"], "done");
    let (report, before) = (client.get(&format!("/checks/{check}/report")).await, disk.files());

    fill(disk.place("filler"), FILLER_BYTES);
    let refused = client.try_upload("large.csv", large()).await.expect("the answer comes");
    assert_eq!((refused.status, refused.code()), (507, "system.no_space"), "{refused:?}");
    assert_eq!(disk.files(), before, "nothing of it stays");
    let space = disk.health("disk_space").await;
    assert_eq!(space["state"], "failed", "{space}");
    assert!(space["detail"].as_str().unwrap().contains("of 25 MB free"), "{space}");

    assert!(fill(disk.place("rest"), usize::MAX) > 0);
    let refused = client.try_upload("small.csv", orders(600, true)).await.expect("the answer comes");
    assert_eq!((refused.status, refused.code()), (507, "system.no_space"), "{refused:?}");
    let folder = disk.health("data_folder").await;
    assert_eq!(folder["state"], "failed", "{folder}");
    assert!(folder["help"].as_str().unwrap().starts_with("make room"), "{folder}");
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let mut accepted = Vec::new();
    let refused = loop {
        let answer = client.ask("POST", "/checks", Some(body.clone())).await;
        if answer.status != 202 {
            break answer;
        }
        accepted.push(answer.body["id"].as_str().unwrap().to_owned());
        assert!(accepted.len() < MANY, "the database never finds the disk full");
    };
    assert_eq!((refused.status, refused.code()), (507, "system.no_space"), "{refused:?}");
    assert_eq!(client.get(&format!("/checks/{check}/report")).await, report, "what was there can be read");
    assert_eq!(client.get("/datasets").await["items"].as_array().unwrap().len(), 2);
    assert!(disk.files().is_subset(&before), "{:?}", disk.files());

    std::fs::remove_file(disk.place("rest")).unwrap();
    std::fs::remove_file(disk.place("filler")).unwrap();
    client.upload("large.csv", large()).await;
    assert_eq!(disk.health("data_folder").await["state"], "ok");
    for id in accepted.iter().take(3) {
        let check = client.ended(id).await;
        assert_eq!(check["state"], "done", "what was accepted is done once there is room: {check}");
    }
    let again = client.check(&july, &january).await;
    client.ask("POST", &format!("/checks/{again}/cancel"), None).await.is(202);
    let program = env!("CARGO_BIN_EXE_driftline");
    disk.inside(&format!("{program} audit verify --data disk/data")).ends_with(0);
}

#[tokio::test]
async fn an_upload_in_parts_gives_back_what_did_not_fit_and_goes_on_later() {
    let Some(disk) = OnSmallDisk::begin() else { return };
    let (client, content) = (&disk.client, large());
    let path = client.begin_upload("large.csv", content.len()).await;
    client.send_part(&path, 0, content[..100_000].to_vec()).await.is(204);
    fill(disk.place("filler"), FILLER_BYTES);
    let refused = client.send_part(&path, 100_000, content[100_000..].to_vec()).await;
    assert_eq!((refused.status, refused.code()), (507, "system.no_space"), "{refused:?}");
    let file = std::fs::read_dir(disk.place("data/uploads")).unwrap().next().unwrap().unwrap();
    let kept = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let stands = client.upload_offset(&path).await;
    assert!(stands >= 100_000 && kept == stands, "{kept} bytes are kept, {stands} were acknowledged");
    std::fs::remove_file(disk.place("filler")).unwrap();
    client.send_part(&path, stands, content[stands..].to_vec()).await.is(204);
    assert_eq!(client.get("/datasets").await["items"][0]["size_bytes"], content.len());
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_to_is_told_at_the_start_and_survived_later() {
    let Some(disk) = OnSmallDisk::begin() else { return };
    let client = &disk.client;
    let january = client.upload("january.csv", orders(600, false)).await;
    let july = client.upload("july.csv", orders(600, true)).await;
    let check = client.check(&july, &january).await;
    client.ended(&check).await;
    // The same folder through a second door that nothing can be written through.
    let shut = "mount --bind disk disk && mount -o remount,bind,ro disk";
    disk.inside(shut).ends_with(0);
    let program = env!("CARGO_BIN_EXE_driftline");
    let start = disk.inside(&format!("{program} serve --data disk/data --listen 127.0.0.1:0"));
    start.ends_with(5).complains("error[system.permission]").complains("data folder");
    let refused = client.try_upload("small.csv", orders(50, true)).await.unwrap();
    assert_eq!((refused.status, refused.code()), (503, "system.permission"), "{refused:?}");
    let folder = disk.health("data_folder").await;
    assert!(folder["help"].as_str().unwrap().contains("read-only"), "{folder}");
    assert_eq!(client.health().await.status, 503);
    // So many at the same time that the database is opened anew for some of them.
    let asked = (0..16).map(|_| {
        let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
        client.ask("POST", "/checks", Some(body))
    });
    let mut accepted = Vec::new();
    for answer in together(asked).await {
        match answer.status {
            202 => accepted.push(answer.body["id"].as_str().unwrap().to_owned()),
            status => {
                assert!(matches!(status, 503 | 507) && answer.code().starts_with("system."), "{answer:?}");
            }
        }
    }
    client.get(&format!("/checks/{check}/report")).await;
    disk.inside("umount -l disk").ends_with(0);
    let until = Instant::now() + SETTLES_WITHIN;
    while client.health().await.status != 200 && disk.health("data_folder").await["state"] != "ok" {
        assert!(Instant::now() < until, "it does not come back");
        tokio::task::yield_now().await;
    }
    client.upload("small.csv", orders(50, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    for answer in together((0..16).map(|_| client.ask("POST", "/checks", Some(body.clone())))).await {
        accepted.push(answer.is(202)["id"].as_str().unwrap().to_owned());
    }
    for id in &accepted {
        let check = client.ended(id).await;
        assert_eq!(check["state"], "done", "{check}");
    }
    disk.inside(&format!("{program} audit verify --data disk/data")).ends_with(0);
}

#[tokio::test]
async fn a_monitor_on_a_full_disk_takes_nothing_that_it_cannot_keep_and_goes_on_with_room() {
    let Some(disk) = OnSmallDisk::begin() else { return };
    let client = &disk.client;
    let mut sender = Sender::begin(client).await;
    sender.send(client, Duration::from_secs(2)).await;
    fill(disk.place("filler"), usize::MAX);
    let deadline = Instant::now() + SETTLES_WITHIN;
    while sender.send_one(client).await != Some(507) {
        sender.send(client, Duration::from_millis(200)).await;
        assert!(Instant::now() < deadline, "the disk is never full");
    }
    // What is known must be kept by now, and cannot be. Windows are kept a minute at a time: one ends meanwhile.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    sender.send(client, Duration::from_secs(65 - now.as_secs() % 60)).await;
    std::fs::remove_file(disk.place("filler")).unwrap();
    sender.send(client, Duration::from_secs(2)).await;
    sender.counted_exactly(client).await;
}

/// Several answers, all asked for at the same time.
async fn together<T>(asked: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = asked.map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers
}
