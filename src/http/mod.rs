//! The gateway over HTTP: the exchange listener's `/v1` (mutual TLS), the operations listener, and
//! administration over the Unix socket. It translates and decides nothing: who calls is
//! [`identity`], what went wrong is [`problem`], everything else is `intake` and `store`.

pub mod admin;
pub mod books;
mod clock;
mod context;
pub mod dead_letters;
pub mod documents;
pub mod dossier_figures;
pub mod dossiers;
mod erase;
pub mod figure_rows;
pub mod findings;
pub mod identity;
mod multipart;
mod no_recipient;
pub mod operations;
mod periods;
mod possible;
pub mod problem;
pub mod registers;
mod rest;
pub mod search;
pub mod shares;
mod text;
pub mod tls;
pub mod v1;

pub use context::{Gateway, RequestId};
pub use v1::BUNDLES_AT_A_TIME;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use context::language;
use problem::{Problem, ProblemCode};
use shares::Standing;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// On every answer of a gateway whose history is simulated, and on no other.
const SIMULATED: HeaderName = HeaderName::from_static("lienthong-simulated");
/// The longest head: cookies are not used, and the longest path and key fit many times. Below the
/// stack's own bound, so that the answer is a problem.
const MAX_HEAD: usize = 16 * 1024;

/// Gives every request an identifier and turns every problem, the stack's own included, into
/// `application/problem+json` in the asked language.
pub async fn finish(mut request: Request, next: Next) -> Response {
    let id = RequestId::next();
    let language = language(request.headers());
    request.extensions_mut().insert(id);
    let standing = request.extensions().get::<Standing>();
    let is_over = standing.is_some_and(Standing::is_over);
    let mut response = if is_over {
        Problem::new(ProblemCode::ShareFull).into_response()
    } else if head_len(&request) > MAX_HEAD {
        Problem::new(ProblemCode::HeadTooLarge).into_response()
    } else {
        answered(request, next).await
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let problem = response.extensions_mut().remove::<Problem>();
        if problem.is_some() || !has_body_of_ours(&response) {
            let problem = problem.unwrap_or_else(|| ProblemCode::of_status(status).into());
            response = write_problem(&problem, language, id, response.headers());
        }
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if is_over {
        // Its place is for whoever comes next.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// Says on every answer that the history is simulated, if it is.
pub async fn marked(State(simulated): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if simulated {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(SIMULATED, yes);
    }
    response
}

/// The answer, once what nobody read of the request is out of its way. Who is too slow is not waited for again.
async fn answered(request: Request, next: Next) -> Response {
    let (request, rest) = rest::lend(request);
    let response = next.run(request).await;
    if let Some(rest) = rest
        && response.status() != StatusCode::REQUEST_TIMEOUT
    {
        rest.throw_away().await;
    }
    response
}

fn head_len(request: &Request) -> usize {
    let path = request
        .uri()
        .path_and_query()
        .map_or(0, |p| p.as_str().len());
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len().saturating_add(value.len()));
    fields.fold(path, usize::saturating_add)
}

/// A 422 carries a document's outcome, not a problem.
fn has_body_of_ours(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
}

fn write_problem(
    problem: &Problem,
    language: crate::model::Language,
    id: RequestId,
    earlier: &HeaderMap,
) -> Response {
    let code = problem.code();
    metrics::counter!(crate::telemetry::names::PROBLEMS, "code" => code.name()).increment(1);
    tracing::debug!(request = %id, code = code.name(), "problem");
    let body = serde_json::to_vec(&problem.view(language, &id.to_string())).unwrap_or_default();
    let mut response = (code.status(), body).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LANGUAGE, context::tag(language));
    if let Some(seconds) = problem.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = earlier.get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    response
}
