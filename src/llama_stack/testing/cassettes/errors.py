"""What can be wrong with a cassette, or with what it is asked."""

from ...apis.errors import StackError

__all__ = ("CassetteError", "CassetteMissError", "StaleCassetteWarning")


class CassetteError(StackError):
    """A cassette cannot be read or written; the message names the file, and the line where there is one."""

    code = "cassette_error"


class CassetteMissError(CassetteError):
    """Nothing is recorded for a request.

    It is no `UpstreamError`: retries and fallbacks, made for services that fail, must not paper over it. Its
    status is one that SDKs do not retry.
    """

    status = 404
    code = "cassette_miss"


class StaleCassetteWarning(UserWarning):
    """A cassette holds answers that nobody asked for."""
