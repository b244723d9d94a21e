use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use driftline_chunk::{Chunk, Schema};
use rayon::prelude::*;

use crate::bins::BinPlan;
use crate::codec;
use crate::column::{ColumnProfile, Scratch};
use crate::duplicates::Duplicates;
use crate::error::ProfileError;
use crate::hashes::ChunkHashes;
use crate::options::ProfileOptions;
use crate::row_sample::RowSample;
use crate::sampler::RowSampler;

/// The mergeable summary of a table.
///
/// Taking in the same rows gives the same profile, bit for bit, whatever the order, the chunks, the threads or
/// the machines, because every part is exact or chosen by hash. Memory is bounded by the options, not by the
/// number of rows: at 20 columns about 40 MB as a rule, and 100 MB when eight columns of text and all of
/// numbers stay just below the number of values that are counted.
#[derive(Debug, Clone)]
pub struct TableProfile {
    pub(crate) schema: Schema,
    pub(crate) options: ProfileOptions,
    pub(crate) rows: u64,
    pub(crate) columns: Vec<ColumnProfile>,
    pub(crate) duplicates: Duplicates,
    pub(crate) sampler: RowSampler,
    scratch: Scratch,
}

/// One side of a comparison, as detection takes it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The profile.
    pub profile: &'a TableProfile,
    /// Its row sample, materialised once.
    pub sample: &'a RowSample,
}

impl TableProfile {
    /// The profile of no rows. `bins` are counted during the scan for columns whose distinct values are too
    /// many to be counted one by one.
    #[expect(clippy::needless_pass_by_value, reason = "the plan is handed to several profiles as an `Arc`")]
    #[must_use]
    pub fn new(schema: Schema, options: ProfileOptions, bins: Option<Arc<BinPlan>>) -> Self {
        let plan = bins.as_deref();
        let column = |(index, field)| {
            ColumnProfile::new(field, options.exact_values, plan.and_then(|plan| plan.column(index)))
        };
        let columns = schema.fields().iter().enumerate().map(column).collect();
        Self::of_parts(schema, options, columns)
    }

    pub(crate) fn of_parts(schema: Schema, options: ProfileOptions, columns: Vec<ColumnProfile>) -> Self {
        Self {
            sampler: RowSampler::new(&schema, options.sample_rows),
            schema,
            options,
            rows: 0,
            columns,
            duplicates: Duplicates::default(),
            scratch: Scratch::default(),
        }
    }

    /// Lets this profile and others of the same table tell each other up to which hash rows can still enter
    /// the row sample. Start the shared number at `u64::MAX`. It saves work and changes nothing in the merged
    /// profile, but a profile that shares must be merged with all others before it is used.
    pub fn share_threshold(&mut self, shared: Arc<AtomicU64>) {
        self.sampler.share_bound(shared);
    }

    /// Takes in a chunk. `hashes` must have been filled from it.
    ///
    /// A chunk with other columns is a mistake of the program: it is refused in debug builds and left out
    /// otherwise.
    pub fn update(&mut self, chunk: &Chunk, hashes: &ChunkHashes) {
        if chunk.schema() != &self.schema || hashes.rows().len() != chunk.rows() {
            debug_assert!(false, "a chunk came with other columns, or with the hashes of another chunk");
            return;
        }
        self.rows += chunk.rows() as u64;
        for (index, column) in self.columns.iter_mut().enumerate() {
            let failures = chunk.failures_of(index).len();
            column.update(chunk.column(index), hashes.column(index), failures, &mut self.scratch);
        }
        self.duplicates.update(hashes.rows());
        self.sampler.update(chunk, hashes);
    }

    /// Takes in everything that `other` has seen.
    ///
    /// # Errors
    /// When columns, options or bins differ.
    pub fn merge(&mut self, other: Self) -> Result<(), ProfileError> {
        self.compare(&other)?;
        self.rows += other.rows;
        self.duplicates.merge(&other.duplicates);
        self.sampler.merge(&other.sampler);
        self.columns.par_iter_mut().zip(other.columns).for_each(|(mine, theirs)| mine.merge(theirs));
        Ok(())
    }

    /// A copy that goes its own way: it shares nothing with the profile or with others of its table. It holds
    /// all rows taken in so far, and may be merged with copies of the others made at about the same time.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        let mut copy = self.clone();
        copy.sampler.detach();
        copy
    }

    /// Takes in everything that `other` has seen and leaves it as it is; copies one column at a time.
    ///
    /// # Errors
    /// When columns, options or bins differ.
    pub fn merge_copy(&mut self, other: &Self) -> Result<(), ProfileError> {
        self.compare(other)?;
        self.rows += other.rows;
        self.duplicates.merge(&other.duplicates);
        self.sampler.merge(&other.sampler);
        self.columns.par_iter_mut().zip(&other.columns).for_each(|(mine, theirs)| mine.merge(theirs.clone()));
        Ok(())
    }

    /// The profile as bytes: versioned, little-endian, compressed, with a checksum. Profiles that hold the
    /// same give the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// A profile from its bytes.
    ///
    /// # Errors
    /// When the bytes are not a profile, are of another version, or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProfileError> {
        codec::decode(bytes)
    }

    /// The columns as they are held.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Rows taken in.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What is known of each column, in the order of the schema.
    #[must_use]
    pub fn columns(&self) -> &[ColumnProfile] {
        &self.columns
    }

    /// The index of the column with this name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.schema.fields().iter().position(|field| field.name == name)
    }

    /// Share of rows that repeat an earlier row in every cell, 0..1: exact up to 16,384 distinct rows, then
    /// estimated from as many of them.
    #[must_use]
    pub fn duplicate_ratio(&self) -> f64 {
        self.duplicates.ratio()
    }

    /// The row sample. Copies and sorts it: about 20 ms for 65,536 rows of 20 columns.
    #[must_use]
    pub fn sample(&self) -> RowSample {
        self.sampler.sample(self.rows)
    }

    /// The hash of the first row outside the row sample: rows from there on can never enter it, whatever else is
    /// taken in. `u64::MAX` while all rows are inside.
    #[must_use]
    pub fn sample_bound(&self) -> u64 {
        self.sampler.bound()
    }

    fn compare(&self, other: &Self) -> Result<(), ProfileError> {
        let (mine, theirs) = (self.schema.fields(), other.schema.fields());
        if mine.len() != theirs.len() {
            let what = format!("{} columns and {} columns", mine.len(), theirs.len());
            return Err(ProfileError::Columns { what });
        }
        if let Some((mine, theirs)) = mine.iter().zip(theirs).find(|(mine, theirs)| mine != theirs) {
            let what = format!(
                "`{}` held as {:?} and `{}` held as {:?}",
                mine.name, mine.physical, theirs.name, theirs.physical
            );
            return Err(ProfileError::Columns { what });
        }
        if self.options != other.options {
            return Err(ProfileError::Options { what: "options" });
        }
        if self.columns.iter().zip(&other.columns).any(|(mine, theirs)| mine.bins() != theirs.bins()) {
            return Err(ProfileError::Options { what: "bins" });
        }
        Ok(())
    }
}
