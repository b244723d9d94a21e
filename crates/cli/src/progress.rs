use std::io::{IsTerminal as _, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use driftline_engine::{Event, Observer, Phase, Progress};
use driftline_export::{Charset, byte_size, harmless, thousands};
use driftline_model::PartialVerdict;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::remark;
use crate::terminal;

/// Shows how far a run is: a bar on standard error when that is a terminal, else nothing.
pub(crate) struct ProgressLine {
    bar: ProgressBar,
    told: Told,
    /// What can be said of the columns so far.
    so_far: Mutex<Option<String>>,
}

/// How much is told besides the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    Nothing,
    /// A bar on a terminal.
    Progress,
    /// The bar, and remarks.
    Everything,
}

impl ProgressLine {
    /// Shows the first line at once.
    pub(crate) fn begin(told: Told) -> Self {
        let shown = told != Told::Nothing && stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr_with_hz(15) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let (template, chars) = if terminal::charset() == Charset::Unicode {
            ("{prefix:<9} {bar:28.cyan} {msg}", "█▉▊▋▌▍▎▏ ")
        } else {
            ("{prefix:<9} [{bar:28}] {msg}", "#>.")
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars(chars));
        }
        bar.set_prefix("opening");
        bar.tick();
        Self { bar, told, so_far: Mutex::new(None) }
    }

    fn progress(&self, progress: &Progress) {
        if let Some(total) = progress.bytes_total.filter(|&total| total > 0) {
            self.bar.set_length(total);
            self.bar.set_position(progress.bytes.min(total));
        }
        let share = match progress.bytes_total.filter(|&total| total > 0) {
            Some(total) => format!("{:>3} %", progress.bytes.saturating_mul(100) / total),
            None => byte_size(progress.bytes),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate, shown rounded")]
        let rate = thousands((progress.rows_per_sec.clamp(0.0, 1e15) / 1000.0).round() as u64 * 1000);
        // The bar and a sentence about the columns fill 80 characters: the rate gives way to the news.
        let so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.bar.set_message(match so_far {
            Some(so_far) => format!("{share}  {so_far}"),
            None => format!(
                "{share}  {} rows, {rate} rows/s, {}",
                thousands(progress.rows),
                byte_size(progress.memory_bytes)
            ),
        });
    }

    fn partial(&self, partial: &PartialVerdict) {
        let (drifted, judged) = (partial.columns_drifted, partial.columns_judged);
        // Four digits twice leave no room for the word.
        let columns = if judged < 1_000 { " columns" } else { "" };
        let so_far = format!("{drifted} of {judged}{columns} drifted so far");
        *self.so_far.lock().unwrap_or_else(PoisonError::into_inner) = Some(so_far);
    }
}

impl Observer for ProgressLine {
    fn event(&self, event: &Event) {
        match event {
            Event::Phase(phase) => {
                self.bar.set_position(0);
                self.bar.set_message("");
                *self.so_far.lock().unwrap_or_else(PoisonError::into_inner) = None;
                self.bar.set_prefix(match phase {
                    Phase::Reference => "reference",
                    Phase::Current => "current",
                    Phase::Cells => "cells",
                    _ => "deciding",
                });
                self.bar.tick();
                if *phase == Phase::Deciding {
                    self.bar.enable_steady_tick(Duration::from_millis(100));
                }
            }
            Event::Progress(progress) => self.progress(progress),
            Event::Partial(partial) => self.partial(partial),
            Event::Notice(text) if self.told == Told::Everything => {
                self.bar.suspend(|| remark(&format!("note: {}", harmless(text, Charset::Unicode))));
            }
            _ => {}
        }
    }

    fn wants_partial(&self) -> bool {
        !self.bar.is_hidden()
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
