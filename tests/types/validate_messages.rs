//! The rules of `validate` for messages and their blocks.

use serde_json::{Value, json};

use crate::validate::{A, B, accepts, rejects, rule};

pub(crate) fn user(content: Value) -> Value {
    json!({"role": "user", "content": content})
}

pub(crate) fn assistant(content: Value) -> Value {
    json!({"role": "assistant", "content": content})
}

pub(crate) fn system(content: Value) -> Value {
    json!({"role": "system", "content": content})
}

/// A request of these messages.
pub(crate) fn of(messages: Value) -> Value {
    json!({"messages": messages})
}

/// Checks one rule by a right and a wrong block of a user message.
#[track_caller]
fn block_rule(right: Value, wrong: Value, problem: &str) {
    rule(&of(json!([user(json!([right]))])), &of(json!([user(json!([wrong]))])), problem);
}

pub(crate) fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

pub(crate) fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "f", "input": {}})
}

/// A conversation with a tool result that holds `content`.
pub(crate) fn with_result(content: Value) -> Value {
    let result =
        json!({"type": "tool_result", "tool_use_id": "a", "content": content, "toolset_name": "browser"});
    of(json!([user(json!("hi")), assistant(json!([call("a")])), user(json!([result]))]))
}

#[test]
fn texts_must_not_be_empty() {
    block_rule(text("a"), text(""), "messages.0.content.0.text: must not be empty");
    let system = |text: &str| json!({"system": [{"type": "text", "text": text}]});
    rule(&system("a"), &system(""), "system.0.text: must not be empty");
    let document = |context: &str| json!({"type": "document", "context": context, "source": {"type": "url", "url": "https://a.test"}});
    block_rule(document("a"), document(""), "messages.0.content.0.context: must not be empty");
    let compaction =
        |content: Value| of(json!([assistant(json!([{"type": "compaction", "content": content}]))]));
    for right in [json!(null), json!("a")] {
        rule(&compaction(right), &compaction(json!("")), "messages.0.content.0.content: must not be empty");
    }
    // A tool result may be empty.
    accepts(&A, &with_result(json!("")));
}

#[test]
fn messages_must_not_be_empty() {
    let hi = || user(json!("hi"));
    for empty in [json!(""), json!([])] {
        let problem = "messages.0.content: must not be empty";
        rule(&of(json!([hi()])), &of(json!([user(empty.clone())])), problem);
        let said = |content: &Value| of(json!([assistant(content.clone()), hi()]));
        rule(&said(&json!("a")), &said(&empty), problem);
        // An empty prefill is allowed.
        accepts(&A, &of(json!([hi(), assistant(empty.clone())])));
        accepts(&A, &of(json!([{"role": "later", "content": empty}])));
    }
    accepts(&B, &of(json!([hi(), system(json!([]))])));
    rejects(&B, &of(json!([hi(), system(json!(""))])), "messages.1.content: must not be empty");
}

#[test]
fn a_request_needs_a_message() {
    rule(&of(json!([user(json!("hi"))])), &of(json!([])), "messages: must not be empty");
    // The messages may be those of the stored thread.
    let in_thread = |thread: Value| json!({"messages": [], "thread": thread});
    accepts(&B, &in_thread(json!({"type": "continue", "previous_message_id": "msg_01"})));
    accepts(&B, &in_thread(json!({"type": "later"})));
    rejects(&B, &in_thread(json!({"type": "create"})), "messages: must not be empty");
}

#[test]
fn a_user_turn_must_hold_more_than_white_space() {
    let problem = "a user turn must hold more than whitespace";
    for blank in [" ", "\n\t", "\u{a0}\u{2003}"] {
        let problem_of_string = format!("messages.0.content: {problem}");
        rule(&of(json!([user(json!("hi"))])), &of(json!([user(json!(blank))])), &problem_of_string);
        block_rule(text("hi"), text(blank), &format!("messages.0.content.0.text: {problem}"));
    }
    let said = |content: Value| of(json!([user(json!("hi")), assistant(json!("ok")), user(content)]));
    let blocks = |last: Value| said(json!([text(" "), text("\n"), last]));
    rule(&blocks(text("go on")), &blocks(text(" ")), &format!("messages.2.content.0.text: {problem}"));

    // Blocks of other types are content, too, and so are other messages of the turn.
    let image = json!({"type": "image", "source": {"type": "url", "url": "https://a.test"}});
    let instructions = json!({"type": "mid_conv_system", "content": "be brief"});
    for other in [image, instructions, json!({"type": "hologram"})] {
        accepts(&A, &blocks(other));
    }
    accepts(&A, &with_result(json!(" ")));
    accepts(&A, &of(json!([user(json!(" ")), user(json!("hi"))])));
    rejects(
        &A,
        &of(json!([user(json!(" ")), system(json!("be brief")), user(json!([text("\n")]))])),
        &format!("messages.0.content: {problem}"),
    );
    // Only the user's turns are restricted.
    accepts(&A, &of(json!([user(json!("hi")), assistant(json!(" ")), user(json!("go on"))])));
    accepts(&A, &of(json!([user(json!("hi")), {"role": "later", "content": " "}])));
}

