//! The service in salvo 1.

use messages_api_mounts::{listen, service};
use salvo::conn::tcp::TcpAcceptor;
use salvo::prelude::{Router, Server, TowerServiceCompat};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    // The type of the body that the service receives has to be named.
    let messages = TowerServiceCompat::<salvo::http::ReqBody, _, _, _>::compat(service);
    let app = Router::with_path("v1/{**rest}").goal(messages);

    Server::new(TcpAcceptor::try_from(listen()?)?).serve(app).await;
    Ok(())
}
