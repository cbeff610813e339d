"""What the generated requests of the contract run carry beside what is generated: who asks, and from where.

Every request comes from an account of its own, with a site of its own, so that one may sign out, delete or be limited
and the next is none the worse for it. Half of the requests that name a thing name one of theirs.
"""

import ast
import atexit
import base64
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

# Python 3.11 takes two threads that parse at once for one that has lost count of its depth.
parse = ast.parse


def parse_alone(*given, **named):
    with parsing:
        return parse(*given, **named)


parsing = threading.RLock()
ast.parse = parse_alone

# Reached only by those who have talked with the agent and published.
TALKS = ("/snapshots", "/api/agent/", "/archive", "/domain/check", "/agent-session")


# What is about somebody else, or about what they have published.
OTHERS = ("/threads/", "/follows/", "/mutes/", "/blocks/", "/feeds/")

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
    elif case.path.startswith("/api/admin/"):
        headers["Authorization"] = f"Bearer {known['adminKey'] if number % 4 else 'none'}"
    else:
        headers["Cookie"] = person["cookie"]
    case.headers = headers

    path = case.path_parameters or {}
    if "domain" in path and number % 4:
        # Nobody writes to themselves, or follows themselves; and of most nothing can be read yet.
        path["domain"] = known["rich"][0]["domain"] if any(part in case.path for part in OTHERS) else person["domain"]
    if "id" in path and number % 4:
        path["id"] = thing(case.path, case.method, person) or path["id"]
    if "orgId" in path and number % 4:
        path["orgId"] = person.get("organization") or path["orgId"]
    if "sessionId" in path and number % 4:
        path["sessionId"] = person.get("work") or path["sessionId"]
    if "reference" in path and number % 4:
        path["reference"] = person["report"]
    if "sha256" in path and number % 4:
        path["sha256"] = known["file"]["sha256"]
        case.body = known["file"]["text"].encode()
    if isinstance(case.query, dict) and number % 4:
        # A conversation that is not named is one's own.
        case.query.pop("conversationId", None)
        if isinstance(case.query.get("url"), str):
            case.query["url"] = known["page"]
        if isinstance(case.query.get("resource"), str):
            case.query["resource"] = f"acct:anybody@{known['rich'][0]['domain']}"
        if isinstance(case.query.get("domain"), str):
            case.query["domain"] = "nothing.localhost"
    kwargs["allow_redirects"] = False
    fit(case, person, number)


def thing(path, method, person):
    """What of a person's a path names with `{id}`; None for somebody who has none."""
    if path.startswith("/api/admin/"):
        return person.get("site")
    if "/invites/" in path:
        return person.get("invite")
    if "/projects/" in path:
        return person.get("project")
    if "/snapshots/" in path:
        return person.get("snapshot")
    if path.endswith("/who") or "/annotations/" in path:
        return known["reaction"]
    if "/reactions/" in path:
        return person.get("reaction")
    if "/mentions/" in path or path.startswith("/webmention/"):
        return person.get("mention")
    if "/deploy/uploads/" in path:
        return person.get("abandoned" if method.upper() == "DELETE" else "publishing")
    return person.get("upload")


def fit(case, person, number):
    """Turns most bodies that could not be meant for this person into such that could."""
    body = case.body
    if case.media_type == "image/webp" and number % 2:
        case.body = PICTURE
    if case.operation.definition.raw["operationId"] == "followWebsite" and isinstance(body, dict) and isinstance(body.get("url"), str):
        # No website of somebody else's answers here, and that would look like a failure of ours.
        body["url"] = known["rich"][0]["domain"]
    if isinstance(body, dict) and number % 4:
        body.pop("conversationId", None)
        for name, value in (("snapshotId", person.get("snapshot")), ("confirm", person["email"])):
            if isinstance(body.get(name), str) and value is not None:
                body[name] = value
        if isinstance(body.get("provider"), str):
            body.clear()
            body.update(provider="google", callbackURL="/")
        if isinstance(body.get("challenge"), str):
            challenge = base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")
            body.update(challenge=challenge, origin=known["origin"])
        if case.operation.definition.raw["operationId"] == "react":
            body.update(url=known["page"], signal="heart", anchor={"exact": "bakery", "x": 1, "y": 1})
        if isinstance(body.get("apiKey"), str):
            body["apiKey"] = f"sk-ant-generated-{number}"
        if isinstance(body.get("projectId"), str):
            body["projectId"] = person.get("project")
        if isinstance(body.get("userId"), str):
            body["userId"] = person.get("user")
        if case.operation.definition.raw["operationId"] == "createInvite":
            body.pop("email", None)
        if case.operation.definition.raw["operationId"] in ("createOrganization", "updateOrganization", "updateProject"):
            body["name"] = f"Team {number}"
            for name in [name for name in body if name != "name"]:
                body.pop(name)
        if isinstance(body.get("hostname"), str):
            body["hostname"] = f"www.site-{number}.example"
        if isinstance(body.get("label"), str):
            body["label"] = f"fresh-{number}"
        if isinstance(body.get("files"), list) and body["files"] and number % 2:
            body["files"] = [{"path": "index.html", "contentBase64": "PGgxPkhlbGxvPC9oMT4="}]
            if case.path.endswith("/uploads"):
                size = len(known["file"]["text"].encode())
                body["files"] = [{"path": "index.html", "sha256": known["file"]["sha256"], "size": size}]
