"""Oracle Cloud: signatures that its service can verify, from a profile, a session or the machine itself."""

import hashlib
import json
import re
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from llama_stack.apis.errors import UnavailableError
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.oci_signing import InstancePrincipal, oci_headers
from llama_stack.providers.utils.transport import AiohttpTransport, UpstreamRequest
from tests.support.upstream import Request
from tests.unit.providers.remote.clouds import answering, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
CHAT = {"/chat/completions": recorded("openai.chat")}
MODELS = {
    "items": [
        {"displayName": "meta.llama-4", "capabilities": ["CHAT"]},
        {"displayName": "meta.llama-4", "capabilities": ["CHAT"]},
        {"displayName": "cohere.embed-v4", "capabilities": ["TEXT_EMBEDDINGS"]},
        {"displayName": "cohere.tuned", "capabilities": ["FINE_TUNE", "CHAT"]},
        {"displayName": "gone", "capabilities": ["CHAT"], "timeOnDemandRetired": "2026-01-01T00:00:00Z"},
    ]
}


def profile(folder: Path, **more: str) -> dict[str, str]:
    """A config that names a profile in a folder."""
    (folder / "key.pem").write_bytes(PEM)
    fields = {"tenancy": "t", "user": "u", "fingerprint": "aa:bb", "key_file": str(folder / "key.pem"), **more}
    lines = "\n".join(f"{name}={value}" for name, value in fields.items())
    (folder / "config").write_text(f"[DEFAULT]\n{lines}\n")
    return {
        "oci_auth_type": "config_file",
        "oci_config_file_path": str(folder / "config"),
        "oci_compartment_id": "ocid1.compartment",
    }


def verified(request: Request, key: RSAPublicKey) -> tuple[str, list[str]]:
    """Who signed a request, and which headers; its receiver rebuilds the text from what has arrived."""
    said = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["authorization"]))
    names = said["headers"].split(" ")
    values = {**request.headers, "(request-target)": f"{request.method.lower()} {request.path}"}
    text = "\n".join(f"{name}: {values[name]}" for name in names)
    key.verify(b64decode(said["signature"]), text.encode(), PKCS1v15(), SHA256())
    if request.body:
        assert values["x-content-sha256"] == b64encode(hashlib.sha256(request.body).digest()).decode()
    assert (said["version"], said["algorithm"]) == ("1", "rsa-sha256")
    return said["keyId"], names


async def test_a_profile_signs_each_call_so_that_the_service_can_verify_it(tmp_path: Path) -> None:
    with answering(CHAT | {"/20231130/models": MODELS}) as service:
        async with provider("oci", base_url=service.url + "/20231130/actions/v1", **profile(tmp_path)) as oci:
            answer = await oci.post_chat_completion(chat())
            listed = await oci.list_models()
    call, listing = service.requests
    body = ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"]
    assert verified(call, KEY.public_key()) == ("t/u/aa:bb", body)
    assert verified(listing, KEY.public_key()) == ("t/u/aa:bb", body[:3])
    assert call.path == "/20231130/actions/v1/chat/completions"
    assert call.headers["compartmentid"] == call.headers["opc-compartment-id"] == "ocid1.compartment"
    assert listing.path == "/20231130/models?compartmentId=ocid1.compartment&lifecycleState=ACTIVE"
    assert [(m.identifier, m.model_type) for m in listed] == [("meta.llama-4", "llm"), ("cohere.embed-v4", "embedding")]
    assert answer.choices[0].message.content


async def test_a_session_signs_with_its_token(tmp_path: Path) -> None:
    (tmp_path / "session").write_text("session-token\n")
    config = profile(tmp_path, security_token_file=str(tmp_path / "session"))
    with answering(CHAT) as service:
        async with provider("oci", base_url=f"{service.url}/v1", **config) as oci:
            await oci.post_chat_completion(chat())
    assert verified(service.asked[0], KEY.public_key())[0] == "ST$session-token"


