//! What becomes of the errors of a server.

use http::{HeaderMap, HeaderValue, StatusCode};
use messages_api::openai::error_from_openai;
use messages_api::types::rate_limits::RateLimits;
use messages_api::{ApiError, Error};

const MODEL: &str = "claude-sonnet-5";

fn translated(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ApiError {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, HeaderValue::from_static(value));
    }
    error_from_openai(StatusCode::from_u16(status).unwrap(), &map, body, MODEL)
}

fn document(message: &str, code: &str) -> String {
    format!(r#"{{"error":{{"message":"{message}","type":"some_error","param":null,"code":{code}}}}}"#)
}

#[test]
fn the_status_decides() {
    let retries = |error: &ApiError| Error::from(error.clone()).is_retryable();
    for (status, expected, error_type, is_retried) in [
        (400, 400, "invalid_request_error", false),
        (401, 401, "authentication_error", false),
        (402, 402, "billing_error", false),
        (403, 403, "permission_error", false),
        (404, 502, "api_error", true),
        (405, 400, "invalid_request_error", false),
        (408, 504, "timeout_error", true),
        (409, 409, "invalid_request_error", true),
        (413, 413, "request_too_large", false),
        (415, 400, "invalid_request_error", false),
        (422, 400, "invalid_request_error", false),
        (424, 400, "invalid_request_error", false),
        (429, 429, "rate_limit_error", true),
        (499, 400, "invalid_request_error", false),
        (500, 500, "api_error", true),
        (501, 502, "api_error", true),
        (502, 502, "api_error", true),
        (503, 529, "overloaded_error", true),
        (504, 504, "timeout_error", true),
        (520, 502, "api_error", true),
        (524, 504, "timeout_error", true),
        (529, 529, "overloaded_error", true),
        (302, 502, "api_error", false),
        (307, 502, "api_error", false),
    ] {
        for body in [&document("It failed.", "null"), "", "<html><h1>Bad</h1></html>", "{}", "[]", "oops"] {
            let error = translated(status, &[], body);
            assert_eq!(error.status().as_u16(), expected, "{status} {body}");
            assert_eq!(error.error_type().as_str(), error_type, "{status} {body}");
            assert_eq!(retries(&error), is_retried, "{status} {body}");
            assert!(!error.message().is_empty() && !error.message().contains('<'), "{error}");
            assert_eq!(
                error.message() == "It failed.",
                body.contains("It failed") && status != 404,
                "{error}"
            );
        }
    }
}

#[test]
fn codes_and_words_say_more_than_the_status() {
    let openai = |code: &str| document("No.", &format!(r#""{code}""#));
    for (status, body, expected, error_type, message) in [
        (429, openai("insufficient_quota"), 402, "billing_error", "No."),
        (403, openai("billing_hard_limit_reached"), 402, "billing_error", "No."),
        (429, openai("1113"), 402, "billing_error", "No."),
        (400, document("Insufficient Balance", "null"), 402, "billing_error", "Insufficient Balance"),
        (429, openai("rate_limit_exceeded"), 429, "rate_limit_error", "No."),
        (404, openai("model_not_found"), 404, "not_found_error", "model: claude-sonnet-5"),
        (404, r#"{"error":"model 'x' not found"}"#.into(), 404, "not_found_error", "model: claude-sonnet-5"),
        (400, document("x is not a valid model ID", "400"), 404, "not_found_error", "model: claude-sonnet-5"),
        (400, document("Invalid model: x", r#""1500""#), 404, "not_found_error", "model: claude-sonnet-5"),
        (404, r#"{"detail":"Not Found"}"#.into(), 502, "api_error", "The upstream has no such endpoint"),
        (500, openai("engine_overloaded"), 529, "overloaded_error", "No."),
        (502, document("The server is busy", "null"), 529, "overloaded_error", "The server is busy"),
        (500, document("x", "null"), 500, "api_error", "x"),
        (
            500,
            document("image input is not supported", "null"),
            400,
            "invalid_request_error",
            "image input is not supported",
        ),
        (200, document("Slow down", "429"), 429, "rate_limit_error", "Slow down"),
        (200, document("Loading model", "503"), 529, "overloaded_error", "Loading model"),
        (200, document("x", r#""invalid_request""#), 400, "invalid_request_error", "x"),
        (200, document("x", "null"), 502, "api_error", "x"),
        (
            400,
            r#"[{"error":{"code":400,"message":"Bad schema","status":"INVALID_ARGUMENT"}}]"#.into(),
            400,
            "invalid_request_error",
            "Bad schema",
        ),
        (
            422,
            r#"{"object":"error","message":"Bad tools","type":"invalid_request_error","code":"3051"}"#.into(),
            400,
            "invalid_request_error",
            "Bad tools",
        ),
        (
            400,
            r#"{"error":{"message":"Provider returned error","code":400,
                "metadata":{"raw":"{\"error\":{\"message\":\"tools: no\"}}","provider_name":"X"}}}"#
                .into(),
            400,
            "invalid_request_error",
            "Provider returned error: tools: no",
        ),
    ] {
        let error = translated(status, &[], &body);
        assert_eq!(error.status().as_u16(), expected, "{body}");
        assert_eq!((error.error_type().as_str(), error.message()), (error_type, message), "{body}");
        assert_eq!(error.should_retry(), (expected == 402).then_some(false), "{body}");
    }
}

#[test]
fn a_prompt_that_is_too_long_is_one_in_the_words_of_every_server() {
    let too_long = |tokens: u64, limit: u64| format!("prompt is too long: {tokens} tokens > {limit} maximum");
    let together = |input: u64, output: u64, limit: u64| {
        format!(
            "input length and `max_tokens` exceed context limit: {input} + {output} > {limit}, decrease input \
             length or `max_tokens` and try again"
        )
    };
    let unknown = || "prompt is too long".to_owned();
    for (message, expected) in [
        // OpenAI
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 10000 tokens. \
             Please reduce the length of the messages.",
            too_long(10000, 8192),
        ),
        (
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the \
             messages, 4000 in the completion).",
            together(5000, 4000, 8192),
        ),
        (
            "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.",
            too_long(300000, 272000),
        ),
        ("Your input exceeds the context window of this model.", unknown()),
        // vLLM
        (
            "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in \
             the messages, 10000 in the completion).",
            too_long(112946, 16384),
        ),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 500. This model's maximum context length is 4096 \
             tokens and your request has 4000 input tokens (500 > 4096 - 4000).",
            together(4000, 500, 4096),
        ),
        (
            "You passed 5000 input tokens and requested 100 output tokens. However, the model's context length is \
             only 4096 tokens, resulting in a maximum input length of 3996 tokens.",
            too_long(5000, 4096),
        ),
        (
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
            too_long(5000, 4096),
        ),
        // SGLang
        (
            "The input (516368 tokens) is longer than the model's context length (262144 tokens).",
            too_long(516368, 262144),
        ),
        (
            "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total \
             of 5000 tokens: 4000 tokens from the input messages and 1000 tokens for the completion.",
            together(4000, 1000, 4096),
        ),
        (
            "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
            too_long(131393, 131040),
        ),
        // llama.cpp
        (
            "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
            too_long(5000, 4096),
        ),
        ("the request exceeds the available context size. try increasing the context size", unknown()),
        ("Requested tokens (516) exceed context window of 512", too_long(516, 512)),
        // Ollama
        ("prompt too long; exceeded max context length by 4021 tokens", unknown()),
        // Mistral
        (
            "Prompt contains 240000 tokens and 0 draft tokens, too large for model with 128000 maximum context length",
            too_long(240000, 128000),
        ),
        // OpenRouter
        (
            "This endpoint's maximum context length is 200000 tokens. However, you requested about 250000 tokens \
             (249000 of text input, 1000 in the output).",
            too_long(249000, 200000),
        ),
        ("prompt is too long: 210000 tokens > 200000 maximum", too_long(210000, 200000)),
        // DeepSeek
        (
            "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens (66000 in the \
             messages, 4000 in the completion).",
            too_long(66000, 65536),
        ),
        (
            "Prompt has 300,000 tokens, but the configured context size is 131,072 tokens",
            too_long(300000, 131072),
        ),
        // Gemini, xAI, Kimi, GitHub, Cerebras, LM Studio, Text Generation Inference
        (
            "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
            too_long(1196265, 1048575),
        ),
        (
            "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            too_long(537812, 131072),
        ),
        ("Your request exceeded model token limit: 262144 (requested: 300000)", too_long(300000, 262144)),
        ("prompt token count of 200000 exceeds the limit of 128000", too_long(200000, 128000)),
        (
            "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
            too_long(9000, 8192),
        ),
        (
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with \
             context length of only 4096 tokens",
            too_long(5000, 4096),
        ),
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens \
             and 500 `max_new_tokens`",
            together(4000, 500, 4097),
        ),
        // Bedrock, Groq, MiniMax, Z.ai, DashScope
        ("Input is too long for requested model.", unknown()),
        ("Please reduce the length of the messages or completion.", unknown()),
        ("invalid params, context window exceeds limit (2013)", unknown()),
        ("Prompt exceeds max length", unknown()),
        ("Range of input length should be [1, 129024]", unknown()),
    ] {
        for status in [400, 413, 422, 500, 200] {
            let error = translated(status, &[], &document(message, "null"));
            assert_eq!((error.status().as_u16(), error.message()), (400, &*expected), "{status} {message}");
            assert_eq!(error.error_type().as_str(), "invalid_request_error");
        }
    }
    let fields = r#"{"error":{"code":400,"message":"the request exceeds the available context size",
        "type":"exceed_context_size_error","n_prompt_tokens":14429,"n_ctx":8192}}"#;
    assert_eq!(translated(400, &[], fields).message(), too_long(14429, 8192));
    let code = document("Too big.", r#""context_length_exceeded""#);
    assert_eq!(translated(400, &[], &code).message(), unknown());
    let too_large = "max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas \
                     you provided 32000.";
    let expected = format!(
        "max_tokens: 32000 > 16384, which is the maximum allowed number of output tokens for {MODEL}"
    );
    assert_eq!(translated(400, &[], &document(too_large, "null")).message(), expected);
    // No message has more than the beginning of the caller's name for the model.
    let name = "é".repeat(200);
    for (status, text) in [(400, too_large), (404, "no such model")] {
        let error = error_from_openai(
            StatusCode::from_u16(status).unwrap(),
            &HeaderMap::new(),
            &document(text, "null"),
            &name,
        );
        assert!(error.message().ends_with(&format!(" {}…", "é".repeat(128))), "{error}");
    }
    // A limit of tokens for each minute is another matter.
    let minute = document("Rate limit reached: too many tokens per minute", r#""rate_limit_exceeded""#);
    assert_eq!(translated(429, &[], &minute).status(), 429);
}

#[test]
fn nothing_internal_is_in_the_message() {
    let long = document(&"x".repeat(9000), "null");
    assert_eq!(translated(400, &[], &long).message().chars().count(), 500);
    for text in [
        "Incorrect API key provided: sk-proj-marker12345. You can find your key at https://marker.com/keys.",
        "dial tcp 10.9.8.7:11434: connect: connection refused",
        "upstream http://marker.internal:8000 failed",
        "x Traceback (most recent call last): File marker.py",
    ] {
        for body in [document(text, "null"), format!("plain {text}")] {
            let error = translated(400, &[], &body);
            for secret in ["marker", "10.9.8.7"] {
                assert!(!error.message().contains(secret), "{error}");
            }
        }
    }
}

#[test]
fn headers_say_when_to_come_back() {
    let headers = [
        ("date", "Thu, 26 Nov 2026 10:00:00 GMT"),
        ("retry-after", "7"),
        ("x-should-retry", "true"),
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "6m0s"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("x-ratelimit-remaining-tokens", "149984"),
        ("x-ratelimit-reset-tokens", "20ms"),
    ];
    let error = translated(429, &headers, &document("Slow down", "null"));
    assert_eq!((error.retry_after().unwrap().as_secs(), error.should_retry()), (7, Some(true)));
    let limits = RateLimits::from_headers(error.headers());
    let (requests, tokens) = (limits.requests.unwrap(), limits.tokens.unwrap());
    assert_eq!((requests.limit, requests.remaining), (Some(60), Some(0)));
    assert_eq!(requests.reset.unwrap().as_str(), "2026-11-26T10:06:00Z");
    assert_eq!((tokens.limit, tokens.remaining), (Some(150000), Some(149984)));
    assert_eq!(tokens.reset.unwrap().as_str(), "2026-11-26T10:00:01Z");
    assert_eq!(error.headers().len(), 6, "{:?}", error.headers());

    let error = translated(529, &[("retry-after-ms", "1500"), ("retry-after", "7")], "");
    assert_eq!(error.retry_after().unwrap().as_millis(), 1500);
    // A bill is not paid by waiting.
    let unpaid = document("No.", r#""insufficient_quota""#);
    let error = translated(429, &[("x-should-retry", "true")], &unpaid);
    assert_eq!(error.should_retry(), Some(false));
}