#[test]
fn base64_data_must_not_be_a_data_url() {
    let image = |data: &str| {
        let source = json!({"type": "base64", "media_type": "image/gif", "data": data});
        json!({"type": "image", "source": source})
    };
    let document = |data: &str| {
        let source = json!({"type": "base64", "media_type": "application/pdf", "data": data});
        json!({"type": "document", "source": source})
    };
    let problem = "source.data: must be base64 alone; remove the start of the data URL";
    let at = |path: &str| format!("messages.{path}.{problem}");
    for wrong in ["data:image/gif;base64,R0lGODlh", "DATA:;base64,R0lGODlh", "data:"] {
        block_rule(image("R0lGODlh"), image(wrong), &at("0.content.0"));
        block_rule(document("JVBERi0="), document(wrong), &at("0.content.0"));
    }
    // `data` is base64 as well.
    accepts(&A, &of(json!([user(json!([image("data")]))])));
    // So is an image within another block, but not a plain text.
    let wrong = image("data:image/gif;base64,R0lGODlh");
    rejects(&A, &with_result(json!([wrong])), &at("2.content.0.content.0"));
    let source = json!({"type": "content", "content": [wrong]});
    let nested = json!([{"type": "document", "source": source}]);
    rejects(&A, &of(json!([user(nested)])), &at("0.content.0.source.content.0"));
    let plain = json!({"type": "text", "media_type": "text/plain", "data": "data: see below"});
    accepts(&A, &of(json!([user(json!([{"type": "document", "source": plain}]))])));
    let fetched = json!({"type": "web_fetch_result", "url": "https://a.test", "content": document("data:,")});
    let fetch = json!([
        {"type": "server_tool_use", "id": "a", "name": "web_fetch", "input": {}},
        {"type": "web_fetch_tool_result", "tool_use_id": "a", "content": fetched},
    ]);
    rejects(&A, &of(json!([assistant(fetch)])), &at("0.content.1.content.content"));
}

#[test]
fn images_and_documents_need_a_supported_media_type() {
    let image = |media_type: &str| json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": ""}});
    let types = "must be image/jpeg, image/png, image/gif, image/webp";
    for right in ["image/jpeg", "image/png", "image/gif", "image/webp"] {
        let problem = format!("messages.0.content.0.source.media_type: {types}");
        block_rule(image(right), image("image/jpg"), &problem);
    }
    let problem = format!("messages.2.content.0.content.1.source.media_type: {types}");
    rejects(&A, &with_result(json!([text("a"), image("image/bmp")])), &problem);

    let document = |kind: &str, media_type: &str| json!({"type": "document", "source": {"type": kind, "media_type": media_type, "data": ""}});
    let at = "messages.0.content.0.source.media_type: must be";
    block_rule(
        document("base64", "application/pdf"),
        document("base64", "image/png"),
        &format!("{at} application/pdf"),
    );
    block_rule(document("text", "text/plain"), document("text", "text/html"), &format!("{at} text/plain"));
    let titled = |length: usize| json!({"type": "document", "title": "é".repeat(length), "source": {"type": "url", "url": "https://a.test"}});
    for wrong in [0, 501] {
        block_rule(titled(500), titled(wrong), "messages.0.content.0.title: must have 1 to 500 characters");
    }
}

