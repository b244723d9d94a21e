//! The aggregate that reads parts.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{Accumulator, AggregateUDF, Signature, Volatility};
use driftline_engine::spread::{Gathered, ReadyPass};
use driftline_engine::{CancelToken, EngineError};
use driftline_ingest::Part;

use crate::aggregate::{aggregate, binaries, outside};
use crate::ready::ready;

/// Its name: `driftline_gather(pass, parts)`, a literal and a binary column, gives one binary value. Each row is a list
/// of parts that are read together.
pub const GATHER: &str = "driftline_gather";

/// The aggregate, to be registered wherever plans are made or carried out.
pub(crate) fn gather() -> Arc<AggregateUDF> {
    aggregate(GATHER, Signature::any(2, Volatility::Volatile), |pass, _| {
        Ok(Box::new(Gathering { pass: pass.to_owned(), ready: None, gathered: None }))
    })
}

/// What was gathered so far.
#[derive(Debug)]
struct Gathering {
    pass: String,
    ready: Option<Ready>,
    gathered: Option<Gathered>,
}

/// A pass whose inside is of no interest to those who debug plans.
struct Ready(Arc<ReadyPass>);

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ready")
    }
}

impl Gathering {
    fn read(&mut self, parts: &[u8]) -> Result<()> {
        let parts: Vec<Part> = postcard::from_bytes(parts)
            .map_err(|error| outside(EngineError::Cluster { cause: format!("no part was sent: {error}") }))?;
        let ready = match &self.ready {
            Some(Ready(ready)) => Arc::clone(ready),
            None => {
                let ready = ready(&self.pass).map_err(outside)?;
                self.ready = Some(Ready(Arc::clone(&ready)));
                ready
            }
        };
        // One task, one core: the scheduler hands out as many tasks as there are cores.
        let gathered = ready.read(&parts, &CancelToken::new()).map_err(outside)?;
        self.take(gathered)
    }

    fn take(&mut self, gathered: Gathered) -> Result<()> {
        match &mut self.gathered {
            Some(all) => all.merge(gathered).map_err(outside),
            none => {
                *none = Some(gathered);
                Ok(())
            }
        }
    }

    fn bytes(&self) -> Result<ScalarValue> {
        let bytes = self.gathered.as_ref().map(Gathered::to_bytes).transpose().map_err(outside)?;
        Ok(ScalarValue::Binary(bytes))
    }
}

impl Accumulator for Gathering {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [_, parts] = values else { return exec_err!("{GATHER} takes two arguments") };
        binaries(parts)?.into_iter().try_for_each(|part| self.read(part))
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = states else { return exec_err!("{GATHER} has one state") };
        for state in binaries(states)? {
            self.take(Gathered::from_bytes(state).map_err(outside)?)?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.bytes()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.bytes()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.pass.len()
    }
}
