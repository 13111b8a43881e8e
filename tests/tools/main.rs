//! Runs of tools against a server that replies as a script says.
#![cfg(all(feature = "client", feature = "server"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "../support/mod.rs"]
mod support;

mod calls;
mod cancellation;
mod events;
mod failures;
mod memory;
mod requests;
mod turns;
#[cfg(feature = "schemars")]
mod typed;

use messages_api::tools::{RunEvent, ToolContext, ToolError, ToolRun, ToolSet};

/// The promises of the types to other threads, which hold or do not compile.
const _: () = {
    const fn shared<T: Clone + Send + Sync>() {}
    const fn sent<T: Send + Unpin>() {}

    shared::<ToolSet>();
    shared::<ToolSet<std::sync::Mutex<Vec<u8>>>>();
    shared::<ToolContext<std::sync::Mutex<Vec<u8>>>>();
    shared::<ToolError>();
    sent::<ToolRun>();
    sent::<RunEvent>();
};

#[test]
fn futures_of_a_run_are_send() {
    fn sent<T: Send>(_: T) {}
    fn check(run: &mut ToolRun) {
        sent(run.next_turn());
        sent(run.next_event());
        sent(run.finish());
    }
    // Compiling it is the test.
    let _: fn(&mut ToolRun) = check;
}
