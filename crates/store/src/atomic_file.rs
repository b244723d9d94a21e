use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::StoreError;

/// Bytes gathered before they go to the file.
const BUFFER_BYTES: usize = 1 << 18;

/// A file that appears under its name only when it is complete.
///
/// What is written goes to a temporary file in the same folder; [`AtomicFile::commit`] flushes it to the disk
/// and renames it. Dropped without a commit it leaves nothing behind, and an older file of that name stays as
/// it was. Devices and pipes are written directly, since there is nothing to rename.
#[derive(Debug)]
pub struct AtomicFile {
    writer: BufWriter<File>,
    /// The temporary file; none when writing directly.
    temporary: Option<TempPath>,
    target: PathBuf,
}

impl AtomicFile {
    /// Begins a file.
    ///
    /// # Errors
    /// When the folder is missing or may not be written to, or `target` is a folder.
    pub fn create(target: &Path) -> Result<Self, StoreError> {
        let failed = || StoreError::io("write", target);
        // A link keeps pointing where it points: what it points to is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(failed()(io::ErrorKind::IsADirectory.into()));
        }
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(&target).map_err(failed())?;
            return Ok(Self {
                writer: BufWriter::with_capacity(BUFFER_BYTES, file),
                temporary: None,
                target,
            });
        }
        let folder = folder_of(&target);
        let (file, temporary) = new_temporary(folder, existing.as_ref()).map_err(failed())?.into_parts();
        Ok(Self { writer: BufWriter::with_capacity(BUFFER_BYTES, file), temporary: Some(temporary), target })
    }

    /// Makes the file appear under its name, complete and on the disk.
    ///
    /// # Errors
    /// When the disk is full or the rename is refused; nothing is left behind then.
    pub fn commit(mut self) -> Result<(), StoreError> {
        let target = self.target.clone();
        let failed = || StoreError::io("write", &target);
        self.writer.flush().map_err(failed())?;
        let Some(temporary) = self.temporary else { return Ok(()) };
        self.writer.get_ref().sync_all().map_err(failed())?;
        temporary.persist(&target).map_err(|error| failed()(error.error))?;
        // The rename itself is on the disk once the folder is; systems that cannot sync a folder are left be.
        if let Ok(folder) = File::open(folder_of(&target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Writes a whole file at once.
    ///
    /// # Errors
    /// As [`AtomicFile::create`] and [`AtomicFile::commit`].
    pub fn write(target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = Self::create(target)?;
        file.write_all(bytes).map_err(StoreError::io("write", target))?;
        file.commit()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A temporary file with the rights that the finished one shall have: those of the file it replaces, else
/// those of any new file.
#[cfg(unix)]
fn new_temporary(folder: &Path, existing: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    let any_new_file = fs::Permissions::from_mode(0o666);
    let file = tempfile::Builder::new()
        .prefix(".driftline-")
        .suffix(".partial")
        .permissions(any_new_file)
        .tempfile_in(folder)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn new_temporary(folder: &Path, _: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".driftline-").suffix(".partial").tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_appears_before_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.csv");
        fs::write(&target, "old").unwrap();
        let mut file = AtomicFile::create(&target).unwrap();
        file.write_all(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        file.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn what_is_dropped_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&folder.path().join("out.csv")).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn rights_are_those_of_a_usual_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let target = folder.path().join("out");
        AtomicFile::write(&target, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&target), mode(&plain));
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        AtomicFile::write(&target, b"y").unwrap();
        assert_eq!(mode(&target), 0o640);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_of_the_system() {
        let error = AtomicFile::write(Path::new("/dev/full"), b"x").unwrap_err();
        assert_eq!(error.code(), "system.no_space");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AtomicFile::create(folder.path()).is_err());
        assert!(AtomicFile::create(&folder.path().join("missing/out")).is_err());
    }
}
