//! Images and documents made from bytes.

use messages_api::types::{DocumentBlock, DocumentSource, ImageBlock, ImageSource, MediaTypeError};

fn image(bytes: &[u8]) -> Result<(String, String), MediaTypeError> {
    let ImageSource::Base64(source) = ImageBlock::from_bytes(bytes)?.source else { panic!("no bytes") };
    Ok((source.media_type, source.data))
}

#[test]
fn the_media_type_of_an_image_is_detected() {
    for (bytes, media_type, data) in [
        (&b"\xff\xd8\xff\xe0"[..], "image/jpeg", "/9j/4A=="),
        (b"\x89PNG\r\n\x1a\n", "image/png", "iVBORw0KGgo="),
        (b"GIF87a", "image/gif", "R0lGODdh"),
        (b"GIF89a", "image/gif", "R0lGODlh"),
        (b"RIFF\0\0\0\0WEBP", "image/webp", "UklGRgAAAABXRUJQ"),
    ] {
        assert_eq!(image(bytes).unwrap(), (media_type.to_owned(), data.to_owned()));
    }
}

#[test]
fn an_error_names_the_type_of_bytes_that_are_not_an_image() {
    for (bytes, found, text) in [
        (&b"%PDF-1.7"[..], Some("application/pdf"), "found application/pdf, "),
        (b"BM\0\0", Some("image/bmp"), "found image/bmp, "),
        (b"II*\0", Some("image/tiff"), "found image/tiff, "),
        (b"\0\0\0\x1cftypavif", Some("image/avif"), "found image/avif, "),
        (b"\0\0\0\x1cftypheic", Some("image/heic"), "found image/heic, "),
        (b"RIFF\0\0\0\0WAVE", None, r#"found bytes that begin with "RIFF\x00\x00\x00\x00", "#),
        (b"<svg xmlns=", None, r#"found bytes that begin with "<svg xml", "#),
        (b"\x89PNG", None, r#"found bytes that begin with "\x89PNG", "#),
        (b"", None, "found no bytes, "),
    ] {
        let error = image(bytes).unwrap_err();
        assert_eq!(error.found(), found);
        assert_eq!(error.accepted().len(), 4);
        let expected = "expected one of image/jpeg, image/png, image/gif, image/webp";
        assert_eq!(error.to_string(), format!("{text}{expected}"));
    }
}

#[test]
fn a_document_is_a_pdf_or_a_text() {
    let DocumentSource::Base64(source) = DocumentBlock::from_bytes(b"%PDF-1.7").unwrap().source else {
        panic!("no bytes")
    };
    assert_eq!((&*source.media_type, &*source.data), ("application/pdf", "JVBERi0xLjc="));
    let error = DocumentBlock::from_bytes(b"PK\x03\x04").unwrap_err();
    assert_eq!(error.to_string(), "found application/zip, expected application/pdf");
    let text = serde_json::to_string(&DocumentBlock::text("minutes")).unwrap();
    assert_eq!(
        text,
        r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"minutes"}}"#
    );
}
