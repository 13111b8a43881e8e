//! The service in poem 3, on the server of this crate, because that of poem does not limit the time of a head.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, uri::Scheme};
use hyper::body::Incoming;
use messages_api::server::serve;
use messages_api_mounts::{listen, service};
use poem::endpoint::TowerCompatExt;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Route};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    let app = Route::new().nest_no_strip("/v1", service.compat());

    let app = Arc::new(app);
    let app = tower::service_fn(move |request: Request<Incoming>| {
        let (app, local, remote) = (app.clone(), LocalAddr::default(), RemoteAddr::default());
        async move {
            let response = app.get_response((request, local, remote, Scheme::HTTP).into()).await;
            Ok::<_, Infallible>(http::Response::from(response))
        }
    });
    serve(listen().await?, app).shutdown(tokio::signal::ctrl_c()).await;
    Ok(())
}
