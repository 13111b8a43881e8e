#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| messages_api_fuzz::openai_stream::check(data));
