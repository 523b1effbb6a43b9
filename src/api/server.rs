//! The server: listens, answers, and stops when it is told to.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as Actix, HttpServer};

use super::access::EVERY;
use super::idempotency::forget_old;
use super::{App, configure, house};
use crate::app::feed_runs::schedule;
use crate::domain::message::Message;

/// How often old requests are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How often it is asked whether there is a newer master key.
const LOOK_EVERY: Duration = Duration::from_secs(5);

async fn look_for_keys(app: &App) {
    match app.service.keep_up_with_keys().await {
        Ok(false) => {}
        Ok(true) => tracing::error!("the newest master key is not in the file of keys"),
        Err(error) => tracing::error!(?error, "the newest master key is not known"),
    }
}

/// A server that has its port and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// Takes the port; says so where another program has it.
pub fn bind(listen: &str) -> Result<Server, Message> {
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => Message::new("port_taken").with("address", listen),
        _ => Message::new("cannot_listen").with("address", listen).with("why", error),
    };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(|e| failed(&e))?.collect();
    let listener = TcpListener::bind(addresses.as_slice()).map_err(|error| failed(&error))?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    Ok(Server { listener, address })
}

impl Server {
    /// Where it listens; with port 0 asked for, the one it was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until SIGTERM or SIGINT, then lets running requests end.
    pub async fn run(self, app: Arc<App>) -> io::Result<()> {
        let stop = stop_asked()?;
        let kept = Arc::clone(&app);
        let (app, settings) = (Data::from(Arc::clone(&app)), app.settings.server.clone());
        let server = HttpServer::new(move || {
            Actix::new().app_data(app.clone()).wrap(from_fn(house)).configure(configure)
        })
        .disable_signals()
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.head_timeout)
        .shutdown_timeout(settings.shutdown_timeout.as_secs());
        let workers = match settings.workers {
            0 => std::thread::available_parallelism().map_or(1, Into::into),
            workers => workers,
        };
        // The limit is of one thread.
        let each = settings.max_connections.div_ceil(workers).max(1);
        let server = server.workers(workers).max_connections(each).listen(self.listener)?.run();
        let handle = server.handle();
        let stopping = tokio::spawn(async move {
            stop.await;
            tracing::info!("stopping: running requests end first");
            handle.stop(true).await;
        });
        let writing = tokio::spawn({
            let app = Arc::clone(&kept);
            async move {
                let (mut forgot, mut looked): (Option<Instant>, Option<Instant>) = (None, None);
                loop {
                    if forgot.is_none_or(|at| at.elapsed() > FORGET_EVERY) {
                        forget_old(&app).await;
                        if let Err(failure) = app.service.end_broken_batches().await {
                            tracing::error!(?failure, "broken posts could not be ended");
                        }
                        forgot = Some(Instant::now());
                    }
                    if looked.is_none_or(|at| at.elapsed() > LOOK_EVERY) {
                        look_for_keys(&app).await;
                        looked = Some(Instant::now());
                    }
                    tokio::time::sleep(EVERY).await;
                    app.access.write().await;
                }
            }
        });
        if let Err(failure) = kept.imports.resume(&kept.service).await {
            tracing::error!(?failure, "imports could not be gone on with");
        }
        let pulling = schedule::start(kept.pulling.clone());
        let ended = server.await;
        stopping.abort();
        pulling.abort();
        writing.abort();
        kept.access.write().await;
        ended
    }
}

/// Listens for signals from now on; the future ends with the first of them.
#[cfg(unix)]
fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The future ends when the console asks to stop.
#[cfg(not(unix))]
fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