#[test]
fn each_block_type_may_occur_in_certain_places_only() {
    let search =
        |block: Value| json!({"type": "search_result", "source": "s", "title": "t", "content": [block]});
    let document =
        |block: Value| json!({"type": "document", "source": {"type": "content", "content": [block]}});
    let image = json!({"type": "image", "source": {"type": "url", "url": "https://a.test"}});
    let unknown = json!({"type": "hologram"});
    let reference = json!({"type": "tool_reference", "tool_name": "f"});
    let state = json!({"type": "browser_state", "tabs": []});
    let addition = json!({"type": "tool_addition", "tool": {"type": "tool_reference", "name": "f"}});
    let removal = json!({"type": "tool_removal", "tool": {"type": "tool_reference", "name": "f"}});

    for wrong in [&reference, &state, &addition, &removal] {
        block_rule(unknown.clone(), wrong.clone(), "messages.0.content.0: `");
        rejects(&A, &of(json!([assistant(json!([wrong]))])), "messages.0.content.0: `");
    }
    for right in [&text("a"), &addition, &removal, &unknown] {
        let problem = "messages.0.content.0: `image` is not allowed in a system message";
        rule(&of(json!([system(json!([right]))])), &of(json!([system(json!([image]))])), problem);
    }
    let problem = "system.0: `image` is not allowed in the system prompt";
    rule(&json!({"system": [text("a"), unknown]}), &json!({"system": [image]}), problem);
    let problem = "messages.0.content.0.content.0: `image` is not allowed in a `search_result`";
    block_rule(search(text("a")), search(image.clone()), problem);
    let problem = "messages.0.content.0.source.content.0: `search_result` is not allowed in a `document`";
    block_rule(document(image.clone()), document(search(text("a"))), problem);
    for right in [text("a"), image.clone(), search(text("a")), document(text("a")), reference, state, unknown]
    {
        let problem = "messages.2.content.0.content.0: `tool_use` is not allowed in a `tool_result`";
        rule(&with_result(json!([right])), &with_result(json!([call("b")])), problem);
    }
    let mcp = |block: Value| {
        let call = json!({"type": "mcp_tool_use", "id": "a", "name": "f", "server_name": "m", "input": {}});
        let result = json!({"type": "mcp_tool_result", "tool_use_id": "a", "content": [block]});
        of(json!([assistant(json!([call, result]))]))
    };
    let problem = "messages.0.content.1.content.0: `image` is not allowed in an `mcp_tool_result`";
    rule(&mcp(text("a")), &mcp(image), problem);
    let definition =
        json!({"type": "tool_definition", "definition": {"name": "g h", "input_schema": {"type": "object"}}});
    let change = |kind: &str| of(json!([system(json!([{"type": kind, "tool": definition}]))]));
    let changes =
        |kind: &str| json!([{"type": "compaction", "tool_changes": [{"type": kind, "tool": definition}]}]);
    let at = "messages.0.content.0.tool_changes.0.tool";
    rejects(
        &B,
        &of(json!([assistant(changes("tool_removal"))])),
        &format!("{at}: `tool_definition` is only allowed in"),
    );
    rejects(
        &B,
        &of(json!([assistant(changes("tool_addition"))])),
        &format!("{at}.definition.name: must be 1 to 128"),
    );
    let inline = |block: Value| json!({"type": "mid_conv_system", "content": [block]});
    let problem = "messages.0.content.0.content.0: `document` is not allowed in a system message";
    block_rule(inline(addition.clone()), inline(document(text("a"))), problem);
    rejects(&B, &change("tool_removal"), "messages.0.content.0.tool: `tool_definition` is only allowed in");
    rejects(&B, &change("tool_addition"), "messages.0.content.0.tool.definition.name: must be 1 to 128");
}

#[test]
fn browser_states_need_one_active_tab() {
    let tab = |active: bool| json!({"tab_id": "t", "title": "", "url": "", "active": active});
    let state = |tabs: Value| json!([{"type": "browser_state", "tabs": tabs}]);
    for wrong in [json!([tab(false)]), json!([tab(true), tab(true)])] {
        let problem = "messages.2.content.0.content.0.tabs: exactly one tab must be active";
        rule(&with_result(state(json!([tab(true), tab(false)]))), &with_result(state(wrong)), problem);
    }
    let changes = |changes: Value| json!([{"type": "browser_state", "tabs": [], "state_changes": changes}]);
    let problem = "messages.2.content.0.content.0.state_changes: must not be empty";
    rule(&with_result(changes(json!(null))), &with_result(changes(json!([]))), problem);
    let one = json!({"type": "browser_state", "tabs": []});
    let problem = "messages.2.content.0.content.2: at most one `browser_state` is allowed per tool result";
    rule(&with_result(json!([one, text("a")])), &with_result(json!([one, text("a"), one])), problem);
    for (field, wrong) in [("is_error", json!(true)), ("toolset_name", json!("computer"))] {
        let mut request = with_result(json!([one]));
        request["messages"][2]["content"][0][field] = wrong;
        rejects(
            &A,
            &request,
            "messages.2.content.0.content.0: `browser_state` is only allowed in a successful result",
        );
    }
}

#[test]
fn some_fields_are_for_system_messages_only() {
    let with =
        |role: &str, field: &str, value: Value| of(json!([{"role": role, "content": "a", field: value}]));
    let only = "is only allowed on messages with the role `system`";
    for role in ["user", "assistant"] {
        let never = json!("never");
        let problem = format!("messages.0.clear_at: {only}");
        rule(&with("system", "clear_at", never.clone()), &with(role, "clear_at", never), &problem);
        let config = json!({"effort": "low"});
        let problem = format!("messages.0.output_config: {only}");
        rule(
            &with("system", "output_config", config.clone()),
            &with(role, "output_config", config),
            &problem,
        );
    }
    accepts(&B, &of(json!([{"role": "system", "output_config": {"effort": "low"}}])));
    accepts(
        &B,
        &of(json!([{"role": "later", "content": [{"type": "browser_state", "tabs": []}], "clear_at": "x"}])),
    );
}

