"""What schemathesis has to know of DocStore beyond its description: who calls, and what there is to be found.

Without that nearly every call would be about a document that is not there, or by somebody who has logged out.
"""

import atexit
import itertools
import json
import os
import random
import uuid
from collections import Counter, defaultdict
from pathlib import Path

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData, UseAfterFree

URL = os.environ["DOCSTORE_URL"]
PASSWORD = "correct horse battery staple"

# What these do ends the session that asks, or more: they are asked by an account that is then replaced.
ENDING = {"change_password", "delete_account", "end_session", "log_out"}
# Of a free account nothing would be read any more.
CHANGING = {"change_account"}
# After these answers that account's session may have ended, or its password is another, or guessing it has to wait.
SPENT = {202, 204, 401, 403, 429}

# Without a size an upload counts for the few of unknown size; most sizes that are generated are in no quota.
SIZED = {"begin_parts", "request_upload_form", "request_version_form"}
USUAL_BYTES = 100_000

# Documents that are kept ready to be read. Deleted ones are replaced.
READY = 4
# Cases for which what there is stays known.
KNOWN_FOR = 20

SAMPLES = Path(__file__).parents[2] / "samples"
READABLE = (SAMPLES / "invoice-2041.pdf").read_bytes()
UNREADABLE = (SAMPLES / "payroll-encrypted.pdf").read_bytes()

# A cursor comes from an earlier answer, a text has so many pages, a deployment takes documents up to some size.
JUDGED_BY_STATE = {"cursor", "page", "size"}

# Everybody calls from somewhere else: one address that tries all the passwords would be locked out.
addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))
answers = defaultdict(Counter)


class Customer:
    """Somebody with a premium account."""

    def __init__(self):
        self.email = f"{uuid.uuid4()}@example.com"
        self.token = None
        self.call("POST", "/v1/accounts", json={"email": self.email, "password": PASSWORD, "plan": "premium"})
        self.token = self.log_in()["token"]

    def log_in(self):
        shown = {"email": self.email, "password": PASSWORD, "kind": "bearer"}
        return self.call("POST", "/v1/sessions", json=shown).json()

    def ask(self, method, path, **request):
        headers = {"X-Forwarded-For": next(addresses)}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return requests.request(method, URL + path, headers=headers, timeout=60, **request)

    def call(self, method, path, **request):
        answer = self.ask(method, path, **request)
        answer.raise_for_status()
        return answer

    def upload(self, content, ask="/v1/uploads"):
        form = self.call("POST", ask, json={"file_name": "a sample", "size": len(content)}).json()
        fields = {field["name"]: field["value"] for field in form["fields"]}
        requests.post(form["url"], data=fields, files={form["file_field"]: content}, timeout=60).raise_for_status()
        version = f"/v1/documents/{form['document']}/versions/{form['version']}"
        self.call("POST", f"{version}/upload-complete")
        return form["document"]

    def ids(self, path, **filters):
        listed = self.call("GET", path, params={"limit": READY, **filters}).json()
        return [document["id"] for document in listed["documents"]]

    def documents(self):
        """Some documents in every state."""
        ready = self.ids("/v1/documents", state="ready")
        for _ in range(READY - len(ready)):
            self.upload(READABLE)
        return ready + ready + [self.failed()] + self.ids("/v1/documents") + self.ids("/v1/trash")

    def failed(self):
        """A document that could not be read, or will not be."""
        return next(iter(self.ids("/v1/documents", state="failed")), None) or self.upload(UNREADABLE)

    def other_session(self):
        self.log_in()
        sessions = self.call("GET", "/v1/sessions").json()["sessions"]
        return next(session["id"] for session in sessions if not session["current"])

    def in_parts(self):
        """A document whose parts have not arrived."""
        return self.call("POST", "/v1/uploads/in-parts", json={"file_name": "parts", "size": 1}).json()["document"]

    def with_old_version(self):
        """A document whose first version is not the current one."""
        document = self.upload(READABLE)
        return self.upload(READABLE, f"/v1/documents/{document}/versions")


