//! Which of several upstreams serves a session.

use std::hash::{DefaultHasher, Hash, Hasher};

use fastrand::Rng;

use super::route::Upstream;
use crate::handler::RequestContext;
use crate::types::settings::Metadata;

/// The headers that name the session of a request.
const SESSION_HEADERS: [&str; 2] = ["x-claude-code-session-id", "x-session-affinity"];

/// What the requests of a session have in common.
#[derive(Clone, Copy)]
pub(super) struct Key(u64);

impl Key {
    /// Returns the key of the session of a request; a random one if the request names none.
    pub(super) fn of(context: &RequestContext, metadata: Option<&Metadata>) -> Self {
        let header = SESSION_HEADERS.iter().find_map(|name| context.headers().get(*name));
        let user = metadata.and_then(|metadata| metadata.user_id.as_deref());
        let Some(session) = header.map(|value| value.as_bytes()).or(user.map(str::as_bytes)) else {
            return Self(fastrand::u64(..));
        };
        // Without keys of its own, this hasher returns the same number in every process.
        let mut hasher = DefaultHasher::new();
        (context.principal().id(), session).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Returns the upstreams of a step in the order in which the session asks them.
///
/// Each upstream draws a number from the key and its place, and the smallest comes first (rendezvous
/// hashing). The numbers follow an exponential distribution with the weight as its rate, so that the share of
/// an upstream is its share of the weights. When an upstream fails, its sessions are spread over the others.
pub(super) fn order_of(step: &[Upstream], key: Key) -> Vec<&Upstream> {
    let mut drawn: Vec<_> = step
        .iter()
        .zip(1..)
        .map(|(upstream, place)| {
            // The steps of the generator's own sequence, so that neighboring places draw unrelated numbers.
            let mut random = Rng::with_seed(key.0 ^ u64::wrapping_mul(place, 0x9E37_79B9_7F4A_7C15));
            (-f64::ln_1p(-random.f64()) / upstream.share(), upstream)
        })
        .collect();
    drawn.sort_by(|(first, _), (second, _)| first.total_cmp(second));
    drawn.into_iter().map(|(_, upstream)| upstream).collect()
}
