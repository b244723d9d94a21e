//! Archives: each member is a file of its own, read where it lies in the archive.

mod cut;

use std::io::{BufReader, Read};
use std::sync::Arc;

use memchr::memchr_iter;

use crate::IngestError;
use crate::format::Format;
use crate::stored::{Compression, Stored};

/// What a tar archive consists of (POSIX ustar).
const BLOCK_BYTES: u64 = 512;
/// Bytes within which the first lines of a text end.
const LINES_BYTES: u64 = 1 << 20;

/// The files in a file: its members, sorted by name, where it is an archive; else itself. What there is of an
/// archive that was cut off is read, and the last of it says so at its end.
pub(crate) fn members(stored: Stored) -> Result<Vec<Stored>, IngestError> {
    let Found { mut members, archive, is_cut } = match Format::of(&stored)? {
        Format::Zip => of_zip(&stored)?,
        Format::Tar => of_tar(&stored)?,
        _ => return Ok(vec![stored]),
    };
    // What is named like a table is one; where nothing is, everything is looked at.
    if members.iter().any(|member| Format::by_name(&member.name).is_some()) {
        members.retain(|member| Format::by_name(&member.name).is_some());
    }
    if is_cut {
        members = cut_off(members, archive);
    }
    members.sort_by(|one, other| one.name.cmp(&other.name));
    if members.is_empty() {
        return Err(IngestError::EmptyArchive { name: stored.name });
    }
    if members.len() > stored.limits().members {
        let (found, limit) = (members.len(), stored.limits().members);
        return Err(IngestError::TooMany { name: stored.name, found, limit });
    }
    members.into_iter().map(Stored::sniffed).collect()
}

/// What an archive holds, in its order.
struct Found {
    members: Vec<Stored>,
    /// What kind of archive it is.
    archive: &'static str,
    /// Whether it ends before its time.
    is_cut: bool,
}

/// Marks the last of the members. One of which no header and row are left tells nothing, not even its columns: then
/// it is the one before.
fn cut_off(mut members: Vec<Stored>, archive: &'static str) -> Vec<Stored> {
    let Some(mut last) = members.pop() else { return members };
    if !has_lines(&last)
        && let Some(before) = members.pop()
    {
        last = before;
    }
    members.push(last.cut_off(archive));
    members
}

/// Whether a text begins with two whole lines.
fn has_lines(stored: &Stored) -> bool {
    let mut bytes = Vec::new();
    if let Ok(text) = stored.text(Arc::default()) {
        // What comes before the damage is enough to tell.
        let _ = text.take(LINES_BYTES).read_to_end(&mut bytes);
    }
    [b'\n', b'\r'].into_iter().any(|end| memchr_iter(end, &bytes).nth(1).is_some())
}

/// What macOS adds, and hidden files.
fn is_noise(name: &str) -> bool {
    name.split('/').any(|part| part == "__MACOSX" || part.starts_with('.'))
}

fn of_zip(stored: &Stored) -> Result<Found, IngestError> {
    let bad = |cause: String| IngestError::Unreadable { name: stored.name.clone(), format: "zip", cause };
    let len = stored.complete()?;
    let mut archive = match zip::ZipArchive::new(BufReader::new(stored.at(0))) {
        Ok(archive) => archive,
        Err(error) => {
            let members = cut::members_in_order(stored, len);
            if !members.iter().any(|member| Format::by_name(&member.name).is_some()) {
                return Err(bad(error.to_string()));
            }
            return Ok(Found { members, archive: "zip", is_cut: true });
        }
    };
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| bad(error.to_string()))?;
        let name = member.name().map_err(|error| bad(error.to_string()))?.into_owned();
        if member.is_dir() || is_noise(&name) {
            continue;
        }
        if member.encrypted() {
            return Err(bad(format!("`{name}` is encrypted")));
        }
        let compression = match member.compression() {
            zip::CompressionMethod::Stored => Compression::None,
            zip::CompressionMethod::Deflated => Compression::Deflate(Some(member.crc32())),
            other => return Err(bad(format!("`{name}` is packed with {other}, which is not read"))),
        };
        let start = member.data_start().ok_or_else(|| bad(format!("`{name}` has no place")))?;
        let size = member.compressed_size();
        if start.saturating_add(size) > len {
            return Err(bad(format!("`{name}` lies beyond the end of the archive")));
        }
        members.push(stored.part(format!("{}/{name}", stored.name), (start, size), compression));
    }
    Ok(Found { members, archive: "zip", is_cut: false })
}

fn of_tar(stored: &Stored) -> Result<Found, IngestError> {
    let bad = |cause: std::io::Error| IngestError::Unreadable {
        name: stored.name.clone(),
        format: "tar",
        cause: cause.to_string(),
    };
    let (text, len, mut is_cut) = stored.unpacked()?;
    let mut archive = tar::Archive::new(BufReader::new(text.at(0)));
    let (mut members, mut end) = (Vec::new(), 0);
    for entry in archive.entries_with_seek().map_err(bad)? {
        let entry = match entry {
            Ok(entry) => entry,
            // The header of the next member is not all there.
            Err(_) if is_cut || len < end + 2 * BLOCK_BYTES => break,
            Err(error) => return Err(bad(error)),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let (start, size) = (entry.raw_file_position(), entry.size());
        end = start.saturating_add(size).div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES);
        if entry.header().entry_type().is_file() && !is_noise(&name) {
            let size = size.min(len.saturating_sub(start));
            members.push(text.part(format!("{}/{name}", stored.name), (start, size), Compression::None));
        }
        if end > len {
            break;
        }
    }
    // An archive ends with blocks of zeros (POSIX ustar, "Logical records").
    is_cut |= len < end.saturating_add(BLOCK_BYTES);
    Ok(Found { members, archive: "tar", is_cut })
}
