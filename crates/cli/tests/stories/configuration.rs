//! Settings, the doctor and completions.

use crate::program::{Outcome, Story, two_months};

#[test]
fn every_setting_is_shown_with_its_origin() {
    let story = Story::begin();
    story.file("driftline.toml", "[drift]\nbins = 30\n[run]\nmemory_bytes = \"2GiB\"\n");
    let output = story.command("config --threads 3").env("DRIFTLINE_ANOMALIES_TOP", "7").output().unwrap();
    let text = Outcome::of(output).ends_with(0).stdout;
    for line in [
        "bins = 30",
        "origin: driftline.toml; default: 20",
        "memory_bytes = 2147483648",
        "top = 7",
        "origin: DRIFTLINE_ANOMALIES_TOP; default: 20",
        "threads = 3",
        "origin: --threads; default: 0",
        "min_mass_moved = 0.03",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    let json = story.run("config --changed --format json").ends_with(0).json();
    assert_eq!(json.as_array().unwrap().len(), 2);
}

#[test]
fn a_commented_file_is_written_and_valid() {
    let story = Story::begin();
    story.run("config --init").ends_with(0).complains("driftline.toml");
    story.run("config --init").ends_with(2).complains("exists already");
    let text = std::fs::read_to_string(story.path("driftline.toml")).unwrap();
    let bare = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
        _ => format!("{line}\n"),
    });
    story.file("driftline.toml", bare.collect::<String>());
    story.run("config").ends_with(0);
}

#[test]
fn sections_inside_sections_are_shown_and_secrets_are_not() {
    let story = Story::begin();
    story.file(
        "driftline.toml",
        "[server.oidc]\nissuer = \"https://id.example.com\"\nclient_secret = \"hunter2\"\n",
    );
    let text = story.run("config").ends_with(0).stdout;
    for line in
        ["[server.oidc]\n", "issuer = \"https://id.example.com\"\n", "client_secret = \"(not shown)\"\n"]
    {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    for format in ["text", "json", "md"] {
        let shown = story.run(&format!("config --format {format}")).ends_with(0).stdout;
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    // A provider without the name of the client is half a provider.
    let failed = story.run("serve --data data --listen 127.0.0.1:0").ends_with(2);
    failed.complains("error[usage.oidc_incomplete]").complains("server.oidc.client_id");
    let doctor = story.run("doctor").ends_with(5).stdout;
    assert!(doctor.contains("FAILED   sign-in provider"), "{doctor}");
    assert!(!doctor.contains("hunter2"), "{doctor}");
}

#[test]
fn slips_are_answered_with_the_nearest_name() {
    let story = two_months();
    story.file("driftline.toml", "[drift]\nminmass_moved = 0.1\n");
    let outcome = story.run("check july.csv --against january.csv").ends_with(2);
    outcome
        .complains("unknown setting `drift.minmass_moved`")
        .complains("did you mean `drift.min_mass_moved`?");
    story.file("driftline.toml", "[drift\n");
    story.run("config").ends_with(2).complains("not valid TOML");
    story.run("config --config none.toml").ends_with(2).complains("none.toml");
}

#[test]
fn settings_of_the_file_decide() {
    let story = two_months();
    story.file(
        "driftline.toml",
        "[report]\nfail_on = \"never\"\nformat = \"json\"\n[roles]\namount = \"excluded\"\n",
    );
    let report = story.run("check july.csv --against january.csv").ends_with(0).json();
    let columns = report["columns"].as_array().unwrap();
    let amount = columns.iter().find(|column| column["name"] == "amount").unwrap();
    assert_eq!(amount["role"], "excluded");
}

#[test]
fn the_doctor_looks_at_everything() {
    let story = Story::begin();
    let json = story.run("doctor --format json").ends_with(0).json();
    let ids: Vec<&str> = json.as_array().unwrap().iter().map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "version",
            "processor",
            "memory",
            "temporary files",
            "workspace",
            "service data",
            "service address",
            "configuration",
            "screen"
        ]
    );
    assert!(story.names().is_empty(), "looking leaves nothing behind");
    story.file("driftline.toml", "[nonsense]\na = 1\n").file("driftline-workspace", "a file");
    story.run("doctor").ends_with(5);
    std::fs::remove_file(story.path("driftline.toml")).unwrap();
    let text = story.run("doctor").ends_with(5).stdout;
    assert!(text.contains("FAILED   workspace"), "{text}");
}

#[test]
fn completions_are_printed_for_each_shell() {
    let story = Story::begin();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(story.run(&format!("completions {shell}")).ends_with(0).stdout.contains("baseline"));
    }
    story.run("completions tcsh").ends_with(2);
}
