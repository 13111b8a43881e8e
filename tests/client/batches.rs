//! Batches over a socket.

use messages_api::types::batches::BatchResultKind;

use crate::common::*;
use crate::raw::{CHUNKED_HEAD, End, Raw, Script};

const JSON_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_without_a_body_has_neither_its_type_nor_its_chunks() {
    let body = r#"{"id":"b","processing_status":"ended"}"#;
    let server = Raw::start([JSON_HEAD, body], End::Close).await;
    let client = client(&server.url());
    client.batch("b").await.unwrap();
    client.delete_batch("b").await.unwrap();
    client.cancel_batch("b").await.unwrap();
    let requests = server.requests();
    for (request, line) in requests.iter().zip([
        "GET /v1/messages/batches/b HTTP/1.1",
        "DELETE /v1/messages/batches/b HTTP/1.1",
        "POST /v1/messages/batches/b/cancel HTTP/1.1",
    ]) {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(line) && body.is_empty(), "{request}");
        assert!(!head.contains("content-type:") && !head.contains("transfer-encoding:"), "{request}");
    }
    // Servers may reject a POST without a length (RFC 9110, section 8.6).
    assert!(requests[2].contains("\r\ncontent-length: 0\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn results_arrive_one_by_one() {
    let line = |id: &str| {
        format!(
            r#"{{"custom_id":"{id}","result":{{"type":"errored","error":{{"type":"error","error":{{"type":"api_error","message":"é\n😀"}}}}}}}}"#
        )
    };
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let body = format!("{}\n{}\r\n{}", line("a"), line("b"), line("é"));
    let mut pieces = vec![CHUNKED_HEAD.as_bytes().to_vec()];
    pieces.extend(body.as_bytes().chunks(7).map(chunk));
    // The first two results arrive although the body does not end.
    for (end, count) in [(Some(b"0\r\n\r\n".to_vec()), 3), (None, 2)] {
        let pieces = pieces.clone().into_iter().chain(end);
        let script = Script::new(pieces, End::Hang);
        let server = Raw::start_with(move |_| script.clone()).await;
        let mut results = client(&server.url()).batch_results("b").await.unwrap();
        for id in ["a", "b", "é"].into_iter().take(count) {
            let result = results.next().await.unwrap().unwrap();
            assert_eq!(result.custom_id, id);
            let BatchResultKind::Errored(errored) = result.result else { panic!("{id}") };
            assert_eq!(errored.error.error.message, "é\n😀");
        }
        if count == 3 {
            assert!(results.next().await.is_none());
        }
        assert!(server.requests()[0].contains("\r\naccept: application/binary\r\n"));
    }
}
