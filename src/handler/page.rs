//! Which page of a list a caller asks for, and pages of lists that a handler holds in memory.

use std::ops::Range;

use crate::error::ApiError;
use crate::text;
use crate::types::batches::{MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelLifecycle, ModelPage};

/// The length in bytes to which an id is cut in the text of an error.
const MAX_ID_BYTES: usize = 100;

/// The page of a list that a caller asks for: how many items, and where they start.
///
/// [`Handler::list_batches`](super::Handler::list_batches) receives one, and a [`ModelQuery`] contains one.
/// The server reads it from the parameters `limit`, `after_id` and `before_id` of the URL and rejects one
/// with both ids.
///
/// Lists are ordered from the newest item to the oldest, and so are the items of every page, whichever
/// id the query has. [`MessageBatchPage::select`] and [`ModelPage::select`] return the page of a list that
/// is held in memory.
///
/// ```
/// use messages_api::handler::PageQuery;
///
/// /// Returns the end of a statement for a database; `?` is the id.
/// fn sql(query: &PageQuery) -> String {
///     let (condition, order) = match (&query.after_id, &query.before_id) {
///         (Some(_), _) => ("WHERE id < ?", "DESC"),
///         (None, Some(_)) => ("WHERE id > ?", "ASC"), // to be reversed
///         (None, None) => ("", "DESC"),
///     };
///     // One more than the page has, in order to learn whether there are more.
///     format!("{condition} ORDER BY id {order} LIMIT {}", query.limit + 1)
/// }
/// assert_eq!(sql(&PageQuery::new().after("b").limit(5)), "WHERE id < ? ORDER BY id DESC LIMIT 6");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageQuery {
    /// The maximum number of items of the page: 1 to [`MAX_LIMIT`](Self::MAX_LIMIT), by default
    /// [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT).
    pub limit: u32,
    /// The id of the item after which the page starts.
    pub after_id: Option<String>,
    /// The id of the item before which the page ends.
    pub before_id: Option<String>,
}

impl PageQuery {
    /// The number of items of a page if the caller does not say.
    pub const DEFAULT_LIMIT: u32 = 20;

    /// The maximum number of items of a page.
    pub const MAX_LIMIT: u32 = 1000;

    /// Creates a query for the first page.
    pub fn new() -> Self {
        Self { limit: Self::DEFAULT_LIMIT, after_id: None, before_id: None }
    }

    /// Sets the maximum number of items of the page.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Asks for the page that starts after the item with the given id. Replaces [`before`](Self::before).
    #[must_use]
    pub fn after(mut self, id: impl Into<String>) -> Self {
        (self.after_id, self.before_id) = (Some(id.into()), None);
        self
    }

    /// Asks for the page that ends before the item with the given id. Replaces [`after`](Self::after).
    #[must_use]
    pub fn before(mut self, id: impl Into<String>) -> Self {
        (self.after_id, self.before_id) = (None, Some(id.into()));
        self
    }

    /// Returns the places of the items of the page, given the ids of all items, and whether there are
    /// more in the direction of the query.
    fn places(&self, ids: &[&str]) -> Result<(Range<usize>, bool), ApiError> {
        let limit = usize::try_from(self.limit.clamp(1, Self::MAX_LIMIT)).unwrap_or(usize::MAX);
        if let (None, Some(id)) = (&self.after_id, &self.before_id) {
            let end = place("before_id", id, ids)?;
            let start = end.saturating_sub(limit);
            return Ok((start..end, start > 0));
        }
        let start = match &self.after_id {
            Some(id) => place("after_id", id, ids)? + 1,
            None => 0,
        };
        let end = ids.len().min(start + limit);
        Ok((start..end, end < ids.len()))
    }
}

impl Default for PageQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// Which models a caller asks for. [`Handler::list_models`](super::Handler::list_models) receives it.
///
/// The server reads it from the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelQuery {
    /// The page of the list.
    pub page: PageQuery,
    /// The stage of their life at which models are listed; all stages if `None`. Sent under API version
    /// `2026-10-21`.
    pub lifecycle: Option<ModelLifecycle>,
}

impl ModelQuery {
    /// Creates a query for a page of the list of all models.
    pub fn new(page: PageQuery) -> Self {
        Self { page, lifecycle: None }
    }

    /// Asks only for the models at the given stage of their life.
    #[must_use]
    pub fn lifecycle(mut self, lifecycle: impl Into<ModelLifecycle>) -> Self {
        self.lifecycle = Some(lifecycle.into());
        self
    }
}

