//! The rule that each call has one result, directly after the message of the call.

use std::collections::HashSet;

use messages_api::openai::FacadeOptions;
use messages_api::types::{ToolResultBlock, ToolResultContent};
use messages_api::{ContentBlock, CreateMessageRequest};
use serde_json::{Value, json};

use super::translate;
use crate::random::Random;

/// Ids of which servers make several calls, and one that the Messages API does not accept.
const IDS: [&str; 4] = ["call_0", "call_0-2", "functions.f:0", "c"];

/// Returns a legal conversation, except that other messages may stand between the calls and their results.
fn conversation(random: &mut Random) -> Vec<Value> {
    let mut messages = vec![json!({"role": "user", "content": "hi"})];
    for _ in 0..random.below(6) {
        let ids: Vec<_> = (0..random.below(4)).map(|_| *random.pick(&IDS)).collect();
        let call = |id: &&str| json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
        let calls: Vec<_> = ids.iter().map(call).collect();
        messages.push(json!({"role": "assistant", "content": random.text(3), "tool_calls": calls}));
        for (n, id) in ids.iter().enumerate() {
            if random.one_in(3) {
                let role = *random.pick(&["user", "system", "developer"]);
                messages.push(json!({"role": role, "content": random.text(3)}));
            }
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": n.to_string()}));
        }
        let role = *random.pick(&["user", "system"]);
        messages.push(json!({"role": role, "content": random.text(3)}));
    }
    messages
}

/// Returns how `request` breaks the rule, if it does. The content of each result is the number of its call.
fn violation(request: &CreateMessageRequest) -> Option<String> {
    let mut ids = HashSet::new();
    let mut open: Vec<(String, &str)> = Vec::new();
    for message in &request.messages {
        let blocks = message.content.blocks();
        let results: Vec<_> = blocks.iter().map_while(ContentBlock::as_tool_result).collect();
        if blocks[results.len()..].iter().any(|block| block.as_tool_result().is_some()) {
            return Some(format!("a result is not at the start of {message:?}"));
        }
        let text = |result: &ToolResultBlock| result.content.as_ref().map(ToolResultContent::to_text);
        let found = results.iter().map(|result| (text(result).unwrap_or_default(), &*result.tool_use_id));
        if !found.eq(open) {
            return Some(format!("the results in {message:?} are not those of the calls before"));
        }
        let calls = blocks.iter().filter_map(ContentBlock::as_tool_use).enumerate();
        open = calls.map(|(n, call)| (n.to_string(), &*call.id)).collect();
        if !open.iter().all(|(_, id)| ids.insert(*id)) {
            return Some(format!("not all ids in {message:?} are new"));
        }
    }
    (!open.is_empty()).then(|| format!("no results of {open:?}"))
}

#[test]
fn calls_and_results_always_belong_together() {
    let mut calls = 0;
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let messages = conversation(&mut random);
        let mut options = FacadeOptions::default();
        options.system_messages = random.one_in(2);
        let (request, _) = translate(&json!({ "messages": messages }), &options).unwrap();
        assert_eq!(violation(&request), None, "seed {seed}: {messages:?}\n{request:?}");
        let blocks = request.messages.iter().flat_map(|message| message.content.blocks());
        calls += blocks.filter(|block| block.as_tool_use().is_some()).count();
    }
    println!("{calls} calls");
    assert!(calls > 2_000);
}
