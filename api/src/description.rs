//! What the description of the API says of every call: the headers that all of them take, and the problems that any of
//! them can meet. Said here, once, so that no call forgets it.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, Type};

use crate::idempotency;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const VISIBLE_ASCII: &str = "^[!-~]+$";

/// Adds to each call of the API what holds for all calls of its kind.
pub fn complete(api: &mut OpenApi) {
    let calls = api
        .paths
        .paths
        .iter_mut()
        .filter(|(path, _)| path.starts_with("/v1/"));
    for (_, item) in calls {
        if let Some(read) = &mut item.get {
            let known =
                "Entity tags of what the client has: if it is still so, the answer is 304 without a body";
            take_header(read, "If-None-Match", known);
            answer(read, "304", "What the client has is still so", false);
            meet(read, &[("422", "A value is not allowed")]);
            meet_usual(read);
        }
        if let Some(call) = &mut item.post {
            let key = "A key of the client's choice, such as a random UUID: repeated with the same key within a day, the \
                       call is done once and gets the same answer";
            take_header(call, IDEMPOTENCY_KEY, key);
            meet(
                call,
                &[
                    ("409", "The call with this idempotency key is being done"),
                    (
                        "422",
                        "A value is not allowed, or the idempotency key was used for something else",
                    ),
                ],
            );
        }
        let changes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for change in changes.into_iter().flatten() {
            if change.request_body.is_some() {
                meet(
                    change,
                    &[
                        ("400", "The body is no JSON of this form"),
                        ("413", "The body is too large"),
                        ("415", "The body is not sent as JSON"),
                        ("422", "A value is not allowed"),
                    ],
                );
            }
            meet(
                change,
                &[(
                    "403",
                    "A change without the session's CSRF token, or asked for by another site",
                )],
            );
            meet_usual(change);
        }
    }
}

/// The problems that every call can meet.
fn meet_usual(call: &mut Operation) {
    meet(
        call,
        &[
            ("429", "Too many requests; `Retry-After` says when"),
            (
                "503",
                "A part of the service does not answer; `Retry-After` says when to try again",
            ),
        ],
    );
    // An empty requirement: the call needs no session.
    let is_public = call.security.is_some();
    let names_nothing = !call.responses.responses.contains_key("404");
    if !is_public && names_nothing {
        meet(call, &[("401", "Not logged in")]);
    }
}

/// Adds problems that the call does not describe itself.
fn meet(call: &mut Operation, problems: &[(&str, &str)]) {
    for (status, description) in problems {
        answer(call, status, description, true);
    }
}

fn answer(call: &mut Operation, status: &str, description: &str, is_problem: bool) {
    let mut response = ResponseBuilder::new().description(description);
    if is_problem {
        let body = Content::new(Some(Ref::from_schema_name("Problem")));
        response = response.content("application/problem+json", body);
    }
    let described = &mut call.responses.responses;
    described
        .entry(status.to_owned())
        .or_insert_with(|| RefOr::T(response.build()));
}

fn take_header(call: &mut Operation, name: &str, description: &str) {
    let mut text = ObjectBuilder::new().schema_type(Type::String);
    if name == IDEMPOTENCY_KEY {
        text = text
            .min_length(Some(1))
            .max_length(Some(idempotency::MAX_KEY_CHARS))
            .pattern(Some(VISIBLE_ASCII));
    }
    let header: Parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(text.build()))
        .build();
    call.parameters.get_or_insert_default().push(RefOr::T(header));
}
