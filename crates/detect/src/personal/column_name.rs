//! What columns with personal data are called, in English, German, French and Spanish.

use driftline_model::PersonalKind;

/// Words that name a kind, by themselves or as a part of a name: `customer_email`, `Telefon privat`.
const WORDS: &[(PersonalKind, &[&str])] = &[
    (PersonalKind::Email, &["email", "mail", "courriel", "correo"]),
    (
        PersonalKind::Phone,
        &[
            "phone",
            "telephone",
            "tel",
            "mobile",
            "cellphone",
            "fax",
            "telefon",
            "handy",
            "mobil",
            "telefonnummer",
            "handynummer",
            "portable",
            "telefono",
            "movil",
            "phonenumber",
            "msisdn",
        ],
    ),
    (PersonalKind::Iban, &["iban", "kontonummer"]),
    (PersonalKind::Card, &["creditcard", "cardnumber", "pan", "kreditkarte", "kartennummer"]),
    (PersonalKind::IpAddress, &["ip", "ipaddress", "ipv4", "ipv6"]),
    (
        PersonalKind::NationalId,
        &[
            "ssn",
            "nino",
            "passport",
            "reisepass",
            "passeport",
            "pasaporte",
            "dni",
            "nif",
            "nie",
            "steuerid",
            "sozialversicherungsnummer",
            "personalausweis",
            "nss",
            "taxid",
        ],
    ),
    (
        PersonalKind::DateOfBirth,
        &["dob", "birthdate", "birthday", "dateofbirth", "geburtsdatum", "geburtstag", "geboren"],
    ),
    (
        PersonalKind::Name,
        &[
            "firstname",
            "lastname",
            "fullname",
            "surname",
            "forename",
            "givenname",
            "familyname",
            "middlename",
            "vorname",
            "nachname",
            "familienname",
            "prenom",
            "apellido",
            "apellidos",
            "nombre",
        ],
    ),
    (
        PersonalKind::Address,
        &["street", "strasse", "anschrift", "adresse", "rue", "direccion", "calle", "domicilio"],
    ),
];

/// Words that only together name a kind.
const PAIRS: &[(PersonalKind, &[(&str, &str)])] = &[
    (PersonalKind::Email, &[("e", "mail")]),
    (PersonalKind::Card, &[("credit", "card"), ("card", "number"), ("card", "no")]),
    (PersonalKind::IpAddress, &[("ip", "address")]),
    (
        PersonalKind::NationalId,
        &[("social", "security"), ("tax", "id"), ("national", "id"), ("steuer", "id")],
    ),
    (
        PersonalKind::DateOfBirth,
        &[("birth", "date"), ("date", "birth"), ("date", "naissance"), ("fecha", "nacimiento")],
    ),
    (
        PersonalKind::Name,
        &[
            ("first", "name"),
            ("last", "name"),
            ("full", "name"),
            ("given", "name"),
            ("family", "name"),
            ("middle", "name"),
            ("customer", "name"),
            ("contact", "name"),
            ("patient", "name"),
            ("employee", "name"),
            ("person", "name"),
            ("holder", "name"),
            ("user", "fullname"),
            ("nom", "famille"),
        ],
    ),
    (
        PersonalKind::Address,
        &[
            ("home", "address"),
            ("postal", "address"),
            ("street", "address"),
            ("mailing", "address"),
            ("billing", "address"),
            ("shipping", "address"),
            ("address", "line"),
            ("address", "1"),
            ("address", "2"),
        ],
    ),
];

/// Words of columns that are about something else, whatever stands beside them.
const OTHERS: &[&str] = &[
    "count", "id", "type", "length", "valid", "verified", "domain", "status", "flag", "version", "provider",
    "color", "product", "file", "host", "memory", "mac", "sent", "opened", "clicks", "rate",
];

/// The kind of personal data that the name of a column speaks of.
pub(super) fn named(name: &str) -> Option<PersonalKind> {
    let words = words(name);
    let has = |word: &str| words.iter().any(|known| known == word);
    // Pairs first: `tax_id` has a word that is about something else.
    let pair = PAIRS.iter().find(|(_, pairs)| {
        pairs.iter().any(|(a, b)| {
            words.windows(2).any(|two| two[0] == *a && two[1] == *b) || (*a == "date" && has(a) && has(b))
        })
    });
    let is_other = words.iter().any(|word| OTHERS.contains(&word.as_str()));
    if let Some((kind, _)) = pair.filter(|(kind, _)| !is_other || *kind == PersonalKind::NationalId) {
        return Some(*kind);
    }
    if is_other {
        return None;
    }
    if words.len() == 1 && has("address") {
        return Some(PersonalKind::Address);
    }
    WORDS.iter().find(|(_, known)| known.iter().any(|word| has(word))).map(|(kind, _)| *kind)
}

/// The words of a name, small and without accents: `customerEmail`, `Geburts-Datum` (also as one word).
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .chars()
        .map(|c| match c {
            'é' | 'è' | 'ê' | 'É' => 'e',
            'ó' => 'o',
            'á' => 'a',
            'í' => 'i',
            'ú' => 'u',
            other => other,
        })
        .collect::<String>()
        .replace('ß', "ss");
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in plain.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        assert_eq!(words("customerEmail_Address2"), ["customer", "email", "address2"]);
        assert_eq!(named("date_of_birth"), Some(PersonalKind::DateOfBirth));
        assert_eq!(named("date de naissance"), Some(PersonalKind::DateOfBirth));
        assert_eq!(named("Straße"), Some(PersonalKind::Address));
        assert_eq!(named("tax_id"), Some(PersonalKind::NationalId));
        for name in
            ["email_count", "ip_version", "mail_provider", "product_name", "name", "city", "mobile_type"]
        {
            assert_eq!(named(name), None, "{name}");
        }
    }
}
