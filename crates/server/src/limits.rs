//! How often somebody may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::ServiceConfig;

/// Addresses that are remembered before those that have been quiet are forgotten.
const MANY_ADDRESSES: usize = 10_000;

/// The limits, by address.
#[derive(Debug)]
pub(crate) struct Limits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
}

impl Limits {
    pub(crate) fn new(config: &ServiceConfig) -> Self {
        let at_least_one = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self {
            requests: RateLimiter::keyed(Quota::per_second(at_least_one(config.requests_per_sec))),
            sign_ins: RateLimiter::keyed(Quota::per_minute(at_least_one(config.sign_ins_per_min))),
        }
    }

    /// Whether an address may make one more request.
    pub(crate) fn allows_request(&self, address: IpAddr) -> bool {
        if self.requests.len() > MANY_ADDRESSES {
            self.requests.retain_recent();
        }
        self.requests.check_key(&address).is_ok()
    }

    /// Whether an address may try one more sign-in.
    pub(crate) fn allows_sign_in(&self, address: IpAddr) -> bool {
        if self.sign_ins.len() > MANY_ADDRESSES {
            self.sign_ins.retain_recent();
        }
        self.sign_ins.check_key(&address).is_ok()
    }
}
