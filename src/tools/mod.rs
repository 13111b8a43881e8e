//! Tools that run by themselves: the model calls them, and their results go back to it.
//!
//! A [`ToolSet`] holds the tools of a program. [`Client::run_tools`](crate::client::Client::run_tools) starts
//! a [`ToolRun`], which requests a message, runs the tools that the model calls, sends the results, and goes
//! on until the model calls no more. The definitions of tools, without anything that runs, are in
//! [`types::tools`](crate::types::tools).
//!
#![cfg_attr(feature = "schemars", doc = "```no_run")]
#![cfg_attr(not(feature = "schemars"), doc = "```ignore")]
//! use std::collections::HashMap;
//!
//! use messages_api::{Client, CreateMessageRequest, ToolContext, ToolError, ToolSet};
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//!
//! /// What all tools share.
//! struct App {
//!     orders: HashMap<String, u32>,
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct FindOrder {
//!     /// The id of the order, such as `A-17`.
//!     id: String,
//! }
//!
//! async fn find_order(input: FindOrder, cx: ToolContext<App>) -> Result<String, ToolError> {
//!     let price = cx.state().orders.get(&input.id);
//!     let price = price.ok_or_else(|| ToolError::new("There is no such order. Ask for the id again."))?;
//!     Ok(format!("{price} euros"))
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Euros {
//!     amount: f64,
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), messages_api::Error> {
//!     let tools = ToolSet::with_state(App { orders: HashMap::from([("A-17".to_owned(), 120)]) })
//!         .function("find_order", "Returns the price of an order", find_order)
//!         .function("to_crowns", "Converts euros to crowns", async |input: Euros, _: ToolContext<App>| {
//!             // Of an error that is converted with `?`, the model reads only that the tool failed.
//!             let rate: f64 = std::env::var("CROWNS_PER_EURO")?.parse()?;
//!             Ok(format!("{:.2} crowns", input.amount * rate))
//!         });
//!
//!     let client = Client::from_env()?;
//!     let request = CreateMessageRequest::new("claude-sonnet-5", 1024).user("What did A-17 cost, in crowns?");
//!     let message = client.run_tools(request, &tools).finish().await?;
//!     println!("{}", message.text());
//!     Ok(())
//! }
//! ```
//!
//! # Turn by turn
//!
//! A run does nothing by itself. [`ToolRun::next_turn`] and [`ToolRun::next_event`] drive it, and a program
//! decides between two turns whether, and with what, it goes on: it can ask a person for consent, give a call
//! a result of its own, or change the request. [`ToolRun`] lists which calls are run, and what happens when a
//! future is dropped.
//!
//! # Tools without a schema from a type
//!
//! Deriving a schema needs the feature `schemars`. Without it, or if the schema is known only at run time, a
//! tool is added together with its definition by [`ToolSet::raw`]. So are the tools that the API defines and
//! the program runs, such as the memory with its [`MemoryCommand`]s.
//!
//! # Cost and trust
//!
//! A run has no limit of turns unless [`ToolRun::max_turns`] sets one, and each turn sends the whole
//! conversation again. The inputs of tools are written by a model, which may be under the influence of
//! whatever it has read: a tool should check them as it would check those of an unknown caller.

mod calls;
mod context;
mod event;
mod history;
mod list;
mod machine;
mod memory;
mod output;
mod run;
mod runnable;
mod set;
mod unreadable;

pub use context::ToolContext;
pub use event::RunEvent;
pub use memory::MemoryCommand;
pub use output::{ToolError, ToolOutput};
pub use run::ToolRun;
pub use runnable::RunnableTool;
pub use set::ToolSet;
