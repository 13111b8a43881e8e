//! Reasoning.

use super::Block::{Text, Thinking};
use super::write::*;
use super::*;

pub(super) fn row(name: &str) -> Option<Kind> {
    let thought = vec![Thinking("Rain? Yes."), Text("Wet.")];
    let thoughts = |field: &str| {
        ended(
            &[ROLE.to_owned(), think(field, "Rain? "), think(field, "Yes."), delta(&content("Wet."))],
            "stop",
        )
    };
    let whole_thought = |field: &str| format!(r#""content":"Wet.","{field}":"Rain? Yes.""#);
    Some(match name {
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
        _ => return None,
    })
}
