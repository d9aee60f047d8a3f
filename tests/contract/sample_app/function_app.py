"""A function app that shows what its host does: it notes what reached it and lets a test wait for that."""

import asyncio
import json
from collections import Counter
from typing import Any

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

_noted: list[dict[str, Any]] = []
_meetings: Counter[str] = Counter()
_changed = asyncio.Condition()


async def _note(what: str, **details: object) -> None:
    async with _changed:
        _noted.append({"what": what, **details})
        _changed.notify_all()


async def _meet(place: str, people: int) -> None:
    """Go on once ``people`` invocations are here at the same time."""
    async with _changed:
        _meetings[place] += 1
        _changed.notify_all()
        await _changed.wait_for(lambda: _meetings[place] >= people)


@app.route("noted/{what}/{count:int}", methods=["GET"])
async def noted(req: func.HttpRequest) -> func.HttpResponse:
    """All notes of a kind, once there are ``count`` of them."""
    what, count = req.route_params["what"], int(req.route_params["count"])

    def found() -> list[dict[str, Any]]:
        return [note for note in _noted if note["what"] == what]

    async with _changed:
        await _changed.wait_for(lambda: len(found()) >= count)
    return func.HttpResponse(json.dumps(found()), mimetype="application/json")


@app.route("echo", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"method": req.method, "url": req.url, "headers": dict(req.headers), "query": dict(req.params)}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json", headers={"X-Sample": "yes"})


@app.route("mirror", methods=["POST"])
async def mirror(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), mimetype="application/octet-stream", status_code=201)


@app.route("things/{name}", methods=["GET"])
async def thing_by_name(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"name {req.route_params['name']}")


@app.route("things/{number:int}", methods=["GET"])
async def thing_by_number(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"number {req.route_params['number']}")


@app.route("things/all", methods=["GET", "HEAD"])
async def all_things(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("all things")


@app.route("files/{*rest}", methods=["GET"])
async def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"rest {req.route_params['rest']}")


@app.route("cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("")
    response.headers.add("Set-Cookie", "__Host-state=abc; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax")
    response.headers.add("Set-Cookie", 'other="a b="; Path=/')
    return response


@app.route("locked", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def locked(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.route("ruled", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
async def ruled(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.route("failing", methods=["GET"])
async def failing(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("the inner secret")


@app.route("endless", methods=["GET"])
async def endless(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.Event().wait()
    return func.HttpResponse("never")


@app.route("meeting/{people:int}", methods=["GET"])
async def meeting(req: func.HttpRequest) -> func.HttpResponse:
    await _meet("http", int(req.route_params["people"]))
    return func.HttpResponse("met")


@app.route("blocking", methods=["GET"])
def blocking(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("from a thread")


@app.route("lingering", methods=["GET"])
async def lingering(req: func.HttpRequest) -> func.HttpResponse:
    await _note("lingering")
    await asyncio.sleep(0.5)
    return func.HttpResponse("finished")


@app.queue_trigger("message", "sample-work", "AzureWebJobsStorage")
async def work(message: func.QueueMessage) -> None:
    text = message.get_body().decode()
    await _note(text, id=message.id, dequeue_count=message.dequeue_count)
    if text.startswith("failing"):
        raise RuntimeError("told to fail")
    if text.startswith("meeting"):
        await _meet("queue", 5)
        await _note("met")


@app.timer_trigger("timer", "0 0 3 * * *")
async def nightly(timer: func.TimerRequest) -> None:
    await _note("nightly", past_due=timer.past_due)
