use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use axum::http::Uri;

/// Where people reach the service: `https://driftline.example.com`, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
}

impl PublicUrl {
    /// Where a service that nothing stands in front of is reached.
    pub(crate) fn of(address: SocketAddr, is_encrypted: bool) -> Self {
        let scheme = if is_encrypted { "https" } else { "http" };
        Self { text: format!("{scheme}://{address}") }
    }

    /// Whether what is sent there is encrypted on its way.
    pub fn is_encrypted(&self) -> bool {
        self.text.starts_with("https://")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is not like `https://driftline.example.com`: http or https, a host, no path")
        };
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let is_bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        match (scheme, authority) {
            (Some(scheme), Some(authority)) if is_bare => {
                Ok(Self { text: format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()) })
            }
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_scheme_and_a_host_will_do() {
        let read = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());
        assert_eq!(read("https://Drift.example.com/").unwrap(), "https://drift.example.com");
        assert_eq!(read("http://10.0.0.7:8080").unwrap(), "http://10.0.0.7:8080");
        for bad in [
            "",
            "drift.example.com",
            "ftp://a.example",
            "https://a.example/path",
            "https://a.example?x=1",
            "https://a.example/#x",
            "https://user@a.example",
            "https://",
            "/sign-in",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
