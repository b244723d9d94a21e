//! What is wrong at the moment: said once when it begins, and once when it is over.

use std::collections::BTreeMap;

use driftline_model::{LiveAlarm, LiveRecovery};
use serde::{Deserialize, Serialize};

/// Code, and column or metric, of something wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) code: String,
    pub(super) column: Option<String>,
    pub(super) metric: Option<String>,
}

/// How long something wrong has been so.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Condition {
    raised_ms: i64,
    /// Number of the window that showed it last.
    last_shown: u64,
    /// Windows in order after which it is over.
    patience: u64,
}

/// All that is wrong.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Conditions {
    active: BTreeMap<Key, Condition>,
}

impl Conditions {
    /// Whether it is wrong already.
    pub(super) fn is_active(&self, key: &Key) -> bool {
        self.active.contains_key(key)
    }

    /// Whether anything is wrong with a column.
    pub(super) fn has_column(&self, column: &str) -> bool {
        self.active.keys().any(|key| key.column.as_deref() == Some(column))
    }

    /// Takes in that it is wrong in window number `window`; says whether it begins with that. It is over when
    /// `patience` windows after it was shown last it was not shown again.
    pub(super) fn show(&mut self, alarm: &LiveAlarm, window: u64, patience: u64) -> bool {
        let condition = Condition { raised_ms: alarm.raised_ms, last_shown: window, patience };
        match self.active.entry(Key::of(alarm)) {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(condition);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.last_shown = window;
                known.patience = known.patience.max(patience);
                false
            }
        }
    }

    /// Takes in that it still is, where it is known to be.
    pub(super) fn show_again(&mut self, key: &Key, window: u64) {
        if let Some(known) = self.active.get_mut(key) {
            known.last_shown = window;
        }
    }

    /// What is over with this window of so many rows. One without rows says nothing of columns: it is none of those
    /// after which what is wrong with them is over.
    pub(super) fn recovered(&mut self, window: u64, rows: u64, now_ms: i64) -> Vec<LiveRecovery> {
        if rows == 0 {
            for (_, known) in self.active.iter_mut().filter(|(key, _)| key.column.is_some()) {
                known.last_shown = window.min(known.last_shown + 1);
            }
        }
        let is_over =
            |condition: &Condition| window.saturating_sub(condition.last_shown) >= condition.patience;
        let over: Vec<Key> =
            self.active.iter().filter(|(_, known)| is_over(known)).map(|(key, _)| key.clone()).collect();
        over.into_iter()
            .filter_map(|key| {
                let condition = self.active.remove(&key)?;
                let Key { code, column, metric } = key;
                let raised_ms = condition.raised_ms;
                Some(LiveRecovery { code, column, metric, raised_ms, recovered_ms: now_ms })
            })
            .collect()
    }
}

impl Key {
    pub(super) fn of(alarm: &LiveAlarm) -> Self {
        Self { code: alarm.code.clone(), column: alarm.column.clone(), metric: alarm.metric.clone() }
    }

    pub(super) fn column(code: &str, column: Option<&str>) -> Self {
        Self { code: code.to_owned(), column: column.map(str::to_owned), metric: None }
    }
}
