//! Connections between the processes of a cluster that nobody else can use: TLS, and a secret that all of them share.
//!
//! Ballista's ports know neither. Where they are to be reached from other machines they stay on loopback, in front of
//! them stands a listener that asks for the secret, and whoever connects does so through a tunnel that tells it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::{ClusterError, Place};

/// Shortest secret in bytes.
const LEAST_SECRET: usize = 16;
/// How long the other side may take to show who it is.
const INTRODUCED_WITHIN: Duration = Duration::from_secs(10);
/// Pause after a connection that could not be taken.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// What is answered to the right secret.
const WELCOME: u8 = b'+';

/// Where certificates and the secret lie; empty paths where there are none.
#[derive(Debug, Clone, Default)]
pub struct ShieldFiles {
    /// Certificate of this process, with its chain, as PEM: only those who listen need one.
    pub cert: PathBuf,
    /// Private key of the certificate, as PEM.
    pub key: PathBuf,
    /// Certificates that those of the others go back to, as PEM.
    pub ca: PathBuf,
    /// The secret: all of the file but blanks around it.
    pub secret: PathBuf,
}

/// TLS and the secret, ready.
pub struct Shield {
    acceptor: Option<TlsAcceptor>,
    connector: TlsConnector,
    secret: [u8; 32],
    /// Ports of this machine from which tunnels lead to others.
    tunnels: Mutex<HashMap<String, u16>>,
}

impl Shield {
    /// Reads the files; nothing when none is named.
    ///
    /// # Errors
    /// When some are named and others not, or one does not hold what it should.
    pub fn load(files: &ShieldFiles) -> Result<Option<Arc<Self>>, ClusterError> {
        let named =
            [&files.cert, &files.key, &files.ca, &files.secret].map(|path| !path.as_os_str().is_empty());
        let (has_cert, has_key, has_ca, has_secret) = (named[0], named[1], named[2], named[3]);
        if named == [false; 4] {
            return Ok(None);
        }
        if !has_ca || !has_secret || has_cert != has_key {
            let cause = "a secret and the certificate of an authority belong together, and a certificate with its key";
            return Err(ClusterError::Shield { path: String::new(), cause: cause.to_owned() });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&files.ca)? {
            roots.add(certificate).map_err(|error| unusable(&files.ca, error))?;
        }
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&files.ca, error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let acceptor = if has_cert {
            let key =
                PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable(&files.key, error))?;
            let server = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| unusable(&files.cert, error))?
                .with_no_client_auth()
                .with_single_cert(certificates(&files.cert)?, key)
                .map_err(|error| unusable(&files.cert, error))?;
            Some(TlsAcceptor::from(Arc::new(server)))
        } else {
            None
        };
        let connector = TlsConnector::from(Arc::new(client));
        let secret = secret(&files.secret)?;
        Ok(Some(Arc::new(Self { acceptor, connector, secret, tunnels: Mutex::default() })))
    }

    /// Whether this process can be one that others connect to.
    pub(crate) fn can_listen(&self) -> bool {
        self.acceptor.is_some()
    }

    /// Lets those who know the secret through to an address of this machine, until the runtime ends.
    pub(crate) fn stand_before(self: &Arc<Self>, listener: TcpListener, inside: SocketAddr) {
        let shield = Arc::clone(self);
        tokio::spawn(each_connection(listener, move |stream| {
            let shield = Arc::clone(&shield);
            async move { shield.let_in(stream, inside).await }
        }));
    }

    async fn let_in(&self, stream: TcpStream, inside: SocketAddr) -> io::Result<()> {
        let Some(acceptor) = &self.acceptor else { return Ok(()) };
        let introduced = async {
            let mut stream = acceptor.accept(stream).await?;
            let mut shown = [0; 32];
            stream.read_exact(&mut shown).await?;
            // Looks at all bytes, whichever is wrong first.
            let differing = shown.iter().zip(&self.secret).fold(0, |all, (one, other)| all | (one ^ other));
            if differing != 0 {
                return Err(io::Error::from(io::ErrorKind::PermissionDenied));
            }
            stream.write_all(&[WELCOME]).await?;
            Ok(stream)
        };
        let mut stream = timeout(INTRODUCED_WITHIN, introduced).await??;
        let mut inner = TcpStream::connect(inside).await?;
        inner.set_nodelay(true)?;
        copy_bidirectional(&mut stream, &mut inner).await.map(drop)
    }

    /// A connection to another process.
    pub(crate) async fn connect(&self, to: &Place) -> io::Result<TlsStream<TcpStream>> {
        let introduced = async {
            let name = ServerName::try_from(to.host.clone()).map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidInput, "no name that a certificate can have")
            })?;
            let stream = TcpStream::connect((to.host.as_str(), to.port)).await?;
            stream.set_nodelay(true)?;
            let mut stream = self.connector.connect(name, stream).await?;
            stream.write_all(&self.secret).await?;
            if stream.read_u8().await? == WELCOME {
                Ok(stream)
            } else {
                Err(io::Error::from(io::ErrorKind::PermissionDenied))
            }
        };
        timeout(INTRODUCED_WITHIN, introduced).await?
    }

    /// A port of this machine that leads to another process.
    pub(crate) fn tunnel(self: &Arc<Self>, to: Place) -> io::Result<u16> {
        let mut tunnels = self.tunnels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(port) = tunnels.get(&to.to_string()) {
            return Ok(*port);
        }
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        tunnels.insert(to.to_string(), port);
        let shield = Arc::clone(self);
        tokio::spawn(each_connection(listener, move |mut near| {
            let (shield, to) = (Arc::clone(&shield), to.clone());
            async move {
                let mut far = shield.connect(&to).await?;
                copy_bidirectional(&mut near, &mut far).await.map(drop)
            }
        }));
        Ok(port)
    }
}

/// Serves every connection that comes, each by itself, until the runtime ends.
async fn each_connection<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(serve(stream))),
            // Such as when there are too many: that passes.
            Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClusterError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = read.map_err(|error| unusable(path, error))?;
    if found.is_empty() { Err(unusable(path, "it holds no certificate")) } else { Ok(found) }
}

fn secret(path: &Path) -> Result<[u8; 32], ClusterError> {
    let text = std::fs::read_to_string(path).map_err(|error| unusable(path, error))?;
    let text = text.trim();
    if text.len() < LEAST_SECRET {
        return Err(unusable(path, format!("a secret has at least {LEAST_SECRET} bytes")));
    }
    Ok(Sha256::digest(text).into())
}

fn unusable(path: &Path, cause: impl std::fmt::Display) -> ClusterError {
    ClusterError::Shield { path: path.display().to_string(), cause: cause.to_string() }
}
