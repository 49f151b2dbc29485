"""A PKB to test against, from Python, with nothing but its standard library: python3 examples/simulator.py

It starts the simulator, has a patient grant an app access, and shows what the app must live with: a busy PKB,
an access token that expires, a refresh token that works once, frozen access.
"""

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.parse
import urllib.request

SIMULATE = os.environ.get("PKB_SIMULATE", "npx pkb-link simulate")
CLIENT_ID = "example-app"


def call(url, method="GET", form=None, body=None, token=None):
    """Status and JSON of an answer; a refusal is an answer too."""
    request = urllib.request.Request(url, method=method)
    if form is not None:
        request.data = urllib.parse.urlencode(form).encode()
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        text = refusal.read()
        is_json = "json" in refusal.headers.get("Content-Type", "")
        return refusal.code, json.loads(text) if is_json else text.decode()


def code_of(outcome):
    """PKB's response code in an OperationOutcome."""
    return outcome["issue"][0]["details"]["coding"][0]["code"]


def main():
    command = shlex.split(SIMULATE) + ["--port", "0", "--client-id", CLIENT_ID, "--json"]
    simulator = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        # The first line comes when it is ready.
        where = json.loads(simulator.stdout.readline())
        try_out(where["url"], where["control_url"] + "/api")
    finally:
        simulator.terminate()
        simulator.wait()


def try_out(pkb, control):
    _, found = call(f"{control}/people?search=okafor")
    person = found["people"][0]["publicId"]

    # A grant without a browser. With one: send it to {pkb}/apiAuthorize.action, as to PKB.
    _, tokens = call(f"{control}/grants", "POST", body={"clientId": CLIENT_ID, "publicId": person})

    def purview(token):
        return call(f"{pkb}/fhir/Consent/$purview", token=token)

    def refresh(token):
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": CLIENT_ID}
        return call(f"{pkb}/apiToken.action", "POST", form=form)

    _, answer = purview(tokens["access_token"])
    print("this token is for", answer["parameter"][0]["valueReference"]["reference"])

    # The next answer of an endpoint.
    call(f"{control}/answers/token", "POST", body={"status": 503, "headers": {"Retry-After": "30"}})
    print("a refresh while PKB is busy:", refresh(tokens["refresh_token"])[0])

    # Half an hour goes by.
    call(f"{control}/clock/advance", "POST", body={"ms": 30 * 60 * 1000})
    status, answer = purview(tokens["access_token"])
    print("half an hour later:", status, code_of(answer))
    status, fresh = refresh(tokens["refresh_token"])
    print("refreshed:", status)

    # The patient's access is frozen, and thawed.
    call(f"{control}/people/{person}/status", "POST", body={"status": "frozen"})
    status, answer = purview(fresh["access_token"])
    print("frozen:", status, code_of(answer))
    call(f"{control}/people/{person}/status", "POST", body={"status": "active"})

    # A refresh token used twice ends the API session: the patient would have to grant again.
    refresh(tokens["refresh_token"])
    status, answer = purview(fresh["access_token"])
    print("after a refresh token was used twice:", status, code_of(answer))

    # What the app asked, for a test to look at.
    _, asked = call(f"{control}/requests?endpoint=token")
    print("requests to the token endpoint:", len(asked))


if __name__ == "__main__":
    main()
