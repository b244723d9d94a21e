use std::io::Read;

use driftline_chunk::{Field, Physical, Schema};
use driftline_stats::hash::{NULL_HASH, hash_bytes, hash_f64, hash_position};
use driftline_stats::{ExactSum, Hll};

use super::encode::NULL_LENGTH;
use super::reader::{Reader, Result, damaged};
use super::{HEADER_BYTES, MAGIC, MAX_PAYLOAD_BYTES, VERSION, tag};
use crate::bin_counter::BinCounter;
use crate::bins::NumberBins;
use crate::column::{Booleans, ColumnProfile, Values};
use crate::error::ProfileError;
use crate::labels::{Label, MAX_TEXT_BYTES};
use crate::lengths::Lengths;
use crate::moments::{Extremes, Moments, Squares};
use crate::number_values::{NumberValues, SummedNumbers};
use crate::options::ProfileOptions;
use crate::row_sample::Position;
use crate::sample_cells::SampleCells;
use crate::sampler::{RestoredRows, RowSampler};
use crate::table::TableProfile;
use crate::text_values::{SummedTexts, TextValues};
use crate::wording::Wording;

/// Most rows of a sample and most counted values that are believed; far above any that are written.
const MAX_OPTION: u64 = 1 << 24;

pub(crate) fn decode(bytes: &[u8]) -> Result<TableProfile> {
    let payload = decompressed(bytes)?;
    let mut reader = Reader::new(&payload);
    let profile = read_profile(&mut reader)?;
    reader.end()?;
    Ok(profile)
}

fn decompressed(bytes: &[u8]) -> Result<Vec<u8>> {
    if !bytes.starts_with(&MAGIC) {
        return Err(ProfileError::NotAProfile);
    }
    let (header, compressed) =
        bytes.split_at_checked(HEADER_BYTES).ok_or_else(|| damaged("it ends within its header"))?;
    let mut header = Reader::new(&header[MAGIC.len()..]);
    let version = header.u16()?;
    if version != VERSION {
        return Err(ProfileError::Version { found: version, known: VERSION });
    }
    let stored = header.u16()?;
    let length = header.u64()?;
    if header.u64()? != hash_bytes(compressed) {
        return Err(damaged("its checksum does not match"));
    }
    if stored > 1 || length > MAX_PAYLOAD_BYTES {
        return Err(damaged("its header makes no sense"));
    }
    let payload = if stored == 1 { compressed.to_vec() } else { inflate(compressed, length)? };
    if payload.len() as u64 != length {
        return Err(damaged("it has another length than its header says"));
    }
    Ok(payload)
}

/// Decompresses at most `length` bytes. Memory grows with what really comes out, not with what is promised.
fn inflate(compressed: &[u8], length: u64) -> Result<Vec<u8>> {
    let refused = |_| damaged("it cannot be decompressed");
    let decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(refused)?;
    let mut payload = Vec::with_capacity((length as usize).min(compressed.len().saturating_mul(16)));
    decoder.take(length + 1).read_to_end(&mut payload).map_err(refused)?;
    Ok(payload)
}

fn read_profile(reader: &mut Reader<'_>) -> Result<TableProfile> {
    let schema = read_schema(reader)?;
    let options =
        ProfileOptions { sample_rows: option_of(reader.u64()?)?, exact_values: option_of(reader.u64()?)? };
    let rows = reader.u64()?;
    let mut columns = Vec::with_capacity(schema.len());
    for field in schema.fields() {
        columns.push(read_column(reader, field, options, rows)?);
    }
    let mut profile = TableProfile::of_parts(schema, options, columns);
    profile.rows = rows;
    let count = reader.count(16)?;
    let mut last = None;
    for _ in 0..count {
        let hash = rising(reader.u64()?, &mut last)?;
        profile.duplicates.add(hash, reader.u64()?);
    }
    profile.sampler = read_sample(reader, &profile.schema, options, rows)?;
    Ok(profile)
}

fn read_schema(reader: &mut Reader<'_>) -> Result<Schema> {
    let count = reader.count(5)?;
    let mut fields = Vec::with_capacity(count);
    for _ in 0..count {
        let length = reader.u32()? as usize;
        let name = reader.text(length)?.to_owned();
        let physical = match reader.u8()? {
            0 => Physical::Number,
            1 => Physical::Boolean,
            2 => Physical::Datetime,
            3 => Physical::Text,
            _ => return Err(damaged("a column is of an unknown type")),
        };
        fields.push(Field { name, physical });
    }
    Ok(Schema::new(fields))
}