impl ModelPage {
    /// Returns the page that `query` asks for, of all models that a server offers, newest first.
    ///
    /// # Errors
    ///
    /// Returns an `invalid_request_error` (400) if no model has the id that the query names.
    ///
    /// ```
    /// use messages_api::handler::{ModelQuery, PageQuery};
    /// use messages_api::types::models::{ModelInfo, ModelPage};
    /// use messages_api::{ApiError, CreateMessageRequest, Handler, Reply, RequestContext};
    ///
    /// struct Local {
    ///     models: Vec<ModelInfo>,
    /// }
    ///
    /// impl Handler for Local {
    ///     # async fn create_message(
    ///     #     &self,
    ///     #     _: CreateMessageRequest,
    ///     #     _: RequestContext,
    ///     # ) -> Result<Reply, ApiError> {
    ///     #     Err(ApiError::internal())
    ///     # }
    ///     // … and `create_message`
    ///
    ///     async fn list_models(
    ///         &self,
    ///         query: ModelQuery,
    ///         _context: RequestContext,
    ///     ) -> Result<Reply<ModelPage>, ApiError> {
    ///         Ok(ModelPage::select(&self.models, &query)?.into())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), ApiError> {
    /// let models = ["new", "middle", "old"].map(|id| ModelInfo::new(id, id, "1970-01-01T00:00:00Z"));
    /// let page = ModelPage::select(&models, &ModelQuery::new(PageQuery::new().limit(2)))?;
    /// assert_eq!((page.last_id.as_deref(), page.has_more), (Some("middle"), true));
    /// let page = ModelPage::select(&models, &ModelQuery::new(PageQuery::new().after("middle")))?;
    /// assert_eq!((page.last_id.as_deref(), page.has_more), (Some("old"), false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn select(models: &[ModelInfo], query: &ModelQuery) -> Result<Self, ApiError> {
        let is_listed = |model: &&ModelInfo| query.lifecycle.is_none() || model.lifecycle == query.lifecycle;
        let models: Vec<&ModelInfo> = models.iter().filter(is_listed).collect();
        let ids: Vec<&str> = models.iter().map(|model| &*model.id).collect();
        let (places, has_more) = query.page.places(&ids)?;
        Ok(Self::new(models[places].iter().copied().cloned().collect(), has_more))
    }
}

impl MessageBatchPage {
    /// Returns the page that `query` asks for, of all batches of a caller, newest first.
    ///
    /// # Errors
    ///
    /// Returns an `invalid_request_error` (400) if no batch has the id that the query names.
    pub fn select(batches: &[MessageBatch], query: &PageQuery) -> Result<Self, ApiError> {
        let ids: Vec<&str> = batches.iter().map(|batch| &*batch.id).collect();
        let (places, has_more) = query.places(&ids)?;
        Ok(Self::new(batches[places].to_vec(), has_more))
    }
}

/// Returns the place of the item with the given id.
fn place(parameter: &str, id: &str, ids: &[&str]) -> Result<usize, ApiError> {
    ids.iter().position(|other| *other == id).ok_or_else(|| {
        let id = text::start(id, MAX_ID_BYTES);
        ApiError::invalid_request(format!("{parameter}: the list has no item with the id {id:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_in_both_directions_hold_every_item_once() {
        for count in 0..8_usize {
            let ids: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            for limit in 1..9 {
                let (mut query, mut seen) = (PageQuery::new().limit(limit), Vec::new());
                loop {
                    let (places, has_more) = query.places(&ids).expect("a page");
                    seen.extend_from_slice(&ids[places.clone()]);
                    if !has_more {
                        break;
                    }
                    assert_eq!(places.len(), limit as usize);
                    query = query.after(ids[places.end - 1]);
                }
                assert_eq!(seen, ids);

                let Some(last) = ids.last() else { continue };
                let (mut query, mut seen) = (PageQuery::new().limit(limit).before(*last), vec![*last]);
                loop {
                    let (places, has_more) = query.places(&ids).expect("a page");
                    seen.splice(0..0, ids[places.clone()].iter().copied());
                    if !has_more {
                        break;
                    }
                    assert_eq!(places.len(), limit as usize);
                    query = query.before(ids[places.start]);
                }
                assert_eq!(seen, ids);
            }
        }
    }

    #[test]
    fn limits_stay_within_bounds_and_unknown_ids_are_rejected() {
        let ids = vec!["x"; 2000];
        for (limit, length) in [(0, 1), (1, 1), (1000, 1000), (u32::MAX, 1000)] {
            let (places, has_more) = PageQuery::new().limit(limit).places(&ids).expect("a page");
            assert_eq!((places.len(), has_more), (length, true));
        }
        for query in [PageQuery::new().after("é".repeat(400)), PageQuery::new().before("\n")] {
            let error = query.places(&ids).expect_err("no such id");
            assert_eq!(error.status(), 400);
            assert!(error.message().len() < 200 && !error.message().contains('\n'), "{error}");
        }
    }
}
