"""Two ways to call the endpoint: boto3, and requests of our own with botocore's signature."""

import http.client
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

REGION = "us-east-1"
ACCOUNT = "123456789012"
PREFIX = "SimpleWorkflowService."
LONGER_THAN_A_POLL = 70


def url(variable: str = "AWS_ENDPOINT_URL_SWF") -> str:
    return os.environ[variable]


def boto(endpoint: str | None = None) -> Any:
    """A client that tries once and leaves the checking of parameters to the server."""
    config = Config(
        region_name=REGION,
        retries={"total_max_attempts": 1},
        read_timeout=LONGER_THAN_A_POLL,
        parameter_validation=False,
        max_pool_connections=32,
    )
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
    return session.client("swf", endpoint_url=endpoint or url(), config=config)


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[None]:
    """The call inside is refused with this code and exactly this message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Code"] == code, error
    if message is not None:
        assert error["Message"] == message


def constraint(*problems: tuple[str | None, str, str]) -> str:
    """The message about members that break constraints: value, path, what the member must do."""
    quoted = [
        f"Value {'null' if value is None else repr_of(value)} at '{path}' "
        f"failed to satisfy constraint: Member must {must}"
        for value, path, must in problems
    ]
    errors = "error" if len(problems) == 1 else "errors"
    return f"{len(problems)} validation {errors} detected: {'; '.join(quoted)}"


def repr_of(value: str) -> str:
    return f"'{value}'"


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Raw:
    """Signed requests whose headers and bodies are ours."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.url = endpoint or url()

    def signed(self, target: str, body: bytes, headers: dict[str, str] | None = None) -> dict[str, str]:
        """The headers of a request, with the signature."""
        given = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"} | (headers or {})
        request = AWSRequest("POST", f"{self.url}/", headers=given, data=body)
        SigV4Auth(Credentials("test", "test"), "swf", REGION).add_auth(request)
        return dict(request.headers.items())

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=LONGER_THAN_A_POLL)

    def send(self, target: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """Sends a body, written as JSON unless it is bytes already."""
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = self.connect()
        try:
            connection.request("POST", "/", body=written, headers=self.signed(target, written, headers))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def call(self, action: str, **members: Any) -> Answer:
        """Calls an action."""
        return self.send(PREFIX + action, members)
