//! How the processes of a cluster connect to each other.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use ballista_core::utils::create_grpc_client_endpoint;

use crate::{Place, Shield};

/// How long the other side may take to let somebody in.
const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// How often it is asked for a sign of life, and how long it may take for it: one that hangs lets nobody wait for ever.
const ASKED_EVERY: Duration = Duration::from_secs(5);
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Connections that notice when the other side has gone or hangs, through the tunnels of a shield where there is one.
pub(crate) fn connections(shield: Option<&Arc<Shield>>) -> EndpointOverrideFn {
    let shield = shield.cloned();
    Arc::new(move |endpoint| {
        let endpoint = match &shield {
            None => endpoint,
            Some(shield) => {
                let place = endpoint.uri().authority().map(ToString::to_string).unwrap_or_default();
                let port = shield.tunnel(Place::parse(&place)?)?;
                create_grpc_client_endpoint(format!("http://127.0.0.1:{port}"), None)?
            }
        };
        Ok(endpoint
            .connect_timeout(CONNECTED_WITHIN)
            .http2_keep_alive_interval(ASKED_EVERY)
            .keep_alive_timeout(ANSWERS_WITHIN)
            .keep_alive_while_idle(true))
    })
}
