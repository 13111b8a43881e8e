//! Texts, and why the model stopped.

use super::Block::{Call, Text};
use super::write::*;
use super::*;

pub(super) fn row(name: &str) -> Option<Kind> {
    let (texts, (text, whole_text)) = (texts(), text());
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
        "stop_field" => {
            let matched = |text: String| {
                text.replace(r#""finish_reason":"stop""#, r#""finish_reason":"stop","stopped_by":"END""#)
            };
            let events = [&texts[..3], &[matched(last("stop")), usage()]].concat();
            Kind::new(text.stopped("END"))
                .stream(&events)
                .document(matched(completion(&whole_text, "stop")))
                .with_profile(r#"{"stop_match_field":"stopped_by"}"#)
        }
        "stops5" => {
            let events = ["One, tw", "o, thr", "ee", " FI", "V", "E four"].map(|text| delta(&content(text)));
            let stopped = message(vec![Text("One, two, three ")], "end_turn").stopped("FIVE");
            Kind::new(stopped.clone().estimated())
                .stream(&ended(&events, "stop"))
                .completion(r#""content":"One, two, three FIVE four""#, "stop")
                .asked(FIVE_STOPS)
                .whole_expected(stopped)
        }
        "stops5_calls" => {
            let blocks = vec![Text("One FIV"), paris()[0].clone()];
            let events = [vec![delta(&content("One FIV"))], pieces(0, "call_1", INPUT)].concat();
            let whole = whole_call("call_1", INPUT).replace("null", r#""One FIV""#);
            Kind::new(calls(blocks))
                .stream(&ended(&events, "tool_calls"))
                .completion(&whole, "tool_calls")
                .asked(FIVE_STOPS)
        }
        "stops5_after" => {
            // The call can be run, so that it is what the message ends with.
            let events = [pieces(0, "call_1", INPUT), vec![delta(&content("Then FIVE"))]].concat();
            Kind::new(calls(vec![paris()[0].clone(), Text("Then ")]).estimated())
                .stream(&ended(&events, "tool_calls"))
                .asked(FIVE_STOPS)
        }
        "stops5_within" => {
            let events = [&pieces(0, "call_1", INPUT)[..3], &[delta(&content("Then FIVE"))]].concat();
            let half = Call("get_weather", r#"{"city":"Paris","days":3}"#, Some("call_1"));
            Kind::new(message(vec![half, Text("Then ")], "end_turn").stopped("FIVE").estimated())
                .stream(&ended(&events, "tool_calls"))
                .asked(FIVE_STOPS)
        }
        _ => return None,
    })
}
