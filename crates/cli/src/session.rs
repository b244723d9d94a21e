use std::env;

use driftline_engine::{CancelToken, Input, QueryInput};
use driftline_export::RenderOptions;
use driftline_store::{BaselineReference, Workspace};

use crate::arguments::GlobalArguments;
use crate::config::{self, Configuration, Overrides, SETTINGS, nearest};
use crate::failure::Failure;
use crate::interrupt::cancel_on_interrupt;
use crate::methods;
use crate::output::remark;
use crate::progress::{ProgressLine, Told};
use crate::terminal;

/// What every command works with: its configuration, and how much it tells.
pub(crate) struct Session {
    pub(crate) configuration: Configuration,
    pub(crate) told: Told,
    no_color: bool,
}

impl Session {
    /// Reads the configuration; flags of the command come in `overrides`.
    pub(crate) fn open(global: &GlobalArguments, mut overrides: Overrides) -> Result<Self, Failure> {
        for assignment in &global.set {
            overrides.push(assigned(assignment)?);
        }
        overrides.splice(0..0, global.overrides());
        let configuration = config::load(global.config.as_deref(), &|name| env::var(name).ok(), &overrides)?;
        methods::check(&configuration.settings)?;
        let told = match (global.quiet, global.verbose) {
            (true, _) => Told::Nothing,
            (_, true) => Told::Everything,
            _ => Told::Progress,
        };
        Ok(Self { configuration, told, no_color: global.no_color })
    }

    /// A token that Ctrl-C cancels.
    pub(crate) fn cancel_token(&self) -> Result<CancelToken, Failure> {
        cancel_on_interrupt()
    }

    /// The progress bar.
    pub(crate) fn progress(&self) -> ProgressLine {
        ProgressLine::begin(self.told)
    }

    /// A remark, unless nothing is to be told.
    pub(crate) fn remark(&self, text: &str) {
        if self.told != Told::Nothing {
            remark(text);
        }
    }

    /// The folder of baselines.
    pub(crate) fn workspace(&self) -> Workspace {
        Workspace::at(&self.configuration.workspace.folder)
    }

    /// How text is laid out on this screen.
    pub(crate) fn render_options(&self) -> RenderOptions {
        let rows = self.configuration.report.rows;
        RenderOptions {
            width: terminal::width(),
            colour: terminal::colour(self.no_color),
            charset: terminal::charset(),
            rows: if self.told == Told::Everything { rows.max(20) } else { rows },
        }
    }

    /// What a location on the command line means: `baseline:NAME[@VERSION]`, a profile file, or data.
    pub(crate) fn input(&self, location: &str) -> Result<Input, Failure> {
        if let Some(reference) = location.strip_prefix("baseline:") {
            let reference: BaselineReference = reference.parse()?;
            let (version, path) = self.workspace().resolve(&reference)?;
            return Ok(Input::Profile { path, name: format!("baseline:{}@{version}", reference.name) });
        }
        let path = std::path::Path::new(location);
        if path.extension().is_some_and(|extension| extension == "dlp") {
            return Ok(Input::Profile { path: path.to_path_buf(), name: location.to_owned() });
        }
        Ok(Input::Table(location.to_owned()))
    }

    /// The rows of a statement over data, where there is one. `tables` are names and locations beside the names of
    /// the files themselves.
    pub(crate) fn queried(
        &self,
        location: &str,
        statement: Option<&str>,
        tables: &[(&str, &str)],
    ) -> Result<Input, Failure> {
        let (input, Some(statement)) = (self.input(location)?, statement) else {
            return self.input(location);
        };
        if let Input::Profile { name, .. } = &input {
            let help = Some("give the data themselves".to_owned());
            return Err(Failure::usage(
                "sql",
                format!("{name} is a profile: it has no rows for --sql"),
                help,
            ));
        }
        let is_data = |location: &str| matches!(self.input(location), Ok(Input::Table(_)));
        let given = tables.iter().filter(|(_, location)| is_data(location));
        let named = given.clone().map(|(name, location)| ((*name).to_owned(), (*location).to_owned()));
        let stems = given.filter_map(|(_, location)| Some((stem(location)?, (*location).to_owned())));
        Ok(Input::Query(QueryInput {
            name: format!("{} (by --sql)", input.name()),
            statement: statement.to_owned(),
            tables: named.chain(stems).collect(),
        }))
    }
}

/// The name of a file without its endings.
fn stem(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next().unwrap_or(location);
    let name = std::path::Path::new(path).file_name()?.to_string_lossy().into_owned();
    let stem = name.split('.').next().unwrap_or_default();
    (!stem.is_empty() && !stem.contains('*')).then(|| stem.to_owned())
}

/// `KEY=VALUE` of `--set`.
fn assigned(text: &str) -> Result<(&'static str, &'static str, String), Failure> {
    let (key, value) = text.split_once('=').ok_or_else(|| {
        Failure::usage("set", format!("--set {text}: write KEY=VALUE, such as drift.bins=30"), None)
    })?;
    let known = || SETTINGS.iter().map(|setting| setting.key).filter(|key| *key != "roles.COLUMN");
    match known().find(|known| *known == key.trim()) {
        Some(key) => Ok((key, "set", value.to_owned())),
        None => {
            let help = nearest(key.trim(), known()).map_or_else(
                || "`driftline config` shows every setting".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            );
            Err(Failure::usage("set", format!("--set {text}: unknown setting `{key}`"), Some(help)))
        }
    }
}
