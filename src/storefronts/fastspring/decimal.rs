//! Exact reading of JSON numbers as whole numbers of a smaller unit, without floating point.

/// Reads `text` (`60`, `60.0`, `4E+1`) times ten to the `decimals`, rounded half away from zero.
///
/// `None` for what is no number, and for what does not fit (`1e400`).
pub fn scaled(text: &str, decimals: i32) -> Option<i64> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (is_negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() {
        return None;
    }

    let fraction_digits = i32::try_from(fraction.len()).ok()?;
    let shift = exponent
        .checked_add(decimals)?
        .checked_sub(fraction_digits)?;
    let digits = digits_of(whole, fraction)?;
    let value = i64::try_from(shifted(digits, shift)?).ok()?;
    Some(if is_negative { -value } else { value })
}

fn digits_of(whole: &str, fraction: &str) -> Option<u128> {
    whole
        .bytes()
        .chain(fraction.bytes())
        .try_fold(0u128, |value, byte| {
            let digit = byte.is_ascii_digit().then(|| u128::from(byte - b'0'))?;
            value.checked_mul(10)?.checked_add(digit)
        })
}

fn shifted(digits: u128, shift: i32) -> Option<u128> {
    if digits == 0 {
        return Some(0);
    }
    let factor = 10u128.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        return digits.checked_mul(factor?);
    }
    // A divisor beyond the type is also beyond every value: the rest is nothing.
    factor.map_or(Some(0), |divisor| {
        Some(digits / divisor + u128::from(digits % divisor >= divisor.div_ceil(2)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_without_float_error() {
        for (text, decimals, value) in [
            ("60", 6, Some(60_000_000)),
            ("60.0", 6, Some(60_000_000)),
            ("24.47", 6, Some(24_470_000)),
            ("4E+1", 6, Some(40_000_000)),
            ("1.5e-3", 6, Some(1_500)),
            ("-0.01", 6, Some(-10_000)),
            ("0.0000005", 6, Some(1)),
            ("0.0000004", 6, Some(0)),
            ("1.738052653763E12", 0, Some(1_738_052_653_763)),
            ("5.0", 0, Some(5)),
            ("0e999999", 0, Some(0)),
            ("1e-999999", 6, Some(0)),
            ("9007199254740993", 0, Some(9_007_199_254_740_993)),
        ] {
            assert_eq!(scaled(text, decimals), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_nothing() {
        for text in [
            "",
            "-",
            "abc",
            "1e400",
            "1e99999999999",
            "1,5",
            "--1",
            ".5",
            "NaN",
            "1e",
            "0x10",
            "99999999999999999999999999999999999999999999",
        ] {
            assert_eq!(scaled(text, 6), None, "{text}");
        }
    }
}