fn option_of(value: u64) -> Result<usize> {
    if value > MAX_OPTION { Err(damaged("its options make no sense")) } else { Ok(value as usize) }
}

/// Keys come by rising value, so that there is one form of the same content and no key comes twice.
fn rising<T: PartialOrd + Copy>(key: T, last: &mut Option<T>) -> Result<T> {
    if last.is_some_and(|last| last >= key) {
        return Err(damaged("its values are out of order"));
    }
    *last = Some(key);
    Ok(key)
}

fn read_column(
    reader: &mut Reader<'_>,
    field: &Field,
    options: ProfileOptions,
    rows: u64,
) -> Result<ColumnProfile> {
    let (nulls, failures) = (reader.u64()?, reader.u64()?);
    let edge_count = reader.count(8)?;
    let edges = (0..edge_count).map(|_| reader.f64()).collect::<Result<Vec<_>>>()?;
    let bins = if edges.is_empty() { None } else { Some(read_bins(edges, field)?) };
    let mut column = ColumnProfile::new(field, options.exact_values, bins.as_ref());
    (column.count, column.nulls, column.failures) = (rows, nulls, failures);
    let values = match (reader.u8()?, field.physical) {
        (tag::NUMBERS_COUNTED, Physical::Number | Physical::Datetime) => {
            Values::Numbers(read_counted_numbers(reader, options)?)
        }
        (tag::NUMBERS_SUMMED, Physical::Number | Physical::Datetime) => Values::Numbers(
            NumberValues::Summed(Box::new(read_summed_numbers(reader, column.bins.as_deref())?)),
        ),
        (tag::BOOLEANS, Physical::Boolean) => {
            Values::Booleans(Booleans { falses: reader.u64()?, trues: reader.u64()? })
        }
        (tag::TEXTS_COUNTED, Physical::Text) => Values::Text(read_counted_texts(reader, options)?),
        (tag::TEXTS_SUMMED, Physical::Text) => {
            Values::Text(TextValues::Summed(Box::new(read_summed_texts(reader)?)))
        }
        _ => return Err(damaged("a column holds values of another type")),
    };
    let missing = nulls.checked_add(failures);
    let total = missing.zip(values.total()).and_then(|(missing, present)| missing.checked_add(present));
    if total != Some(rows) {
        return Err(damaged("its counts do not add up"));
    }
    column.values = values;
    Ok(column)
}

fn read_bins(edges: Vec<f64>, field: &Field) -> Result<NumberBins> {
    NumberBins::from_edges(edges, field.physical).ok_or_else(|| damaged("its bins make no sense"))
}

fn read_counted_numbers(reader: &mut Reader<'_>, options: ProfileOptions) -> Result<NumberValues> {
    let count = reader.count(16)?;
    if count > options.exact_values {
        return Err(damaged("it counts more values than its options allow"));
    }
    let mut values = NumberValues::new(options.exact_values);
    let mut last = None;
    for _ in 0..count {
        let x = rising(reader.f64()?, &mut last)?;
        if x.is_nan() || (x == 0.0 && x.is_sign_negative()) {
            return Err(damaged("a value is not a number"));
        }
        values.add(hash_f64(x), reader.u64()?, None);
    }
    Ok(values)
}

fn read_summed_numbers(reader: &mut Reader<'_>, bins: Option<&BinCounter>) -> Result<SummedNumbers> {
    let mut summed = SummedNumbers::new(bins);
    summed.moments = read_moments(reader)?;
    summed.distinct = read_hll(reader)?;
    for count in &mut summed.bin_counts {
        *count = reader.u64()?;
    }
    Ok(summed)
}

fn read_moments(reader: &mut Reader<'_>) -> Result<Moments> {
    let moments = Moments {
        finite: reader.u64()?,
        zeros: reader.u64()?,
        negatives: reader.u64()?,
        infinities: reader.u64()?,
        fractional: reader.u64()?,
        min: reader.f64()?,
        max: reader.f64()?,
        sum: read_sum(reader)?,
        squares: Squares { ordinary: read_sum(reader)?, extreme: None },
    };
    let extreme = Extremes { large: read_sum(reader)?, small: read_sum(reader)? };
    let squares =
        Squares { extreme: (extreme != Extremes::default()).then(|| Box::new(extreme)), ..moments.squares };
    let moments = Moments { squares, ..moments };
    let finite = moments.finite == 0 || (moments.min.is_finite() && moments.max.is_finite());
    let within = [moments.zeros, moments.fractional].iter().all(|&part| part <= moments.finite);
    if finite && within { Ok(moments) } else { Err(damaged("its moments make no sense")) }
}

