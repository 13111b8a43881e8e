//! Clients outside a tokio runtime, where a timer would panic.

use futures::executor::block_on;
use messages_api::ErrorKind;

use crate::script::*;

#[test]
fn calls_need_neither_a_runtime_nor_a_clock() {
    let script = Script::new([
        ok(MESSAGE),
        ok(&(START.to_owned() + STOP)),
        status(529),
        ok("event: message_start\ndata: {]\n\n"),
        ok(START),
    ]);
    let client = script.builder().without_clock().build().unwrap();
    block_on(async {
        assert_eq!(client.create_message(&request()).await.unwrap().text(), "Hello");
        let stream = client.stream_message(&request()).await.unwrap();
        assert_eq!(stream.final_message().await.unwrap().id, "msg_01");
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (529, 1));
        assert_eq!(client.stream_message(&request()).await.unwrap_err().kind(), ErrorKind::Protocol);
        let stream = client.stream_message(&request()).await.unwrap();
        assert_eq!(stream.final_message().await.unwrap_err().kind(), ErrorKind::Incomplete);
    });
}
