//! The caller of a guarded route, as the argument of its handler.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::auth::Caller;
use super::problem::Problem;

/// Who asks: the token was verified, and the role may use the route.
pub(super) struct AuthenticatedCaller(pub(super) Arc<Caller>);

impl Deref for AuthenticatedCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for AuthenticatedCaller {
    type Error = Problem;
    type Future = Ready<Result<AuthenticatedCaller, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Arc<Caller>>().cloned();
        // Only a row that lets anyone in has none.
        ready(
            caller
                .map(AuthenticatedCaller)
                .ok_or_else(|| Problem::internal("a route without a caller")),
        )
    }
}