#[test]
fn the_second_version_has_rules_of_its_own() {
    let document = json!({"type": "document", "source": {"type": "url", "url": "https://a.test"}});
    let documents = |role: &str| of(json!([{"role": role, "content": [document]}]));
    accepts(&A, &documents("assistant"));
    accepts(&B, &documents("user"));
    rejects(
        &B,
        &documents("assistant"),
        "messages.0.content.0: `document` is not allowed in an assistant message",
    );

    let citation = json!({"type": "content_block_location", "cited_text": "a", "document_index": 0,
        "document_title": null, "start_block_index": 0, "end_block_index": 1});
    let quote = |citations: Value| json!({"type": "text", "text": "a", "citations": citations});
    let search =
        |block: Value| json!({"type": "search_result", "source": "s", "title": "t", "content": [block]});
    let direct = |role: &str, citations: Value| of(json!([{"role": role, "content": [quote(citations)]}]));
    accepts(&A, &direct("user", json!([citation])));
    accepts(&B, &direct("user", json!([])));
    accepts(&B, &direct("assistant", json!([citation])));
    let problem = "citations: must be empty in a user message under 2026-10-21";
    rejects(&B, &direct("user", json!([citation])), &format!("messages.0.content.0.{problem}"));
    let found = search(quote(json!([citation])));
    accepts(&A, &of(json!([user(json!([found]))])));
    rejects(&B, &of(json!([user(json!([found]))])), &format!("messages.0.content.0.content.0.{problem}"));
    rejects(&B, &with_result(json!([found])), &format!("messages.2.content.0.content.0.content.0.{problem}"));
}

#[test]
fn citations_need_valid_ranges_and_titles() {
    let cite = |kind: &str, from: (&str, u64), to: (&str, u64), more: Value| {
        let mut citation = json!({"type": kind, "cited_text": "a", from.0: from.1, to.0: to.1});
        for (name, value) in more.as_object().unwrap() {
            citation[name] = value.clone();
        }
        of(json!([assistant(json!([{"type": "text", "text": "a", "citations": [citation]}]))]))
    };
    let at = "messages.0.content.0.citations.0";
    for (kind, unit) in [
        ("char_location", "char_index"),
        ("page_location", "page_number"),
        ("content_block_location", "block_index"),
    ] {
        let (start, end) = (format!("start_{unit}"), format!("end_{unit}"));
        let of_title = |to, title: &str| {
            cite(kind, (&start, 1), (&end, to), json!({"document_index": 0, "document_title": title}))
        };
        rule(
            &of_title(2, "a"),
            &of_title(1, "a"),
            &format!("{at}.{end}: must be greater than the start (1), is 1"),
        );
        for wrong in [0, 501] {
            let problem = format!("{at}.document_title: must have 1 to 500 characters");
            rule(&of_title(2, &"a".repeat(500)), &of_title(2, &"a".repeat(wrong)), &problem);
        }
    }
    let page = |start| {
        cite(
            "page_location",
            ("start_page_number", start),
            ("end_page_number", 2),
            json!({"document_index": 0}),
        )
    };
    rule(&page(1), &page(0), &format!("{at}.start_page_number: must be at least 1"));
    let search = |to, title: usize| {
        let more = json!({"search_result_index": 0, "source": "s", "title": "a".repeat(title)});
        cite("search_result_location", ("start_block_index", 0), ("end_block_index", to), more)
    };
    rule(&search(1, 512), &search(0, 1), &format!("{at}.end_block_index: must be greater"));
    rule(&search(1, 1), &search(1, 513), &format!("{at}.title: must have 1 to 512"));
    let web = |url: usize, title: usize| {
        let citation = json!({"type": "web_search_result_location", "cited_text": "a", "encrypted_index": "e",
            "url": "a".repeat(url), "title": "a".repeat(title)});
        of(json!([assistant(json!([{"type": "text", "text": "a", "citations": [citation]}]))]))
    };
    rule(&web(2048, 1), &web(2049, 1), &format!("{at}.url: must have 1 to 2048"));
    rule(&web(1, 512), &web(1, 0), &format!("{at}.title: must have 1 to 512"));
}

#[test]
fn a_prefill_must_not_end_with_white_space() {
    let said = |content: Value| of(json!([user(json!("hi")), assistant(content)]));
    rule(&said(json!("a b")), &said(json!("a b ")), "messages.1.content: must not end with whitespace");
    let problem = "messages.1.content.1.text: must not end with whitespace";
    rule(&said(json!([text("a\n"), text("b")])), &said(json!([text("a"), text("b\n")])), problem);
    accepts(&A, &of(json!([user(json!("hi ")), assistant(json!("ok ")), user(json!("go "))])));
}