async def test_a_key_may_have_a_passphrase(tmp_path: Path) -> None:
    config = profile(tmp_path, pass_phrase="open")
    locked = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open"))
    (tmp_path / "key.pem").write_bytes(locked)
    assert (await unopened("oci", **config).health()).state == "ready"


def certificate() -> bytes:
    """What a machine's metadata service gives for its certificate."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "opc-tenant:ocid1.tenancy")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, KEY.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.PEM)


async def test_a_machine_exchanges_its_certificate_for_a_session() -> None:
    cert = certificate()
    claims = urlsafe_b64encode(json.dumps({"exp": time.time() + 1200}).encode()).decode().rstrip("=")
    answers: dict[str, Any] = {
        "/cert.pem": cert,
        "/key.pem": PEM,
        "/intermediate.pem": cert,
        "/v1/x509": {"token": f"e30.{claims}.sig"},
    }
    transport = AiohttpTransport("oci", NetworkConfig())
    with answering(answers) as service:
        where = {"metadata_url": f"{service.url}/opc/v2", "auth_url": f"{service.url}/v1/x509"}
        token = await InstancePrincipal("oci", transport, "us-ashburn-1", **where).fetch()
    await transport.aclose()
    *pems, login = service.asked
    assert {request.headers["authorization"] for request in pems} == {"Bearer Oracle"}
    fingerprint = x509.load_pem_x509_certificate(cert).fingerprint(SHA1()).hex(":").upper()
    assert verified(login, KEY.public_key())[0] == f"ocid1.tenancy/fed-x509/{fingerprint}"
    assert 1190 < token.lifetime_seconds <= 1200
    assert token.value.key_id == f"ST$e30.{claims}.sig"
    session = load_der_public_key(b64decode(login.json["publicKey"]))
    assert isinstance(session, RSAPublicKey)
    session.verify(token.value.sign(b"text"), b"text", PKCS1v15(), SHA256())
    assert login.json["certificate"] in cert.decode().replace("\n", "")


async def test_a_service_key_is_a_bearer_token() -> None:
    with answering(CHAT | {"/models": recorded("openai.models")}) as service:
        async with provider("oci", base_url=f"{service.url}/v1", api_key="sk-oci") as oci:
            await oci.post_chat_completion(chat())
            assert await oci.list_models()
    assert {request.headers["authorization"] for request in service.requests} == {"Bearer sk-oci"}


def test_a_signature_covers_the_query() -> None:
    signed: list[bytes] = []

    def sign(text: bytes) -> bytes:
        signed.append(text)
        return b"s"

    identity = type("Identity", (), {"key_id": "k", "sign": staticmethod(sign)})()
    oci_headers(UpstreamRequest("GET", "https://h/p?a=b%2Fc"), identity)
    assert b"(request-target): get /p?a=b%2Fc\nhost: h" in signed[0]


BROKEN = [
    ({"oci_config_file_path": "/nowhere/config"}, "there is no /nowhere/config; `oci setup config` writes it"),
    ({"oci_config_profile": "WORK"}, "no profile 'WORK' in .*; there are: DEFAULT"),
]


@pytest.mark.parametrize(("wrong", "words"), BROKEN)
def test_a_profile_that_cannot_be_used_is_said_at_the_start(wrong: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=words):
        unopened("oci", **(profile(tmp_path) | wrong))


async def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    oci = unopened("oci", oci_region="eu-frankfurt-1")
    assert oci.base_url == "https://inference.generativeai.eu-frankfurt-1.oci.oraclecloud.com/20231130/actions/v1"
    assert (await oci.health()).reason == "set OCI_COMPARTMENT_OCID"
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat", None)
    with pytest.raises(UnavailableError, match=r"oci needs cryptography: pip install 'llama-stack\[cloud\]'"):
        unopened("oci", oci_compartment_id="c")
