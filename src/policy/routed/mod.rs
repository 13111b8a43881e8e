//! Models under names of the host's own, on several upstreams.

mod breaker;
mod choice;
mod handler;
mod route;
mod watched;

use std::collections::BTreeMap;
use std::fmt;

pub use route::{Route, Upstream};

use crate::error::ApiError;
use crate::handler::{BoxHandler, Handler};
use crate::text;
use crate::types::models::ModelInfo;

/// The time at which a model was released, where nobody has said.
const UNKNOWN_TIME: &str = "1970-01-01T00:00:00Z";

/// A handler that sends each request to one of several others, according to its model.
///
/// # Names
///
/// The name in a request is looked up in this order:
///
/// 1. among the [models](Self::model) and [aliases](Self::alias), exactly as it is;
/// 2. without `[1m]` at its end, with which Claude Code asks for a larger context;
/// 3. among the [families](Self::family), of which the first counts whose name is a word of the model's:
///    `haiku` is a word of `claude-haiku-4-5`;
/// 4. as the [default](Self::default_route).
///
/// A request for any other model is rejected with 404 `not_found_error`. Callers receive messages under the
/// name that they asked for, whatever the upstream calls the model. The list of models is that of
/// [`model`](Self::model) in its order, so add the newest model first.
///
/// # Fallbacks
///
/// If an upstream fails with one of the statuses 429, 500, 502, 503, 504 and 529, the next one of the
/// [`Route`] is asked, as long as the caller has seen nothing of the message: a stream that ends or fails
/// before its content begins counts as a failure too, so the caller receives nothing of a stream before that,
/// unless no other upstream is left. The pings of the server go on meanwhile. An error with the header
/// `x-should-retry: false` is final, for instance one that says that an upstream does not accept the host's
/// own key, and so is every error of the request itself, or of a policy that rejects it. The caller receives
/// the error of the upstream that was asked last. What an upstream has begun to say is never continued by
/// another one.
///
/// An upstream that fails again and again is left out for a while; see [`Upstream::breaker`].
///
/// # Bills
///
/// The hooks of other policies learn the name of the model that the upstream was asked for, as
/// [`Outcome::upstream_model`](crate::handler::Outcome::upstream_model), so that bills and records do not depend
/// on the name that the caller chose.
///
/// ```
/// use messages_api::policy::{Route, Routed, Upstream};
/// use messages_api::{ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, RequestContext};
/// use messages_api::{Usage, handler_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Clients of two services, for instance.
/// # let main = handler_fn(|_request, _context| async { Err(ApiError::new(ErrorType::Overloaded, "Busy")) });
/// # let spare = handler_fn(|request, _context| async move {
/// #     assert_eq!(request.model, "claude-sonnet-5");
/// #     let content = vec![ContentBlock::text("Hello!")];
/// #     Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
/// # });
/// let (main, spare) = (Upstream::new(main), Upstream::new(spare));
/// let large = Route::new(main.model("claude-sonnet-5")).then(spare.model("claude-sonnet-5"));
/// let routed = Routed::new().model("large", large.clone()).family("sonnet", large);
///
/// let request = CreateMessageRequest::new("large", 64).user("Hi!");
/// let stream = routed.create_message(request, RequestContext::default()).await?.into_stream();
/// let message = stream.final_message().await?;
/// assert_eq!((&*message.text(), &*message.model), ("Hello!", "large")); // `main` was overloaded
/// # Ok(())
/// # }
/// ```
///
/// # Sessions
///
/// An upstream reads the start of a conversation from its cache if it has seen it before. So where a route
/// has several upstreams to [choose](Route::or) from, the requests of a session go to the same one: a session
/// has the header `x-claude-code-session-id` or `x-session-affinity`, or else the `metadata.user_id` of the
/// request. Requests without any of them are spread at random.
///
/// # Batches
///
/// A batch has requests for several models, and its id says nothing of the upstream. So batches have one
/// upstream, [`batches`](Self::batches), or are not served.
#[derive(Default)]
pub struct Routed {
    models: Vec<ModelInfo>,
    names: BTreeMap<String, Route>,
    families: Vec<(String, Route)>,
    default: Option<Route>,
    batches: Option<BoxHandler>,
}

impl Routed {
    /// Creates a handler that knows no model.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a model to the list of models.
    ///
    /// `model` is its name, or a [`ModelInfo`] with all that callers may learn about it.
    #[must_use]
    pub fn model(mut self, model: impl Into<RoutedModel>, route: impl Into<Route>) -> Self {
        let RoutedModel(model) = model.into();
        self.names.insert(model.id.clone(), route.into());
        self.models.retain(|other| other.id != model.id);
        self.models.push(model);
        self
    }

    /// Adds a name that is not in the list of models.
    #[must_use]
    pub fn alias(mut self, name: impl Into<String>, route: impl Into<Route>) -> Self {
        self.names.insert(name.into(), route.into());
        self
    }

    /// Adds a rule for all models whose name contains the word `family`, such as `haiku`.
    ///
    /// Words consist of letters and digits, and their case does not matter.
    #[must_use]
    pub fn family(mut self, family: impl Into<String>, route: impl Into<Route>) -> Self {
        self.families.push((family.into(), route.into()));
        self
    }

    /// Sets where requests for all other models go.
    #[must_use]
    pub fn default_route(mut self, route: impl Into<Route>) -> Self {
        self.default = Some(route.into());
        self
    }

    /// Sets the handler of all batches, with their results.
    #[must_use]
    pub fn batches(mut self, handler: impl Handler) -> Self {
        self.batches = Some(BoxHandler::new(handler));
        self
    }

    /// Returns the route of the model with the given name.
    fn route(&self, model: &str) -> Result<&Route, ApiError> {
        let plain = model.strip_suffix("[1m]").unwrap_or(model);
        (self.names.get(model))
            .or_else(|| self.names.get(plain))
            .or_else(|| {
                self.families.iter().find(|(family, _)| text::has_word(plain, family)).map(|(_, route)| route)
            })
            .or(self.default.as_ref())
            .ok_or_else(|| ApiError::not_found(format!("model: {model}")))
    }

    /// Returns what callers may learn about the model with the given name.
    fn info(&self, name: String) -> Result<ModelInfo, ApiError> {
        self.route(&name)?;
        let plain = name.strip_suffix("[1m]").unwrap_or(&name);
        Ok(match self.models.iter().find(|model| model.id == plain) {
            Some(model) => ModelInfo { id: name, ..model.clone() },
            None => RoutedModel::from(name).0,
        })
    }
}

impl fmt::Debug for Routed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models: _, names, families, default, batches: _ } = self;
        let families: BTreeMap<_, _> = families.iter().map(|(family, route)| (family, route)).collect();
        f.debug_struct("Routed")
            .field("names", names)
            .field("families", &families)
            .field("default", default)
            .finish_non_exhaustive()
    }
}

/// A model in the list of models of a [`Routed`]: created from its name, or from a [`ModelInfo`].
#[derive(Clone, Debug)]
pub struct RoutedModel(ModelInfo);

impl From<ModelInfo> for RoutedModel {
    fn from(info: ModelInfo) -> Self {
        Self(info)
    }
}

impl From<String> for RoutedModel {
    fn from(name: String) -> Self {
        Self(ModelInfo::new(name.clone(), name, UNKNOWN_TIME))
    }
}

impl From<&str> for RoutedModel {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}
