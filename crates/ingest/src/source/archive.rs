//! Archives: each member is a file of its own, read where it lies in the archive.

use std::io::BufReader;

use crate::IngestError;
use crate::format::Format;
use crate::stored::{Compression, Stored};

/// The files in a file: its members, sorted by name, where it is an archive; else itself.
pub(crate) fn members(stored: Stored) -> Result<Vec<Stored>, IngestError> {
    let mut members = match Format::of(&stored)? {
        Format::Zip => of_zip(&stored)?,
        Format::Tar => of_tar(&stored.unpacked()?)?,
        _ => return Ok(vec![stored]),
    };
    // What is named like a table is one; where nothing is, everything is looked at.
    if members.iter().any(|member| Format::by_name(&member.name).is_some()) {
        members.retain(|member| Format::by_name(&member.name).is_some());
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

/// What macOS adds, and hidden files.
fn is_noise(name: &str) -> bool {
    name.split('/').any(|part| part == "__MACOSX" || part.starts_with('.'))
}

fn of_zip(stored: &Stored) -> Result<Vec<Stored>, IngestError> {
    let bad = |cause: String| IngestError::Unreadable { name: stored.name.clone(), format: "zip", cause };
    let len = stored.complete()?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(stored.at(0))).map_err(|error| bad(error.to_string()))?;
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
            zip::CompressionMethod::Deflated => Compression::Deflate(member.crc32()),
            other => return Err(bad(format!("`{name}` is packed with {other}, which is not read"))),
        };
        let start = member.data_start().ok_or_else(|| bad(format!("`{name}` has no place")))?;
        let size = member.compressed_size();
        if start.saturating_add(size) > len {
            return Err(bad(format!("`{name}` lies beyond the end of the archive")));
        }
        members.push(stored.part(format!("{}/{name}", stored.name), (start, size), compression));
    }
    Ok(members)
}

fn of_tar(stored: &Stored) -> Result<Vec<Stored>, IngestError> {
    let bad = |cause: std::io::Error| IngestError::Unreadable {
        name: stored.name.clone(),
        format: "tar",
        cause: cause.to_string(),
    };
    let len = stored.complete()?;
    let mut archive = tar::Archive::new(BufReader::new(stored.at(0)));
    let mut members = Vec::new();
    for entry in archive.entries_with_seek().map_err(bad)? {
        let entry = entry.map_err(bad)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        if !entry.header().entry_type().is_file() || is_noise(&name) {
            continue;
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        if start.saturating_add(size) > len {
            return Err(bad(std::io::Error::other(format!("`{name}` lies beyond the end of the archive"))));
        }
        members.push(stored.part(format!("{}/{name}", stored.name), (start, size), Compression::None));
    }
    Ok(members)
}
