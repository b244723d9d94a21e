use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use driftline_chunk::Schema;
use driftline_detect::rows::RowModel;
use driftline_ingest::{Decoded, IngestError, Part, Table, TablePlan};
use driftline_model::{Contract, RunSettings, Settings, SideReport};
use driftline_profile::{BinPlan, ProfileOptions, TableProfile};
use serde::{Deserialize, Serialize};

use super::gathered::{Gathered, Rest, damaged};
use super::{CHUNK_BITS, first_ordinal};
use crate::check::Reference;
use crate::contract::{ContractInput, ContractPass, ContractPassWorker};
use crate::event::{Phase, Silent};
use crate::halt::Halt;
use crate::ledger::Ledger;
use crate::profiling::{ProfileWorker, merged};
use crate::scan::{ScanContext, Scanned, Worker, past_damage, scan};
use crate::scoring::{CheckWorker, KeptRows, RowKeeper};
use crate::{CancelToken, EngineError, ProfileFile};

/// Version of the layout of a pass.
const VERSION: u16 = 1;

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 1 << 20;

/// What is done with each part.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) settings: &'a Settings,
    /// By whose bins and rows parts are judged; without one they are only summarised.
    pub(crate) reference: Option<&'a Reference>,
    pub(crate) contract: Option<&'a ContractPass<'a>>,
    /// Rows from this hash on are kept out of the row sample: whoever sets it looks afterwards whether it was too low.
    pub(crate) sample_below: u64,
}

#[derive(Serialize, Deserialize)]
struct Sent {
    version: u16,
    /// Nothing where the rows come as columns.
    plan: Option<TablePlan>,
    /// Names of the columns, where they come as such.
    names: Vec<String>,
    /// JSON, as a check has them.
    settings: Vec<u8>,
    /// The bytes of a profile.
    reference: Option<Vec<u8>>,
    /// Rows from this hash on are kept out of the row sample.
    sample_below: u64,
    contract: Option<SentContract>,
}

#[derive(Serialize, Deserialize)]
struct SentContract {
    name: String,
    /// JSON.
    contract: Vec<u8>,
    now_ms: i64,
}

impl Pass<'_> {
    /// To be sent to those who read parts.
    pub(crate) fn to_bytes(self, plan: TablePlan) -> Result<Vec<u8>, EngineError> {
        self.sent(Some(plan), Vec::new())
    }

    fn sent(self, plan: Option<TablePlan>, names: Vec<String>) -> Result<Vec<u8>, EngineError> {
        let contract = self.contract.map(|pass| {
            let input = pass.input();
            let contract = serde_json::to_vec(input.contract()).map_err(damaged)?;
            Ok::<_, EngineError>(SentContract {
                name: input.name().to_owned(),
                contract,
                now_ms: input.now_ms(),
            })
        });
        let reference = self.reference.map(|reference| reference.profile.to_bytes());
        let settings = serde_json::to_vec(self.settings).map_err(damaged)?;
        let contract = contract.transpose()?;
        let sample_below = self.sample_below;
        let sent = Sent { version: VERSION, plan, names, settings, reference, sample_below, contract };
        postcard::to_stdvec(&sent).map_err(damaged)
    }
}

/// A pass over rows that somebody else reads and hands over as columns with these names: profile, scores of rows by a
/// reference, and the row rules of a contract beside it, as far as they are given. For [`ReadyPass::of_columns`].
///
/// # Errors
/// When it cannot be written down, which is a defect.
pub fn columns_pass(
    names: &[String],
    settings: &Settings,
    judged_by: Option<(ProfileFile, Option<&ContractInput>)>,
) -> Result<Vec<u8>, EngineError> {
    let (reference, contract) = judged_by.unzip();
    let reference = reference.map(|file| Reference::of_file(file, 0.0));
    let contract = contract.flatten().map(ContractPass::new);
    let pass =
        Pass { settings, reference: reference.as_ref(), contract: contract.as_ref(), sample_below: u64::MAX };
    pass.sent(None, names.to_vec())
}

/// Names of the columns that a pass over columns takes.
///
/// # Errors
/// When it is something else, or of another version of the program.
pub fn names_of_columns(bytes: &[u8]) -> Result<Vec<String>, EngineError> {
    Sent::read(bytes).map(|sent| sent.names)
}

impl Sent {
    fn read(bytes: &[u8]) -> Result<Self, EngineError> {
        let sent: Self = postcard::from_bytes(bytes).map_err(damaged)?;
        if sent.version == VERSION {
            Ok(sent)
        } else {
            Err(damaged("it was made by another version of the program"))
        }
    }
}

