//! One of the processes that share limits: it makes 64 × 20 requests at once, as soon as a line arrives, and
//! prints how many of them were served.
//!
//! The arguments are the URL of the Redis server, the requests and the output tokens that are allowed per
//! minute, and the output tokens that a request uses, where 100 are expected.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use messages_api::policy::{Limited, Limits, RedisLimits, StoreFailure};
use messages_api::{
    ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, StopReason, Usage, handler_fn,
};
use tower_layer::Layer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, requests, output, used] = &arguments[..] else { return Err("four arguments".into()) };
    let used = used.parse()?;
    let handler = handler_fn(move |request, _context| async move {
        let content = vec![ContentBlock::text("Hello!")];
        let message = Message::new("msg_01", request.model, content, Usage::new(1, used));
        Ok(message.stop_reason(StopReason::EndTurn).into())
    });
    let limits = Limits::new().requests(requests.parse()?).output_tokens(output.parse()?);
    let (store, worker) = RedisLimits::builder(url).timeout(Duration::from_secs(20)).build()?;
    let worker = tokio::spawn(worker.run());
    let limited = Limited::layer(limits).expect_output(100).store(store, StoreFailure::Reject).layer(handler);
    let limited = Arc::new(limited);

    std::io::stdin().read_line(&mut String::new())?;
    let callers = (0..64).map(|_| {
        let limited = Arc::clone(&limited);
        tokio::spawn(async move {
            let mut served = 0;
            for _ in 0..20 {
                let request = CreateMessageRequest::new("claude-sonnet-5", 1000).user("Hi!");
                match limited.create_message(request, RequestContext::default()).await {
                    Ok(reply) => served += u32::from(!reply.headers().is_empty()),
                    Err(error) => assert_eq!(error.status(), 429, "{error} {:?}", error.cause()),
                }
            }
            served
        })
    });
    let served: u32 = join_all(callers).await.into_iter().sum::<Result<_, _>>()?;
    drop(limited);
    worker.await?;
    println!("{served}");
    Ok(())
}
