//! The parameters in the query of a URL.

use crate::error::ApiError;
use crate::handler::{ModelQuery, PageQuery};

/// Reads which models are asked for. Unknown parameters are ignored, as they are everywhere.
pub(super) fn model_query(query: &str) -> Result<ModelQuery, ApiError> {
    let models = ModelQuery::new(page_query(query)?);
    Ok(match parameter(query, "lifecycle") {
        Some(lifecycle) => models.lifecycle(lifecycle),
        None => models,
    })
}

/// Reads which page of a list is asked for.
pub(super) fn page_query(query: &str) -> Result<PageQuery, ApiError> {
    let mut page = PageQuery::new();
    if let Some(limit) = parameter(query, "limit") {
        let limit = limit.parse().ok().filter(|limit| (1..=PageQuery::MAX_LIMIT).contains(limit));
        page.limit = limit.ok_or_else(|| {
            let max = PageQuery::MAX_LIMIT;
            ApiError::invalid_request(format!("limit: must be a number from 1 to {max}"))
        })?;
    }
    match (parameter(query, "after_id"), parameter(query, "before_id")) {
        (Some(_), Some(_)) => Err(ApiError::invalid_request("before_id: must be absent if after_id is set")),
        (Some(id), None) => Ok(page.after(id)),
        (None, Some(id)) => Ok(page.before(id)),
        (None, None) => Ok(page),
    }
}

/// Returns the decoded value of the last parameter with the given name; `None` if it is absent or empty.
fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.rev().find(|(key, _)| decoded(key, true) == name)?;
    Some(decoded(value, true)).filter(|value| !value.is_empty())
}

/// Decodes a part of a URL: the escapes of RFC 3986, section 2.1, and in a query also `+` for a space, as
/// forms have it. What is no escape stays as it is, and what is not UTF-8 becomes U+FFFD.
pub(super) fn decoded(part: &str, is_query: bool) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            (b'+', _) if is_query => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_anything_else_stays() {
        for (part, in_path, in_query) in [
            ("claude-sonnet-5", "claude-sonnet-5", "claude-sonnet-5"),
            ("a%2Fb%2fc", "a/b/c", "a/b/c"),
            ("%C3%A9+%20%2B", "é+ +", "é  +"),
            ("100%", "100%", "100%"),
            ("%zz%4", "%zz%4", "%zz%4"),
            ("%%34%31", "%41", "%41"),
            ("%FF%c3", "\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}"),
            ("", "", ""),
        ] {
            assert_eq!((&*decoded(part, false), &*decoded(part, true)), (in_path, in_query), "{part}");
        }
        for byte in 0..=255_u8 {
            let text = format!("%{byte:02x}%{byte:02X}");
            assert_eq!(decoded(&text, false), String::from_utf8_lossy(&[byte, byte]), "{text}");
        }
    }

    #[test]
    fn unknown_and_empty_parameters_are_ignored() {
        for query in ["", "&&", "limit=&after_id=", "limit", "beta=true&x=%zz&=1&limits=0", "Limit=0"] {
            assert_eq!(page_query(query).expect(query), PageQuery::new(), "{query}");
            assert_eq!(model_query(query).expect(query), ModelQuery::default(), "{query}");
        }
        let query = "x=1&limit=5&lifecycle=active&af%74er_id=a%2Fb&limit=1000";
        let page = PageQuery::new().limit(1000).after("a/b");
        assert_eq!(page_query(query).expect(query), page);
        assert_eq!(model_query(query).expect(query), ModelQuery::new(page).lifecycle("active"));
        assert_eq!(page_query("before_id=z").expect("a page"), PageQuery::new().before("z"));
    }

    #[test]
    fn limits_out_of_bounds_and_two_cursors_are_rejected() {
        for query in ["limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=x", "limit=99999999999999"] {
            let error = page_query(query).expect_err(query);
            assert_eq!(
                (error.status().as_u16(), error.message()),
                (400, "limit: must be a number from 1 to 1000")
            );
        }
        assert_eq!(page_query("after_id=a&before_id=b").expect_err("two").status(), 400);
    }
}
