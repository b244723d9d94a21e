use std::fmt;
use std::str::FromStr;

use crate::StoreError;

/// Longest name, so that paths stay short on every system.
const MAX_LENGTH: usize = 64;

/// A checked name of a baseline: it is safe as the name of a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BaselineName(String);

impl BaselineName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BaselineName {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let well_formed = text.len() <= MAX_LENGTH
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !text.ends_with('.')
            && text.chars().all(plain);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(StoreError::Name { name: text.to_owned() }) }
    }
}

impl fmt::Display for BaselineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `NAME` or `NAME@VERSION`; without a version the current one is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineReference {
    /// Which baseline.
    pub name: BaselineName,
    /// Which version of it.
    pub version: Option<u32>,
}

impl FromStr for BaselineReference {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let (name, version) = match text.split_once('@') {
            None => (text, None),
            Some((name, version)) => {
                let digits = version.strip_prefix('v').unwrap_or(version);
                let number: u32 =
                    digits.parse().map_err(|_| StoreError::VersionText { version: version.to_owned() })?;
                (name, Some(number))
            }
        };
        Ok(Self { name: name.parse()?, version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_workspace() {
        for bad in ["", "..", ".hidden", "a/b", "a\\b", "a b", "ü", "-x", "a.", "a\0", &"x".repeat(65)] {
            assert!(bad.parse::<BaselineName>().is_err(), "{bad:?}");
        }
        for good in ["flights", "a", "2013-07", "a.b_c-d"] {
            assert_eq!(good.parse::<BaselineName>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn references_may_name_a_version() {
        let reference: BaselineReference = "flights@3".parse().unwrap();
        assert_eq!((reference.name.as_str(), reference.version), ("flights", Some(3)));
        assert_eq!("flights@v3".parse::<BaselineReference>().unwrap(), reference);
        assert_eq!("flights".parse::<BaselineReference>().unwrap().version, None);
        assert!("flights@".parse::<BaselineReference>().is_err());
        assert!("flights@latest".parse::<BaselineReference>().is_err());
    }
}
