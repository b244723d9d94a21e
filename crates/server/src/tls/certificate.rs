//! A certificate and its key, as they stand in two files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error as RustlsError, InconsistentKeys};

use super::Validity;

/// Most bytes of a file that are read: a chain of certificates has a few thousand.
const MAX_BYTES: u64 = 1 << 20;

/// Where the certificate of the service is, and the key that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, with those that vouch for it behind it: PEM.
    pub certificate: PathBuf,
    /// Its private key: PEM. May be the same file.
    pub key: PathBuf,
}

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// One file is named and the other one is not.
    #[error("`{given}` is set and `{missing}` is not: a certificate and its key go together")]
    Incomplete {
        /// The setting that is there.
        given: &'static str,
        /// The setting that is not.
        missing: &'static str,
    },
    /// A file cannot be read.
    #[error("failed to read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is something else.
    #[error("{} is not a PEM file: {reason}", file.display())]
    NotPem {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file holds no certificate.
    #[error("{} holds no certificate", file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// A file holds no key, or one with a password.
    #[error("{} holds no private key that can be used without a password", file.display())]
    NoKey {
        /// The file.
        file: PathBuf,
    },
    /// The certificate is damaged or of a kind that cannot be used.
    #[error("the certificate in {} cannot be used: {reason}", file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key is damaged or of a kind that cannot be used.
    #[error("the key in {} cannot be used: {reason}", file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key belongs to another certificate.
    #[error("the key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
}

impl TlsError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "usage.tls_incomplete",
            Self::Unreadable { .. } => "system.tls_unreadable",
            Self::NotPem { .. } => "system.tls_not_pem",
            Self::NoCertificate { .. } => "system.tls_no_certificate",
            Self::NoKey { .. } => "system.tls_no_key",
            Self::Certificate { .. } => "system.tls_certificate",
            Self::Key { .. } => "system.tls_key",
            Self::Mismatch { .. } => "system.tls_mismatch",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "set both, or neither to serve plain HTTP",
            Self::Unreadable { .. } => {
                "see that the file is there and that the user of the service may read it"
            }
            Self::NotPem { .. } => {
                "PEM is text with lines such as `-----BEGIN CERTIFICATE-----`; `openssl x509 -inform der` makes it of DER"
            }
            Self::NoCertificate { .. } => {
                "name the certificate with its chain, such as certbot's fullchain.pem"
            }
            Self::NoKey { .. } => {
                "name the private key, such as certbot's privkey.pem; `openssl pkey` takes a password off"
            }
            Self::Certificate { .. } => {
                "have the certificate made again: version 3, with the names of this service"
            }
            Self::Key { .. } => {
                "use a key of RSA with 2048 bits or more, of ECDSA (P-256, P-384) or of Ed25519"
            }
            Self::Mismatch { .. } => "name the key that the certificate was asked for with",
        }
    }
}

impl TlsFiles {
    /// The files that two settings name: none when both are empty.
    ///
    /// # Errors
    /// When only one is named.
    pub fn named(certificate: &str, key: &str) -> Result<Option<Self>, TlsError> {
        match (certificate, key) {
            ("", "") => Ok(None),
            (_, "") => Err(TlsError::Incomplete { given: "server.tls_cert", missing: "server.tls_key" }),
            ("", _) => Err(TlsError::Incomplete { given: "server.tls_key", missing: "server.tls_cert" }),
            (certificate, key) => Ok(Some(Self { certificate: certificate.into(), key: key.into() })),
        }
    }

    /// Reads and checks both files, and says how long the certificate holds.
    ///
    /// # Errors
    /// When the service could not be served with them.
    pub fn check(&self) -> Result<Validity, TlsError> {
        Ok(self.read()?.parse(self)?.1)
    }

    /// What stands in the files.
    pub(super) fn read(&self) -> Result<Contents, TlsError> {
        Ok(Contents { certificate: content(&self.certificate)?, key: content(&self.key)? })
    }
}

