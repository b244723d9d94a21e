//! Hands out the dashboard.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use driftline_web::WebFile;

use crate::ApiError;

/// What a page of the dashboard may load and do: only what comes from the service itself. The hash is that of
/// `display: contents;`, which the library behind the command palette writes into its markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-hashes' 'sha256-iaOezIDcQIoxCULa6FBKKuLUu09R7kG+Mlu+JVfU3Rw='; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers everything that is no route of the API: a file of the dashboard, its page for addresses that only the
/// dashboard knows, or that there is nothing.
pub(crate) async fn page_or_nothing(request: Request) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    if !is_read || path.starts_with("/api/") {
        return nothing_here();
    }
    let headers = request.headers();
    if let Some(file) =
        driftline_web::file(path.trim_start_matches('/'), |encoding| accepts(headers, encoding))
    {
        return answer(headers, file);
    }
    let wants_page = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.to_str().is_ok_and(|kinds| kinds.contains("text/html")));
    if path == "/" || wants_page {
        return answer(headers, driftline_web::index(|encoding| accepts(headers, encoding)));
    }
    nothing_here()
}

fn nothing_here() -> Response {
    ApiError::new(StatusCode::NOT_FOUND, "usage.no_such_path", "there is nothing at this path")
        .with_help("the API is described at /api/v1/openapi.json")
        .into_response()
}

fn answer(asked: &HeaderMap, file: WebFile) -> Response {
    let tag = format!("\"{}\"", file.hash.get(..32).unwrap_or_default());
    let keep = if file.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known && tag.len() > 2 {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.bytes.into_response()
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, file.media_type);
    set(header::CACHE_CONTROL, keep);
    set(header::ETAG, &tag);
    set(header::VARY, "Accept-Encoding");
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    if let Some(encoding) = file.encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// Whether who asks understands an encoding: it is named, and not with a weight of zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    accepted.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let is_named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        is_named && !pieces.any(|piece| piece.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_when_they_are_wanted() {
        let headers = |text: &'static str| {
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))])
        };
        assert!(accepts(&headers("gzip, deflate, br"), "br"));
        assert!(accepts(&headers("GZIP;q=0.5"), "gzip"));
        assert!(!accepts(&headers("gzip, br;q=0"), "br"));
        assert!(!accepts(&headers("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
