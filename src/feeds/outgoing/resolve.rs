//! Looking up the addresses of a name, and looking at them before they are used.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// Addresses that are being looked up.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks up the addresses of a name.
pub type LookUp = Arc<dyn Fn(String) -> Looking + Send + Sync>;

/// Asks the machine's resolver.
pub(super) async fn system(host: String) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((host, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Looks up a name, and gives its addresses only where each of them may be connected to.
pub(super) struct Checked {
    pub(super) look_up: LookUp,
    pub(super) private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, private) = ((self.look_up)(name.as_str().to_owned()), self.private);
        Box::pin(async move {
            let found = looking.await?;
            // One bad address among good ones is a trick, not a choice.
            if !found.iter().all(|found| address::may_connect(*found, private)) {
                return Err(NotPublic.into());
            }
            let found = found.into_iter().map(|found| SocketAddr::new(found, 0));
            let found: Addrs = Box::new(found);
            Ok(found)
        })
    }
}

/// The name leads to an address that may not be connected to.
#[derive(Debug)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is not public")
    }
}

impl Error for NotPublic {}