/// A pass on the side of those who read parts: everything is made ready once, and serves all parts.
pub struct ReadyPass {
    plan: Option<TablePlan>,
    schema: Schema,
    settings: Settings,
    judging: Option<Judging>,
    contract: Option<ContractInput>,
    sample_below: u64,
}

/// What rows and numbers are judged by.
struct Judging {
    model: RowModel,
    bins: Arc<BinPlan>,
}

impl ReadyPass {
    /// From what was sent.
    ///
    /// # Errors
    /// When it is something else, or of another version of the program.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let sent = Sent::read(bytes)?;
        let schema = sent.plan.as_ref().map(TablePlan::schema);
        let schema = schema.ok_or_else(|| damaged("it is about columns and not about parts"))?;
        Self::of(sent, schema)
    }

    /// From what was made for columns ([`columns_pass`]), which are held in this way.
    ///
    /// # Errors
    /// When it is something else, or of another version of the program.
    pub fn of_columns(bytes: &[u8], schema: Schema) -> Result<Self, EngineError> {
        Self::of(Sent::read(bytes)?, schema)
    }

    fn of(sent: Sent, schema: Schema) -> Result<Self, EngineError> {
        let settings: Settings = serde_json::from_slice(&sent.settings).map_err(damaged)?;
        let judging = sent.reference.map(|bytes| {
            let profile = TableProfile::from_bytes(&bytes).map_err(damaged)?;
            let reference = Reference::of_file(ProfileFile::new(SideReport::default(), profile), 0.0);
            Ok::<_, EngineError>(Judging {
                model: RowModel::fit(&reference.side(), &schema, &settings.anomalies),
                bins: reference.bin_plan(&schema, settings.drift.bins),
            })
        });
        let contract = sent.contract.map(|sent| {
            let contract: Contract = serde_json::from_slice(&sent.contract).map_err(damaged)?;
            ContractInput::new(&sent.name, &contract, sent.now_ms).map_err(damaged)
        });
        let (judging, contract) = (judging.transpose()?, contract.transpose()?);
        Ok(Self { plan: sent.plan, schema, settings, judging, contract, sample_below: sent.sample_below })
    }

    /// Reads parts one after the other on this thread.
    ///
    /// A part that breaks off, or cannot be opened any more, counts as far as it was read, and says so.
    ///
    /// # Errors
    /// When the run is cancelled, or something broke down.
    pub fn read(&self, parts: &[Part], cancel: &CancelToken) -> Result<Gathered, EngineError> {
        // All of them fill one profile, which has to get used to the data once only.
        if let Some(gathered) = self.read_together(parts, cancel)? {
            return Ok(gathered);
        }
        let mut parts = parts.iter();
        let first = parts.next().ok_or_else(|| damaged("there is no part"))?;
        let mut all = self.read_one(first, cancel)?;
        for part in parts {
            all.merge(self.read_one(part, cancel)?)?;
        }
        Ok(all)
    }

    /// Nothing where one of the parts has anything amiss, so that the rows of another cannot be told from its rows.
    fn read_together(&self, parts: &[Part], cancel: &CancelToken) -> Result<Option<Gathered>, EngineError> {
        let halt = Halt::new(cancel);
        let (mut rest, mut is_sound) = (Rest::default(), true);
        let gathered = self.by_one(|worker| {
            for part in parts {
                is_sound = is_sound && self.see_part(part, worker, (&mut rest, &halt))?;
            }
            Ok(())
        })?;
        if !is_sound {
            return Ok(None);
        }
        let Gathered { profile, rest: Rest { rows, contract, .. } } = gathered;
        Ok(Some(Gathered { profile, rest: Rest { rows, contract, ..rest } }))
    }

    /// Shows a part to a worker, and says whether it could be read to its end.
    fn see_part(
        &self,
        part: &Part,
        worker: &mut dyn Worker,
        (rest, halt): (&mut Rest, &Halt<'_>),
    ) -> Result<bool, EngineError> {
        let Ok(table) = Table::of_part(self.plan()?, part) else { return Ok(false) };
        let mut ordinal = first_ordinal(part.ordinal());
        for source in table.sources() {
            loop {
                if halt.is_set() {
                    return Err(EngineError::Cancelled);
                }
                let began = Instant::now();
                let pulled = source
                    .pull(chunk_bytes(ordinal))
                    .and_then(|raw| raw.map(|raw| source.decode(raw)).transpose());
                let mut decoded = match pulled {
                    Ok(Some(decoded)) => decoded,
                    Ok(None) => break,
                    Err(_) => return Ok(false),
                };
                worker.chunk(ordinal, &decoded, halt)?;
                rest.ledger.note(ordinal, part.source(), decoded.rows_seen, decoded.bytes);
                rest.ledger.reject(ordinal, std::mem::take(&mut decoded.rejected));
                rest.ledger.forensics(ordinal, std::mem::take(&mut decoded.forensics));
                rest.slowest_chunk_secs = rest.slowest_chunk_secs.max(began.elapsed().as_secs_f64());
                ordinal += 1;
            }
            rest.spans.insert(part.ordinal(), source.span());
        }
        rest.learnt.push(table.learnt());
        Ok(true)
    }

    fn plan(&self) -> Result<&TablePlan, EngineError> {
        self.plan.as_ref().ok_or_else(|| damaged("it is about columns and not about parts"))
    }

    fn read_one(&self, part: &Part, cancel: &CancelToken) -> Result<Gathered, EngineError> {
        let halt = Halt::new(cancel);
        let run = RunSettings { threads: 1, ..RunSettings::default() };
        let context = ScanContext {
            origin: Some((first_ordinal(part.ordinal()), part.source())),
            ..ScanContext::new(&run, &Silent, (&halt, Phase::Current))
        };
        let table = match Table::of_part(self.plan()?, part) {
            Ok(table) => table,
            Err(error) => return Ok(self.nothing(part, error.to_string())),
        };
        let read = past_damage(&table, &context, |table| match &self.judging {
            Some(judging) => self.read_and_judge(table, judging, &context),
            None => self.summarise(table, &context),
        });
        let (mut gathered, broken_off) = match read {
            // Others can read the rest of the table.
            Err(EngineError::Ingest(error)) => {
                return Ok(self.nothing(part, damage(&table).unwrap_or(error).to_string()));
            }
            read => read?,
        };
        gathered.rest.learnt = vec![table.learnt()];
        let span = table.sources().first().and_then(|source| source.span());
        gathered.rest.spans.insert(part.ordinal(), span);
        if !broken_off.is_empty() {
            gathered.rest.broken_off.insert(part.ordinal(), broken_off);
        }
        Ok(gathered)
    }

    /// Takes in rows that somebody else has read. Each piece is numbered by the place of its first row.
    ///
    /// # Errors
    /// When something broke down.
    pub fn take(&self, pieces: &[Decoded]) -> Result<Gathered, EngineError> {
        let cancel = CancelToken::new();
        let halt = Halt::new(&cancel);
        let mut ledger = Ledger::default();
        let mut gathered = self.by_one(|worker| {
            for piece in pieces {
                let ordinal = piece.chunk.offsets().first().copied().unwrap_or_default();
                ledger.note(ordinal, 0, piece.rows_seen, piece.bytes);
                worker.chunk(ordinal, piece, &halt)?;
            }
            Ok(())
        })?;
        gathered.rest.ledger = ledger;
        Ok(gathered)
    }

    /// What one worker knows of the chunks that `see` shows it.
    fn by_one(
        &self,
        see: impl FnOnce(&mut dyn Worker) -> Result<(), EngineError>,
    ) -> Result<Gathered, EngineError> {
        let shared_bound = Arc::new(AtomicU64::new(self.sample_below));
        let begun = |bins| {
            let mut profile = self.empty(bins);
            profile.share_threshold(Arc::clone(&shared_bound));
            profile
        };
        let Some(judging) = &self.judging else {
            let mut worker = ProfileWorker::new(begun(None));
            see(&mut worker)?;
            return Ok(Gathered { profile: worker.into_profile().snapshot(), rest: Rest::default() });
        };
        let settings = &self.settings.anomalies;
        let pass = self.contract.as_ref().map(ContractPass::new);
        let bound = pass.as_ref().map(|pass| pass.bind(&self.schema));
        let rows = RowKeeper::new(&judging.model, settings);
        let profile = begun(Some(Arc::clone(&judging.bins)));
        let mut worker = CheckWorker::new(profile, rows, bound.as_ref().map(ContractPassWorker::new));
        see(&mut worker)?;
        let (profile, rows, state) = worker.into_parts();
        let contract = bound.as_ref().map(|bound| bound.carry(state.into_iter().collect()));
        let rows = Some(rows.into_kept().pruned());
        Ok(Gathered { profile: profile.snapshot(), rest: Rest { rows, contract, ..Rest::default() } })
    }

    /// Of a part that could not be opened.
    fn nothing(&self, part: &Part, cause: String) -> Gathered {
        let bins = self.judging.as_ref().map(|judging| Arc::clone(&judging.bins));
        let settings = &self.settings.anomalies;
        let contract = self.contract.as_ref().map(|input| {
            let bound = ContractPass::new(input).bind(&self.schema);
            bound.carry(Vec::new())
        });
        let mut rest = Rest {
            rows: self.judging.as_ref().map(|_| KeptRows::new(settings)),
            contract,
            ..Rest::default()
        };
        rest.broken_off.insert(part.ordinal(), vec![cause]);
        rest.spans.insert(part.ordinal(), None);
        Gathered { profile: self.empty(bins), rest }
    }

    fn empty(&self, bins: Option<Arc<BinPlan>>) -> TableProfile {
        let options = ProfileOptions::for_columns(self.schema.len());
        TableProfile::new(self.schema.clone(), options, bins)
    }

    fn summarise(
        &self,
        table: &Table,
        context: &ScanContext<'_>,
    ) -> Result<(Gathered, Vec<String>), EngineError> {
        let scanned = self.scan(table, None, context, ProfileWorker::new)?;
        let (scanned, workers) = without_workers(scanned);
        let name = source_name(table);
        let profile =
            merged(workers.into_iter().map(ProfileWorker::into_profile), name, || self.empty(None))?;
        let rest = Rest {
            ledger: scanned.ledger,
            slowest_chunk_secs: scanned.slowest_chunk_secs,
            ..Rest::default()
        };
        Ok((Gathered { profile, rest }, scanned.broken_off))
    }

    fn read_and_judge(
        &self,
        table: &Table,
        judging: &Judging,
        context: &ScanContext<'_>,
    ) -> Result<(Gathered, Vec<String>), EngineError> {
        let settings = &self.settings.anomalies;
        let pass = self.contract.as_ref().map(ContractPass::new);
        let bound = pass.as_ref().map(|pass| pass.bind(table.schema()));
        let scanned = self.scan(table, Some(&judging.bins), context, |profile| {
            let rows = RowKeeper::new(&judging.model, settings);
            CheckWorker::new(profile, rows, bound.as_ref().map(ContractPassWorker::new))
        })?;
        let (scanned, workers) = without_workers(scanned);
        let (mut profiles, mut rows, mut states) = (Vec::new(), KeptRows::new(settings), Vec::new());
        for (profile, keeper, state) in workers.into_iter().map(CheckWorker::into_parts) {
            profiles.push(profile);
            rows.merge(keeper.into_kept());
            states.extend(state);
        }
        let bins = || self.empty(Some(Arc::clone(&judging.bins)));
        let profile = merged(profiles.into_iter(), source_name(table), bins)?;
        let rest = Rest {
            rows: Some(rows.pruned()),
            contract: bound.as_ref().map(|bound| bound.carry(states)),
            ledger: scanned.ledger,
            slowest_chunk_secs: scanned.slowest_chunk_secs,
            ..Rest::default()
        };
        Ok((Gathered { profile, rest }, scanned.broken_off))
    }

    /// One pass over a part, its profiles sharing what they know of their sample.
    fn scan<W: Worker>(
        &self,
        table: &Table,
        bins: Option<&Arc<BinPlan>>,
        context: &ScanContext<'_>,
        make: impl Fn(TableProfile) -> W + Sync,
    ) -> Result<Scanned<W>, EngineError> {
        let shared_bound = Arc::new(AtomicU64::new(self.sample_below));
        scan(table, context, || {
            let mut profile = self.empty(bins.map(Arc::clone));
            profile.share_threshold(Arc::clone(&shared_bound));
            make(profile)
        })
    }
}

/// Bytes of the next chunk of a part: as many as a cache holds, and more in parts of which nobody knows how long they
/// are, so that the chunks of one can be numbered.
fn chunk_bytes(ordinal: u64) -> usize {
    let chunk = ordinal & ((1 << CHUNK_BITS) - 1);
    CHUNK_BYTES << (chunk >> (CHUNK_BITS - 3)).min(6)
}

/// What a scan says of damage before which there is nothing: the first pull of those who come behind the first scan.
fn damage(table: &Table) -> Option<IngestError> {
    let again = table.reopen(table.schema()).ok()?;
    again.sources().first()?.pull(1).err()
}

fn source_name(table: &Table) -> &str {
    table.sources().first().map_or("a part", |source| source.name())
}

fn without_workers<W>(scanned: Scanned<W>) -> (Scanned<()>, Vec<W>) {
    let Scanned { workers, ledger, secs, slowest_chunk_secs, broken_off } = scanned;
    (Scanned { workers: Vec::new(), ledger, secs, slowest_chunk_secs, broken_off }, workers)
}
