//! The road to a region: an address that stays while the region comes and goes. Closed, it turns everybody away.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// A TCP forwarder to wherever the region listens now.
pub struct Road {
    address: SocketAddr,
    leads_to: watch::Sender<Option<SocketAddr>>,
    turned_away: watch::Receiver<usize>,
    _forwarding: AbortOnDropHandle<()>,
}

impl Road {
    /// A road that is closed.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (leads_to, target) = watch::channel(None::<SocketAddr>);
        let (counting, turned_away) = watch::channel(0);
        let forwarding = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                match *target.borrow() {
                    Some(to) => drop(tokio::spawn(forward(from, to, target.clone()))),
                    None => counting.send_modify(|count| *count += 1),
                }
            }
        });
        Ok(Self {
            address,
            leads_to,
            turned_away,
            _forwarding: AbortOnDropHandle::new(forwarding),
        })
    }

    /// Where it begins.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to this address from now on.
    pub fn lead_to(&self, address: SocketAddr) {
        self.leads_to.send_replace(Some(address));
    }

    /// Turns everybody away, and breaks off what is under way.
    pub fn close(&self) {
        self.leads_to.send_replace(None);
    }

    /// Waits until so many connections have been turned away.
    pub async fn turned_away(&self, count: usize) {
        let mut turned_away = self.turned_away.clone();
        // The sender lives as long as the road.
        let _ = turned_away.wait_for(|turned| *turned >= count).await;
    }
}

async fn forward(mut from: TcpStream, to: SocketAddr, mut target: watch::Receiver<Option<SocketAddr>>) {
    let Ok(mut there) = TcpStream::connect(to).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut from, &mut there) => {}
        _ = target.wait_for(|target| *target != Some(to)) => {}
    }
}
