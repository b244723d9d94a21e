use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use driftline_store::{StoreError, hexadecimal};
use sha2::{Digest as _, Sha256};

use super::blocking;
use crate::ApiError;

/// Bytes read at a time when a hash is computed anew.
const READ_BYTES: usize = 1 << 20;

/// A file that bytes come into. Who has it has the lock on it.
pub(crate) struct Partial {
    file: File,
    path: PathBuf,
    length: u64,
    hash: Sha256,
}

/// A file that all bytes have come into and that is safe on the disk. The lock lasts as long as this does.
pub(crate) struct Whole {
    /// The open file; nobody else may write to it.
    _file: File,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) length: u64,
    /// Their SHA-256 in hexadecimal digits.
    pub(crate) sha256: String,
}

impl Partial {
    /// Begins a file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn create(path: PathBuf) -> Result<Self, ApiError> {
        blocking(move || {
            let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
            let file = opened.map_err(refused("write", &path))?;
            lock(&file, &path)?;
            sync_folder(&path);
            Ok(Self { file, path, length: 0, hash: Sha256::new() })
        })
        .await
    }

    /// Opens a file that is there, at the first of `paths` that is; nothing when it is at none.
    ///
    /// # Errors
    /// When somebody else writes to it, or the disk refuses.
    pub(crate) async fn open(paths: [PathBuf; 2]) -> Result<Option<Self>, ApiError> {
        blocking(move || {
            for path in paths {
                match OpenOptions::new().read(true).write(true).open(&path) {
                    Ok(file) => {
                        lock(&file, &path)?;
                        return Ok(Some(Self { file, path, length: 0, hash: Sha256::new() }));
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(refused("open", &path)(error)),
                }
            }
            Ok(None)
        })
        .await
    }

    /// Goes on after the first `offset` bytes: what stands behind them was never acknowledged and is cut off.
    /// `known` is their hash, where it is known.
    ///
    /// # Errors
    /// When there are fewer bytes, or the disk refuses.
    pub(crate) async fn go_on(mut self, offset: u64, known: Option<Sha256>) -> Result<Self, ApiError> {
        blocking(move || {
            let refused = |error| refused("read", &self.path)(error);
            let present = self.file.metadata().map_err(refused)?.len();
            if present < offset {
                let message = "bytes of this upload that were there are gone: begin it anew";
                return Err(ApiError::new(StatusCode::GONE, "data.lost", message));
            }
            self.file.set_len(offset).map_err(refused)?;
            self.hash = match known {
                Some(hash) => hash,
                None => hash_of(&mut self.file).map_err(refused)?,
            };
            self.file.seek(SeekFrom::Start(offset)).map_err(refused)?;
            self.length = offset;
            Ok(self)
        })
        .await
    }

    /// Keeps the first `offset` bytes only.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn cut_to(self, offset: u64) -> Result<(), ApiError> {
        blocking(move || self.file.set_len(offset).map_err(refused("write", &self.path))).await
    }

    /// Writes bytes at the end.
    ///
    /// # Errors
    /// When the disk is full or refuses.
    pub(crate) async fn write(mut self, bytes: Vec<u8>) -> Result<Self, ApiError> {
        blocking(move || {
            self.file.write_all(&bytes).map_err(refused("write", &self.path))?;
            self.hash.update(&bytes);
            self.length += bytes.len() as u64;
            Ok(self)
        })
        .await
    }

    /// Waits until all that was written is safe on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn sync(self) -> Result<Self, ApiError> {
        blocking(move || {
            self.file.sync_all().map_err(refused("write", &self.path))?;
            Ok(self)
        })
        .await
    }

    /// All bytes have come: from now on others may read them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn complete(self) -> Result<Whole, ApiError> {
        let Self { file, path, length, hash } = self.sync().await?;
        blocking(move || {
            let_others_read(&file, &path)?;
            Ok(Whole { _file: file, path, length, sha256: hexadecimal(&hash.finalize()) })
        })
        .await
    }

    /// Bytes so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of the bytes so far.
    pub(crate) fn hash(&self) -> Sha256 {
        self.hash.clone()
    }
}

impl Whole {
    /// Renames the file; once this returns the new name is safe on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn rename(mut self, target: PathBuf) -> Result<Self, ApiError> {
        blocking(move || {
            // After a crash the file of an upload may have its last name already.
            if self.path != target {
                std::fs::rename(&self.path, &target).map_err(refused("rename", &self.path))?;
                sync_folder(&target);
                sync_folder(&self.path);
                self.path = target;
            }
            Ok(self)
        })
        .await
    }
}

fn hash_of(file: &mut File) -> io::Result<Sha256> {
    file.seek(SeekFrom::Start(0))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some([]) | None => return Ok(hash),
            Some(bytes) => hash.update(bytes),
        }
    }
}

fn lock(file: &File, path: &Path) -> Result<(), ApiError> {
    file.try_lock().map_err(|error| not_locked(error, path))
}

fn not_locked(error: TryLockError, path: &Path) -> ApiError {
    match error {
        TryLockError::WouldBlock => {
            let message = "another request writes to this upload";
            ApiError::new(StatusCode::LOCKED, "data.locked", message).with_help("wait until it has ended")
        }
        TryLockError::Error(error) => refused("lock", path)(error),
    }
}

/// Elsewhere a lock only keeps out others who ask for it; here it keeps readers out too, until it is shared.
#[cfg(windows)]
fn let_others_read(file: &File, path: &Path) -> Result<(), ApiError> {
    file.unlock().map_err(refused("unlock", path))?;
    file.try_lock_shared().map_err(|error| not_locked(error, path))
}

#[cfg(not(windows))]
fn let_others_read(_: &File, _: &Path) -> Result<(), ApiError> {
    Ok(())
}

/// A new name is on the disk once its folder is; systems that cannot sync a folder are left be.
fn sync_folder(path: &Path) {
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ApiError {
    let path = path.to_path_buf();
    move |source| StoreError::Io { action, path, source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(folder: &tempfile::TempDir) -> [PathBuf; 2] {
        ["one", "other"].map(|name| folder.path().join(name))
    }

    #[tokio::test]
    async fn what_was_not_acknowledged_is_cut_off_and_the_hash_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = places(&folder);
        let partial = Partial::create(path.clone()).await.unwrap();
        let partial = partial.write(b"abcdef".to_vec()).await.unwrap();
        let locked = Partial::open([path.clone(), other.clone()]).await;
        assert_eq!(locked.err().unwrap().status(), StatusCode::LOCKED);
        drop(partial);
        // It may have its last name already.
        std::fs::rename(&path, &other).unwrap();
        let again = Partial::open([path.clone(), other.clone()]).await.unwrap().unwrap();
        let again = again.go_on(2, None).await.unwrap().write(b"c".to_vec()).await.unwrap();
        let whole = again.complete().await.unwrap();
        // printf abc | sha256sum
        assert_eq!(whole.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((whole.length, std::fs::read(&other).unwrap()), (3, b"abc".to_vec()));
        whole.rename(path.clone()).await.unwrap();
        assert!(path.exists() && !other.exists());
    }

    #[tokio::test]
    async fn a_file_that_lost_bytes_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = places(&folder);
        assert!(Partial::open([path.clone(), other.clone()]).await.unwrap().is_none());
        std::fs::write(&path, "ab").unwrap();
        let partial = Partial::open([path, other]).await.unwrap().unwrap();
        assert_eq!(partial.go_on(3, None).await.err().unwrap().status(), StatusCode::GONE);
    }
}
