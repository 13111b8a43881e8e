//! The service in poem 3.

use messages_api_mounts::{listen, service};
use poem::endpoint::TowerCompatExt;
use poem::listener::TcpAcceptor;
use poem::{Route, Server};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    let app = Route::new().nest_no_strip("/v1", service.compat());

    Server::new_with_acceptor(TcpAcceptor::from_tokio(listen()?)?).run(app).await
}
