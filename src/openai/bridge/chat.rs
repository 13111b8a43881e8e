//! Requests for messages.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderMap;

use super::{Bridge, for_caller};
use crate::client::{Client, Dialect, Document, Endpoint, ForeignRequest, Route};
use crate::error::{ApiError, Error};
use crate::handler::{OnEnd, Reply, RequestContext};
use crate::openai::errors::with_anthropic_headers;
use crate::openai::exchange::Exchange;
use crate::openai::losses::Losses;
use crate::openai::request::request_to_openai;
use crate::openai::response::response_from_openai;
use crate::openai::stream::{ChunkDecoder, ChunksEnd};
use crate::openai::types::ChatCompletion;
use crate::stream::Decode;
use crate::types::events::StreamEvent;
use crate::types::{CreateMessageRequest, Message};
use crate::wire::{Field, to_json};

/// A boxed future, so that what calls the bridge does not compile its states once more.
type Replying<'a> = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send + 'a>>;

impl Bridge {
    pub(super) fn chat(&self, request: CreateMessageRequest, context: RequestContext) -> Replying<'_> {
        Box::pin(async move {
            let Some(hook) = self.on_end.clone() else { return self.reply(request, &context, None).await };
            let report = Report::default();
            let reported = report.clone();
            let end =
                OnEnd::new(&request, &context, move |outcome| reported.read(|losses| hook(outcome, losses)));
            end.attach(self.reply(request, &context, Some(report)).await)
        })
    }

    async fn reply(
        &self,
        request: CreateMessageRequest,
        context: &RequestContext,
        report: Option<Report>,
    ) -> Result<Reply, ApiError> {
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
        let (name, is_streamed) = (request.model, request.stream == Some(true));
        let foreign = ForeignRequest {
            endpoint: Endpoint::Messages,
            route: Route::Api("/chat/completions"),
            body: Some(to_json(chat.view())),
            model: Some(model),
            max_tokens: Some(request.max_tokens),
        };
        // Neither is needed while the model writes, and both may be large.
        drop((request.messages, request.system, request.tools, chat));
        let client = self.client(context)?;
        let dialect = Chat { exchange, report };
        let sent = if is_streamed {
            let stream = client.foreign_stream(foreign, dialect).await;
            stream.map(|stream| {
                let headers = stream.headers().clone();
                (stream.without_accumulation().into(), headers)
            })
        } else {
            let message = client.foreign_message(foreign, dialect).await;
            message.map(|(message, headers)| (Reply::whole(message), headers))
        };
        let (mut reply, headers): (Reply, HeaderMap) =
            sent.map_err(|error| for_caller(&client, error, &name))?;
        *reply.headers_mut() = headers_for_caller(&client, headers);
        Ok(reply)
    }
}

fn headers_for_caller(client: &Client, headers: HeaderMap) -> HeaderMap {
    client.forwarding().headers(&with_anthropic_headers(headers))
}

/// Reads the HTTP response to one request.
struct Chat {
    exchange: Exchange,
    report: Option<Report>,
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
        Reporting { decoder, report: self.report, reported }
    }

    fn message(mut self, completion: ChatCompletion) -> Result<Box<Message>, Error> {
        let message = response_from_openai(completion, &mut self.exchange);
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
}

impl Decode for Reporting {
    fn push(&mut self, chunk: Bytes) {
        self.decoder.push(chunk);
    }

    fn next(&mut self) -> Result<Option<StreamEvent>, Error> {
        let event = self.decoder.next_event();
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

    fn read(&self, read: impl FnOnce(&Losses)) {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
