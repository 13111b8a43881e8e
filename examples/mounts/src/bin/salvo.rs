//! The service in salvo 1.

use std::time::Duration;

use messages_api_mounts::{address, service};
use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use salvo::prelude::{Router, Server, TowerServiceCompat};
use tokio::net::TcpSocket;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let service = service();
    // The type of the body that the service receives has to be named.
    let messages = TowerServiceCompat::<salvo::http::ReqBody, _, _, _>::compat(service);
    let app = Router::with_path("v1/{**rest}").goal(messages);

    let address = address();
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Linux, connections inherit from the socket that no event waits for the next one.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?;
    println!("listening on http://{}", listener.local_addr()?);
    let limits = FuseConfig::default().with_http1_header_timeout(Duration::from_secs(10));
    Server::new(TcpAcceptor::try_from(listener)?).fuse_config(limits).serve(app).await;
    Ok(())
}
