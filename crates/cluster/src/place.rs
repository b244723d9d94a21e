//! Where a scheduler or an executor listens, and who may reach it there.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::{ClusterError, Shield};

/// The port of a scheduler where none is given.
const SCHEDULER_PORT: u16 = 50_050;

/// A host with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What keeps others out.
#[derive(Clone)]
pub enum Guard {
    /// Nothing: only this machine may reach it.
    Loopback,
    /// The network does; somebody said so.
    Network,
    /// TLS and a secret.
    Shield(Arc<Shield>),
}

impl Guard {
    /// TLS and the secret, where they are there.
    pub(crate) fn shield(&self) -> Option<&Arc<Shield>> {
        match self {
            Self::Shield(shield) => Some(shield),
            Self::Loopback | Self::Network => None,
        }
    }
}

impl Place {
    /// `df://host:port`, or `host:port`; without a port that of a scheduler.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, ClusterError> {
        let wrong = || ClusterError::Address { text: text.to_owned() };
        let rest = text.strip_prefix("df://").unwrap_or(text).trim_end_matches('/');
        if rest.contains("://") || rest.contains(['/', '@', ' ']) {
            return Err(wrong());
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.starts_with('[')) => {
                (host, port.parse().map_err(|_| wrong())?)
            }
            _ => (rest, SCHEDULER_PORT),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() { Err(wrong()) } else { Ok(Self { host: host.to_owned(), port }) }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// What others call its host: what they are told, or where it listens.
    ///
    /// # Errors
    /// When it listens everywhere, and nobody says what to tell others.
    pub(crate) fn known_as(&self, advertise: Option<&str>) -> Result<String, ClusterError> {
        let is_everywhere = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        match advertise {
            Some(host) => Ok(host.to_owned()),
            None if is_everywhere => Err(ClusterError::Wildcard { address: self.to_string() }),
            None => Ok(self.host.clone()),
        }
    }

    /// Whether it may be listened on.
    ///
    /// # Errors
    /// When others can reach it and nothing keeps them out.
    pub fn guarded(&self, guard: &Guard) -> Result<(), ClusterError> {
        match guard {
            Guard::Shield(shield) if shield.can_listen() => Ok(()),
            Guard::Shield(_) => Err(ClusterError::Open { address: self.to_string() }),
            Guard::Network => Ok(()),
            Guard::Loopback if self.is_loopback() => Ok(()),
            Guard::Loopback => Err(ClusterError::Open { address: self.to_string() }),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_people_write_them() {
        for (text, host, port) in [
            ("df://10.0.0.7:50051", "10.0.0.7", 50_051),
            ("df://scheduler", "scheduler", 50_050),
            ("localhost:1", "localhost", 1),
            ("df://[::1]:7/", "::1", 7),
        ] {
            assert_eq!(Place::parse(text).unwrap(), Place { host: host.to_owned(), port }, "{text}");
        }
        for wrong in ["http://x:1", "df://", "df://a:b", "df://me:secret@host:1", "df://host:1/path"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_others_can_reach_is_refused_unless_somebody_said_so() {
        for (text, is_loopback) in [
            ("127.0.0.1:1", true),
            ("localhost:1", true),
            ("[::1]:1", true),
            ("0.0.0.0:1", false),
            ("db:1", false),
        ] {
            let place = Place::parse(text).unwrap();
            assert_eq!(place.guarded(&Guard::Loopback).is_ok(), is_loopback, "{text}");
            assert!(place.guarded(&Guard::Network).is_ok());
        }
    }
}
