//! Lists, page by page and item by item.

use std::io;
use std::time::Duration;

use futures::TryStreamExt;
use messages_api::ErrorKind;
use messages_api::client::{BatchResults, Call, Endpoint, Items, List, Pages, RetryPolicy};
use messages_api::types::models::{ModelInfo, ModelLifecycle, ModelPage};
use tokio::time::timeout;

use crate::script::*;

/// A page with models of the given ids.
pub(crate) fn page(ids: &[&str], has_more: bool) -> Act {
    let models = ids.iter().map(|id| ModelInfo::new(*id, *id, "1970-01-01T00:00:00Z")).collect();
    ok(serde_json::to_vec(&ModelPage::new(models, has_more)).unwrap())
}

/// The queries of the requests.
fn queries(script: &Script) -> Vec<String> {
    script.seen().iter().map(|seen| seen.uri.query().unwrap_or("-").to_owned()).collect()
}

async fn ids(mut items: Items<ModelInfo>) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(item) = items.next().await {
        ids.push(item.unwrap().id);
    }
    assert!(items.next().await.is_none());
    ids
}

#[test]
fn lists_and_their_streams_can_be_moved_anywhere() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<List<ModelPage>>();
    check::<Pages<ModelPage>>();
    check::<Items<ModelInfo>>();
    check::<Call<ModelInfo>>();
    check::<BatchResults>();
}

#[tokio::test]
async fn a_list_goes_on_after_the_last_id() {
    let script = Script::new([page(&["a", "b"], true), page(&["c", "d"], true), page(&["e"], false)]);
    assert_eq!(ids(script.client().models().items()).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(queries(&script), ["-", "after_id=b", "after_id=d"]);
    for seen in script.seen() {
        assert_eq!((seen.method.as_str(), seen.uri.path()), ("GET", "/v1/models"));
        assert_eq!((seen.headers.get("content-type"), seen.body.len()), (None, 0));
        assert_eq!((seen.info.endpoint(), seen.info.model()), (Endpoint::Models, None));
    }
}

#[tokio::test]
async fn a_list_goes_backwards_before_the_first_id() {
    let script = Script::new([page(&["c", "d"], true), page(&["a", "b"], false)]);
    let mut pages = script.client().models().before("e").pages();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.push(page.unwrap().data.into_iter().map(|model| model.id).collect::<Vec<_>>());
    }
    assert_eq!(found, [["c", "d"], ["a", "b"]]);
    assert_eq!(
        (queries(&script), pages.cursor()),
        (vec!["before_id=e".into(), "before_id=c".into()], Some("a"))
    );
}

