"""Oracle Cloud's request signatures, version 1, and whose they are.

Facts from "Request Signatures" in Oracle's API documentation and the OCI SDK for Python (`oci.signer`,
`oci.auth.federation_client`, `oci.auth.signers.instance_principals_security_token_signer`).
"""

import asyncio
import configparser
import hashlib
import math
import time
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

from ...apis.errors import UnavailableError
from .authorized import Credentials
from .aws_signing import host_of
from .oauth import fetch_json, login_failed
from .rsa import Sign, require_cryptography, signer
from .tokens import Token, TokenSource
from .transport import Transport, UpstreamRequest

__all__ = ("InstancePrincipal", "OciIdentity", "OciProfile", "OciSignature", "oci_headers")

_REREAD_SECONDS = 300.0  # of a session's token, which `oci session refresh` replaces
_METADATA = "http://169.254.169.254/opc/v2"
_METADATA_HEADERS = {"authorization": "Bearer Oracle"}


@dataclass(frozen=True, slots=True)
class OciIdentity:
    """Who signs: a user's key as `tenancy/user/fingerprint`, or a session as `ST$token`."""

    key_id: str = field(repr=False)
    sign: Sign = field(repr=False)


class OciSignature(Credentials):
    """Signs each call as the identity that is valid now."""

    def __init__(self, source: TokenSource[OciIdentity]) -> None:
        self.source = source

    @override
    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        return oci_headers(request, await self.source.get())

    @override
    def refused(self, headers: Mapping[str, str]) -> bool:
        return False  # a clock that is off, or an identity that may not: a new token changes neither

    @override
    async def aclose(self) -> None:
        await self.source.aclose()


def oci_headers(request: UpstreamRequest, identity: OciIdentity, *, with_host: bool = True) -> dict[str, str]:
    """The headers to add to a call: the date, the hash of a body, the signature of both and of where it goes."""
    parts = urlsplit(request.url)
    target = f"{request.method.lower()} {parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    added = {"date": formatdate(usegmt=True)}
    signed = {"date": added["date"], "(request-target)": target}
    if with_host:
        signed["host"] = host_of(request.url)
    if request.method in ("POST", "PUT", "PATCH"):
        body = request.body or b""
        added["x-content-sha256"] = b64encode(hashlib.sha256(body).digest()).decode()
        signed["content-length"] = str(len(body))
        signed["content-type"] = request.headers.get("content-type", "application/json")
        signed["x-content-sha256"] = added["x-content-sha256"]
    text = "\n".join(f"{name}: {value}" for name, value in signed.items())
    signature = b64encode(identity.sign(text.encode())).decode()
    added["authorization"] = (
        f'Signature version="1",keyId="{identity.key_id}",algorithm="rsa-sha256",'
        f'headers="{" ".join(signed)}",signature="{signature}"'
    )
    return added


@dataclass(frozen=True, slots=True)
class OciProfile:
    """A profile of `~/.oci/config`: a user's API key, or the session that `oci session authenticate` made."""

    provider_id: str
    path: str
    name: str

    def settings(self) -> dict[str, str]:
        """Raises `UnavailableError` when there is no such file or profile."""
        parser = configparser.ConfigParser(interpolation=None)
        if not parser.read(Path(self.path).expanduser()):
            raise UnavailableError(f"{self.provider_id}: there is no {self.path}; `oci setup config` writes it")
        if self.name != parser.default_section and not parser.has_section(self.name):
            known = ", ".join([parser.default_section, *parser.sections()])
            raise UnavailableError(f"{self.provider_id}: no profile {self.name!r} in {self.path}; there are: {known}")
        return dict(parser[self.name])

    async def fetch(self) -> Token[OciIdentity]:
        return self.identity()

    def identity(self) -> Token[OciIdentity]:
        """Raises `UnavailableError` when the profile or its key cannot be used."""
        known = self.settings()
        try:
            sign = signer(self.provider_id, self._read(known["key_file"]).encode(), known.get("pass_phrase"))
            if session := known.get("security_token_file"):
                return Token(OciIdentity(f"ST${self._read(session).strip()}", sign), _REREAD_SECONDS)
            key_id = "/".join((known["tenancy"], known["user"], known["fingerprint"]))
        except KeyError as missing:
            raise UnavailableError(
                f"{self.provider_id}: the profile {self.name!r} of {self.path} lacks {missing}"
            ) from None
        return Token(OciIdentity(key_id, sign), math.inf)

    def _read(self, path: str) -> str:
        try:
            return Path(path).expanduser().read_text()
        except OSError as error:
            raise UnavailableError(f"{self.provider_id}: {path} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class InstancePrincipal:
    """The machine this runs on: its certificate is exchanged for a session token."""

    provider_id: str
    transport: Transport
    region: str
    metadata_url: str = _METADATA
    auth_url: str = ""

    async def fetch(self) -> Token[OciIdentity]:
        cert, key, intermediate = [await self._metadata(f"/identity/{name}.pem") for name in _PEMS]
        identity = _of_certificate(self.provider_id, cert, key)
        sign, public = await asyncio.to_thread(_session_key)
        body = {
            "certificate": _bare(cert),
            "publicKey": _bare(public),
            "intermediateCertificates": [_bare(intermediate)],
        }
        url = self.auth_url or f"https://auth.{self.region}.oraclecloud.com/v1/x509"
        request = UpstreamRequest("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))
        request.headers = {**request.headers, **oci_headers(request, identity, with_host=False)}
        answer = await fetch_json(self.transport, self.provider_id, request)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise login_failed(self.provider_id, url, "the answer holds no token")
        return Token(OciIdentity(f"ST${token}", sign), _claims(token).get("exp", 0) - time.time())

    async def _metadata(self, path: str) -> bytes:
        url = self.metadata_url + path
        response = await self.transport.send(UpstreamRequest("GET", url, _METADATA_HEADERS))
        try:
            body = await response.read()
        finally:
            response.close()
        if response.status != 200:
            raise login_failed(self.provider_id, url, f"HTTP {response.status}")
        return body


_PEMS = ("cert", "key", "intermediate")


def _of_certificate(provider_id: str, cert: bytes, key: bytes) -> OciIdentity:
    """The machine as its certificate names it; the tenancy is in the subject."""
    require_cryptography(provider_id)
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.x509 import load_pem_x509_certificate

    certificate = load_pem_x509_certificate(cert)
    names = [str(attribute.value) for attribute in certificate.subject]
    tenancy = next((n.partition(":")[2] for n in names if n.startswith(("opc-tenant:", "opc-identity:"))), None)
    if tenancy is None:
        raise UnavailableError(f"{provider_id}: this machine's certificate names no tenancy")
    fingerprint = certificate.fingerprint(SHA1()).hex(":").upper()  # noqa: S303  # the name of the key, no protection
    return OciIdentity(f"{tenancy}/fed-x509/{fingerprint}", signer(provider_id, key))


def _session_key() -> tuple[Sign, bytes]:
    """A key for one session, and its public half in PEM."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signer("a session", pem), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _bare(pem: bytes) -> str:
    """A PEM block without its first and last line, in one line."""
    return "".join(line for line in pem.decode().splitlines() if not line.startswith("-----"))


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded
