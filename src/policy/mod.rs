//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.
//!
//! | policy | what it does | what the host brings |
//! |---|---|---|
//! | [`Recorded`] | hands a record of each call to the host, when it has ended | a [`Sink`], or a [`RecordQueue`] |
//! | [`Limited`] | limits requests and tokens per minute and concurrent messages, for each principal | the [`Limits`]; a [`LimitStore`] where many processes share them |
//! | [`Metered`] | holds credit before each call and settles it exactly once afterwards | a [`Ledger`] |
//! | [`Moderated`] | looks at requests, and at messages while they are written | a [`Moderator`] |
//! | [`Routed`] | sends each request to the upstreams of its model, and falls back if they fail | the table of models |
//!
//! Each can be used alone, and they compose in any order. A policy sees what the policies outside of it let
//! through, so the order says what counts: a call that [`Limited`] rejects is charged by nobody if
//! [`Metered`] is further inside, and [`Recorded`] on the outside sees it all the same.
//!
#![cfg_attr(feature = "server", doc = "```")]
#![cfg_attr(not(feature = "server"), doc = "```ignore")]
//! use std::sync::Arc;
//!
//! use messages_api::policy::{
//!     Limited, Limits, MemoryLedger, Metered, RecordQueue, Recorded, Routed, Upstream,
//! };
//! use messages_api::{ApiKeys, MessagesService};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let client = messages_api::handler_fn(|_request, _context| async { Err(messages_api::ApiError::internal()) });
//! let routed = Routed::new().model("large", Upstream::new(client).model("claude-opus-5"));
//! let ledger = Arc::new(MemoryLedger::new());
//! ledger.deposit("acme", 1_000_000);
//! let (metered, settlements) = Metered::builder(ledger).expect_output(600).build();
//! let (queue, records) = RecordQueue::new(10_000);
//!
//! let service = MessagesService::builder(routed)
//!     .layer(Recorded::layer(queue)) // the outermost
//!     .layer(Limited::layer(Limits::new().requests(600).concurrent(20)))
//!     .layer(metered)
//!     .authenticate(ApiKeys::named([("acme", "secret")]))
//!     .build();
//! // Beside the server: what is to be settled and recorded after the calls have ended.
//! let workers = [tokio::spawn(settlements.run())];
//! # drop((service, records, workers));
//! # }
//! ```
//!
//! The example `policies` in the repository has all of them.
//!
//! # A policy of your own
//!
//! A policy is a [`Handler`](crate::handler::Handler) that wraps another one, and a
//! [`tower_layer::Layer`](https://docs.rs/tower-layer) that makes it. With
//! [`OnEnd`](crate::handler::OnEnd) it learns how each call ended, and with
//! [`Reply::map_stream`](crate::handler::Reply::map_stream) it changes what passes.

mod ledger;
mod limited;
mod memory_ledger;
mod metered;
mod moderated;
mod recorded;
mod routed;

pub use ledger::{Call, CallEnd, Estimate, Hold, Ledger, Settlement, Used};
pub use limited::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, LimitedLayer, Limits, MemoryLimits, StoreFailure,
};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use limited::{RedisLimits, RedisLimitsBuilder, RedisWorker};
pub use memory_ledger::{Account, MemoryLedger};
pub use metered::{Metered, MeteredBuilder, MeteredLayer, Settlements};
pub use moderated::{Moderated, ModeratedLayer, Moderator, Review, Verdict};
pub use recorded::{
    DroppedRecords, Record, RecordBatch, RecordContent, RecordQueue, Recorded, RecordedLayer, Records, Sink,
};
pub use routed::{Route, Routed, RoutedModel, Upstream};
