//! The headers `anthropic-version` and `anthropic-beta`.

use http::{HeaderMap, HeaderValue};
use messages_api::types::{ApiVersion, Beta, Betas};

fn headers(name: &'static str, lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    headers
}

#[test]
fn a_version_is_read_from_headers_and_written_to_them() {
    for (text, version) in [
        ("2023-06-01", ApiVersion::V2023_06_01),
        ("2026-10-21", ApiVersion::V2026_10_21),
        ("2030-01-01", ApiVersion::Unknown("2030-01-01".into())),
    ] {
        let headers = headers("anthropic-version", &[text.as_bytes()]);
        assert_eq!(ApiVersion::from_headers(&headers).as_ref(), Some(&version));
        let (name, value) = version.to_header().unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("anthropic-version", text));
    }
    assert_eq!(ApiVersion::from_headers(&HeaderMap::new()), None);
    for line in [&b""[..], b" ", b"\xff"] {
        assert_eq!(ApiVersion::from_headers(&headers("anthropic-version", &[line])), None);
    }
    assert!(ApiVersion::from("a\nb").to_header().is_err());
}

#[test]
fn betas_of_all_lines_are_kept_once_and_in_order() {
    let lines: &[&[u8]] = &[b" new-1 ,,context-1m-2025-08-07", b"", b"skills-2025-10-02,new-1", b"\xff"];
    let mut betas = Betas::from_headers(&headers("anthropic-beta", lines));
    let expected = [Beta::from("new-1"), Beta::Context1m2025_08_07, Beta::Skills2025_10_02];
    assert_eq!(betas.iter().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    assert_eq!(betas, Betas::from(expected.to_vec()));
    assert_eq!(betas, Betas::from(expected));
    assert!(betas.contains(&Beta::Skills2025_10_02) && !betas.contains(&Beta::FilesApi2025_04_14));

    betas.extend([Beta::from("new-2"), Beta::from("new-1"), Beta::from("new-2")]);
    let (name, value) = betas.to_header().unwrap();
    assert_eq!(name, "anthropic-beta");
    assert_eq!(value, "new-1,context-1m-2025-08-07,skills-2025-10-02,new-2");
    assert_eq!((betas.len(), betas.into_iter().count()), (4, 4));

    assert!(Betas::new().is_empty() && Betas::from(" , ").is_empty());
    assert!(Betas::from(Beta::from("a\nb")).to_header().is_err());
}

#[test]
fn a_very_long_list_of_betas_is_read() {
    let line = (0..100_000).map(|n| format!("b-{n}")).collect::<Vec<_>>().join(",");
    let betas = Betas::from_headers(&headers("anthropic-beta", &[line.as_bytes(), line.as_bytes()]));
    assert_eq!((betas.len(), betas.to_string()), (100_000, line));
}
