//! Requests for messages.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::{Bridge, for_caller};
use crate::client::{Client, Dialect, Document, Endpoint, ForeignRequest, Route};
use crate::error::{ApiError, Error, ErrorKind};
use crate::handler::{OnEnd, Reply, RequestContext};
use crate::openai::errors::{REQUEST_ID, is_filtered, with_anthropic_headers};
use crate::openai::exchange::Exchange;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::request::request_to_openai;
use crate::openai::response::response_from_openai;
use crate::openai::stream::{ChunkDecoder, ChunksEnd};
use crate::openai::types::ChatCompletion;
use crate::stream::Decode;
use crate::types::events::StreamEvent;
use crate::types::fallback::RefusalStopDetails;
use crate::types::usage::Usage;
use crate::types::{ContentBlock, CreateMessageRequest, Message, StopReason};
use crate::wire::{Field, to_json};

/// The maximum length in bytes of an id of a completion that callers learn.
const MAX_ID: usize = 256;

/// A boxed future, so that what calls the bridge does not compile its states once more.
type Replying<'a> = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send + 'a>>;

impl Bridge {
    /// The request is translated at once, so that the future does not hold it while the model writes.
    pub(super) fn chat(&self, request: CreateMessageRequest, context: RequestContext) -> Replying<'_> {
        let report = self.on_end.as_ref().map(|_| Report::default());
        let end = self.on_end.clone().zip(report.clone()).map(|(hook, report)| {
            OnEnd::new(&request, &context, move |outcome| report.read(|losses| hook(outcome, losses)))
        });
        let translated = self.translate(request, &context, report);
        Box::pin(async move {
            let reply = match translated {
                Ok(translated) => translated.reply().await,
                Err(error) => Err(error),
            };
            drop(context); // A host may have put guards into it.
            match end {
                Some(end) => end.attach(reply),
                None => reply,
            }
        })
    }

    fn translate(
        &self,
        request: CreateMessageRequest,
        context: &RequestContext,
        report: Option<Report>,
    ) -> Result<Translated, ApiError> {
        let model = self.model(&request.model)?;
        let (chat, mut exchange) = request_to_openai(&request, &model, &self.profile)?;
        if let Some(report) = &report {
            report.update(exchange.losses());
        }
        if self.is_strict {
            exchange.losses().deny()?;
        }
        if self.reports_served_model {
            exchange.model.clone_from(&model);
        }
        let refusal = self.profile.content_filter_refuses.then(|| Box::new(refusal(&exchange)));
        Ok(Translated {
            client: self.client(context)?,
            request: ForeignRequest {
                endpoint: Endpoint::Messages,
                route: Route::Api("/chat/completions"),
                body: Some(to_json(chat.view())),
                model: Some(model),
                max_tokens: Some(request.max_tokens),
            },
            is_streamed: request.stream == Some(true),
            name: request.model,
            dialect: Chat { exchange, report, id: Arc::default() },
            refusal,
        })
    }
}

/// A request in the server's protocol, and what its response needs.
struct Translated {
    client: Client,
    request: ForeignRequest,
    is_streamed: bool,
    /// The caller's name of the model.
    name: String,
    dialect: Chat,
    /// What takes the place of an error of the content filter.
    refusal: Option<Box<Message>>,
}

impl Translated {
    async fn reply(self) -> Result<Reply, ApiError> {
        let Self { client, request, is_streamed, name, dialect, refusal } = self;
        let (report, id) = (dialect.report.clone(), dialect.id.clone());
        let sent = if is_streamed {
            let stream = client.foreign_stream(request, dialect).await;
            stream.map(|stream| {
                let headers = stream.headers().clone();
                (stream.without_accumulation().into(), headers)
            })
        } else {
            let message = client.foreign_message(request, dialect).await;
            message.map(|(message, headers)| (Reply::whole(message), headers))
        };
        let sent = match (sent, refusal) {
            (Err(error), Some(refusal)) if is_of_filter(&error) => {
                if let Some(report) = &report {
                    report.add("error", "the server's content filter rejected the request");
                }
                Ok((Reply::whole(refusal), error.headers().clone()))
            }
            (sent, _) => sent,
        };
        let (mut reply, headers): (Reply, HeaderMap) =
            sent.map_err(|error| for_caller(&client, error, &name))?;
        *reply.headers_mut() = headers_for_caller(&client, headers, id.get());
        Ok(reply)
    }
}

