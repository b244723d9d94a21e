//! The certificate that is served, and its renewal: the files are looked at every now and then, and what is new
//! and sound in them is served to new connections. Those that are open stay as they are.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::certificate::Contents;
use super::{Standing, TlsError, TlsFiles, Validity};
use crate::state::{now_ms, stopped};
use crate::watch_health::{HealthCheck, HealthState};

/// How often the files are looked at. They are small, so that reading them costs next to nothing, and reading
/// notices a change where times of files do not: behind links, on network disks, in mounted secrets.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The certificate that is served.
#[derive(Debug)]
pub(crate) struct Serving {
    files: TlsFiles,
    state: RwLock<State>,
    /// How often the certificate was renewed.
    renewed: watch::Sender<u64>,
}

struct State {
    certified: Arc<CertifiedKey>,
    validity: Validity,
    /// What the files held when it was taken from them.
    contents: Contents,
    /// Why what the files hold now is not served.
    trouble: Option<Trouble>,
}

/// Why what the files hold is not served, and what that is.
struct Trouble {
    /// Absent when the files cannot be read.
    contents: Option<Contents>,
    error: TlsError,
    /// Whether it was so in two looks. Certificate and key are not replaced at the same instant, so that one look
    /// may find them not to fit.
    is_lasting: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("validity", &self.validity).finish_non_exhaustive()
    }
}

impl Serving {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// When they do not hold a certificate and its key.
    pub(crate) fn begin(files: TlsFiles) -> Result<Self, TlsError> {
        let contents = files.read()?;
        let (certified, validity) = contents.parse(&files)?;
        let state = State { certified: Arc::new(certified), validity, contents, trouble: None };
        Ok(Self { files, state: RwLock::new(state), renewed: watch::Sender::new(0) })
    }

    /// How connections are secured.
    ///
    /// # Errors
    /// Never with the versions that are built in.
    pub(crate) fn config(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Looks until the service stops.
    pub(crate) async fn keep_fresh(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let mut clock = tokio::time::interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopped(&mut stopping) => return,
                _ = clock.tick() => {}
            }
            let serving = Arc::clone(&self);
            // A look that panics is a fault of ours; the next one tries again.
            let _ = tokio::task::spawn_blocking(move || serving.look()).await;
        }
    }

    /// Looks once.
    fn look(&self) {
        let read = self.files.read();
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let contents = match read {
            Ok(contents) => contents,
            Err(error) => return state.note(None, error),
        };
        if contents == state.contents {
            state.trouble = None;
            return;
        }
        match contents.parse(&self.files) {
            Ok((certified, validity)) => {
                let said = validity.said(now_ms());
                *state = State { certified: Arc::new(certified), validity, contents, trouble: None };
                drop(state);
                tracing::info!(file = %self.files.certificate.display(), said, "certificate renewed");
                self.renewed.send_modify(|count| *count += 1);
            }
            Err(error) => state.note(Some(contents), error),
        }
    }

    /// How it is with the certificate.
    pub(crate) fn health(&self) -> HealthCheck {
        let (state, now) = (self.state(), now_ms());
        let said = state.validity.said(now);
        if let Some(trouble) = state.trouble.as_ref().filter(|trouble| trouble.is_lasting) {
            let level = match state.validity.standing(now) {
                Standing::Ended | Standing::NotBegun => HealthState::Failed,
                Standing::Holds(_) | Standing::EndsSoon(_) => HealthState::Warning,
            };
            let detail = format!("{}; the one before is served and {said}", trouble.error);
            return HealthCheck::new("certificate", false, level, detail, trouble.error.help());
        }
        let level = match state.validity.standing(now) {
            Standing::Holds(_) => HealthState::Ok,
            Standing::EndsSoon(_) => HealthState::Warning,
            Standing::Ended | Standing::NotBegun => HealthState::Failed,
        };
        let help = "renew the certificate in the same files: the service notices by itself";
        HealthCheck::new("certificate", false, level, said, help)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps why the files are not served; says so once, when it was the same in two looks.
    fn note(&mut self, contents: Option<Contents>, error: TlsError) {
        let before = self.trouble.take().filter(|trouble| trouble.contents == contents);
        if before.as_ref().is_some_and(|trouble| !trouble.is_lasting) {
            let (code, cause) = (error.code(), error.to_string());
            tracing::warn!(code, cause, "the new certificate is not used: the one before is kept");
        }
        self.trouble = Some(Trouble { contents, error, is_lasting: before.is_some() });
    }
}

impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.state().certified))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{Running, ServiceConfig, serve};

    /// How long a renewal may take to be noticed: many looks.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Writes a certificate for so many days from now and gives it.
    fn write(files: &TlsFiles, days: i64) -> String {
        let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        let secs = now_ms() / 1000 + days * 24 * 60 * 60 - params.not_before.unix_timestamp();
        params.not_after = params.not_before + Duration::from_secs(u64::try_from(secs).unwrap());
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        std::fs::write(&files.certificate, &certificate).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        certificate
    }

    fn files(folder: &TempDir) -> TlsFiles {
        TlsFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") }
    }

    fn health(serving: &Serving) -> (HealthState, String) {
        let health = serving.health();
        (health.state, health.detail)
    }

    #[test]
    fn a_broken_file_keeps_the_certificate_before_it_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        write(&files, 60);
        let serving = Serving::begin(files.clone()).unwrap();
        let before = Arc::clone(&serving.state().certified);
        std::fs::write(&files.key, "broken").unwrap();
        serving.look();
        assert_eq!(health(&serving).0, HealthState::Ok, "it may be about to be written");
        serving.look();
        let (state, detail) = health(&serving);
        assert_eq!(state, HealthState::Warning);
        assert!(detail.contains("k.pem is not a PEM file") && detail.contains("59 more days"), "{detail}");
        std::fs::remove_file(&files.key).unwrap();
        serving.look();
        serving.look();
        assert!(health(&serving).1.contains("failed to read"), "{}", health(&serving).1);
        assert!(Arc::ptr_eq(&before, &serving.state().certified));
        write(&files, 10);
        serving.look();
        let (state, detail) = health(&serving);
        assert_eq!(state, HealthState::Warning);
        assert!(detail.starts_with("holds only for 9 more days"), "{detail}");
        assert!(!Arc::ptr_eq(&before, &serving.state().certified));
        write(&files, -1);
        serving.look();
        assert_eq!(health(&serving).0, HealthState::Failed);
    }

    fn browser(certificate: &str) -> reqwest::Client {
        // Fails when it is there already.
        let _ = default_provider().install_default();
        let root = reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([root]).build().unwrap()
    }

    async fn is_answered(client: &reqwest::Client, running: &Running) -> bool {
        client.get(format!("{}/healthz", running.url())).send().await.is_ok()
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_served_and_open_connections_stay() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let first = write(&files, 30);
        let old = browser(&first);
        let mut config = ServiceConfig::new(folder.path().join("data"));
        config.listen = ([127, 0, 0, 1], 0).into();
        config.tls = Some(files.clone());
        let running = serve(config).await.unwrap();
        assert!(is_answered(&old, &running).await);
        let serving = running.service.tls.clone().unwrap();
        let mut renewals = serving.renewed.subscribe();
        let new = browser(&write(&files, 90));
        tokio::time::timeout(PATIENCE, renewals.changed()).await.unwrap().unwrap();
        assert!(is_answered(&new, &running).await);
        assert!(is_answered(&old, &running).await, "on the connection that it has");
        assert!(!is_answered(&browser(&first), &running).await, "on a connection of its own");
        running.stop().await.unwrap();
    }
}
