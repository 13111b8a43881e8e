//! Calls of tools.

use super::Block::{Call, Text};
use super::write::*;
use super::*;

pub(super) fn row(name: &str) -> Option<Kind> {
    let (texts, (text, whole_text)) = (texts(), text());
    let both = || vec![paris()[0].clone(), Call("get_weather", OTHER_INPUT, Some("call_2"))];
    let weather = [vec![ROLE.to_owned()], pieces(0, "call_1", INPUT)].concat();
    let one_call = |arguments: &str| ended(&[begin(0, "call_1", arguments)], "tool_calls");
    Some(match name {
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
        "tool_comma" => {
            let comma = r#"{"city":"Paris","days":3,}"#;
            let mended = vec![Call("get_weather", r#"{"city":"Paris","days":3}"#, Some("call_1"))];
            Kind::new(calls(mended).losing(1))
                .stream(&one_call(comma))
                .completion(&whole_call("call_1", comma), "tool_calls")
        }
        "tool_word" | "tool_raw" => {
            // An object that has an end, but is not JSON, and something else.
            let (sent, raw) = match name {
                "tool_word" => (r#"{"days":03}"#, r#"{"_raw":"{\"days\":03}"}"#),
                _ => (r#"{"city":Paris, 3"#, r#"{"_raw":"{\"city\":Paris, 3"}"#),
            };
            Kind::new(calls(vec![Call("get_weather", raw, Some("call_1"))]).losing(1))
                .stream(&one_call(sent))
                .completion(&whole_call("call_1", sent), "tool_calls")
        }
        "tool_waiting" => {
            // Nothing of a call is written while it waits for another one, which has no end here.
            let raw = r#"{"_raw":"{\"days\":"}"#;
            let blocks = vec![paris()[0].clone(), Call("get_weather", raw, Some("call_2"))];
            let (open, begun) = (INPUT.strip_suffix('}')?, r#"{"days":"#);
            let events = [begin(0, "call_1", open), begin(1, "call_2", begun)];
            let two = format!("{},{}", whole_part("call_1", open), whole_part("call_2", begun));
            Kind::new(calls(blocks).losing(2))
                .stream(&ended(&events, "tool_calls"))
                .completion(&format!(r#""content":"","tool_calls":[{two}]"#), "tool_calls")
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
        _ => return None,
    })
}