/// Returns the message in place of a completion that the server has refused to begin.
fn refusal(exchange: &Exchange) -> Message {
    let content = exchange.profile.empty_text_block.then(|| ContentBlock::text(""));
    // The server says nothing of what it has used.
    let usage = Usage::new(0, 0);
    let mut message = Message::new(&*exchange.message_id, &*exchange.model, Vec::from_iter(content), usage);
    message.stop_reason = Some(StopReason::Refusal);
    message.stop_details = Some(RefusalStopDetails::new().into());
    message
}

fn is_of_filter(error: &Error) -> bool {
    let (status, body) = (error.http_status(), error.body());
    error.kind() == ErrorKind::Api && status.zip(body).is_some_and(|(status, body)| is_filtered(status, body))
}

/// Returns the headers for the caller of a request for which the server made the completion `id`. A server that
/// has no ids of requests knows the request by it.
fn headers_for_caller(client: &Client, headers: HeaderMap, id: Option<&String>) -> HeaderMap {
    let mut headers = with_anthropic_headers(headers);
    let id = id.filter(|id| (1..=MAX_ID).contains(&id.len()) && !headers.contains_key(REQUEST_ID));
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID, id);
    }
    client.forwarding().headers(&headers)
}

/// Reads the HTTP response to one request.
struct Chat {
    exchange: Exchange,
    report: Option<Report>,
    /// The id of the completion, once it is known.
    id: Arc<OnceLock<String>>,
}

impl Document for ChatCompletion {
    const NAME: &str = "a completion";

    fn is_likely(text: &str) -> bool {
        text.contains(r#""choices""#)
    }
}

impl Dialect for Chat {
    type Decoder = Reporting;
    type Whole = ChatCompletion;

    fn decoder(self, max_event_bytes: usize, _is_strict: bool) -> Reporting {
        let decoder = ChunkDecoder::new(self.exchange).max_event_bytes(max_event_bytes);
        let reported = decoder.losses().len();
        Reporting { decoder, report: self.report, reported, id: self.id }
    }

    fn message(mut self, completion: Box<ChatCompletion>) -> Result<Box<Message>, Error> {
        self.id.get_or_init(|| completion.id.clone());
        let message = response_from_openai(*completion, &mut self.exchange);
        if let Some(report) = &self.report {
            report.update(self.exchange.losses());
        }
        message.map(Box::new).map_err(|error| Error::from(error).mark_document())
    }
}

/// A decoder that reports what could not be carried over.
struct Reporting {
    decoder: ChunkDecoder,
    report: Option<Report>,
    /// The number of losses that have been reported.
    reported: usize,
    id: Arc<OnceLock<String>>,
}

impl Decode for Reporting {
    fn push(&mut self, chunk: Bytes) {
        self.decoder.push(chunk);
    }

    fn next(&mut self) -> Result<Option<StreamEvent>, Error> {
        let event = self.decoder.next_event();
        if let Some(StreamEvent::MessageStart(_)) = event {
            self.id.get_or_init(|| self.decoder.bridge().completion_id().to_owned());
        }
        if let Some(report) = &self.report {
            let losses = self.decoder.losses();
            if losses.len() != self.reported {
                report.update(losses);
                self.reported = losses.len();
            }
        }
        match (event, self.decoder.bridge().failure()) {
            // With its status, which an event does not have.
            (Some(StreamEvent::Error(_)), Some(error)) => Err(Error::from(error.clone()).mark_document()),
            (event, _) => Ok(event),
        }
    }

    fn end(&mut self, is_broken: bool) {
        if !is_broken || self.decoder.bridge().is_complete() {
            self.decoder.finish(ChunksEnd::Eof);
        }
    }

    fn can_end(&self) -> bool {
        self.decoder.bridge().is_complete()
    }

    fn is_done(&self) -> bool {
        self.decoder.is_cut_short()
    }
}

/// The losses of a request, for the hook that learns of its end.
#[derive(Clone, Default)]
struct Report(Arc<Mutex<Losses>>);

impl Report {
    fn update(&self, losses: &Losses) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(losses);
    }

    fn add(&self, path: &str, detail: &str) {
        let mut losses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        losses.add(path, LossKind::Replaced, detail);
    }

    fn read(&self, read: impl FnOnce(&Losses)) {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
