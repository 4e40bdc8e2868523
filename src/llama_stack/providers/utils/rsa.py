"""Signatures with a private RSA key, for the clouds that ask for them."""

from collections.abc import Callable

from ...apis.errors import UnavailableError

__all__ = ("INSTALL", "Sign", "require_cryptography", "signer")

Sign = Callable[[bytes], bytes]

INSTALL = "pip install 'llama-stack[cloud]'"


def require_cryptography(what: str) -> None:
    """Raise `UnavailableError` with the command to type when the package is missing; `what` needs it."""
    try:
        import cryptography.hazmat  # noqa: F401
    except ImportError as error:
        raise UnavailableError(f"{what} needs cryptography: {INSTALL}") from error


def signer(what: str, pem: bytes, passphrase: str | None = None) -> Sign:
    """Makes RSA-SHA256 signatures (PKCS#1 v1.5) with a key in PEM. Raises `UnavailableError` where it cannot."""
    require_cryptography(what)
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError):  # the reason may quote the key
        raise UnavailableError(f"{what}: this is no private key in PEM, or its passphrase is wrong") from None
    if not isinstance(key, RSAPrivateKey):
        raise UnavailableError(f"{what}: the private key is not an RSA key")
    return lambda data: key.sign(data, PKCS1v15(), hashes.SHA256())
