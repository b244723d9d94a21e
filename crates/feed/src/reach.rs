//! What feeds may read: folders of this machine, and addresses.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::FeedError;

/// What feeds may read. Nothing that is private without saying so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether feeds may ask addresses that are not public: this machine and its network.
    pub allows_private: bool,
    /// The folders below which files and folders may be read. Links are followed first.
    pub folders: Vec<PathBuf>,
}

impl Reach {
    /// The path without links, when it is there and may be read.
    pub(crate) fn resolve(&self, path: &Path) -> Result<Option<PathBuf>, FeedError> {
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, error)),
        };
        let is_inside = self.folders.iter().filter_map(|folder| folder.canonicalize().ok());
        match is_inside.into_iter().any(|folder| real.starts_with(folder)) {
            true => Ok(Some(real)),
            false => Err(FeedError::Outside { path: path.to_owned() }),
        }
    }

    /// Whether a path may be read once it is there.
    pub(crate) fn admit(&self, path: &Path) -> Result<(), FeedError> {
        let is_plain = path.is_absolute() && !path.components().any(|part| part == Component::ParentDir);
        if !is_plain {
            let reason = "it must begin with `/` and go without `..`".to_owned();
            return Err(FeedError::Settings { setting: "path", reason });
        }
        // A drive that is not there yet: it is judged when it is.
        if self.folders.iter().any(|folder| !folder.exists() && path.starts_with(folder)) {
            return Ok(());
        }
        for ancestor in path.ancestors() {
            if self.resolve(ancestor)?.is_some() {
                return Ok(());
            }
        }
        Err(FeedError::Outside { path: path.to_owned() })
    }

    /// Opens a file that may be read; none when it is not there.
    pub(crate) fn open(&self, path: &Path) -> Result<Option<File>, FeedError> {
        let Some(real) = self.resolve(path)? else { return Ok(None) };
        // What was resolved has no links: one that is put there now is not followed. Not waiting keeps named pipes
        // from holding the feed.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match rustix::fs::open(&real, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(unreadable(path, error.into())),
        };
        match file.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(Some(file)),
            Ok(_) => {
                let reason = "it is not a regular file".to_owned();
                Err(FeedError::Unreadable { path: path.to_owned(), reason })
            }
            Err(error) => Err(unreadable(path, error)),
        }
    }

    /// Whether an address may be asked.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        self.allows_private || is_public(address)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it ends here")]
pub(crate) fn unreadable(path: &Path, error: std::io::Error) -> FeedError {
    FeedError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

/// Whether an address belongs to the public internet (RFC 6890 and the registries of IANA that it began), also when it
/// stands inside an IPv6 address.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        // Shared by providers, RFC 6598.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, and measurements of networks, RFC 2544.
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        // Relays of 6to4, RFC 7526.
        || (a == 192 && b == 88 && c == 99)
        // Multicast, reserved, broadcast.
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, ..] = address.segments();
    // Only this part is given out; of it, 6to4 (RFC 3056) leads to IPv4, and Teredo and documentation lead nowhere.
    (0x2000..0x4000).contains(&a) && a != 0x2002 && !(a == 0x2001 && (b < 0x200 || b == 0xdb8)) && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let private = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 \
            224.0.0.1 198.18.0.1 192.0.2.1 192.88.99.1 :: ::1 ::ffff:10.0.0.1 fe80::1 fc00::1 fd12::1 ff02::1 64:ff9b::7f00:1 \
            2002:7f00:1:: 2001::1 2001:db8::1";
        for address in private.split_whitespace() {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "2001:4860:4860::8888"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        assert!(Reach { allows_private: true, folders: vec![] }.admits("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn files_are_read_below_the_folders_only() {
        let root = tempfile::tempdir().unwrap();
        let inside = root.path().join("inside");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(root.path().join("secret"), "x").unwrap();
        std::fs::write(inside.join("fine"), "x").unwrap();
        std::os::unix::fs::symlink(root.path().join("secret"), inside.join("link")).unwrap();
        std::os::unix::fs::symlink("fine", inside.join("near")).unwrap();
        let reach = Reach { allows_private: false, folders: vec![inside.clone()] };
        assert!(reach.open(&inside.join("fine")).unwrap().is_some());
        assert!(reach.open(&inside.join("near")).unwrap().is_some());
        assert!(reach.open(&inside.join("later")).unwrap().is_none());
        reach.admit(&inside.join("later/and/deeper")).unwrap();
        for refused in [inside.join("link"), root.path().join("secret"), root.path().join("later")] {
            assert_eq!(reach.admit(&refused).unwrap_err().code(), "feed.refused", "{}", refused.display());
        }
        for odd in ["inside/fine".into(), inside.join("../secret")] {
            assert_eq!(reach.admit(&odd).unwrap_err().code(), "feed.settings", "{}", odd.display());
        }
        assert_eq!(reach.open(&inside).unwrap_err().code(), "feed.unreadable");
        let later = Reach { allows_private: false, folders: vec![root.path().join("drive")] };
        later.admit(&root.path().join("drive/rows")).unwrap();
        assert_eq!(later.admit(&root.path().join("drives")).unwrap_err().code(), "feed.refused");
        let none = Reach::default();
        assert_eq!(none.open(&inside.join("fine")).unwrap_err().code(), "feed.refused");
    }
}
