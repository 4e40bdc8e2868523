"""Vertex AI: tokens from each kind of Google credentials, the endpoint of a project, Google's models."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from llama_stack.apis.errors import UnavailableError, UpstreamError
from tests.support.upstream import Request
from tests.unit.providers.remote.clouds import answering, calling_with, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ENDPOINT = "/v1/projects/p/locations/us-central1/endpoints/openapi"
CHAT = {"/chat/completions": recorded("openai.chat")}
TOKEN = {"access_token": "google-token", "expires_in": 3599}


@pytest.fixture(autouse=True)
def nobody_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")


def credentials(folder: Path, name: str = "credentials.json", **fields: Any) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(fields))
    return str(path)


def service_account(folder: Path, url: str) -> str:
    fields = {"client_email": "me@p.iam", "private_key": PEM, "private_key_id": "k1", "token_uri": f"{url}/token"}
    return credentials(folder, type="service_account", **fields)


def claims(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The head and the claims of the assertion in a request for a token, whose signature is verified."""
    form = parse_qs(request.body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    head, body, signature = form["assertion"][0].split(".")
    KEY.public_key().verify(decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    return json.loads(decoded(head)), json.loads(decoded(body))


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_a_service_account_signs_for_its_token(tmp_path: Path) -> None:
    with answering(CHAT | {"/token": TOKEN}) as service:
        file = service_account(tmp_path, service.url)
        async with provider("vertexai", base_url=service.url + ENDPOINT, project="p", credentials_file=file) as vertex:
            answer = await vertex.post_chat_completion(chat("gemini-2.5-flash"))
            await vertex.post_chat_completion(chat("meta/llama-4"))
    login, first, second = service.asked
    head, said = claims(login)
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert said["exp"] - said["iat"] == 3600
    assert (said["iss"], said["aud"]) == ("me@p.iam", f"{service.url}/token")
    assert said["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    assert first.path == f"{ENDPOINT}/chat/completions"
    assert (first.json["model"], second.json["model"]) == ("google/gemini-2.5-flash", "meta/llama-4")
    assert first.headers["authorization"] == "Bearer google-token"
    assert first.headers["x-goog-user-project"] == "p"
    assert answer.choices[0].message.content


async def test_what_gcloud_wrote_is_found_and_pays_as_it_says(tmp_path: Path) -> None:
    user = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "quota_project_id": "payer"}
    with answering(CHAT | {"/token": TOKEN}) as service:
        file = "gcloud/application_default_credentials.json"
        credentials(tmp_path, file, type="authorized_user", token_uri=f"{service.url}/token", **user)
        async with provider("vertexai", base_url=service.url + ENDPOINT) as vertex:
            await vertex.post_chat_completion(chat())
    login, call = service.asked
    form = {name: value for name, (value,) in parse_qs(login.body.decode()).items()}
    assert form == {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    assert call.headers["x-goog-user-project"] == "payer"


async def test_a_machine_of_google_asks_its_metadata_server(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    with answering(CHAT | {path: TOKEN}) as service:
        monkeypatch.setenv("GCE_METADATA_HOST", service.url.removeprefix("http://"))
        async with provider("vertexai", base_url=service.url + ENDPOINT) as vertex:
            await vertex.post_chat_completion(chat())
    asked, call = service.asked
    assert asked.headers["metadata-flavor"] == "Google"
    assert call.headers["authorization"] == "Bearer google-token"


async def test_elsewhere_it_says_what_to_do() -> None:
    async with provider("vertexai", project="p") as vertex:
        with pytest.raises(UpstreamError, match="gcloud auth application-default login"):
            await vertex.post_chat_completion(chat())


async def test_google_s_gemini_models_are_listed_page_by_page(tmp_path: Path) -> None:
    names = ["gemini-2.5-pro", "imagen-4", "gemini-2.5-flash"]

    def page(request: Request) -> dict[str, Any]:
        if "pageToken=next" in request.path:
            return {"publisherModels": [{"name": f"publishers/google/models/{names[2]}"}]}
        return {
            "publisherModels": [{"name": f"publishers/google/models/{n}"} for n in names[:2]],
            "nextPageToken": "next+1=",
        }

    with answering({"/v1beta1/publishers/google/models": page, "/token": TOKEN}) as service:
        file = service_account(tmp_path, service.url)
        async with provider("vertexai", base_url=service.url + ENDPOINT, credentials_file=file) as vertex:
            listed = await vertex.list_models()
    assert [model.identifier for model in listed] == ["gemini-2.5-pro", "gemini-2.5-flash"]


async def test_project_and_location_make_the_address() -> None:
    east = unopened("vertexai", project="p", location="us-east5").base_url
    assert east == "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/endpoints/openapi"
    anywhere = unopened("vertexai", project="p", location="global").base_url
    assert anywhere == "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi"


@pytest.mark.parametrize("config", [{"api_key": "given"}, {}])
async def test_an_access_token_may_be_given_by_the_operator_or_a_caller(config: dict[str, str]) -> None:
    with answering(CHAT) as service, calling_with(**({} if config else {"vertexai_api_key": "given"})):
        async with provider("vertexai", base_url=service.url + ENDPOINT, **config) as vertex:
            await vertex.post_chat_completion(chat())
    assert [call.headers["authorization"] for call in service.asked] == ["Bearer given"]


BROKEN = [
    ({"type": "external_account"}, "holds credentials of type 'external_account'; a service account's key works"),
    ({"type": "service_account", "private_key": PEM}, "lacks 'client_email'"),
    ({"type": "service_account", "private_key": "nonsense", "client_email": "e"}, "this is no private key in PEM"),
]


@pytest.mark.parametrize(("fields", "words"), BROKEN)
def test_credentials_that_cannot_be_used_are_said_at_the_start(
    fields: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(UnavailableError, match=words) as caught:
        unopened("vertexai", project="p", credentials_file=credentials(tmp_path, **fields))
    assert "nonsense" not in caught.value.message


def test_without_cryptography_it_gives_the_line_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat", None)
    with pytest.raises(UnavailableError, match=r"needs cryptography: pip install 'llama-stack\[cloud\]'"):
        unopened("vertexai", project="p", credentials_file=service_account(tmp_path, "http://h"))


async def test_what_is_missing_is_said() -> None:
    assert (await unopened("vertexai").health()).reason == "set VERTEX_AI_PROJECT, or project in its config"
