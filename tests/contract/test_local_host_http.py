"""HTTP triggers of the local host, through the sample app."""

import asyncio
import ssl

import httpx
import pytest

from tests.contract.local_host import SampleHost


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/things/all", "all things"),
        ("/THINGS/All", "all things"),
        ("/things/12", "number 12"),
        ("/things/a%20b", "name a b"),
        ("/things/a%2Fb", "name a%2Fb"),
        ("/files/a/b/c", "rest a/b/c"),
        ("/files", "rest "),
    ],
)
def test_the_most_specific_route_answers(sample_host: SampleHost, path: str, answer: str) -> None:
    assert sample_host.client.get(path).text == answer


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("POST", "/things/all"), ("HEAD", "/things/12"), ("GET", "/things"), ("GET", "/things/a/b")],
)
def test_an_unknown_path_or_method_is_not_found(sample_host: SampleHost, method: str, path: str) -> None:
    answer = sample_host.client.request(method, path)

    assert answer.status_code == 404
    assert answer.content == b""


def test_a_head_request_gets_headers_only(sample_host: SampleHost) -> None:
    answer = sample_host.client.head("/things/all")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content == b""


def test_a_function_sees_the_request_as_it_was_sent(sample_host: SampleHost) -> None:
    seen = sample_host.client.get("/echo?a=1&a=2&empty=", headers={"X-Asked": "yes"}).json()

    assert seen["method"] == "GET"
    assert seen["url"] == f"{sample_host.process.http_url}/echo?a=1&a=2&empty="
    assert seen["headers"]["x-asked"] == "yes"
    assert seen["query"] == {"a": "1,2"}


def test_status_headers_and_binary_bodies_pass_both_ways(sample_host: SampleHost) -> None:
    body = bytes(range(256)) * 1000

    answer = sample_host.client.post("/mirror", content=body)

    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.content == body


def test_each_cookie_has_a_header_of_its_own_with_its_value_escaped(sample_host: SampleHost) -> None:
    answer = sample_host.client.get("/cookies")

    assert answer.headers.get_list("Set-Cookie") == [
        "__Host-state=abc; max-age=600; path=/; secure; samesite=lax; httponly",
        "other=a%20b%3D; path=/",
    ]


def test_a_function_of_level_function_wants_a_key(sample_host: SampleHost) -> None:
    key = sample_host.process.function_key

    without = sample_host.client.get("/locked")
    wrong = sample_host.client.get("/locked", headers={"x-functions-key": "wrong"})
    by_header = sample_host.client.get("/locked", headers={"x-functions-key": key})
    by_query = sample_host.client.get("/locked", params={"code": key})

    assert [without.status_code, wrong.status_code] == [401, 401]
    assert [by_header.text, by_query.text] == ["open", "open"]


def test_only_the_admin_key_opens_level_admin(sample_host: SampleHost) -> None:
    refused = sample_host.client.get("/ruled", headers={"x-functions-key": sample_host.process.function_key})
    opened = sample_host.client.get("/ruled", headers={"x-functions-key": sample_host.process.admin_key})

    assert refused.status_code == 401
    assert opened.text == "open"


def test_a_failure_says_nothing_to_the_caller_and_everything_on_the_console(sample_host: SampleHost) -> None:
    answer = sample_host.client.get("/failing")

    assert answer.status_code == 500
    assert answer.content == b""
    shown = next(line for line in sample_host.process.log.read_text().splitlines() if "the inner secret" in line)
    assert "ERROR [failing " in shown
    assert "failed: RuntimeError: the inner secret" in shown


async def test_functions_run_at_the_same_time(sample_host: SampleHost) -> None:
    async with httpx.AsyncClient(base_url=sample_host.process.http_url, timeout=60) as client:
        answers = await asyncio.gather(*(client.get("/meeting/20") for _ in range(20)))

    assert {answer.text for answer in answers} == {"met"}


def test_a_synchronous_function_runs_in_a_thread(sample_host: SampleHost) -> None:
    assert sample_host.client.get("/blocking").text == "from a thread"


def test_https_serves_the_same_with_a_certificate_of_the_local_authority(sample_host: SampleHost) -> None:
    url = str(sample_host.process.https_url)

    seen = httpx.get(f"{url}/echo", verify=sample_host.trust).json()

    assert seen["url"] == f"{url}/echo"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{url}/echo", verify=ssl.create_default_context())


def test_the_admin_interface_wants_the_admin_key(sample_host: SampleHost) -> None:
    refused = sample_host.client.get(
        "/admin/host/status", headers={"x-functions-key": sample_host.process.function_key}
    )
    status = sample_host.client.get("/admin/host/status", headers={"x-functions-key": sample_host.process.admin_key})

    assert refused.status_code == 401
    assert status.json()["state"] == "Running"