#[tokio::test]
async fn a_list_ends_without_more_or_without_an_id() {
    let no_id = r#"{"data":[{"id":"a"}],"has_more":true,"first_id":"a","last_id":null}"#;
    let empty_id = r#"{"data":[{"id":"a"}],"has_more":true,"first_id":"a","last_id":""}"#;
    let no_items = r#"{"data":[],"has_more":true,"first_id":"a","last_id":"a"}"#;
    for (last, count) in [
        (page(&["a"], false), 1),
        (page(&[], false), 0),
        (page(&[], true), 0),
        (ok(no_id), 1),
        (ok(empty_id), 1),
        (ok(no_items), 0),
        (ok(r#"{"object":"list","data":[{"id":"a","object":"model"}]}"#), 1),
    ] {
        let script = Script::new([page(&["x"], true), last, page(&["never"], false)]);
        assert_eq!(ids(script.client().models().items()).await.len(), 1 + count);
        assert_eq!(script.count(), 2);
    }
}

#[tokio::test]
async fn every_page_is_requested_with_the_same_parameters() {
    let script = Script::new([page(&["a&b"], true), page(&["c"], false)]);
    let list = script.client().models().limit(1).lifecycle(ModelLifecycle::Deprecated).limit(7);
    ids(list.before("x").after("é").items()).await;
    assert_eq!(
        queries(&script),
        ["lifecycle=deprecated&limit=7&after_id=%C3%A9", "lifecycle=deprecated&limit=7&after_id=a%26b"]
    );
}

#[tokio::test]
async fn a_token_names_the_next_page() {
    let body = |id: &str, token: &str| ok(format!(r#"{{"data":[{{"id":"{id}"}}],"next_page":{token}}}"#));
    let script = Script::new([body("a", r#""t/1""#), body("b", r#""t2""#), body("c", "null")]);
    assert_eq!(ids(script.client().models().limit(1).items()).await, ["a", "b", "c"]);
    assert_eq!(queries(&script), ["limit=1", "limit=1&page=t%2F1", "limit=1&page=t2"]);

    // The id of the item resumes the list, although no page names it.
    let script = Script::new([body("a", r#""t1""#), status(400), body("b", "null")]);
    let mut items = script.client().models().items();
    assert_eq!(items.next().await.unwrap().unwrap().id, "a");
    assert!(items.next().await.unwrap().is_err() && items.next().await.is_none());
    ids(script.client().models().after(items.cursor().unwrap()).items()).await;
    assert_eq!(queries(&script), ["-", "page=t1", "after_id=a"]);

    let script = Script::new([body("a", r#""t1""#)]);
    let error = script.client().models().items().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Protocol, 2));
}

#[tokio::test]
async fn a_page_that_repeats_the_cursor_of_the_request_is_an_error() {
    let script = Script::new([page(&["a", "b"], true).header("request-id", "req_1")]);
    let mut items = script.client().models().items();
    assert_eq!(items.next().await.unwrap().unwrap().id, "a");
    assert_eq!(items.next().await.unwrap().unwrap().id, "b");
    let error = items.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.request_id()), (ErrorKind::Protocol, 1, Some("req_1")));
    assert_eq!(queries(&script), ["-", "after_id=b"]);
    assert_eq!(items.cursor(), Some("b"));

    // The last page may end anywhere.
    let script = Script::new([page(&["a"], true), page(&["a"], false)]);
    assert_eq!(ids(script.client().models().items()).await, ["a", "a"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_a_list_which_can_be_resumed() {
    for (failure, kind) in [
        (broken(io::ErrorKind::ConnectionReset), ErrorKind::Transport),
        (status(400), ErrorKind::Api),
        (ok("{"), ErrorKind::Protocol),
        (ok("{}"), ErrorKind::Protocol),
        (page(&["a"], true), ErrorKind::Protocol), // begins where it ends
    ] {
        let script = Script::new([page(&["a"], true), failure, page(&["b"], false)]);
        let client = script.client().with_retry(RetryPolicy::none());
        let mut items = client.models().items();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(item.map_or_else(|error| Err(error.kind()), |model| Ok(model.id)));
        }
        assert_eq!(found, [Ok("a".to_owned()), Err(kind)]);
        assert!(items.next().await.is_none());
        let rest = client.models().after(items.cursor().unwrap()).items();
        assert_eq!(ids(rest).await, ["b"]);
        assert_eq!(queries(&script), ["-", "after_id=a", "after_id=a"]);
    }
}

#[tokio::test]
async fn a_list_can_be_resumed_from_its_cursor() {
    let script = Script::new([page(&["a", "b"], true), page(&["c", "d"], false)]);
    let mut pages = script.client().models().after("x").pages();
    assert_eq!((pages.cursor(), pages.response().is_none()), (Some("x"), true));
    pages.next().await.unwrap().unwrap();
    assert_eq!(pages.cursor(), Some("b"));
    ids(script.client().models().after(pages.cursor().unwrap()).items()).await;
    assert_eq!(queries(&script), ["after_id=x", "after_id=b"]);

    // No item is missed, although some of a page come again.
    let script = Script::new([page(&["a", "b"], true), page(&[], true)]);
    let mut items = script.client().models().items();
    for cursor in [None, Some("b")] {
        items.next().await.unwrap().unwrap();
        assert_eq!(items.cursor(), cursor);
    }
    assert!(items.next().await.is_none());
    assert_eq!(items.cursor(), Some("b"));
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_lost_if_its_future_is_dropped() {
    let script = Script::new([page(&["a"], false).pausing(Duration::from_secs(10))]);
    let mut pages: Pages<ModelPage> = script.client().models().pages();
    assert_eq!(script.count(), 0);
    for _ in 0..3 {
        timeout(Duration::from_secs(3), pages.next()).await.unwrap_err();
    }
    assert_eq!(pages.next().await.unwrap().unwrap().data.len(), 1);
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn batches_are_listed_as_well() {
    let batch = |id: &str| format!(r#"{{"id":"{id}","type":"message_batch","processing_status":"ended"}}"#);
    let body = |id: &str, has_more: bool| {
        let batch = batch(id);
        ok(format!(r#"{{"data":[{batch}],"has_more":{has_more},"first_id":"{id}","last_id":"{id}"}}"#))
    };
    let script = Script::new([body("a", true), body("b", false)]);
    let items = script.client().batches().limit(1).items();
    let batches: Vec<_> = tokio::spawn(items.try_collect()).await.unwrap().unwrap();
    assert_eq!(batches.iter().map(|batch| batch.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        script.routes(),
        ["GET /v1/messages/batches?limit=1", "GET /v1/messages/batches?limit=1&after_id=a"]
    );
    assert_eq!(script.seen()[0].info.endpoint(), Endpoint::Batches);
}