/// What stands in the two files.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Contents {
    /// The certificate with its key, and how long it holds.
    pub(super) fn parse(&self, files: &TlsFiles) -> Result<(CertifiedKey, Validity), TlsError> {
        let (in_certificate, in_key) = (|| files.certificate.clone(), || files.key.clone());
        let chain: Vec<CertificateDer<'static>> = sections(&self.certificate, &files.certificate)?
            .into_iter()
            .filter(|(kind, _)| *kind == SectionKind::Certificate)
            .map(|(_, der)| der.into())
            .collect();
        let Some(first) = chain.first() else {
            return Err(TlsError::NoCertificate { file: in_certificate() });
        };
        let validity = Validity::of(first).ok_or_else(|| TlsError::Certificate {
            file: in_certificate(),
            reason: "it is damaged".to_owned(),
        })?;
        let key = sections(&self.key, &files.key)?
            .into_iter()
            .find_map(|(kind, der)| PrivateKeyDer::from_pem(kind, der))
            .ok_or_else(|| TlsError::NoKey { file: in_key() })?;
        let key = default_provider()
            .key_provider
            .load_private_key(key)
            .map_err(|error| TlsError::Key { file: in_key(), reason: error.to_string() })?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            // A key that does not tell its public half cannot be compared.
            Ok(()) | Err(RustlsError::InconsistentKeys(InconsistentKeys::Unknown)) => {
                Ok((certified, validity))
            }
            Err(RustlsError::InconsistentKeys(_)) => {
                Err(TlsError::Mismatch { certificate: in_certificate(), key: in_key() })
            }
            Err(error) => Err(TlsError::Certificate { file: in_certificate(), reason: error.to_string() }),
        }
    }
}

fn content(file: &Path) -> Result<Vec<u8>, TlsError> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(file)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| TlsError::Unreadable { file: file.to_path_buf(), source })
}

/// The parts of a PEM file; at least one.
fn sections(bytes: &[u8], file: &Path) -> Result<Vec<(SectionKind, Vec<u8>)>, TlsError> {
    let not_pem = |reason: String| TlsError::NotPem { file: file.to_path_buf(), reason };
    let sections: Vec<(SectionKind, Vec<u8>)> = <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        // What the reader says quotes the file, which may be a key.
        .map_err(|error| match error {
            pem::Error::MissingSectionEnd { .. } => not_pem("it ends in the middle".to_owned()),
            _ => not_pem("its text is damaged".to_owned()),
        })?;
    let has_begin = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    if sections.is_empty() && !has_begin {
        return Err(not_pem("it has no line that begins with `-----BEGIN `".to_owned()));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey as Generated, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    fn made() -> (String, String) {
        let Generated { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    fn code(folder: &TempDir, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> &'static str {
        let files = TlsFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files.check().map_or_else(|error| error.code(), |_| "")
    }

    #[test]
    fn every_fault_has_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let ((certificate, key), (_, other_key)) = (made(), made());
        assert_eq!(code(&folder, &certificate, &key), "");
        let both = format!("{key}{certificate}");
        assert_eq!(code(&folder, &both, &both), "", "both in one file");
        assert_eq!(code(&folder, "nothing", &key), "system.tls_not_pem");
        assert_eq!(code(&folder, [0x30, 0x82, 0xFF], &key), "system.tls_not_pem");
        let cut = certificate.lines().take(3).collect::<Vec<_>>().join("\n");
        assert_eq!(code(&folder, cut, &key), "system.tls_not_pem");
        assert_eq!(code(&folder, &key, &key), "system.tls_no_certificate");
        assert_eq!(code(&folder, &certificate, &certificate), "system.tls_no_key");
        let locked = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
        assert_eq!(code(&folder, &certificate, locked), "system.tls_no_key");
        let junk = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        assert_eq!(code(&folder, junk, &key), "system.tls_certificate");
        assert_eq!(code(&folder, &certificate, junk.replace("CERTIFICATE", "PRIVATE KEY")), "system.tls_key");
        assert_eq!(code(&folder, &certificate, other_key), "system.tls_mismatch");
        let nowhere =
            TlsFiles { certificate: folder.path().join("no.pem"), key: folder.path().join("k.pem") };
        assert_eq!(nowhere.check().unwrap_err().code(), "system.tls_unreadable");
    }

    #[test]
    fn one_file_alone_is_refused() {
        assert_eq!(TlsFiles::named("", "").unwrap(), None);
        for (certificate, key) in [("c.pem", ""), ("", "k.pem")] {
            assert_eq!(TlsFiles::named(certificate, key).unwrap_err().code(), "usage.tls_incomplete");
        }
    }
}