class Cast:
    """Everybody who calls, and what they have."""

    def __init__(self):
        self.owner = Customer()
        self.passer = Customer()
        self.turns = itertools.count()
        self.dice = random.Random(1)
        self.known = []

    def caller(self, case):
        return self.passer if operation_id(case) in ENDING | CHANGING else self.owner

    def most(self):
        return self.dice.random() < 0.8

    def some(self):
        return self.dice.random() < 0.2

    def document(self):
        turn = next(self.turns)
        if turn % KNOWN_FOR == 0 or not self.known:
            self.known = self.owner.documents()
        return self.known[turn % len(self.known)]


cast = Cast()


def operation_id(case):
    return case.operation.definition.raw["operationId"]


def is_good(case, location):
    return case.meta is not None and not case.meta.is_negative_at(location)


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case, _context):
        return cast.caller(case).token

    def set(self, case, token, _context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Puts what there is in place of what was generated, where that has the right form."""
    case.headers["X-Forwarded-For"] = next(addresses)
    is_generated = case.meta is not None and case.meta.phase.name.value != "stateful"
    if is_generated and case.path_parameters and is_good(case, ParameterLocation.PATH):
        name_what_is_there(case)
    if is_generated and "cursor" in case.query and is_good(case, ParameterLocation.QUERY):
        begin_where_a_page_ended(case)
    if is_good(case, ParameterLocation.HEADER) and cast.most():
        case.headers.pop("If-Match", None)
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if isinstance(case.body, dict) and is_good(case, ParameterLocation.BODY):
        say_what_is_right(case)


def name_what_is_there(case):
    operation, path = operation_id(case), case.path_parameters
    if "session" in path and cast.most():
        path["session"] = cast.passer.other_session()
    if "document" in path:
        path["document"] = cast.document()
    if "version" in path:
        path["version"] = 1
    if operation == "retry_document" and cast.most():
        path["document"] = cast.owner.failed()
    if operation == "delete_version" and cast.some():
        path["document"] = cast.owner.with_old_version()
    if operation == "missing_parts" and cast.some():
        path["document"] = cast.owner.in_parts()


def begin_where_a_page_ended(case):
    first = {name: value for name, value in case.query.items() if name != "cursor"}
    answer = cast.caller(case).ask("GET", case.formatted_path, params={**first, "limit": 1})
    following = answer.json().get("next_cursor") if answer.ok else None
    if following:
        case.query["cursor"] = following
    elif cast.most():
        del case.query["cursor"]


def say_what_is_right(case):
    operation, body = operation_id(case), case.body
    if operation in SIZED and cast.most():
        body["size"] = min(body.get("size") or 1, USUAL_BYTES)
    if "version_of" in body and cast.most():
        body["version_of"] = cast.document()
    if operation == "sign_up" and cast.most():
        body["email"] = f"{uuid.uuid4()}@example.com"
    if operation == "log_in" and cast.most():
        body.update(email=cast.passer.email, password=PASSWORD)
    if operation == "delete_account" and cast.most():
        body["password"] = PASSWORD
    if operation == "change_password" and cast.most():
        body["current_password"] = PASSWORD


@schemathesis.hook
def after_call(_context, case, response):
    operation = operation_id(case)
    answers[operation][response.status_code] += 1
    if operation in ENDING and response.status_code in SPENT:
        cast.passer = Customer()


@schemathesis.hook
def filter_failure(_context, failure, case, response):
    """What is right, although schemathesis can't know."""
    # Who is not logged in is told 404 as any stranger is, and not 401: that would say that there is something.
    if isinstance(failure, IgnoredAuth) and "{document}" in case.path:
        return "404 Not Found" not in failure.message
    # Without `permanently` a document goes into the trash, where it can be read.
    if isinstance(failure, UseAfterFree):
        return not response.json().get("trashed")
    if isinstance(failure, RejectedPositiveData) and response.status_code == 422:
        return not is_judged_by_state(response.json())
    return True


def is_judged_by_state(problem):
    """The value has the right form, and is wrong for what there is."""
    is_label = problem.get("field") == "tags" and "bytes together" in problem["detail"]
    return problem["code"] == "key_reused" or problem.get("field") in JUDGED_BY_STATE or is_label


@atexit.register
def report():
    with open("answers.json", "w", encoding="utf-8") as file:
        json.dump(answers, file)
