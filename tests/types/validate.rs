//! The rules of `validate` for settings and tools.

use messages_api::types::ApiVersion;
use messages_api::{ApiError, CreateMessageRequest};
use serde_json::{Value, json};

pub(crate) const A: ApiVersion = ApiVersion::V2023_06_01;
pub(crate) const B: ApiVersion = ApiVersion::V2026_10_21;

/// A request with one short message and with `fields`.
pub(crate) fn request(fields: &Value) -> CreateMessageRequest {
    let mut request =
        json!({"model": "m", "max_tokens": 2048, "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in fields.as_object().unwrap() {
        request[name] = value.clone();
    }
    serde_json::from_value(request).unwrap()
}

#[track_caller]
pub(crate) fn accepts(version: &ApiVersion, fields: &Value) {
    if let Err(error) = request(fields).validate(version) {
        panic!("{fields} under {version}: {error}");
    }
}

/// `problem` is the path and the beginning of the text.
#[track_caller]
pub(crate) fn rejects(version: &ApiVersion, fields: &Value, problem: &str) {
    let Err(error) = request(fields).validate(version) else { panic!("{fields} under {version} passes") };
    assert_eq!(error.problems().len(), 1, "{fields} under {version}: {error}");
    assert!(error.to_string().starts_with(problem), "{fields} under {version}: {error}");
}

/// Checks one rule by fields that it accepts and fields that it rejects.
#[track_caller]
pub(crate) fn rule(accepted: &Value, rejected: &Value, problem: &str) {
    for version in [A, B] {
        accepts(&version, accepted);
        rejects(&version, rejected, problem);
    }
}

fn text(length: usize) -> String {
    "é".repeat(length)
}

#[test]
fn lengths_and_counts_are_limited() {
    let skill = |id: &str, version: &str| json!({"container": {"skills": [{"type": "custom", "skill_id": id, "version": version}]}});
    let servers = |count| {
        let server = json!({"type": "url", "name": "m", "url": "https://example.test"});
        json!({"mcp_servers": vec![server; count]})
    };
    let messages = |count| json!({"messages": vec![json!({"role": "user", "content": "a"}); count]});
    let model = "must have 1 to 256 characters, has";
    rule(&json!({"model": text(256)}), &json!({"model": ""}), &format!("model: {model} 0"));
    rule(&json!({}), &json!({"model": text(257)}), &format!("model: {model} 257"));
    rule(
        &json!({"metadata": {"user_id": text(256)}}),
        &json!({"metadata": {"user_id": text(257)}}),
        "metadata.user_id: must have 0 to 256 characters, has 257",
    );
    rule(&skill(&text(64), "1"), &skill("", "1"), "container.skills.0.skill_id: must have 1 to 64");
    rule(&skill("a", &text(64)), &skill("a", &text(65)), "container.skills.0.version: must have 1 to 64");
    rule(&servers(20), &servers(21), "mcp_servers: must have at most 20 servers, has 21");
    rule(&messages(100_000), &messages(100_001), "messages: must have at most 100000 messages, has 100001");
    // A request for no tokens warms the cache.
    accepts(&A, &json!({"max_tokens": 0}));
}

#[test]
fn sampling_parameters_have_ranges_and_end_with_the_second_version() {
    accepts(&A, &json!({"temperature": 0, "top_p": 1, "top_k": 0}));
    accepts(&A, &json!({"temperature": 1}));
    accepts(&B, &json!({"temperature": null, "top_p": null, "top_k": null}));
    rejects(&A, &json!({"temperature": 1.5}), "temperature: must be 0 to 1, is 1.5");
    rejects(&A, &json!({"temperature": -0.1}), "temperature: must be 0 to 1, is -0.1");
    rejects(&A, &json!({"top_p": 1.01}), "top_p: must be 0 to 1, is 1.01");
    rejects(&B, &json!({"temperature": 1}), "temperature: does not exist under 2026-10-21");
    rejects(&B, &json!({"top_p": 1}), "top_p: does not exist");
    rejects(&B, &json!({"top_k": 1}), "top_k: does not exist");
    // The rules of a later version are unknown.
    accepts(&"2030-01-01".into(), &json!({"temperature": 1, "top_k": 1}));
}

#[test]
fn some_fields_exclude_each_other() {
    rule(
        &json!({"fallback_credit_token": "t"}),
        &json!({"fallback_credit_token": "t", "fallbacks": "default"}),
        "fallback_credit_token: cannot be combined with `fallbacks`",
    );
    rule(
        &json!({"compaction": {"type": "summarize"}, "context_management": null}),
        &json!({"compaction": {"type": "summarize"}, "context_management": {"edits": []}}),
        "compaction: cannot be combined with `context_management`",
    );
    let format = json!({"type": "json_schema", "schema": {}});
    rule(
        &json!({"output_format": format, "output_config": {"effort": "low"}}),
        &json!({"output_format": format, "output_config": {"format": format}}),
        "output_format: cannot be combined with `output_config.format`",
    );
}

#[test]
fn thinking_and_tool_choice_must_fit_the_rest_of_the_request() {
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let budget = |tokens: u64| json!({"thinking": {"type": "enabled", "budget_tokens": tokens}});
    rule(&budget(1024), &budget(1023), "thinking.budget_tokens: must be at least 1024, is 1023");
    rule(
        &budget(2047),
        &budget(2048),
        "thinking.budget_tokens: must be less than `max_tokens` (2048), is 2048",
    );
    let mut interleaved = budget(9999);
    interleaved["tools"] = tools.clone();
    accepts(&A, &interleaved);

    let thinking = |kind: &str, choice: Value| {
        let thinking = json!({"type": kind, "budget_tokens": 1024});
        json!({"tools": tools, "thinking": thinking, "tool_choice": choice})
    };
    rule(
        &thinking("enabled", json!({"type": "auto"})),
        &thinking("enabled", json!({"type": "any"})),
        "tool_choice: `any` forces a tool call",
    );
    rule(
        &thinking("disabled", json!({"type": "tool", "name": "f"})),
        &thinking("enabled", json!({"type": "tool", "name": "f"})),
        "tool_choice: `tool` forces a tool call",
    );

    let choice = |choice: Value| json!({"tools": tools, "tool_choice": choice});
    rule(
        &choice(json!({"type": "tool", "name": "f", "disable_parallel_tool_use": true})),
        &choice(json!({"type": "tool", "name": "g"})),
        "tool_choice.name: does not name a tool of the request",
    );
    rule(
        &choice(json!({"type": "none", "disable_parallel_tool_use": null})),
        &choice(json!({"type": "none", "disable_parallel_tool_use": true})),
        "tool_choice.disable_parallel_tool_use: is not allowed with `none`",
    );
    let tool = json!({"type": "tool", "name": "g"});
    rejects(&A, &json!({"tool_choice": tool}), "tool_choice.name");
    // The tool may be one whose name the request does not hold.
    accepts(&A, &json!({"tool_choice": tool, "tools": [{"type": "mcp_toolset", "mcp_server_name": "m"}]}));
    accepts(&A, &json!({"tool_choice": tool, "tools": [{"type": "new_20990101", "name": "x"}]}));
    accepts(&B, &json!({"tool_choice": tool, "thread": {"type": "create"}}));
    let definition =
        json!({"type": "tool_definition", "definition": {"name": "g", "input_schema": {"type": "object"}}});
    let addition = json!({"role": "system", "content": [{"type": "tool_addition", "tool": definition}]});
    accepts(&B, &json!({"tool_choice": tool, "messages": [{"role": "user", "content": "hi"}, addition]}));
    let removal = json!({"type": "tool_removal", "tool": {"type": "tool_reference", "name": "f"}});
    let compaction = json!({"type": "compaction", "content": "a", "tool_changes": [removal]});
    let compacted =
        json!([{"role": "assistant", "content": [compaction]}, {"role": "user", "content": "hi"}]);
    accepts(&B, &json!({"tool_choice": tool, "messages": compacted}));
    // It may also come from an MCP server, which need not be among the tools.
    let servers = json!([{"type": "url", "name": "m", "url": "https://example.test"}]);
    accepts(&A, &json!({"tool_choice": tool, "mcp_servers": servers}));
    interleaved = budget(9999);
    interleaved["mcp_servers"] = servers;
    accepts(&A, &interleaved);
}

/// Checks one rule by a right and a wrong value of a tool's field.
#[track_caller]
fn tool_rule(tool: &Value, field: &str, right: Value, wrong: Value, problem: &str) {
    let tools = |value: Value| {
        let mut tool = tool.clone();
        tool[field] = value;
        json!({"tools": [tool]})
    };
    rule(&tools(right), &tools(wrong), problem);
}

#[test]
fn custom_tools_need_valid_names_and_schemas() {
    let tool = json!({"name": "f", "input_schema": {"type": "object"}});
    let name = "tools.0.name: must be 1 to 128 ASCII letters, digits, `_` and `-`";
    for wrong in ["", "a b", "a.b", "é", &"a".repeat(129)] {
        tool_rule(&tool, "name", json!("a".repeat(128)), json!(wrong), name);
    }
    for wrong in
        [json!({}), json!({"type": "string"}), json!(["object"]), json!(true), json!({"type": ["object"]})]
    {
        let problem = "tools.0.input_schema: must be an object with `\"type\": \"object\"`";
        tool_rule(&tool, "input_schema", json!({"x": 1, "type": "object"}), wrong, problem);
    }
    let problem = "tools.0.input_examples.1: must be an object";
    tool_rule(&tool, "input_examples", json!([{}, {"a": 1}]), json!([{}, 1]), problem);

    let other = json!({"name": "g", "input_schema": {"type": "object"}});
    let twice = "tools.1.name: another tool already has this name";
    rule(&json!({"tools": [tool, other]}), &json!({"tools": [tool, tool]}), twice);
    let bash = json!({"name": "bash", "input_schema": {"type": "object"}});
    rejects(&A, &json!({"tools": [{"type": "bash_20250124", "name": "bash"}, bash]}), twice);
}

#[test]
fn tools_of_the_api_need_their_names_and_valid_options() {
    let names = [
        ("bash_20250124", "bash"),
        ("text_editor_20250124", "str_replace_editor"),
        ("text_editor_20250728", "str_replace_based_edit_tool"),
        ("memory_20250818", "memory"),
        ("code_execution_20260521", "code_execution"),
        ("web_search_20250305", "web_search"),
        ("web_fetch_20260318", "web_fetch"),
        ("tool_search_tool_bm25_20251119", "tool_search_tool_bm25"),
        ("tool_search_tool_regex", "tool_search_tool_regex"),
    ];
    for (kind, name) in names {
        let problem = format!("tools.0.name: must be {name}");
        tool_rule(&json!({"type": kind}), "name", json!(name), json!("f"), &problem);
    }
    let advisor = json!({"type": "advisor_20260301", "model": "m"});
    tool_rule(&advisor, "name", json!("advisor"), json!("f"), "tools.0.name: must be advisor");
    accepts(&A, &json!({"tools": [{"type": "bash_20990101", "name": "f"}]}));

    let search = json!({"type": "web_search_20260209", "name": "web_search", "allowed_domains": ["a.test"]});
    let both = "tools.0.blocked_domains: cannot be combined with `allowed_domains`";
    tool_rule(&search, "blocked_domains", json!(null), json!(["b.test"]), both);
    tool_rule(&search, "max_uses", json!(1), json!(0), "tools.0.max_uses: must be at least 1");
    let location = |country: &str| json!({"type": "approximate", "country": country});
    for wrong in ["NOR", "1", ""] {
        let problem = "tools.0.user_location.country: must be two letters";
        tool_rule(&search, "user_location", location("NO"), location(wrong), problem);
    }

    let fetch = json!({"type": "web_fetch_20250910", "name": "web_fetch"});
    tool_rule(&fetch, "max_uses", json!(1), json!(0), "tools.0.max_uses: must be at least 1");
    let problem = "tools.0.max_content_tokens: must be at least 1";
    tool_rule(&fetch, "max_content_tokens", json!(1), json!(0), problem);
    let editor = json!({"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"});
    let problem = "tools.0.max_characters: must be at least 1";
    tool_rule(&editor, "max_characters", json!(1), json!(0), problem);
    for kind in ["computer_20241022", "computer_20250124", "computer_20251124"] {
        for field in ["display_width_px", "display_height_px"] {
            let computer =
                json!({"type": kind, "name": "computer", "display_width_px": 1, "display_height_px": 1});
            let problem = format!("tools.0.{field}: must be at least 1");
            tool_rule(&computer, field, json!(1), json!(0), &problem);
        }
    }
    for (kind, member) in [("browser_toolset_20260801", "navigate"), ("computer_toolset_20260801", "zoom")] {
        let problem = "tools.0.configs: must only name members of the toolset; unknown names: 1";
        tool_rule(&json!({"type": kind}), "configs", json!({member: null}), json!({"fly": {}}), problem);
    }
}

#[test]
fn stop_sequences_must_not_be_blank() {
    let stop = |sequence: &str| json!({"stop_sequences": ["END", sequence]});
    for blank in ["", " ", "\n\n", "\t \u{a0}"] {
        let problem = "stop_sequences.1: must contain a character other than whitespace";
        rule(&stop("\n\nHuman:"), &stop(blank), problem);
    }
    accepts(&A, &json!({"stop_sequences": []}));
}

#[test]
fn a_tool_choice_requires_tools() {
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let servers = json!([{"type": "url", "name": "m", "url": "https://example.test"}]);
    for kind in ["auto", "any", "none"] {
        let choice = json!({"type": kind});
        let problem = "tool_choice: requires `tools`";
        let with = |tools: &Value| json!({"tool_choice": choice, "tools": tools});
        rule(&with(&tools), &with(&json!([])), problem);
        rule(&json!({"tool_choice": null}), &json!({"tool_choice": choice}), problem);
        accepts(&A, &json!({"tool_choice": choice, "mcp_servers": servers}));
        accepts(&B, &json!({"tool_choice": choice, "thread": {"type": "create"}}));
    }
    accepts(&A, &json!({"tool_choice": {"type": "later"}}));
}

#[test]
fn thinking_with_a_budget_excludes_another_temperature() {
    let with = |temperature: f64, thinking: &str| {
        let thinking = json!({"type": thinking, "budget_tokens": 1024});
        json!({"temperature": temperature, "thinking": thinking})
    };
    for temperature in [0.0, 0.7] {
        let problem = format!("temperature: must be 1 or absent if `thinking` is enabled, is {temperature}");
        rejects(&A, &with(temperature, "enabled"), &problem);
        // No such rule is known for the other types, nor for later versions.
        for thinking in ["disabled", "adaptive", "later"] {
            accepts(&A, &with(temperature, thinking));
        }
        accepts(&"2030-01-01".into(), &with(temperature, "enabled"));
    }
    accepts(&A, &with(1.0, "enabled"));
    rejects(&A, &with(1.5, "enabled"), "temperature: must be 0 to 1, is 1.5");
    rejects(&B, &with(0.7, "enabled"), "temperature: does not exist under 2026-10-21");
}

#[test]
fn all_problems_are_listed_up_to_a_limit() {
    let wrong = json!({"role": "user", "content": ""});
    let error = request(&json!({"model": "", "messages": vec![wrong; 1000]})).validate(&A).unwrap_err();
    assert_eq!(error.problems().len(), 100);
    assert_eq!(error.problems()[0].path(), "model");
    assert_eq!(error.problems()[99].path(), "messages.98.content");
    assert_eq!(error.problems()[99].message(), "must not be empty");
    let error = ApiError::from(error);
    assert_eq!(error.status(), http::StatusCode::BAD_REQUEST);
    assert!(error.to_string().contains("model: must have 1 to 256 characters, has 0; messages.0.content: "));
}
