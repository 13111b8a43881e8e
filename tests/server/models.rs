//! Listing models.

use http::Request;
use serde_json::json;

use crate::common::{TestResponse, hello, send, service};
use crate::everything::Everything;

async fn get(path: &str) -> TestResponse {
    send(&service(Everything::new()), Request::get(path).body(String::new()).unwrap()).await
}

/// Returns the ids of a page, after a check of what else the page says.
async fn page(query: &str) -> (Vec<String>, bool) {
    let page = get(&format!("/v1/models?{query}")).await.json();
    let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|model| model["id"].clone()).collect();
    assert_eq!(page["first_id"], ids.first().cloned().unwrap_or_default());
    assert_eq!(page["last_id"], ids.last().cloned().unwrap_or_default());
    assert_eq!(page.as_object().unwrap().len(), 4, "{page}");
    let ids = ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    (ids, page["has_more"].as_bool().unwrap())
}

#[tokio::test]
async fn pages_are_those_that_the_query_asks_for() {
    for (query, ids, has_more) in [
        ("", "m7 m6 m5 m4 m3 m2 m1", false),
        ("beta=true&limit=1000", "m7 m6 m5 m4 m3 m2 m1", false),
        ("limit=3", "m7 m6 m5", true),
        ("limit=3&after_id=m5", "m4 m3 m2", true),
        ("after_id=m2&limit=3", "m1", false),
        ("limit=3&after_id=m1", "", false),
        ("limit=3&before_id=m3", "m6 m5 m4", true),
        ("limit=3&before_id=m5", "m7 m6", false),
        ("limit=4&lifecycle=active", "m7 m6 m5 m4", true),
        ("lifecycle=deprecated", "m2 m1", false),
        ("lifecycle=retired", "", false),
    ] {
        let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
        assert_eq!(page(query).await, (ids, has_more), "{query}");
    }
}

#[tokio::test]
async fn queries_that_cannot_be_are_400_and_say_why() {
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("after_id=m9", "after_id"),
        ("before_id=%0A", "before_id"),
        ("after_id=m1&before_id=m2", "before_id"),
    ] {
        let message = get(&format!("/v1/models?{query}")).await.error(400, "invalid_request_error");
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
    }
}

#[tokio::test]
async fn a_model_is_found_by_its_decoded_id() {
    for (path, id) in [
        ("/v1/models/m7", "m7"),
        ("/models/claude-sonnet-5%5B1m%5D/?beta=true", "claude-sonnet-5[1m]"),
        ("/v1/v1/models/org%2Fmodel%3Afree", "org/model:free"),
        ("/v1/models/a+b", "a+b"),
        ("/v1/models/messages", "messages"),
        ("/v1/models/%2e%2E", ".."),
    ] {
        let response = get(path).await;
        let expected = json!({
            "type": "model", "id": id, "display_name": "A model", "created_at": "1970-01-01T00:00:00Z",
            "max_input_tokens": null, "max_tokens": null, "capabilities": null,
        });
        assert_eq!(response.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_handler_without_models_is_404() {
    for path in ["/v1/models", "/v1/models/m7"] {
        let response = send(&service(hello()), Request::get(path).body(String::new()).unwrap()).await;
        assert_eq!(response.error(404, "not_found_error"), "This server does not list models");
    }
}

#[cfg(feature = "client")]
#[tokio::test]
async fn the_client_lists_models_of_a_service_and_through_a_gateway() {
    for client in crate::common::clients(Everything::new) {
        let mut models = client.models().limit(2).items();
        let mut ids = Vec::new();
        while let Some(model) = models.next().await {
            ids.push(model.unwrap().id);
        }
        assert_eq!(ids.join(" "), "m7 m6 m5 m4 m3 m2 m1");
        let mut pages = client.models().limit(3).before("m2").lifecycle("active").pages();
        let unknown = pages.next().await.unwrap().unwrap_err();
        assert_eq!(unknown.status().unwrap(), 400);
        let mut pages = client.models().limit(3).before("m3").lifecycle("active").pages();
        let page = pages.next().await.unwrap().unwrap();
        assert_eq!((page.first_id.as_deref(), page.has_more), (Some("m6"), true));
        for id in ["m1", "org/model é", "a?b&c", "%2e"] {
            let response = client.model(id).response().await.unwrap();
            assert_eq!(response.body().id, id);
        }
        let error = client.models().limit(1).after("none").items().next().await.unwrap().unwrap_err();
        assert_eq!(error.api_error().unwrap().error_type().as_str(), "invalid_request_error");
    }
}
