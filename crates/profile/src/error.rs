/// Why a profile could not be read or merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The bytes do not begin like a profile.
    #[error("this is not a profile: it does not start with `DLPF`")]
    NotAProfile,
    /// The profile was written in a form that this release does not know.
    #[error("the profile has format version {found}, but only version {known} can be read")]
    Version {
        /// Version in the file.
        found: u16,
        /// Version that can be read.
        known: u16,
    },
    /// The bytes were changed or cut after they were written.
    #[error("the profile is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// Two profiles do not describe the same columns.
    #[error("profiles of different columns cannot be merged: {what}")]
    Columns {
        /// The first difference.
        what: String,
    },
    /// Two profiles were made with different options or bins.
    #[error("profiles made with different {what} cannot be merged")]
    Options {
        /// What differs.
        what: &'static str,
    },
}
