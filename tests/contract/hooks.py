"""What the generated requests of the contract run carry beside what is generated: who asks, and from where.

Every request comes from an account of its own, with a site of its own, so that one may sign out, delete or be limited
and the next is none the worse for it. Half of the requests that name a thing name one of theirs.
"""

import atexit
import collections
import itertools
import json
import os
import socket
import struct
import threading

import schemathesis

with open(os.environ["VETKA_CONTRACT"]) as file:
    known = json.load(file)

# A picture of 512 by 512 pixels, as far as anybody looks.
VP8 = bytes([0x30, 1, 0, 0x9D, 1, 0x2A]) + struct.pack("<HH", 512, 512) + bytes(10)
PICTURE = b"RIFF" + struct.pack("<I", 12 + len(VP8)) + b"WEBPVP8 " + struct.pack("<I", len(VP8)) + VP8

people = itertools.cycle(known["people"])
rich = itertools.cycle(known["rich"])
count = itertools.count(1)
lock = threading.Lock()

# Every name under .localhost is this machine; Python leaves that to the system, which may not know.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **named: resolve(
    "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named
)

# Reached only by those who have talked with the agent and published.
TALKS = ("/snapshots", "/api/agent/")


# How often each operation answered with each status, for the test that started this.
answers = collections.defaultdict(collections.Counter)


@atexit.register
def tell():
    with open(os.environ["VETKA_CONTRACT"] + ".answers", "w") as file:
        json.dump(answers, file)


@schemathesis.hook
def after_call(context, case, response):
    with lock:
        answers[case.operation.definition.raw["operationId"]][response.status_code] += 1


@schemathesis.hook
def before_call(context, case, kwargs):
    with lock:
        number = next(count)
        person = next(rich) if number % 2 and any(part in case.path for part in TALKS) else next(people)
    headers = dict(case.headers or {})
    headers["cf-connecting-ip"] = f"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}"
    if number % 8:
        headers["Origin"] = known["origin"]
    if case.operation.definition.raw.get("security") == [{"deployToken": []}]:
        headers["Authorization"] = f"Bearer {person.get('token', 'vdt_none')}"
    else:
        headers["Cookie"] = person["cookie"]
    case.headers = headers

    path = case.path_parameters or {}
    if "domain" in path and number % 4:
        path["domain"] = person["domain"]
    if "id" in path and number % 4 and "upload" in person:
        path["id"] = person["upload"]
    if isinstance(case.query, dict) and number % 4:
        # A conversation that is not named is one's own.
        case.query.pop("conversationId", None)
        if isinstance(case.query.get("domain"), str):
            case.query["domain"] = "nothing.localhost"
    kwargs["allow_redirects"] = False
    fit(case, person, number)


def fit(case, person, number):
    """Turns most bodies that could not be meant for this person into such that could."""
    body = case.body
    if case.media_type == "image/webp" and number % 2:
        case.body = PICTURE
    if isinstance(body, dict) and number % 4:
        body.pop("conversationId", None)
        for name, value in (("snapshotId", person.get("snapshot")), ("confirm", person["email"])):
            if isinstance(body.get(name), str) and value is not None:
                body[name] = value
        if isinstance(body.get("provider"), str):
            body.clear()
            body.update(provider="google", callbackURL="/")
        if isinstance(body.get("label"), str):
            body["label"] = f"fresh-{number}"
        if isinstance(body.get("files"), list) and body["files"] and number % 2:
            body["files"] = [{"path": "index.html", "contentBase64": "PGgxPkhlbGxvPC9oMT4="}]
