//! Callers of a gateway that vanish.

use std::time::Duration;

use messages_api::{Client, Credential, Message, MessageStream, Usage, handler_fn};

use crate::common::{Count, Server, service};

/// What the upstream says before it falls silent.
const WORD: &str = "Hello";

#[tokio::test(start_paused = true)]
async fn callers_that_vanish_at_once_leave_no_stream_of_the_upstream_open() {
    const CALLERS: usize = 1000;
    let streams = Count::default();
    let counter = streams.clone();
    let upstream = service(handler_fn(move |_request, _context| {
        let counted = counter.add();
        async move {
            let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
            let stream = MessageStream::from_writer(start, |mut writer| async move {
                let _counted = counted;
                writer.text(WORD).await;
                std::future::pending().await
            });
            Ok(stream.into())
        }
    }));
    let client = Client::builder().credential(Credential::api_key("key")).transport(upstream);
    let gateway = Server::start(service(client.build().unwrap()), |serve| serve);
    let mut callers: Vec<_> = (0..CALLERS).map(|_| gateway.connect()).collect();
    for caller in &mut callers {
        caller.ask(true).await;
        caller.read_to(WORD).await;
    }
    assert_eq!(streams.get(), CALLERS);

    drop(callers);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(streams.get(), 0);
}
