use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of personal data a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PersonalKind {
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// Numbers of payment cards.
    Card,
    /// Numbers of bank accounts.
    Iban,
    /// Addresses on the internet.
    IpAddress,
    /// Numbers by which a state knows people: social security, tax, identity card.
    NationalId,
    /// Dates of birth.
    DateOfBirth,
    /// Names of people.
    Name,
    /// Where people live.
    Address,
}

impl PersonalKind {
    /// The words used in reports.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::Card => "card number",
            Self::Iban => "IBAN",
            Self::IpAddress => "IP address",
            Self::NationalId => "national id",
            Self::DateOfBirth => "date of birth",
            Self::Name => "name",
            Self::Address => "address",
        }
    }
}

impl fmt::Display for PersonalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.in_words())
    }
}

/// That a column holds personal data, and how that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Personal {
    /// What sort of personal data.
    pub kind: PersonalKind,
    /// Share of the values that were recognised, 0..1; absent where the name of the column alone says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values_ratio: Option<f64>,
    /// Whether the name of the column says so.
    pub by_name: bool,
    /// How sure that is, 0..1.
    pub confidence: f64,
}
