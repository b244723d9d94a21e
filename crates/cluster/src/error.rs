use driftline_engine::EngineError;

/// Why a cluster cannot be used, or a part of it not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// An address that is none.
    #[error("`{text}` is no address of a cluster: write df://HOST:PORT")]
    Address {
        /// What was given.
        text: String,
    },
    /// An address that others can reach, without protection.
    #[error(
        "{address} can be reached from other machines, and whoever reaches it can read every file that this process \
         can: give a certificate and a secret (--tls-cert, --tls-key, --tls-ca, --secret-file), or --allow-open where \
         the network itself keeps others out"
    )]
    Open {
        /// The address.
        address: String,
    },
    /// Certificates or secret that cannot be used.
    #[error("what keeps others out cannot be used: {path}{}{cause}", if path.is_empty() { "" } else { ": " })]
    Shield {
        /// The file; empty when one is missing.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// An address that stands for all of a machine, where others must be told one.
    #[error("{address} is every address of this machine: say with --advertise at which one others reach it")]
    Wildcard {
        /// The address.
        address: String,
    },
    /// A part of the cluster could not be started, or ended with an error.
    #[error("the {part} ended: {cause}")]
    Ended {
        /// Scheduler or executor.
        part: &'static str,
        /// Why.
        cause: String,
    },
    /// Something of the system is not there.
    #[error("failed to {what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<ClusterError> for EngineError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster { cause: error.to_string() }
    }
}
