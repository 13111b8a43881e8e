//! The kinds of responses that servers of Chat Completions send, byte by byte, and what must become of them.
//!
//! This file needs nothing but the standard library, so that a server that plays an upstream can include it.
#![allow(dead_code)]

/// One HTTP response, and what must become of it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Headers beside the content type.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The pieces in which the body is written.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) end: End,
    /// What the profile has to say, as JSON.
    pub(crate) profile: &'static str,
    /// The fields of the request beside the model, the limit and the messages, as JSON.
    pub(crate) request: &'static str,
    pub(crate) expected: Expected,
}

/// How the connection ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Eof,
    Reset,
}

/// What must become of a response.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// A message.
    Message {
        content: Vec<Block>,
        stop_reason: &'static str,
        stop_sequence: Option<&'static str>,
        /// The counts of input, cache reads, cache writes and output; `None` if they are estimated.
        usage: Option<[u64; 4]>,
        /// The number of losses.
        losses: usize,
    },
    /// An error of this type; an `error` event if the message has begun.
    Error(&'static str),
    /// An HTTP response that is an error.
    Status(u16),
}

/// A block of a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Text(&'static str),
    Thinking(&'static str),
    /// The name, the input, and the id if it is not arbitrary.
    Call(&'static str, &'static str, Option<&'static str>),
}

use Block::{Call, Text, Thinking};

/// A text of 48 characters.
pub(crate) const TEXT: &str = "Paris is lovely: a café, the Seine, and rain 😀 ☔";
pub(crate) const INPUT: &str = r#"{"city":"Paris","days":3,"note":"café 😀"}"#;
pub(crate) const OTHER_INPUT: &str = r#"{"city":"Oslo","days":1,"note":"a \"b\" {c"}"#;
/// The usage in every response that has one.
pub(crate) const USAGE: [u64; 4] = [234, 1000, 0, 6];

/// All kinds.
#[rustfmt::skip]
pub(crate) const NAMES: &[&str] = &[
    "text", "crlf", "split", "bom", "prefilter", "comments", "nodone", "nolast", "usage_every",
    "usage_none", "choices2", "nulls", "empty", "nofinish", "length", "content_filter", "refusal",
    "stopseq", "stops5", "stops5_calls", "tool", "tool_full", "tool_repeat", "toolstop", "text_tool",
    "tool_text", "tool_noargs", "tool_par", "tool_inter", "tool_onechunk2", "tool_noindex",
    "tool_index0", "tool_trunc", "tool_cumulative", "tool_double", "tool_object", "tool_array",
    "tool_fence", "tool_unclosed", "tool_excess", "tool_none", "function_call", "kimi_ids", "dup_ids",
    "late_id", "reasoning", "reasoning2", "reasoning_inter", "reasoning_tool", "reasoning_unasked",
    "mistral_parts", "openrouter_details", "think_tags", "think_open", "badjson", "err_mid", "err_first",
    "err_event", "err_finish", "no_output", "cut", "reset", "json", "sse", "status_400", "status_401",
    "status_404", "status_429", "status_500", "status_503", "html_502",
];

/// Returns the response of a kind to a request that asks for a stream, or for a whole completion. Some kinds
/// exist only in one of the forms.
pub(crate) fn kind(name: &str, stream: bool) -> Option<Script> {
    let kind = row(name)?;
    if stream { kind.streamed } else { kind.whole }
}

fn row(name: &str) -> Option<Kind> {
    let half = TEXT.char_indices().nth(24).map_or(0, |(at, _)| at);
    let (first, second) = (content(&TEXT[..half]), content(&TEXT[half..]));
    let texts = [ROLE.to_owned(), delta(&first), delta(&second), last("stop"), usage()];
    let text = message(vec![Text(TEXT)], "end_turn");
    let whole_text = format!(r#""content":{}"#, quote(TEXT));
    let paris = || vec![Call("get_weather", INPUT, Some("call_1"))];
    let both = || vec![paris()[0].clone(), Call("get_weather", OTHER_INPUT, Some("call_2"))];
    let calls = |blocks| message(blocks, "tool_use");
    let args = |index: usize, text: &str| {
        delta(&format!(r#""tool_calls":[{{"index":{index},"function":{{"arguments":{}}}}}]"#, quote(text)))
    };
    let begin =
        |index: usize, id: &str, text: &str| delta(&format!(r#""tool_calls":[{}]"#, part(index, id, text)));
    let pieces = |index: usize, id: &str, input: &str| {
        let (one, two) = (input.char_indices().nth(9), input.char_indices().nth(33));
        let (one, two) = (one.map_or(0, |(at, _)| at), two.map_or(0, |(at, _)| at));
        vec![
            begin(index, id, ""),
            args(index, &input[..one]),
            args(index, &input[one..two]),
            args(index, &input[two..]),
        ]
    };
    let weather = [vec![ROLE.to_owned()], pieces(0, "call_1", INPUT)].concat();
    let ended = |events: &[String], reason: &str| [events, &[last(reason), usage()]].concat();
    let whole_call =
        |id: &str, arguments: &str| format!(r#""content":null,"tool_calls":[{}]"#, whole_part(id, arguments));
    let one_call = |arguments: &str| ended(&[begin(0, "call_1", arguments)], "tool_calls");
    let think = |field: &str, text: &str| delta(&format!(r#""{field}":{}"#, quote(text)));
    let thought = vec![Thinking("Rain? Yes."), Text("Wet.")];
    let thoughts = |field: &str| {
        ended(
            &[ROLE.to_owned(), think(field, "Rain? "), think(field, "Yes."), delta(&content("Wet."))],
            "stop",
        )
    };
    let whole_thought = |field: &str| format!(r#""content":"Wet.","{field}":"Rain? Yes.""#);
    let error = r#"{"error":{"message":"The engine is overloaded","type":"engine_overloaded","code":503}}"#;
    Some(match name {
        "text" => Kind::new(text).stream(&texts).completion(&whole_text, "stop"),
        "crlf" => Kind::new(text).bytes(frames(&texts, "\r\n", true)),
        "split" => {
            let bytes = frames(&texts, "\n", true).concat();
            Kind::new(text).bytes(bytes.chunks(3).map(<[u8]>::to_vec).collect())
        }
        "bom" => Kind::new(text).bytes([vec![b"\xEF\xBB\xBF".to_vec()], frames(&texts, "\n", true)].concat()),
        "prefilter" => {
            let filter = r#"{"id":"","object":"","created":0,"model":"","service_tier":"default","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#;
            Kind::new(text).stream(&[&[filter.to_owned()][..], &texts].concat())
        }
        "comments" => {
            let comment = b": OPENROUTER PROCESSING\n\n".to_vec();
            let frames = frames(&texts, "\n", true).into_iter();
            Kind::new(text).bytes(frames.flat_map(|frame| [comment.clone(), frame]).collect())
        }
        "nodone" => Kind::new(text).bytes(frames(&texts, "\n", false)),
        "nolast" => {
            let mut frames = frames(&texts, "\n", false);
            let last = frames.last_mut()?;
            last.truncate(last.len() - 2);
            Kind::new(text).bytes(frames)
        }
        "usage_every" => {
            let with = |event: &String, tokens: u64| {
                let usage = format!(
                    r#","usage":{{"prompt_tokens":1234,"completion_tokens":{tokens},"prompt_tokens_details":{{"cached_tokens":1000}}}}}}"#
                );
                format!("{}{usage}", event.strip_suffix('}').unwrap_or_default())
            };
            let events: Vec<_> = texts[..4].iter().zip([0, 3, 6, 6]).map(|(e, n)| with(e, n)).collect();
            Kind::new(text).stream(&events)
        }
        "usage_none" => Kind::new(text.estimated()).stream(&texts[..4]).without_usage(&whole_text, "stop"),
        "choices2" => {
            let other = delta(r#""content":"other""#).replace(r#""index":0"#, r#""index":1"#);
            let two = format!(
                r#"{{{HEAD},"choices":[{{"index":0,"message":{{"role":"assistant",{whole_text}}},"finish_reason":"stop"}},{{"index":1,"message":{{"role":"assistant","content":"other"}},"finish_reason":"stop"}}],{USED}}}"#
            );
            let events = [&texts[..2], std::slice::from_ref(&other), &texts[2..]].concat();
            Kind::new(text.losing(1)).stream(&events).document(two)
        }
        "nulls" => {
            let nothing = r#""role":null,"content":null,"refusal":null,"reasoning_content":null,"tool_calls":null,"function_call":null"#;
            let null =
                r#"{"id":null,"object":null,"created":null,"model":null,"choices":null,"usage":null,"error":null,"service_tier":"default"}"#.to_owned();
            let no_delta =
                format!(r#"{{{HEAD},"choices":[{{"index":null,"delta":null,"finish_reason":null}}]}}"#);
            let empty = delta(r#""content":"","tool_calls":[{"index":0,"function":null}]"#);
            let none = delta(r#""tool_calls":[]"#);
            let events = [&[null, no_delta, delta(nothing), empty, none][..], &texts].concat();
            let whole = format!(
                r#"{whole_text},"refusal":null,"tool_calls":null,"function_call":null,"reasoning":null"#
            );
            Kind::new(text).stream(&events).completion(&whole, "stop")
        }
        "empty" => {
            let nothing = message(vec![], "end_turn");
            Kind::new(nothing)
                .stream(&ended(&[ROLE.to_owned()], "stop"))
                .completion(r#""content":null"#, "stop")
        }
        "nofinish" => Kind::new(text.losing(1)).stream(&[&texts[..3], &texts[4..]].concat()),
        "length" => {
            let cut = message(vec![Text(TEXT)], "max_tokens");
            Kind::new(cut).stream(&ended(&texts[..3], "length")).completion(&whole_text, "length")
        }
        "content_filter" => {
            let refused = message(vec![Text(TEXT)], "refusal");
            let events = ended(&texts[..3], "content_filter");
            Kind::new(refused).stream(&events).completion(&whole_text, "content_filter")
        }
        "refusal" => {
            let refused = message(vec![Text("I cannot help with that.")], "refusal");
            let words = [think("refusal", "I cannot "), think("refusal", "help with that.")];
            let whole = r#""content":null,"refusal":"I cannot help with that.""#;
            Kind::new(refused).stream(&ended(&words, "stop")).completion(whole, "stop")
        }
        "stopseq" => {
            let matched = |text: String| {
                text.replace(r#""finish_reason":"stop""#, r#""finish_reason":"stop","stop_reason":"END""#)
            };
            let events = [&texts[..3], &[matched(last("stop")), usage()]].concat();
            Kind::new(text.stopped("END")).stream(&events).document(matched(completion(&whole_text, "stop")))
        }
        "stops5" => {
            let events = ["One, tw", "o, thr", "ee", " FI", "V", "E four"].map(|text| delta(&content(text)));
            let stopped = message(vec![Text("One, two, three ")], "end_turn").stopped("FIVE");
            Kind::new(stopped.clone().estimated())
                .stream(&ended(&events, "stop"))
                .completion(r#""content":"One, two, three FIVE four""#, "stop")
                .asked(r#"{"stop_sequences":["A1","B2","C3","D4","FIVE"]}"#)
                .whole_expected(stopped)
        }
        "stops5_calls" => {
            let blocks = vec![Text("One FIV"), paris()[0].clone()];
            let events = [vec![delta(&content("One FIV"))], pieces(0, "call_1", INPUT)].concat();
            let whole = whole_call("call_1", INPUT).replace("null", r#""One FIV""#);
            Kind::new(calls(blocks))
                .stream(&ended(&events, "tool_calls"))
                .completion(&whole, "tool_calls")
                .asked(r#"{"stop_sequences":["A1","B2","C3","D4","FIVE"]}"#)
        }
        "tool" => Kind::new(calls(paris()))
            .stream(&ended(&weather, "tool_calls"))
            .completion(&whole_call("call_1", INPUT), "tool_calls"),
        "tool_full" => Kind::new(calls(paris())).stream(&one_call(INPUT)),
        "tool_repeat" => {
            let part = |text: &String| {
                text.replace(
                    r#"{"index":0,"function":{"#,
                    r#"{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","#,
                )
            };
            let events: Vec<_> = weather.iter().map(part).collect();
            Kind::new(calls(paris())).stream(&ended(&events, "tool_calls"))
        }
        "toolstop" => Kind::new(calls(paris()))
            .stream(&ended(&weather, "stop"))
            .completion(&whole_call("call_1", INPUT), "stop"),
        "text_tool" => {
            let blocks = vec![Text(TEXT), paris()[0].clone()];
            let events = ended(&[&texts[..3], &weather[1..]].concat(), "tool_calls");
            let whole = whole_call("call_1", INPUT).replace("null", &quote(TEXT));
            Kind::new(calls(blocks)).stream(&events).completion(&whole, "tool_calls")
        }
        "tool_text" => {
            let blocks = vec![paris()[0].clone(), Text(TEXT)];
            Kind::new(calls(blocks)).stream(&ended(&[&weather, &texts[1..3]].concat(), "tool_calls"))
        }
        "tool_noargs" => {
            let now = vec![Call("get_weather", "{}", Some("call_1"))];
            Kind::new(calls(now)).stream(&one_call("")).completion(&whole_call("call_1", ""), "tool_calls")
        }
        "tool_par" => {
            let events = [pieces(0, "call_1", INPUT), pieces(1, "call_2", OTHER_INPUT)].concat();
            let two = format!("{},{}", whole_part("call_1", INPUT), whole_part("call_2", OTHER_INPUT));
            let whole = format!(r#""content":"","tool_calls":[{two}]"#);
            Kind::new(calls(both())).stream(&ended(&events, "tool_calls")).completion(&whole, "tool_calls")
        }
        "tool_inter" => {
            let one = pieces(0, "call_1", INPUT).into_iter();
            let pairs = one.zip(pieces(1, "call_2", OTHER_INPUT));
            let events: Vec<_> = pairs.flat_map(|(one, two)| [one, two]).collect();
            Kind::new(calls(both())).stream(&ended(&events, "tool_calls"))
        }
        "tool_onechunk2" => {
            let two = format!("{},{}", part(0, "call_1", INPUT), part(1, "call_2", OTHER_INPUT));
            Kind::new(calls(both()))
                .stream(&ended(&[delta(&format!(r#""tool_calls":[{two}]"#))], "tool_calls"))
        }
        "tool_noindex" | "tool_index0" => {
            let events = [pieces(0, "call_1", INPUT), pieces(0, "call_2", OTHER_INPUT)].concat();
            let without = |text: &String| {
                text.replace(r#"{"index":0,"id""#, r#"{"id""#)
                    .replace(r#"{"index":0,"function""#, r#"{"function""#)
            };
            let events = if name == "tool_index0" { events } else { events.iter().map(without).collect() };
            Kind::new(calls(both())).stream(&ended(&events, "tool_calls"))
        }
        "tool_trunc" => {
            let cut = |blocks| message(blocks, "max_tokens");
            Kind::new(cut(vec![Call("get_weather", r#"{"city":"Paris","days":3}"#, Some("call_1"))]))
                .stream(&ended(&weather[..4], "length"))
                .completion(&whole_call("call_1", r#"{"city":"Paris","days":3,"note":"#), "length")
                .whole_expected(cut(vec![]).losing(1))
        }
        "tool_cumulative" => {
            let events: Vec<_> = [1, 20, 33].map(|n| &INPUT[..n]).into_iter().chain([INPUT, INPUT]).collect();
            let events: Vec<_> = events.into_iter().map(|text| begin(0, "call_1", text)).collect();
            Kind::new(calls(paris()))
                .stream(&ended(&events, "tool_calls"))
                .with_profile(r#"{"tool_args_cumulative":true}"#)
        }
        "tool_double" => Kind::new(calls(paris()))
            .stream(&one_call(&quote(INPUT)))
            .completion(&whole_call("call_1", &quote(INPUT)), "tool_calls"),
        "tool_object" => {
            let bare = |text: String| text.replace(&quote(INPUT), INPUT);
            let events: Vec<_> = one_call(INPUT).into_iter().map(bare).collect();
            let whole = bare(whole_call("call_1", INPUT));
            Kind::new(calls(paris())).stream(&events).completion(&whole, "tool_calls")
        }
        "tool_array" => {
            let list = calls(vec![Call("get_weather", r#"{"value":[1,2]}"#, Some("call_1"))]).losing(1);
            Kind::new(list)
                .stream(&one_call("[1,2]"))
                .completion(&whole_call("call_1", "[1,2]"), "tool_calls")
        }
        "tool_fence" => {
            let fenced = format!("```json\n{INPUT}\n```");
            Kind::new(calls(paris()).losing(1))
                .stream(&one_call(&fenced))
                .completion(&whole_call("call_1", &fenced), "tool_calls")
        }
        "tool_unclosed" => {
            let unclosed = INPUT.strip_suffix("\"}")?;
            Kind::new(calls(paris()).losing(1))
                .stream(&one_call(unclosed))
                .completion(&whole_call("call_1", unclosed), "tool_calls")
        }
        "tool_excess" => {
            let more = format!("{INPUT}}}");
            Kind::new(calls(paris()).losing(1))
                .stream(&one_call(&more))
                .completion(&whole_call("call_1", &more), "tool_calls")
        }
        "tool_none" => Kind::new(text.losing(1))
            .stream(&ended(&texts[..3], "tool_calls"))
            .completion(&whole_text, "tool_calls"),
        "function_call" => {
            let call = |name: &str, text: &str| {
                delta(&format!(r#""function_call":{{{name}"arguments":{}}}"#, quote(text)))
            };
            let events =
                [call(r#""name":"get_weather","#, ""), call("", &INPUT[..20]), call("", &INPUT[20..])];
            let whole = format!(
                r#""content":null,"function_call":{{"name":"get_weather","arguments":{}}}"#,
                quote(INPUT)
            );
            Kind::new(calls(vec![Call("get_weather", INPUT, None)]))
                .stream(&ended(&events, "function_call"))
                .completion(&whole, "function_call")
        }
        "kimi_ids" => {
            let id = "functions.get_weather:0";
            Kind::new(calls(vec![Call("get_weather", INPUT, Some("functions_get_weather_0_79ac1a"))]))
                .stream(&ended(&[begin(0, id, INPUT)], "tool_calls"))
                .completion(&whole_call(id, INPUT), "tool_calls")
        }
        "dup_ids" => {
            let blocks = vec![paris()[0].clone(), Call("get_weather", OTHER_INPUT, Some("call_1-2"))];
            let events = [pieces(0, "call_1", INPUT), pieces(1, "call_1", OTHER_INPUT)].concat();
            let two = format!("{},{}", whole_part("call_1", INPUT), whole_part("call_1", OTHER_INPUT));
            let whole = format!(r#""content":null,"tool_calls":[{two}]"#);
            Kind::new(calls(blocks)).stream(&ended(&events, "tool_calls")).completion(&whole, "tool_calls")
        }
        "late_id" => {
            let name =
                delta(r#""tool_calls":[{"index":0,"type":"function","function":{"name":"get_weather"}}]"#);
            let id = format!(
                r#""tool_calls":[{{"index":0,"id":"call_1","function":{{"arguments":{}}}}}]"#,
                quote(&INPUT[..20])
            );
            let events = [name, delta(&id), args(0, &INPUT[20..])];
            Kind::new(calls(paris())).stream(&ended(&events, "tool_calls"))
        }
        "reasoning" | "reasoning2" => {
            let field = if name == "reasoning" { "reasoning_content" } else { "reasoning" };
            Kind::new(message(thought, "end_turn"))
                .stream(&thoughts(field))
                .completion(&whole_thought(field), "stop")
                .asked(THINKS)
        }
        "reasoning_inter" => {
            let field = "reasoning_content";
            let events = [
                think(field, "One?"),
                delta(&content("One.")),
                think(field, "Two?"),
                delta(&content("Two.")),
            ];
            let blocks = vec![Thinking("One?"), Text("One."), Thinking("Two?"), Text("Two.")];
            Kind::new(message(blocks, "end_turn")).stream(&ended(&events, "stop")).asked(THINKS)
        }
        "reasoning_tool" => {
            let events = [vec![think("reasoning_content", "Look.")], pieces(0, "call_1", INPUT)].concat();
            let whole = format!(r#"{},"reasoning_content":"Look.""#, whole_call("call_1", INPUT));
            Kind::new(calls(vec![Thinking("Look."), paris()[0].clone()]))
                .stream(&ended(&events, "tool_calls"))
                .completion(&whole, "tool_calls")
                .asked(THINKS)
        }
        "reasoning_unasked" => Kind::new(message(vec![Text("Wet.")], "end_turn").losing(1))
            .stream(&thoughts("reasoning_content"))
            .completion(&whole_thought("reasoning_content"), "stop"),
        "mistral_parts" => {
            let thinking = |text: &str| {
                format!(
                    r#"{{"type":"thinking","thinking":[{{"type":"text","text":{}}}],"closed":true}}"#,
                    quote(text)
                )
            };
            let list = |parts: &str| format!(r#""content":[{parts}]"#);
            let wet = r#"{"type":"text","text":"Wet."}"#;
            let events =
                [delta(&list(&thinking("Rain? "))), delta(&list(&thinking("Yes."))), delta(&list(wet))];
            Kind::new(message(thought, "end_turn"))
                .stream(&ended(&events, "stop"))
                .completion(&list(&format!("{},{wet}", thinking("Rain? Yes."))), "stop")
                .asked(THINKS)
        }
        "openrouter_details" => {
            let details = |text: &str| {
                format!(
                    r#""reasoning":{0},"reasoning_details":[{{"type":"reasoning.text","text":{0},"signature":null}},{{"type":"reasoning.encrypted","data":"eHh4"}}]"#,
                    quote(text)
                )
            };
            let events = [delta(&details("Rain? ")), delta(&details("Yes.")), delta(&content("Wet."))];
            Kind::new(message(thought, "end_turn"))
                .stream(&ended(&events, "stop"))
                .completion(&format!(r#""content":"Wet.",{}"#, details("Rain? Yes.")), "stop")
                .with_profile(r#"{"reasoning_fields":["reasoning_details"]}"#)
                .asked(THINKS)
        }
        "think_tags" | "think_open" => {
            let is_open = name == "think_open";
            let texts = if is_open {
                vec!["<think>Rain?", " Yes."]
            } else {
                vec!["<th", "ink>\nRain?", " Yes.</thi", "nk>\n\n", "Wet."]
            };
            let blocks = if is_open { vec![Thinking("Rain? Yes.")] } else { thought };
            let events: Vec<_> = texts.iter().map(|text| delta(&content(text))).collect();
            Kind::new(message(blocks, "end_turn"))
                .stream(&ended(&events, "stop"))
                .completion(&content(&texts.concat()), "stop")
                .with_profile(r#"{"think_tags":true}"#)
                .asked(THINKS)
        }
        "badjson" => {
            let bad = format!("{{{HEAD},\"choices\":[{{\"index\":0,\"delta\":{{\"conte");
            Kind::new(Expected::Error("api_error")).stream(&[&texts[..2], &[bad], &texts[2..]].concat())
        }
        "err_mid" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&[&texts[..2], &[error.to_owned()]].concat()),
        "err_first" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&[error.to_owned()])
            .document(error.to_owned()),
        "err_event" => {
            let data = r#"{"message":"Rate limit reached for requests","code":"rate_limit_exceeded"}"#;
            let error = format!("event: error\ndata: {data}\n\n").into_bytes();
            let bytes = [frames(&texts[..2], "\n", false), vec![error]].concat();
            Kind::new(Expected::Error("rate_limit_error")).bytes(bytes)
        }
        "err_finish" => Kind::new(Expected::Error("overloaded_error"))
            .stream(&ended(&texts[..2], "insufficient_system_resource"))
            .completion(r#""content":"Par""#, "insufficient_system_resource"),
        "no_output" => Kind::new(Expected::Error("api_error"))
            .stream(&[usage()])
            .document(format!(r#"{{{HEAD},"choices":[],{USED}}}"#)),
        "cut" => Kind::new(Expected::Error("api_error")).bytes(frames(&texts[..3], "\n", false)),
        "reset" => Kind::new(Expected::Error("api_error")).bytes(frames(&weather[..3], "\n", false)).broken(),
        "json" => {
            let document = completion(&whole_text, "stop");
            let mut kind = Kind::new(text).stream(&[]).document(document.clone());
            let streamed = kind.streamed.as_mut()?;
            (streamed.content_type, streamed.chunks) = (JSON, vec![document.into_bytes()]);
            kind
        }
        "sse" => {
            let mut kind = Kind::new(text).stream(&texts).document(String::new());
            kind.whole.clone_from(&kind.streamed);
            kind
        }
        "status_400" => Kind::status(
            400,
            r#"{"error":{"message":"Unsupported value","type":"invalid_request_error","code":null}}"#,
        ),
        "status_401" => Kind::status(
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-x","type":"invalid_request_error","code":"invalid_api_key"}}"#,
        ),
        "status_404" => Kind::status(
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}}"#,
        ),
        "status_429" => Kind::status(
            429,
            r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#,
        )
        .header("retry-after", "7"),
        "status_500" => {
            Kind::status(500, r#"{"error":{"message":"The server had an error","type":"server_error"}}"#)
        }
        "status_503" => Kind::status(503, error),
        "html_502" => {
            Kind::status(502, "<html><head><title>502 Bad Gateway</title></head></html>").of_type("text/html")
        }
        _ => return None,
    })
}

const JSON: &str = "application/json";
const THINKS: &str = r#"{"thinking":{"type":"enabled","budget_tokens":1024}}"#;
const HEAD: &str = r#""id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1700000000,"model":"served-model","service_tier":"default""#;
const USED: &str = r#""usage":{"prompt_tokens":1234,"completion_tokens":6,"total_tokens":1240,"prompt_tokens_details":{"cached_tokens":1000}}"#;
const ROLE: &str = r#"{"id":"chatcmpl-abc123","object":"chat.completion.chunk","created":1700000000,"model":"served-model","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}"#;

/// A chunk with a delta that has the members `members`.
fn delta(members: &str) -> String {
    format!(
        r#"{{{HEAD},"choices":[{{"index":0,"delta":{{{members}}},"logprobs":null,"finish_reason":null}}]}}"#
    )
}

fn last(reason: &str) -> String {
    format!(r#"{{{HEAD},"choices":[{{"index":0,"delta":{{}},"logprobs":null,"finish_reason":"{reason}"}}]}}"#)
}

fn usage() -> String {
    format!(r#"{{{HEAD},"choices":[],{USED}}}"#)
}

fn content(text: &str) -> String {
    format!(r#""content":{}"#, quote(text))
}

fn part(index: usize, id: &str, arguments: &str) -> String {
    format!(r#"{{"index":{index},{}"#, &whole_part(id, arguments)[1..])
}

fn whole_part(id: &str, arguments: &str) -> String {
    let arguments = quote(arguments);
    format!(
        r#"{{"id":"{id}","type":"function","function":{{"name":"get_weather","arguments":{arguments}}}}}"#
    )
}

/// A completion with a message that has the members `members`.
fn completion(members: &str, reason: &str) -> String {
    let choice =
        format!(r#"{{"index":0,"message":{{"role":"assistant",{members}}},"finish_reason":"{reason}"}}"#);
    format!(r#"{{{},"choices":[{choice}],{USED}}}"#, HEAD.replace(".chunk", ""))
}

/// The text as a JSON string.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// The data as frames of an event stream, with `[DONE]` at the end if `is_done`.
fn frames(data: &[String], line_end: &str, is_done: bool) -> Vec<Vec<u8>> {
    let done = is_done.then(|| "[DONE]".to_owned());
    data.iter()
        .cloned()
        .chain(done)
        .map(|data| format!("data: {data}{line_end}{line_end}").into_bytes())
        .collect()
}

fn message(content: Vec<Block>, stop_reason: &'static str) -> Expected {
    Expected::Message { content, stop_reason, stop_sequence: None, usage: Some(USAGE), losses: 0 }
}

impl Expected {
    fn losing(mut self, number: usize) -> Self {
        if let Self::Message { losses, .. } = &mut self {
            *losses += number;
        }
        self
    }

    fn estimated(mut self) -> Self {
        if let Self::Message { usage, .. } = &mut self {
            *usage = None;
        }
        self.losing(1)
    }

    fn stopped(mut self, text: &'static str) -> Self {
        if let Self::Message { stop_reason, stop_sequence, .. } = &mut self {
            (*stop_reason, *stop_sequence) = ("stop_sequence", Some(text));
        }
        self
    }
}

/// Both forms of a kind.
struct Kind {
    expected: Expected,
    streamed: Option<Script>,
    whole: Option<Script>,
}

impl Kind {
    fn new(expected: Expected) -> Self {
        Self { expected, streamed: None, whole: None }
    }

    fn status(status: u16, body: &str) -> Self {
        let mut kind = Self::new(Expected::Status(status)).document(body.to_owned());
        kind.streamed.clone_from(&kind.whole);
        kind.each(|script| script.status = status)
    }

    fn script(&self, content_type: &'static str, chunks: Vec<Vec<u8>>) -> Option<Script> {
        Some(Script {
            status: 200,
            content_type,
            headers: vec![("x-request-id", "up_1")],
            chunks,
            end: End::Eof,
            profile: "{}",
            request: r#"{"stop_sequences":["END"]}"#,
            expected: self.expected.clone(),
        })
    }

    fn each(mut self, change: impl Fn(&mut Script)) -> Self {
        self.streamed.iter_mut().chain(&mut self.whole).for_each(change);
        self
    }

    fn bytes(mut self, chunks: Vec<Vec<u8>>) -> Self {
        self.streamed = self.script("text/event-stream", chunks);
        self
    }

    fn stream(self, data: &[String]) -> Self {
        self.bytes(frames(data, "\n", true))
    }

    fn document(mut self, body: String) -> Self {
        self.whole = self.script(JSON, vec![body.into_bytes()]);
        self
    }

    fn completion(self, members: &str, reason: &str) -> Self {
        self.document(completion(members, reason))
    }

    fn without_usage(self, members: &str, reason: &str) -> Self {
        self.document(completion(members, reason).replace(USED, r#""usage":null"#))
    }

    fn whole_expected(mut self, expected: Expected) -> Self {
        self.whole.iter_mut().for_each(|script| script.expected = expected.clone());
        self
    }

    fn with_profile(self, profile: &'static str) -> Self {
        self.each(|script| script.profile = profile)
    }

    fn asked(self, request: &'static str) -> Self {
        self.each(|script| script.request = request)
    }

    fn broken(self) -> Self {
        self.each(|script| script.end = End::Reset)
    }

    fn header(self, name: &'static str, value: &'static str) -> Self {
        self.each(|script| script.headers.push((name, value)))
    }

    fn of_type(self, content_type: &'static str) -> Self {
        self.each(|script| script.content_type = content_type)
    }
}
