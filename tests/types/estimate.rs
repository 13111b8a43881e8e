//! Estimates of tokens, beside counts of the tokenizer of Claude 2 (`@anthropic-ai/tokenizer` 0.0.4).

use messages_api::types::{
    Base64Source, ClearAt, DocumentBlock, ImageBlock, RedactedThinkingBlock, ThinkingBlock, ToolResultBlock,
    UrlSource,
};
use messages_api::{ContentBlock, CreateMessageRequest, CustomTool, InputMessage, Json};

fn of(content: Vec<ContentBlock>) -> u64 {
    let tokens = |content| CreateMessageRequest::new("m", 1).user(content).estimate_tokens();
    tokens(content) - tokens(Vec::<ContentBlock>::new())
}

fn of_text(text: &str) -> u64 {
    of(vec![ContentBlock::text(text)])
}

#[test]
fn the_documented_deviations_are_those_of_the_sample_texts() {
    let documentation = include_str!("../../src/types/estimate/mod.rs");
    for (name, text, tokens) in [
        ("English prose", include_str!("../fixtures/texts/english.txt"), 210),
        ("Chinese prose", include_str!("../fixtures/texts/chinese.txt"), 292),
        ("Japanese prose", include_str!("../fixtures/texts/japanese.txt"), 138),
        ("Russian prose", include_str!("../fixtures/texts/russian.txt"), 136),
        ("German prose", include_str!("../fixtures/texts/german.txt"), 100),
        ("Rust code", include_str!("../fixtures/texts/code.rs.txt"), 450),
        ("Python code", include_str!("../fixtures/texts/code.py.txt"), 219),
        ("requests as JSON", include_str!("../fixtures/texts/messages.json.txt"), 1820),
        ("a JSON schema", include_str!("../fixtures/texts/schema.json.txt"), 73),
    ] {
        let deviation = (of_text(text) as f64 / f64::from(tokens) - 1.0) * 100.0;
        let sign = if deviation < 0.0 { '−' } else { '+' };
        let row = format!("| {name} | {tokens} | {sign}{:.0} % |", deviation.abs());
        assert!(documentation.contains(&row), "{row}");
    }
}

#[test]
fn the_estimate_of_a_text_grows_with_it() {
    let text = include_str!("../fixtures/texts/code.rs.txt").repeat(2) + "é中😀\u{0}\t  9,9";
    let mut last = 0;
    for (end, _) in text.char_indices() {
        let tokens = of_text(&text[..end]);
        assert!(tokens >= last && tokens <= end as u64 + 1, "{end}: {last}, {tokens}");
        last = tokens;
    }
    assert_eq!((of_text(""), of_text(" "), of_text("a"), of_text(&"a".repeat(8))), (0, 0, 1, 1));
}

#[test]
fn every_part_of_a_request_counts() {
    let hundred = "word ".repeat(100);
    let base = CreateMessageRequest::new("m", 1).user("hi");
    let tokens = base.estimate_tokens();
    assert_eq!(base.clone().system(&*hundred).estimate_tokens() - tokens, 100);
    assert_eq!(base.clone().assistant(&*hundred).estimate_tokens() - tokens, 104);
    let schema = Json::parse(r#"{"type":"object"}"#).unwrap();
    let tool = CustomTool::new("look_up", schema).description(&*hundred);
    let with_tool = base.clone().tool(tool).estimate_tokens() - tokens;
    assert!((450..480).contains(&with_tool), "{with_tool}");
    // What is no text for the model does not count.
    let message = InputMessage::user("hi").clear_at(ClearAt::Never);
    assert_eq!(CreateMessageRequest::new(&*hundred, 1).message(message).estimate_tokens(), tokens);

    let url = || UrlSource::new("https://host/a");
    assert_eq!(of(vec![ImageBlock::new(url()).into()]), 1568);
    assert_eq!(of(vec![DocumentBlock::new(url()).title("Two words").into()]), 2002);
    assert_eq!(of(vec![DocumentBlock::text(&*hundred).into()]), 100);
    assert_eq!(
        of(vec![DocumentBlock::from_bytes("%PDF-1.7 /Type /Page /Type /Page ").unwrap().into()]),
        4000
    );
    let image = ImageBlock::new(Base64Source::new("image/png", "iVBORw0KGgoAAAANSUhEUgAAABwAAAA4"));
    let result = ToolResultBlock::new("toolu_01").content(vec![image.into(), ContentBlock::text(&*hundred)]);
    assert_eq!(of(vec![result.into()]), 102);
    assert_eq!(of(vec![ThinkingBlock::new(&*hundred, "c2ln".repeat(400)).into()]), 100);
    assert_eq!(of(vec![ThinkingBlock::new("", "c2ln".repeat(400)).into()]), 300);
    assert_eq!(of(vec![RedactedThinkingBlock::new("c2ln".repeat(400)).into()]), 300);
}
