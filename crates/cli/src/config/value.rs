use toml::Value;

use super::table::{Setting, Shape};

/// Reads a value given as text: in the environment or as a flag.
pub(super) fn from_text(setting: &Setting, text: &str) -> Result<Value, String> {
    let trimmed = text.trim();
    let value = match setting.shape {
        Shape::Text | Shape::Secret | Shape::Choice(_) => Value::String(text.to_owned()),
        Shape::Flag => match trimmed {
            "true" | "yes" | "on" | "1" => Value::Boolean(true),
            "false" | "no" | "off" | "0" => Value::Boolean(false),
            _ => return Err(format!("`{text}` is neither `true` nor `false`")),
        },
        Shape::Count(..) => {
            Value::Integer(trimmed.parse().map_err(|_| format!("`{text}` is not a whole number"))?)
        }
        Shape::Number(..) => Value::Float(trimmed.parse().map_err(|_| format!("`{text}` is not a number"))?),
        Shape::Bytes => Value::String(trimmed.to_owned()),
        Shape::List => Value::Array(
            trimmed
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| Value::String(part.to_owned()))
                .collect(),
        ),
    };
    checked(setting, value)
}

/// Checks a value against its setting and brings it into its usual form.
pub(super) fn checked(setting: &Setting, value: Value) -> Result<Value, String> {
    match (setting.shape, value) {
        (Shape::Text | Shape::Secret, value @ Value::String(_))
        | (Shape::Flag, value @ Value::Boolean(_)) => Ok(value),
        (Shape::Choice(words), Value::String(word)) => {
            if words.contains(&word.as_str()) {
                Ok(Value::String(word))
            } else {
                Err(format!("`{word}` is not one of {}", words.join(", ")))
            }
        }
        (Shape::Count(least, most), Value::Integer(count)) => {
            if (least..=most).contains(&count) {
                Ok(Value::Integer(count))
            } else if most == i64::MAX {
                Err(format!("{count} is not {least} or more"))
            } else {
                Err(format!("{count} is not between {least} and {most}"))
            }
        }
        (Shape::Number(least, most), number @ (Value::Float(_) | Value::Integer(_))) => {
            #[expect(clippy::cast_precision_loss, reason = "settings are small")]
            let value =
                number.as_float().or(number.as_integer().map(|whole| whole as f64)).unwrap_or(f64::NAN);
            if (least..=most).contains(&value) {
                Ok(Value::Float(value))
            } else {
                Err(format!("{value} is not between {least} and {most}"))
            }
        }
        (Shape::Bytes, Value::String(text)) => parse_size(&text).map(|bytes| Value::Integer(bytes as i64)),
        (Shape::Bytes, Value::Integer(bytes)) if bytes >= 0 => Ok(Value::Integer(bytes)),
        (Shape::List, Value::Array(items)) if items.iter().all(Value::is_str) => Ok(Value::Array(items)),
        (shape, value) => Err(format!("{} where {} is expected", value.type_str(), expected(shape))),
    }
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Secret | Shape::Choice(_) => "a text in quotes",
        Shape::Flag => "`true` or `false`",
        Shape::Count(..) => "a whole number",
        Shape::Number(..) => "a number",
        Shape::Bytes => "a size such as `300MB`",
        Shape::List => "an array of texts",
    }
}

/// A size in bytes: `1048576`, `300MB`, `2GiB`, `1.5G`; units of 1,000 and, with an `i`, of 1,024.
fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size: write a number with B, kB, MB, GB, KiB, MiB or GiB");
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let number: f64 = number.replace('_', "").parse().map_err(|_| wrong())?;
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "ki" | "kib" => 1024.0,
        "mi" | "mib" => 1_048_576.0,
        "gi" | "gib" => 1_073_741_824.0,
        _ => return Err(wrong()),
    };
    let bytes = (number * factor).round();
    if !(0.0..=9e15).contains(&bytes) {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Ok(bytes as u64)
}

/// A value as it would stand in the file.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::String(text) if text.contains('\\') && !text.contains('\'') => format!("'{text}'"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("300MB").unwrap(), 300_000_000);
        assert_eq!(parse_size("2 GiB").unwrap(), 2 << 30);
        assert_eq!(parse_size("1.5g").unwrap(), 1_500_000_000);
        assert_eq!(parse_size("1048576").unwrap(), 1 << 20);
        for bad in ["", "MB", "-1MB", "1XB", "1e99GB", "nanMB"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
