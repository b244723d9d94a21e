use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use driftline_server::ShownSetting;
use serde::Serialize;
use toml::Value;

use crate::arguments::GlobalArguments;
use crate::config::{Configuration, SETTINGS, Setting, Shape, defaults, place, show, value_at};
use crate::failure::Failure;
use crate::output;
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  driftline config
  driftline config --changed
  driftline config --init
  DRIFTLINE_DRIFT_BINS=30 driftline config --format json

A value comes from the last of: defaults, driftline.toml (or --config FILE), the environment, flags.";

/// Show every setting with its value, unit, default and origin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConfigArguments {
    /// Write a commented file with every setting to FILE; an existing file is kept
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "driftline.toml")]
    init: Option<PathBuf>,
    /// Only settings that are not at their default
    #[arg(long)]
    changed: bool,
    /// Form of the list
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

/// Forms of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Text for the terminal
    Text,
    /// JSON
    Json,
    /// Markdown
    Md,
}

/// One setting as it stands.
#[derive(Debug, Serialize)]
struct Line {
    key: String,
    value: Option<Value>,
    #[serde(skip)]
    unset: &'static str,
    unit: &'static str,
    default: Option<Value>,
    origin: String,
    variable: String,
    doc: &'static str,
}

/// Shows the settings or writes the file.
pub(crate) fn run(global: &GlobalArguments, arguments: &ConfigArguments) -> Result<ExitCode, Failure> {
    if let Some(path) = &arguments.init {
        return init(global, path);
    }
    let session = Session::open(global, Vec::new())?;
    let mut lines = lines(&session.configuration);
    if arguments.changed {
        lines.retain(|line| line.origin != "default");
    }
    let text = match arguments.format {
        ListFormat::Text => as_text(&lines, &session.configuration),
        ListFormat::Json => driftline_export::to_json(&lines)?,
        ListFormat::Md => as_markdown(&lines),
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn init(global: &GlobalArguments, path: &std::path::Path) -> Result<ExitCode, Failure> {
    if path.exists() {
        let help = "remove it first, or name another file".to_owned();
        return Err(Failure::usage(
            "config_exists",
            format!("{} exists already", path.display()),
            Some(help),
        ));
    }
    output::write_file(path, commented_file().as_bytes())?;
    if !global.quiet {
        output::remark(&format!("Every setting is in {}, commented out.", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(configuration: &Configuration) -> Vec<Line> {
    let defaults = defaults();
    let mut lines = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.key != "roles.COLUMN") {
        let default = value_at(&defaults, setting.key).cloned();
        let origin = configuration.origins.get(setting.key);
        lines.push(Line {
            key: setting.key.to_owned(),
            value: value_at(&configuration.tree, setting.key).map(|value| open(setting, value)),
            unset: setting.unset,
            unit: setting.unit,
            default,
            origin: origin.map_or_else(|| "default".to_owned(), ToString::to_string),
            variable: setting.variable(),
            doc: setting.doc,
        });
    }
    let Some(role) = SETTINGS.iter().find(|setting| setting.key == "roles.COLUMN") else { return lines };
    for (key, origin) in configuration.origins.iter().filter(|(key, _)| key.starts_with("roles.")) {
        lines.push(Line {
            key: key.clone(),
            value: value_at(&configuration.tree, key).cloned(),
            unset: role.unset,
            unit: role.unit,
            default: None,
            origin: origin.to_string(),
            variable: String::new(),
            doc: role.doc,
        });
    }
    lines
}

/// The settings in force as the service shows them to its admins.
pub(crate) fn shown_settings(configuration: &Configuration) -> Vec<ShownSetting> {
    let shown = |line: Line| ShownSetting {
        value: shown(&line.value, line.unset),
        key: line.key,
        origin: line.origin,
        doc: format!("{}.{}", line.doc, unit_in_words(line.unit)),
    };
    lines(configuration).into_iter().map(shown).collect()
}

/// A value as it may be shown.
fn open(setting: &Setting, value: &Value) -> Value {
    match value {
        Value::String(text) if setting.shape == Shape::Secret && !text.is_empty() => {
            Value::String("(not shown)".to_owned())
        }
        value => value.clone(),
    }
}

fn as_text(lines: &[Line], configuration: &Configuration) -> String {
    let mut out = String::new();
    let _ = match &configuration.file {
        Some(file) => writeln!(out, "# configuration: {}", file.display()),
        None => writeln!(out, "# no configuration file; `driftline config --init` writes one"),
    };
    let mut section = "";
    for line in lines {
        let (here, name) = place(&line.key).unwrap_or(("", &line.key));
        if here != section {
            let _ = write!(out, "\n[{here}]\n");
            section = here;
        }
        let _ = writeln!(out, "{name} = {}", shown(&line.value, line.unset));
        let _ = writeln!(out, "    {}.{}", line.doc, unit_in_words(line.unit));
        let _ = if line.origin == "default" {
            writeln!(out, "    origin: default")
        } else {
            writeln!(out, "    origin: {}; default: {}", line.origin, shown(&line.default, line.unset))
        };
    }
    out
}

/// A value, or in brackets what it means that there is none.
fn shown(value: &Option<Value>, unset: &str) -> String {
    value.as_ref().map_or_else(|| format!("({unset})"), show)
}

fn unit_in_words(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" Unit: {unit}.") }
}

fn as_markdown(lines: &[Line]) -> String {
    let mut out =
        String::from("| setting | default | unit | what it does | environment |\n|---|---|---|---|---|\n");
    for line in lines {
        let default = shown(&line.default, line.unset).replace('|', "\\|");
        let _ = writeln!(
            out,
            "| `{}` | `{default}` | {} | {} | `{}` |",
            line.key, line.unit, line.doc, line.variable
        );
    }
    out
}

/// A file with every setting, commented out at its default.
fn commented_file() -> String {
    let defaults = defaults();
    let mut out = String::from(
        "# Driftline. Every setting stands here at its default; remove the `#` before one to change it.\n\
         # The environment (DRIFTLINE_SECTION_NAME) and flags win over this file.\n",
    );
    let mut section = "";
    for setting in SETTINGS {
        let (here, name) = place(setting.key).unwrap_or(("", setting.key));
        if here != section {
            let _ = write!(out, "\n[{here}]\n");
            section = here;
        }
        let _ = writeln!(out, "# {}.{}", setting.doc, unit_in_words(setting.unit));
        let _ = match value_at(&defaults, setting.key) {
            Some(value) => writeln!(out, "#{name} = {}", show(value)),
            None if setting.key == "roles.COLUMN" => writeln!(out, "#customer_id = \"identifier\""),
            None => writeln!(out, "#{name} = {}    # when not set: {}", example(setting), setting.unset),
        };
    }
    out
}

/// A value that a setting without a default could have.
fn example(setting: &Setting) -> String {
    match setting.shape {
        Shape::Choice(words) => show(&Value::String(words.first().copied().unwrap_or_default().to_owned())),
        _ => "true".to_owned(),
    }
}
