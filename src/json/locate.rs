//! The path to a place in JSON text.

use super::string::end_of_string;

/// The part of an open object or array that was read last.
enum Place<'a> {
    /// The key in an object, as it is written between its quotes; `None` before the first.
    Key(Option<&'a str>),
    /// The index in an array.
    Index(usize),
}

/// Returns the path to the value that ends at the byte `end` of `json`, or that contains this byte, such as
/// `customer.emails.0`; empty for the whole text. What follows `end` is not read and need not be JSON.
pub(crate) fn path_at(json: &str, end: usize) -> String {
    let bytes = json.as_bytes();
    let end = end.min(bytes.len());
    let mut places = Vec::new();
    let mut at = 0;
    while at < end {
        match bytes[at] {
            b'{' => places.push(Place::Key(None)),
            b'[' => places.push(Place::Index(0)),
            b'}' | b']' => drop(places.pop()),
            b',' => match places.last_mut() {
                Some(Place::Key(key)) => *key = None,
                Some(Place::Index(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at + 1;
                at = end_of_string(bytes, start);
                if let Some(Place::Key(key @ None)) = places.last_mut() {
                    *key = json.get(start..at - 1);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    let segments = places.iter().filter_map(|place| match place {
        Place::Key(key) => key.map(str::to_owned),
        Place::Index(index) => Some(index.to_string()),
    });
    segments.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::path_at;

    #[test]
    fn the_path_leads_to_what_ends_at_the_place() {
        // `|` marks the place.
        for (marked, path) in [
            (r#"{"a":"x"|}"#, "a"),
            (r#"{"a":|{"b":1}}"#, "a"),
            (r#"{"a":{"b":1}|}"#, "a"),
            (r#"{"a":{"b":[1,2|]}}"#, "a.b.1"),
            (r#"{"a":{"b":[{},[],{"c":tru|"#, "a.b.2.c"),
            (r#"{"a":"}]{[,\"","b":[",",3|]}"#, "b.1"),
            (r#"{"a":1,"b":[{"a":2},{}|]}"#, "b.1"),
            (r#"{"a":1,|}"#, ""),
            (r#"{"a":1}|"#, ""),
            (r#"{"a":1}]},}|"#, ""),
            (r#"{"a|"#, ""),
            ("|", ""),
            ("|[", ""),
            ("[|", "0"),
        ] {
            let (before, after) = marked.split_once('|').expect("a mark");
            assert_eq!(path_at(&format!("{before}{after}"), before.len()), path, "{marked}");
        }
        assert_eq!(path_at("[1", 9), "0");
    }
}
