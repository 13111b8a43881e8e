//! Raw JSON: values that this crate carries without interpreting them.
//!
//! [`Json`] holds one JSON value as its text. The crate's types use it wherever the content belongs to
//! someone else: the input of a tool call, the schema of a tool, and every field that this version of the
//! crate does not know. Convert such a value to a type of your own with [`Json::decode`], and make one with
//! [`Json::encode`]:
//!
//! ```
//! use messages_api::{Json, ToolUseBlock};
//!
//! #[derive(serde::Deserialize)]
//! struct WeatherInput {
//!     city: String,
//!     days: u8,
//! }
//!
//! let call: ToolUseBlock = serde_json::from_str(
//!     r#"{"type":"tool_use","id":"toolu_01","name":"get_weather","input":{"city":"Oslo","days":3}}"#,
//! )?;
//! let input: WeatherInput = call.input.decode()?;
//! assert_eq!((input.city.as_str(), input.days), ("Oslo", 3));
//!
//! let forecast = Json::encode(&["sun", "rain", "snow"])?;
//! assert_eq!(forecast.as_raw_str(), r#"["sun","rain","snow"]"#);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! While the input of a tool call is still streaming, [`Json::parse_partial`] reads what has arrived of it,
//! as [`PartialMode`] directs.

mod budget;
mod buffered;
mod depth;
mod fields;
mod halves;
mod locate;
mod object_end;
mod partial;
mod raw_object;
mod string;
mod value;

pub(crate) use budget::{Budget, allocation, allocation_of, charge, push, release, shrink};
pub use depth::MAX_DEPTH;
pub(crate) use depth::Nesting;
pub(crate) use fields::fields;
#[cfg(feature = "client")]
pub(crate) use fields::has_field;
pub(crate) use halves::{Half, lone_halves, replace_lone_halves};
pub(crate) use locate::path_at;
pub(crate) use object_end::ObjectEnd;
pub use partial::PartialMode;
pub(crate) use raw_object::RawObject;
#[cfg(feature = "client")]
pub(crate) use string::end_of_string;
pub(crate) use string::{Buffer, push_escaped, read_string, room_for, unescape};
pub use value::Json;
