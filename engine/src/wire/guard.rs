//! An endpoint that accepts dummy credentials is for the programs of this machine, and web pages in a browser on this
//! machine are none of them: a page of somebody else may send requests to loopback, and may give its own name the
//! address 127.0.0.1 (DNS rebinding). Browsers tell both: by the header `Origin`, and by the name in `Host`.

use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;

use super::json;

/// What callers are told with, as any other refusal.
const CODE: &str = "com.amazon.coral.service#AccessDeniedException";

/// The routes, for callers that name this machine and are no web page.
pub(super) fn guarded(routes: Router) -> Router {
    routes.layer(middleware::from_fn(check))
}

async fn check(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return refused("Web pages may not call this endpoint");
    }
    if !names_this_machine(&request) {
        return refused(
            "This endpoint is called by the name localhost or a loopback address; another name in Host is refused",
        );
    }
    next.run(request).await
}

fn names_this_machine(request: &Request) -> bool {
    let named = request.headers().get(header::HOST);
    let named = named.and_then(|host| host.to_str().ok()?.parse().ok());
    named.is_some_and(|host: Authority| is_loopback(host.host()))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => {
            let name = host.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn refused(why: &'static str) -> Response {
    let mut response = Response::new(Body::from(json::fault(CODE, why)));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_meant() {
        for here in [
            "localhost",
            "LOCALHOST",
            "swf.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "example.com",
            "localhost.example.com",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
