//! The city over HTTP: the two faces that answer, and `/city/…`, by which it is moved on and looked at.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data, Path, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use serde_json::{Value, json};

use super::answer::{Answer, Question};
use super::fault::Fault;
use super::town::Town;
use super::{HUZHOU_TOKEN, HZHRET_TOKEN};
use crate::locale::{Lang, text};

type City = Data<Mutex<Town>>;
type Asked = Query<BTreeMap<String, String>>;

/// A city that answers; it stops when this is dropped.
pub struct Serving {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Serving {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as the beginning of addresses: `http://127.0.0.1:8090`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // The order goes out with the call; the thread is what is waited for.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves a town on a thread of its own, which ends with what is returned.
pub fn serve(town: Arc<Mutex<Town>>, listener: TcpListener) -> io::Result<Serving> {
    let address = listener.local_addr()?;
    let town: City = Data::from(town);
    let (sender, handle) = std::sync::mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("city".to_owned()).spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = move || App::new().app_data(town.clone()).configure(routes);
            let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(1);
            let server = server.listen(listener)?.run();
            let _ = sender.send(server.handle());
            server.await
        })
    })?;
    let handle = handle.recv().map_err(io::Error::other)?;
    Ok(Serving { address, handle, thread: Some(thread) })
}

fn routes(to: &mut web::ServiceConfig) {
    to.route("/api/open/hours/list", web::get().to(list))
        .route("/api/open/hours/totals", web::get().to(totals))
        .route("/api/open/hours/summary", web::get().to(summary))
        .route("/xapi/statements", web::get().to(statements))
        .route("/xapi/statements/more/{place}", web::get().to(more))
        .route("/xapi/summary", web::get().to(learned))
        .service(
            web::scope("/city")
                .guard(actix_web::guard::fn_guard(|asked| {
                    asked.head().peer_addr.is_some_and(|peer| peer.ip().is_loopback())
                }))
                .route("/advance", web::post().to(advance))
                .route("/faults", web::get().to(faults))
                .route("/faults", web::post().to(set_faults))
                .route("/truth", web::get().to(truth)),
        );
}

fn of(town: &City) -> MutexGuard<'_, Town> {
    town.lock().unwrap_or_else(PoisonError::into_inner)
}

fn question(request: &HttpRequest, query: Asked, header: &str, token: &str) -> Question {
    let given = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    Question {
        query: query.into_inner(),
        allowed: given(header) == Some(token),
        gzip: given("Accept-Encoding").is_some_and(|kinds| kinds.contains("gzip")),
    }
}

fn of_registry(request: &HttpRequest, query: Asked) -> Question {
    question(request, query, "X-Access-Token", HUZHOU_TOKEN)
}

fn of_site(request: &HttpRequest, query: Asked) -> Question {
    question(request, query, "Authorization", &format!("Bearer {HZHRET_TOKEN}"))
}

fn sent(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.insert_header(header);
    }
    if answer.blanks == 0 {
        return response.body(answer.body);
    }
    let blank = Bytes::from(vec![b' '; 1 << 16]);
    let parts = std::iter::once(Bytes::from(answer.body))
        .chain(std::iter::repeat_n(blank, answer.blanks << 4))
        .map(Ok::<Bytes, Infallible>);
    response.streaming(stream::iter(parts))
}

async fn list(town: City, request: HttpRequest, query: Asked) -> HttpResponse {
    sent(of(&town).huzhou_list(&of_registry(&request, query)))
}

async fn totals(town: City, request: HttpRequest, query: Asked) -> HttpResponse {
    sent(of(&town).huzhou_totals(&of_registry(&request, query)))
}

async fn summary(town: City, request: HttpRequest, query: Asked) -> HttpResponse {
    sent(of(&town).huzhou_summary(&of_registry(&request, query)))
}

async fn statements(town: City, request: HttpRequest, query: Asked) -> HttpResponse {
    sent(of(&town).hzhret_statements(&of_site(&request, query)))
}

async fn more(town: City, request: HttpRequest, place: Path<String>, query: Asked) -> HttpResponse {
    sent(of(&town).hzhret_more(&of_site(&request, query), &place))
}

async fn learned(town: City, request: HttpRequest, query: Asked) -> HttpResponse {
    sent(of(&town).hzhret_summary(&of_site(&request, query)))
}

async fn advance(town: City) -> HttpResponse {
    let mut town = of(&town);
    town.advance();
    dropped(&mut town)
}

/// Puts the files of the day where they are wanted.
fn dropped(town: &mut Town) -> HttpResponse {
    let written = match town.folder.clone() {
        Some(folder) => town.drop_files(&folder),
        None => Ok(Vec::new()),
    };
    match written {
        Ok(files) => {
            let on: Vec<&str> = town.faults().into_iter().map(Fault::name).collect();
            HttpResponse::Ok().json(json!({"today": town.today(), "faults": on, "files": files}))
        }
        Err(error) => HttpResponse::InternalServerError().json(json!({"error": error.to_string()})),
    }
}

async fn faults(town: City) -> HttpResponse {
    let town = of(&town);
    let told = |fault: &Fault| {
        let key = format!("fault.{}", fault.name());
        json!({
            "name": fault, "system": fault.system(), "effect": fault.effect(),
            "on": town.on(*fault), "zh": text(Lang::Zh, &key, &[]), "en": text(Lang::En, &key, &[]),
        })
    };
    HttpResponse::Ok().json(Fault::ALL.iter().map(told).collect::<Vec<Value>>())
}

async fn set_faults(town: City, wanted: web::Json<BTreeMap<String, bool>>) -> HttpResponse {
    let unknown = wanted.keys().find(|name| Fault::from_name(name).is_none());
    if let Some(unknown) = unknown {
        return HttpResponse::BadRequest().json(json!({"error": "unknown fault", "name": unknown}));
    }
    let mut town = of(&town);
    for (name, on) in wanted.iter() {
        if let Some(fault) = Fault::from_name(name) {
            town.set_fault(fault, *on);
        }
    }
    dropped(&mut town)
}

async fn truth(town: City) -> HttpResponse {
    let town = of(&town);
    let expected = town.expected().into_iter().map(|((number, year, category), hours)| {
        json!({"number": number, "year": year, "category": category, "hours": hours})
    });
    let expected: Vec<Value> = expected.collect();
    let said = json!({"today": town.today(), "expected": expected, "records": town.truth()});
    HttpResponse::Ok().json(said)
}
