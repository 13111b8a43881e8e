//! The client of this crate, for `run`: `interop_client MODE WORD`.
//!
//! Where to call and with which key comes from the environment, as for any user of the crate.
#![allow(clippy::print_stdout)]

mod program;

use std::error::Error;

use messages_api::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, word] = &arguments[..] else { return Err("usage: interop_client MODE WORD".into()) };
    let model = std::env::var("INTEROP_MODEL").unwrap_or_else(|_| "claude-sonnet-4-6".to_owned());
    println!("{}", program::run(&Client::from_env()?, &model, mode, word).await?);
    Ok(())
}
