use driftline_chunk::Physical;
use driftline_stats::hash::{NULL_HASH, f64_from_hash, hash_bytes};

use super::writer::Writer;
use super::{HEADER_BYTES, MAGIC, VERSION, tag};
use crate::bins::NumberBins;
use crate::column::{ColumnProfile, Values};
use crate::moments::Moments;
use crate::number_values::{NumberValues, SummedNumbers};
use crate::sample_cells::SampleCells;
use crate::sampler::RowSampler;
use crate::table::TableProfile;
use crate::text_values::{CountedTexts, SummedTexts, TextValues};

/// The fastest level: profiles are mostly numbers, which higher ones hardly make smaller.
const ZSTD_LEVEL: i32 = 1;
/// Length of a null in the sample; texts there have at most 256 bytes.
pub(super) const NULL_LENGTH: u16 = u16::MAX;

pub(crate) fn encode(profile: &TableProfile) -> Vec<u8> {
    let payload = payload_of(profile);
    // Compressing into memory can only fail for want of memory; storing is the same without being small.
    let (compressed, stored) = match zstd::bulk::compress(&payload, ZSTD_LEVEL) {
        Ok(compressed) => (compressed, false),
        Err(_) => (payload.clone(), true),
    };
    let mut header = Writer::default();
    header.raw(&MAGIC);
    header.u16(VERSION);
    header.u16(u16::from(stored));
    header.u64(payload.len() as u64);
    header.u64(hash_bytes(&compressed));
    let mut bytes = header.finish();
    debug_assert_eq!(bytes.len(), HEADER_BYTES, "the header has a fixed length");
    bytes.extend_from_slice(&compressed);
    bytes
}

fn payload_of(profile: &TableProfile) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u32(profile.columns.len() as u32);
    for field in profile.schema.fields() {
        writer.sized(field.name.as_bytes());
        writer.u8(physical_code(field.physical));
    }
    writer.u64(profile.options.sample_rows as u64);
    writer.u64(profile.options.exact_values as u64);
    writer.u64(profile.rows);
    for column in &profile.columns {
        write_column(&mut writer, column);
    }
    let duplicates = profile.duplicates.kept();
    writer.u32(duplicates.len() as u32);
    for (hash, count) in duplicates {
        writer.u64(hash);
        writer.u64(count);
    }
    write_sample(&mut writer, &profile.sampler);
    writer.finish()
}

fn physical_code(physical: Physical) -> u8 {
    match physical {
        Physical::Number => 0,
        Physical::Boolean => 1,
        Physical::Datetime => 2,
        Physical::Text => 3,
    }
}

fn write_column(writer: &mut Writer, column: &ColumnProfile) {
    writer.u64(column.nulls);
    writer.u64(column.failures);
    let edges = column.bins().map_or(&[][..], NumberBins::edges);
    writer.u32(edges.len() as u32);
    edges.iter().for_each(|&edge| writer.f64(edge));
    match &column.values {
        Values::Numbers(values @ NumberValues::Counted(counts)) => {
            writer.u8(tag::NUMBERS_COUNTED);
            writer.u32(counts.len() as u32);
            for (x, count) in values.counts().unwrap_or_default() {
                writer.f64(x);
                writer.u64(count);
            }
        }
        Values::Numbers(NumberValues::Summed(summed)) => {
            writer.u8(tag::NUMBERS_SUMMED);
            write_summed_numbers(writer, summed);
        }
        Values::Booleans(both) => {
            writer.u8(tag::BOOLEANS);
            writer.u64(both.falses);
            writer.u64(both.trues);
        }
        Values::Text(TextValues::Counted(counted)) => {
            writer.u8(tag::TEXTS_COUNTED);
            write_counted_texts(writer, counted);
        }
        Values::Text(TextValues::Summed(summed)) => {
            writer.u8(tag::TEXTS_SUMMED);
            write_summed_texts(writer, summed);
        }
    }
}

fn write_summed_numbers(writer: &mut Writer, summed: &SummedNumbers) {
    write_moments(writer, &summed.moments);
    writer.raw(summed.distinct.as_bytes());
    summed.bin_counts.iter().for_each(|&count| writer.u64(count));
}

fn write_moments(writer: &mut Writer, moments: &Moments) {
    let Moments { finite, zeros, negatives, infinities, fractional, min, max, sum, squares } = moments;
    for count in [finite, zeros, negatives, infinities, fractional] {
        writer.u64(*count);
    }
    // Zero has two signs, and which one came first must not show.
    writer.f64(min + 0.0);
    writer.f64(max + 0.0);
    writer.sized(&sum.to_bytes());
    writer.sized(&squares.ordinary.to_bytes());
    let extreme = squares.extreme.clone().unwrap_or_default();
    writer.sized(&extreme.large.to_bytes());
    writer.sized(&extreme.small.to_bytes());
}

fn write_counted_texts(writer: &mut Writer, counted: &CountedTexts) {
    let mut labels: Vec<_> = counted.labels.iter().collect();
    labels.sort_unstable_by_key(|label| label.hash);
    writer.u32(labels.len() as u32);
    for label in labels {
        writer.u64(label.hash);
        writer.u64(counted.counts.get(label.hash));
        writer.u32(label.chars);
        writer.u16(label.text.len() as u16);
        writer.raw(label.text.as_bytes());
    }
}

fn write_summed_texts(writer: &mut Writer, summed: &SummedTexts) {
    writer.raw(summed.distinct.as_bytes());
    let lengths = summed.lengths;
    for number in [lengths.count, lengths.total, lengths.min, lengths.max] {
        writer.u64(number);
    }
    let entries = summed.wording.entries();
    writer.u32(entries.len() as u32);
    for (hash, words) in entries {
        writer.u64(hash);
        writer.u32(words);
    }
}

fn write_sample(writer: &mut Writer, sampler: &RowSampler) {
    let (positions, order) = sampler.ordered_rows();
    writer.u64(sampler.bound());
    writer.u32(positions.len() as u32);
    positions.iter().for_each(|position| writer.u32(position.source));
    positions.iter().for_each(|position| writer.u64(position.offset));
    for cells in sampler.cells() {
        match cells {
            SampleCells::Numbers(_) => {
                // One NaN for every null, and no negative zero, as everywhere else.
                order.iter().for_each(|&index| writer.f64(canonical(cells.number(index))));
            }
            SampleCells::Text(_) => {
                for &index in &order {
                    writer.u16(cells.text(index).map_or(NULL_LENGTH, |text| text.len() as u16));
                }
                for text in order.iter().filter_map(|&index| cells.text(index)) {
                    writer.raw(text.as_bytes());
                }
            }
        }
    }
}

fn canonical(x: f64) -> f64 {
    if x.is_nan() { f64_from_hash(NULL_HASH) } else { x + 0.0 }
}
