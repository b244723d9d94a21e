//! Fast writing of numbers, dates and times as text.

/// Appends an integer in decimal.
pub fn write_integer(out: &mut Vec<u8>, value: u64) {
    // 20 digits hold the largest u64.
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a number with `decimals` (at most 9) digits after the point, rounded half away from zero. The
/// number times the power of ten must lie within the range of `i64`; zero is never negative.
pub fn write_fixed(out: &mut Vec<u8>, value: f64, decimals: u32) {
    let power = 10_u64.pow(decimals);
    let scaled = (value * power as f64).round() as i64;
    if scaled < 0 {
        out.push(b'-');
    }
    let scaled = scaled.unsigned_abs();
    write_integer(out, scaled / power);
    if decimals > 0 {
        out.push(b'.');
        let fraction = scaled % power;
        for digit in (0..decimals).rev() {
            out.push(b'0' + (fraction / 10_u64.pow(digit) % 10) as u8);
        }
    }
}

/// Appends the lowest `digits` (at most 16) hexadecimal digits.
pub fn write_hex(out: &mut Vec<u8>, value: u64, digits: u32) {
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(value >> (4 * digit) & 0xF) as usize]);
    }
}

/// Appends a date as `2026-01-31`, from days since 1970-01-01; years 1970 to 9999.
pub fn write_date(out: &mut Vec<u8>, day: u64) {
    let (year, month, day) = civil(day);
    write_integer(out, year);
    out.push(b'-');
    write_pair(out, month);
    out.push(b'-');
    write_pair(out, day);
}

/// Appends a moment as `2026-01-31T23:59:59`, from seconds since 1970; years 1970 to 9999.
pub fn write_time(out: &mut Vec<u8>, seconds: u64) {
    write_date(out, seconds / 86_400);
    for (separator, value) in [(b'T', seconds / 3_600 % 24), (b':', seconds / 60 % 60), (b':', seconds % 60)]
    {
        out.push(separator);
        write_pair(out, value);
    }
}

fn write_pair(out: &mut Vec<u8>, value: u64) {
    out.push(b'0' + (value / 10 % 10) as u8);
    out.push(b'0' + (value % 10) as u8);
}

/// Year, month and day of a day since 1970-01-01, by counting in 400-year cycles from 0000-03-01.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (cycle, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let in_month = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (cycle * 400 + year, if month < 10 { month + 3 } else { month - 9 });
    (if month <= 2 { year + 1 } else { year }, month, in_month)
}

#[cfg(test)]
mod tests {
    use super::{write_date, write_fixed, write_hex, write_integer, write_time};

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("text is ASCII")
    }

    #[test]
    fn numbers_read_as_written() {
        for value in [0, 7, 10, 123_456, u64::MAX] {
            assert_eq!(text(|out| write_integer(out, value)), value.to_string());
        }
        for (value, decimals, expected) in [
            (1.005, 1, "1.0"),
            (-0.04, 1, "0.0"),
            (-0.05, 1, "-0.1"),
            (12.3456, 3, "12.346"),
            (0.000_001, 6, "0.000001"),
            (99.5, 0, "100"),
        ] {
            assert_eq!(text(|out| write_fixed(out, value, decimals)), expected);
        }
        assert_eq!(text(|out| write_hex(out, 0xAB_CDEF, 8)), "00abcdef");
    }

    #[test]
    fn dates_follow_the_calendar() {
        // Days from `date -u -d DATE +%s` divided by 86400.
        for (day, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_454, "2026-01-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(text(|out| write_date(out, day)), expected);
        }
        assert_eq!(text(|out| write_time(out, 1_767_225_599)), "2025-12-31T23:59:59");
    }
}
