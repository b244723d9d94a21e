//! A cluster of processes on loopback: the same report, whoever is killed meanwhile.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::moto::Moto;
use crate::program::{Outcome, Story, orders, run_async};
use crate::served::{Client, Served};

/// Files of each side.
const FILES: u64 = 20;

/// A part of a cluster; it is killed when this is dropped.
struct Process(Child);

impl Process {
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a scheduler and gives its address, as `df://HOST:PORT`.
fn scheduler(story: &Story, bind: &str) -> (Process, String) {
    let mut command = story.command(&format!("cluster scheduler --bind {bind} --quiet"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.split_whitespace().last().unwrap().to_owned();
    assert!(address.starts_with("df://127.0.0."), "{first}");
    (Process(child), address)
}

fn executor_line(scheduler: &str) -> String {
    format!("cluster executor --scheduler {scheduler} --bind 127.0.0.1:0 --slots 1 --quiet")
}

fn executor(story: &Story, scheduler: &str) -> Process {
    begun(story, story.command(&executor_line(scheduler)))
}

/// A process that goes on. What it leaves when it is killed goes with the story.
fn begun(story: &Story, mut command: Command) -> Process {
    command.env("TMPDIR", story.path("")).stdout(Stdio::null()).stderr(Stdio::null());
    Process(command.spawn().unwrap())
}

/// Two folders of orders, and what one machine says of them.
fn two_folders() -> (Story, Value) {
    let story = Story::begin();
    for (folder, later) in [("old", false), ("new", true)] {
        std::fs::create_dir(story.path(folder)).unwrap();
        for file in 0..FILES {
            let rows = orders(2_000 + file * 10, later);
            story.file(&format!("{folder}/{file:02}.csv"), rows);
        }
    }
    let local = report(story.run("check new --against old --format json --fail-on never"));
    (story, local)
}

/// A report without what differs from run to run.
fn report(outcome: Outcome) -> Value {
    let mut report = outcome.ends_with(0).json();
    let fields = report.as_object_mut().unwrap();
    fields.remove("timings").unwrap();
    fields.remove("memory_peak_bytes").unwrap();
    report
}

/// Ends the story unless two reports say the same.
#[track_caller]
fn same(far: &Value, local: &Value) {
    for (key, wanted) in local.as_object().unwrap() {
        assert_eq!(&far[key], wanted, "{key}");
    }
}

fn check_line(address: &str, part_bytes: u64) -> String {
    format!(
        "check new --against old --cluster {address} --format json --fail-on never --quiet \
         --set cluster.part_bytes={part_bytes} --set cluster.wait_secs=60"
    )
}

/// Starts a check and waits until executors have begun to read its parts.
fn under_way(story: &Story, line: &str, work: &[&Process]) -> Child {
    let mut command = story.command(line);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let used = |process: &&Process| ticks(process.0.id());
    let before: Vec<u64> = work.iter().map(used).collect();
    let until = Instant::now() + Duration::from_secs(60);
    // Whoever reads parts uses its processor; an idle one does not.
    while work.iter().zip(&before).any(|(process, before)| used(process) < before + 10) {
        assert!(Instant::now() < until, "nobody reads");
        std::thread::yield_now();
    }
    child
}

/// Processor time of a process, in ticks of the system.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let of = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    of(11) + of(12)
}

fn ended(child: Child) -> Outcome {
    Outcome::of(child.wait_with_output().unwrap())
}

#[test]
fn cluster_of_two_gives_the_report_of_one_machine_for_csv_and_parquet() {
    let (story, local) = two_folders();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let _both = [executor(&story, &address), executor(&story, &address)];
    for part_bytes in [20_000, 1_000_000] {
        same(&report(story.run(&check_line(&address, part_bytes))), &local);
    }
    // A baseline and a contract, and a folder of Parquet files.
    story.run("baseline save orders old").ends_with(0);
    story.run("contract infer old -o orders.toml").ends_with(0);
    let with = "--against baseline:orders --contract orders.toml --format json --fail-on never --quiet";
    let far = story.run(&format!("check new {with} --cluster {address} --set cluster.part_bytes=50000"));
    same(&report(far), &report(story.run(&format!("check new {with}"))));
    for folder in ["old", "new"] {
        parquet_of(&story, folder);
    }
    let sides = "check new-parquet --against old-parquet --format json --fail-on never --quiet";
    let far = story.run(&format!("{sides} --cluster {address} --set cluster.part_bytes=10000"));
    same(&report(far), &report(story.run(sides)));
    // What is not read in parts says so.
    story.file("one.json", "[{\"a\": 1}, {\"a\": 2}]");
    let refused = story.run(&format!("check one.json --against one.json --cluster {address}"));
    assert_ne!(refused.code, 0, "{refused:?}");
}

/// The files of a folder as Parquet with several row groups each.
fn parquet_of(story: &Story, folder: &str) {
    use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    let to: PathBuf = story.path(&format!("{folder}-parquet"));
    std::fs::create_dir(&to).unwrap();
    for file in 0..3 {
        let text = std::fs::read_to_string(story.path(&format!("{folder}/{file:02}.csv"))).unwrap();
        let cells: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let amounts: Float64Array = cells.iter().map(|cells| cells[1].parse::<f64>().ok()).collect();
        let countries: StringArray = cells.iter().map(|cells| Some(cells[2])).collect();
        let columns: [(&str, ArrayRef); 2] =
            [("amount", std::sync::Arc::new(amounts)), ("country", std::sync::Arc::new(countries))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let out = std::fs::File::create(to.join(format!("{file}.parquet"))).unwrap();
        let groups = WriterProperties::builder().set_max_row_group_row_count(Some(500)).build();
        let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(groups)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

#[test]
fn cluster_reads_objects_of_s3_with_the_keys_that_its_executors_have() {
    let Some(moto) = Moto::start() else { return };
    let (story, _) = two_folders();
    moto.put("orders", b"");
    for folder in ["old", "new"] {
        for file in 0..4 {
            let name = format!("{folder}/{file:02}.csv");
            moto.put(&format!("orders/{name}"), &std::fs::read(story.path(&name)).unwrap());
        }
    }
    let run = |line: &str| report(Outcome::of(moto.known_to(story.command(line)).output().unwrap()));
    let sides = "check s3://orders/new/ --against s3://orders/old/ --format json --fail-on never --quiet";
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let _both = [(); 2].map(|()| begun(&story, moto.known_to(story.command(&executor_line(&address)))));
    same(&run(&format!("{sides} --cluster {address} --set cluster.part_bytes=20000")), &run(sides));
}

#[test]
fn cluster_executor_is_killed_midway_and_the_other_reads_on() {
    let (story, local) = two_folders();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let (one, other) = (executor(&story, &address), executor(&story, &address));
    let check = under_way(&story, &check_line(&address, 10_000), &[&one, &other]);
    one.kill();
    same(&report(ended(check)), &local);
    drop(other);
}

#[test]
fn cluster_of_two_loses_one_while_several_checks_read() {
    let (story, local) = two_folders();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let (one, other) = (executor(&story, &address), executor(&story, &address));
    let line = check_line(&address, 20_000);
    let checks = [&[&one, &other][..], &[], &[]].map(|work| under_way(&story, &line, work));
    one.kill();
    for check in checks {
        same(&report(ended(check)), &local);
    }
    // And it has lost nothing by it that the next check would need.
    same(&report(story.run(&line)), &local);
    drop(other);
}

#[test]
fn cluster_hands_out_nothing_more_of_a_check_that_was_interrupted() {
    let (story, _) = two_folders();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let one = executor(&story, &address);
    let began = ticks(one.0.id());
    story.run(&check_line(&address, 10_000)).ends_with(0);
    let whole = ticks(one.0.id()) - began;
    let before = ticks(one.0.id());
    let check = under_way(&story, &check_line(&address, 10_000), &[&one]);
    let interrupted = Command::new("kill").args(["-INT", &check.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    ended(check).ends_with(130).complains("interrupted");
    comes_to_rest(&one);
    let used = ticks(one.0.id()) - before;
    assert!(used < whole / 2, "{used} ticks of {whole} for a check that was interrupted as it began");
}

/// Waits until a process has not used its processor for a second.
fn comes_to_rest(process: &Process) {
    let until = Instant::now() + Duration::from_secs(60);
    let mut last = (ticks(process.0.id()), Instant::now());
    while last.1.elapsed() < Duration::from_secs(1) {
        let now = ticks(process.0.id());
        // Asking for work and signs of life take a little.
        if now > last.0 + 10 {
            last = (now, Instant::now());
        }
        assert!(Instant::now() < until, "it works on");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn cluster_without_executors_is_a_clear_error_and_a_new_one_takes_over() {
    let (story, local) = two_folders();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let nobody = format!("check new --against old --cluster {address} --set cluster.wait_secs=1");
    story.run(&nobody).ends_with(5).complains("no executor is connected to the scheduler");
    let (one, other) = (executor(&story, &address), executor(&story, &address));
    let check = under_way(&story, &check_line(&address, 10_000), &[&one, &other]);
    one.kill();
    other.kill();
    let _new = executor(&story, &address);
    same(&report(ended(check)), &local);
}

#[test]
fn cluster_scheduler_is_killed_and_the_check_goes_on_with_the_next() {
    let (story, local) = two_folders();
    let (first, address) = scheduler(&story, "127.0.0.1:0");
    let one = executor(&story, &address);
    let check = under_way(&story, &check_line(&address, 10_000), &[&one]);
    first.kill();
    let (_next, again) = scheduler(&story, address.trim_start_matches("df://"));
    assert_eq!(again, address);
    // The executor finds it by itself.
    same(&report(ended(check)), &local);
    drop(one);
}

#[test]
fn cluster_tells_of_a_poisoned_file_and_reads_the_rest() {
    let (story, local) = two_folders();
    for folder in ["old", "new"] {
        parquet_of(&story, folder);
    }
    let poisoned = story.path("new-parquet/1.parquet");
    let mut bytes = std::fs::read(&poisoned).unwrap();
    let end = bytes.len() / 2;
    bytes[4..end].fill(0x5a);
    std::fs::write(&poisoned, bytes).unwrap();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let _one = executor(&story, &address);
    let sides = "check new-parquet --against old-parquet --format json --fail-on never --quiet";
    let far = report(story.run(&format!("{sides} --cluster {address} --set cluster.part_bytes=10000")));
    let found: Vec<&Value> = far["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "ingest.incomplete")
        .collect();
    assert_eq!(found.len(), 1, "{far:#}");
    assert!(found[0]["message"].as_str().unwrap().contains("1.parquet"), "{found:?}");
    assert!(far["current"]["rows"].as_u64().unwrap() >= 4_000, "{far:#}");
    same(&far, &report(story.run(sides)));
    drop(local);
}

#[test]
fn cluster_listens_on_this_machine_unless_told_otherwise() {
    let story = Story::begin();
    for line in ["cluster scheduler --bind 0.0.0.0:0", "cluster executor --bind 192.0.2.7:0"] {
        story.run(line).ends_with(2).complains("--allow-open");
    }
    story.run("check a.csv --against b.csv --cluster http://x:1").ends_with(2).complains("df://HOST:PORT");
}

#[test]
fn cluster_behind_tls_and_a_secret_lets_in_only_those_who_know_it() {
    let (story, local) = two_folders();
    let made = rcgen::generate_simple_self_signed(["127.0.0.2".to_owned()]).unwrap();
    story.file("cert.pem", made.cert.pem()).file("key.pem", made.signing_key.serialize_pem());
    story.file("secret", "a secret of the cluster\n").file("guess", "a guess at the secret\n");
    let listens = "--tls-cert cert.pem --tls-key key.pem --tls-ca cert.pem --secret-file secret";
    let mut command = story.command(&format!("cluster scheduler --bind 127.0.0.2:0 --quiet {listens}"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let (_scheduler, address) = (Process(child), first.split_whitespace().last().unwrap().to_owned());
    let line = format!("cluster executor --scheduler {address} --bind 127.0.0.2:0 --quiet {listens}");
    let _one = begun(&story, story.command(&line));
    let knows = "--set cluster.tls_ca=cert.pem --set cluster.secret_file=secret";
    same(&report(story.run(&format!("{} {knows}", check_line(&address, 100_000)))), &local);
    let without = format!("check new --against old --cluster {address} --set cluster.wait_secs=2");
    let guesses = "--set cluster.tls_ca=cert.pem --set cluster.secret_file=guess";
    for line in [without.clone(), format!("{without} {guesses}")] {
        story.run(&line).ends_with(5).complains("no scheduler answers");
    }
    let half = format!("{without} --set cluster.secret_file=secret");
    story.run(&half).ends_with(2).complains("belong together");
    let line = "cluster scheduler --bind 0.0.0.0:0";
    story.run(&format!("{line} {listens}")).ends_with(2).complains("--advertise");
    let knows_only = "--tls-ca cert.pem --secret-file secret";
    story.run(&format!("{line} {knows_only}")).ends_with(2).complains("--tls-cert");
}

#[test]
fn cluster_reads_for_the_service_which_shows_how_far_it_is_and_can_be_stopped() {
    let story = Story::begin();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let one = executor(&story, &address);
    let token = story.run("token create far --role admin --data data").ends_with(0).stdout.trim().to_owned();
    let cluster = format!("--set cluster.url={address} --set cluster.min_bytes=1");
    let far = Served::start(&story, &format!("--data data {cluster} --set cluster.part_bytes=2000"));
    let client = Client::of(&far, &token);
    run_async(async {
        let old = client.upload("old.csv", orders(20_000, false)).await;
        let new = client.upload("new.csv", orders(20_000, true)).await;
        let id = client.check(&new, &old).await;
        let until = Instant::now() + Duration::from_secs(60);
        let mut seen = Vec::new();
        while seen.len() < 3 {
            let check = client.get(&format!("/checks/{id}")).await;
            assert_eq!(check["ended_ms"], Value::Null, "it ended before it could be stopped: {check}");
            let rows = check["progress"]["rows"].as_u64().unwrap_or_default();
            if rows > seen.last().copied().unwrap_or_default() {
                seen.push(rows);
            }
            assert!(Instant::now() < until, "{check}");
            tokio::task::yield_now().await;
        }
        client.ask("POST", &format!("/checks/{id}/cancel"), None).await.is(202);
        let check = client.ended(&id).await;
        assert_eq!(check["state"], "cancelled", "{check}");
    });
    comes_to_rest(&one);
}

#[test]
fn cluster_reads_for_the_service_and_its_jobs_wait_for_executors() {
    let story = Story::begin();
    let (_scheduler, address) = scheduler(&story, "127.0.0.1:0");
    let token = story.run("token create far --role admin --data data").ends_with(0).stdout.trim().to_owned();
    let cluster = format!("--set cluster.url={address} --set cluster.min_bytes=1 --set cluster.wait_secs=1");
    let far = Served::start(&story, &format!("--data data {cluster} --set cluster.part_bytes=20000"));
    let client = Client::of(&far, &token);
    let (old, new) = (orders(3_000, false), orders(3_000, true));
    let id = run_async(async {
        let (old, new) = (client.upload("old.csv", old).await, client.upload("new.csv", new).await);
        let id = client.check(&new, &old).await;
        // Nobody is there to read: the job is put back, and not failed.
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let check = client.get(&format!("/checks/{id}")).await;
            assert_ne!(check["state"], "failed", "{check}");
            let system = client.get("/system").await;
            if system.to_string().contains("no executor is connected") {
                return id;
            }
            assert!(Instant::now() < until, "{system}");
            tokio::task::yield_now().await;
        }
    });
    let one = executor(&story, &address);
    let before = ticks(one.0.id());
    run_async(async {
        let check = client.ended(&id).await;
        assert_eq!(check["state"], "done", "{check}");
        let report = client.get(&format!("/checks/{id}/report")).await;
        assert_eq!(report["current"]["rows"], 3_000);
        assert!(report["headline"].as_str().unwrap().contains("drifted"), "{}", report["headline"]);
    });
    assert!(ticks(one.0.id()) > before, "the executor has read nothing");
}
