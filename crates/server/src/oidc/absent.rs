//! In place of `flow.rs` in a program that is built without it.

use std::future::ready;
use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::response::Response;

use super::{Callback, unavailable};
use crate::{ApiError, Service};

/// Nobody is sent anywhere.
pub(crate) fn leave(service: &Service, _: IpAddr) -> impl Future<Output = Result<Response, ApiError>> {
    ready(Err(unavailable(&service.config)))
}

/// Nobody comes back from anywhere.
pub(crate) fn come_back(
    service: &Service,
    _: (IpAddr, &HeaderMap),
    _: Callback,
) -> impl Future<Output = Result<Response, ApiError>> {
    ready(Err(unavailable(&service.config)))
}