fn read_sum(reader: &mut Reader<'_>) -> Result<ExactSum> {
    let sum = ExactSum::from_bytes(reader.sized()?).ok_or_else(|| damaged("a sum makes no sense"))?;
    if sum.value_scaled(-100).is_finite() { Ok(sum) } else { Err(damaged("a sum is not finite")) }
}

fn read_hll(reader: &mut Reader<'_>) -> Result<Hll> {
    Hll::from_bytes(reader.raw(Hll::BYTES)?).ok_or_else(|| damaged("a sketch makes no sense"))
}

fn read_counted_texts(reader: &mut Reader<'_>, options: ProfileOptions) -> Result<TextValues> {
    let count = reader.count(22)?;
    let mut values = TextValues::new(options.exact_values);
    let mut last = None;
    for _ in 0..count {
        let hash = rising(reader.u64()?, &mut last)?;
        let (occurrences, chars, length) = (reader.u64()?, reader.u32()?, usize::from(reader.u16()?));
        let text = reader.text(length)?;
        if hash == NULL_HASH || length > MAX_TEXT_BYTES {
            return Err(damaged("a counted text makes no sense"));
        }
        values.add(Label { hash, chars, text }, occurrences);
    }
    match values {
        TextValues::Counted(_) => Ok(values),
        TextValues::Summed(_) => Err(damaged("it counts more values than its options allow")),
    }
}

fn read_summed_texts(reader: &mut Reader<'_>) -> Result<SummedTexts> {
    let distinct = read_hll(reader)?;
    let lengths =
        Lengths { count: reader.u64()?, total: reader.u64()?, min: reader.u64()?, max: reader.u64()? };
    let mut wording = Wording::default();
    let mut last = None;
    for _ in 0..reader.count(12)? {
        let hash = rising(reader.u64()?, &mut last)?;
        wording.offer_words(hash, reader.u32()?);
    }
    Ok(SummedTexts { distinct, lengths, wording })
}

fn read_sample(
    reader: &mut Reader<'_>,
    schema: &Schema,
    options: ProfileOptions,
    rows: u64,
) -> Result<RowSampler> {
    let bound = reader.u64()?;
    let count = reader.count(12)?;
    if count > options.sample_rows || count as u64 > rows {
        return Err(damaged("its sample has too many rows"));
    }
    let sources = (0..count).map(|_| reader.u32()).collect::<Result<Vec<_>>>()?;
    let mut positions = Vec::with_capacity(count);
    let mut last = None;
    for source in sources {
        let position = rising(Position { source, offset: reader.u64()? }, &mut last)?;
        if hash_position(source, position.offset) >= bound {
            return Err(damaged("its sample holds a row that is outside"));
        }
        positions.push(position);
    }
    let mut cells = Vec::with_capacity(schema.len());
    for field in schema.fields() {
        cells.push(read_cells(reader, field.physical, count)?);
    }
    Ok(RowSampler::restored(schema, options.sample_rows, bound, RestoredRows { positions, cells }))
}

fn read_cells(reader: &mut Reader<'_>, physical: Physical, count: usize) -> Result<SampleCells> {
    let mut cells = SampleCells::new(physical);
    match &mut cells {
        SampleCells::Numbers(numbers) => {
            let bytes = reader.raw(count * 8)?;
            numbers.extend(bytes.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)));
        }
        SampleCells::Text(texts) => {
            let lengths = reader.raw(count * 2)?.as_chunks::<2>().0;
            for &length in lengths {
                let length = u16::from_le_bytes(length);
                if length == NULL_LENGTH {
                    texts.push(None);
                } else if usize::from(length) <= MAX_TEXT_BYTES {
                    texts.push(Some(reader.text(usize::from(length))?));
                } else {
                    return Err(damaged("a sampled text is too long"));
                }
            }
        }
    }
    Ok(cells)
}
