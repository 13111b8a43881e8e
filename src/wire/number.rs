//! Numbers, which can be read even if serde_json's feature `arbitrary_precision` is on.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::defaulted::count_gap;
use crate::json::{Json, release};
use crate::text;

/// The maximum number of bytes of an invalid number that an error quotes.
const MAX_SHOWN_BYTES: usize = 40;

#[derive(Clone, Copy)]
pub(super) enum Number {
    Unsigned(u64),
    /// A negative number.
    Signed(i64),
    Float(f64),
}

impl Number {
    pub(super) fn to_u64<E: Error>(self) -> Result<u64, E> {
        match self {
            Self::Unsigned(value) => Some(value),
            Self::Float(value) => whole(value),
            Self::Signed(_) => None,
        }
        .ok_or_else(|| self.unexpected("a non-negative whole number"))
    }

    /// Returns a number of things, of which a negative one counts as 0.
    pub(super) fn to_count<E: Error>(self) -> Result<u64, E> {
        match self {
            Self::Signed(_) => {
                count_gap();
                Ok(0)
            }
            number => number.to_u64(),
        }
    }

    pub(super) fn to_i64<E: Error>(self) -> Result<i64, E> {
        match self {
            Self::Unsigned(value) => i64::try_from(value).ok(),
            Self::Signed(value) => Some(value),
            Self::Float(value) => {
                let size = whole(value.abs()).and_then(|size| i64::try_from(size).ok());
                size.map(|size| if value < 0.0 { -size } else { size })
            }
        }
        .ok_or_else(|| self.unexpected("a whole number"))
    }

    fn unexpected<E: Error>(self, expected: &str) -> E {
        let found = match self {
            Self::Unsigned(value) => Unexpected::Unsigned(value),
            Self::Signed(value) => Unexpected::Signed(value),
            Self::Float(value) => Unexpected::Float(value),
        };
        E::invalid_value(found, &expected)
    }
}

/// Converts `value` if it is a whole number in the range in which floats are exact.
/// Some servers write counts as `15.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(value: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && (0.0..=EXACT).contains(&value)).then_some(value as u64)
}

/// Parses a number from its raw text, because `serde_json` itself may be off by the last bit.
pub(super) fn float<E: Error>(json: &Json) -> Result<f64, E> {
    release(json.allocation());
    let is_number = json.as_raw_str().starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number = json.as_raw_str().parse().ok().filter(|number: &f64| is_number && number.is_finite());
    number.ok_or_else(|| {
        let found = text::start(json.as_raw_str(), MAX_SHOWN_BYTES);
        E::custom(format_args!("invalid value: {found}, expected a number"))
    })
}

pub(super) fn read_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
    deserializer.deserialize_any(NumberVisitor)
}

/// Accepts any number. If the feature `arbitrary_precision` of serde_json is
/// on, a number that serde has buffered arrives as a map, which
/// `serde_json::Number` can read.
struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(u64::try_from(value).map_or(Number::Signed(value), Number::Unsigned))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number::Float(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::invalid_type(Unexpected::Map, &self))?;
        if let Some(value) = number.as_u64() {
            return Ok(Number::Unsigned(value));
        }
        Ok(number.as_i64().map_or_else(|| Number::Float(number.as_f64().unwrap_or(f64::NAN)), Number::Signed))
    }
}
