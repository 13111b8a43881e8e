//! A program over a client, which has to work unchanged with every server and transport.

use std::error::Error;
use std::time::Duration;

use messages_api::types::CountTokensRequest;
use messages_api::types::batches::{BatchRequest, BatchResultKind, CreateBatchRequest, ProcessingStatus};
use messages_api::{
    Client, ContentBlock, CreateMessageRequest, CustomTool, InputMessage, Json, Message, Role, StopReason,
    ToolResultBlock,
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Does what `mode` says and returns a text with `word`.
///
/// | mode | |
/// |---|---|
/// | `create`, `stream` | a tool loop in which the tool returns `word`; the text is that of the last message |
/// | `count` | the same, streamed, and the tokens of each request are counted |
/// | `plain` | a message and a stream without a tool |
/// | `models` | the list of models page by page, forwards and backwards, and each model |
/// | `batches` | a batch with `word` in it is created, found, cancelled and deleted; the text is its result |
pub(crate) async fn run(client: &Client, model: &str, mode: &str, word: &str) -> Outcome<String> {
    match mode {
        "plain" => Ok(format!("{} {word}", plain(client, model).await?)),
        "models" => Ok(format!("{} {word}", models(client).await?)),
        "batches" => batches(client, model, word).await,
        _ => tool_loop(client, model, mode, word).await,
    }
}

async fn plain(client: &Client, model: &str) -> Outcome<String> {
    let request = CreateMessageRequest::new(model, 256).temperature(0.0).user("Say hello.");
    let whole = client.create_message(&request).await?;
    let streamed = client.stream_message(&request).await?.final_message().await?;
    if whole.text().is_empty() || whole.text() != streamed.text() {
        return Err(format!("whole {whole:?}, streamed {streamed:?}").into());
    }
    Ok(whole.text())
}

async fn models(client: &Client) -> Outcome<String> {
    let (mut ids, mut is_paged) = (Vec::new(), true);
    let mut pages = client.models().limit(1).pages();
    while let Some(page) = pages.next().await {
        let models = page?.data;
        is_paged &= models.len() <= 1; // some servers always return all
        ids.extend(models.into_iter().map(|model| model.id));
    }
    let last = ids.last().ok_or("no models")?;
    let (mut models, mut before) = (client.models().before(last.as_str()).limit(1).items(), Vec::new());
    while let Some(model) = models.next().await {
        before.insert(0, model?.id);
    }
    if is_paged && before != ids[..ids.len() - 1] {
        return Err(format!("forwards {ids:?}, before the last {before:?}").into());
    }
    for id in &ids {
        let found = client.model(id).await?;
        if found.id != *id {
            return Err(format!("asked for {id}: {found:?}").into());
        }
    }
    Ok(ids.join(" "))
}

async fn batches(client: &Client, model: &str, word: &str) -> Outcome<String> {
    let params = CreateMessageRequest::new(model, 9).user(ToolResultBlock::new("toolu_01").content(word));
    let mut batch =
        client.create_batch(&CreateBatchRequest::new(vec![BatchRequest::new("r1", params)])).await?;
    let id = batch.id.clone();
    while batch.processing_status != ProcessingStatus::Ended {
        tokio::time::sleep(Duration::from_millis(100)).await;
        batch = client.batch(&id).await?;
    }
    let newest = client.batches().limit(1).items().next().await.ok_or("no batches are listed")??;
    let ids = [newest.id, client.batch(&id).await?.id, client.cancel_batch(&id).await?.id];
    if ids.iter().any(|found| *found != id) {
        return Err(format!("created {id}, found {ids:?}").into());
    }
    let mut results = client.batch_results(&id).await?;
    let result = results.next().await.ok_or("no result")??;
    let text = match &result.result {
        BatchResultKind::Succeeded(succeeded) if result.custom_id == "r1" => succeeded.message.text(),
        _ => return Err(format!("an unusable result: {result:?}").into()),
    };
    if let Some(more) = results.next().await {
        return Err(format!("another result: {more:?}").into());
    }
    client.delete_batch(&id).await?;
    match client.batch(&id).await {
        Err(error) if error.status().is_some_and(|status| status == 404) => Ok(text),
        found => Err(format!("deleted, but {found:?}").into()),
    }
}

/// Runs a tool loop and returns the text of the last message.
async fn tool_loop(client: &Client, model: &str, mode: &str, word: &str) -> Outcome<String> {
    let request = CreateMessageRequest::new(model, 256);
    let schema = r#"{"type":"object","properties":{"topic":{"type":"string"}},"required":["topic"]}"#;
    let lookup = CustomTool::new("lookup", Json::parse(schema)?)
        .description("Looks up the word that stands for a topic.");
    let mut request = request.tool(lookup).user("Use lookup to find the word for rivers.");
    loop {
        let message = ask(client, &request, mode).await?;
        let mut results: Vec<ContentBlock> = Vec::new();
        for call in message.tool_uses() {
            let input: serde_json::Value = call.input()?;
            if call.name != "lookup" || !input["topic"].is_string() {
                return Err(format!("an unusable call: {call:?}").into());
            }
            results.push(ToolResultBlock::new(&*call.id).content(word).into());
        }
        if results.is_empty() {
            return match message.stop_reason {
                Some(StopReason::EndTurn) => Ok(message.text()),
                _ => Err(format!("not the end of the turn: {message:?}").into()),
            };
        }
        request.messages.push(InputMessage::new(Role::Assistant, message.content));
        request.messages.push(InputMessage::new(Role::User, results));
    }
}

async fn ask(client: &Client, request: &CreateMessageRequest, mode: &str) -> Outcome<Message> {
    if mode == "count" {
        let mut count = CountTokensRequest::new(&*request.model, request.messages.clone());
        count.tools = request.tools.clone();
        if client.count_tokens(&count).await?.input_tokens == 0 {
            return Err("no tokens were counted".into());
        }
    }
    if mode == "create" {
        return Ok(client.create_message(request).await?);
    }
    let (mut stream, mut text) = (client.stream_message(request).await?, String::new());
    while let Some(event) = stream.next().await {
        text.push_str(event?.text_delta().unwrap_or_default());
    }
    let message = stream.into_message()?;
    if text == message.text() {
        Ok(message)
    } else {
        Err(format!("streamed {text:?}, final {message:?}").into())
    }
}
