"""The process that holds one model: started as a script, it knows nothing but llama.cpp.

It reads a line of JSON (the settings), answers with one (`{"url": …}` or `{"error": …}`), and ends when its
standard input does: when its parent closes it, or is no more.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any, TextIO

__all__ = ("main",)

_PR_SET_PDEATHSIG = 1
_ERRORS_ONLY = 1


def main() -> None:
    _outlive_no_parent()
    answers = _take_stdout()
    try:
        server = _serve(json.loads(sys.stdin.readline()))
    except Exception as error:  # whatever it is, the parent shall hear of it; llama.cpp's reason is on stderr
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
    else:
        print(json.dumps({"url": server.listening_address}), file=answers, flush=True)
        sys.stdin.read()
    # At once: there is nothing to save, and llama.cpp's destructors crash while it generates.
    os._exit(0)


def _outlive_no_parent() -> None:
    """The parent decides when to stop: a Ctrl-C in its terminal lets it finish what it is streaming."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":  # even while a model loads and nobody reads standard input
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _take_stdout() -> TextIO:
    """Standard output, for us alone: what llama.cpp prints goes to standard error."""
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return ours


def _serve(settings: dict[str, Any]) -> Any:
    # Read when the library is loaded. Spinning threads take the processor from everyone else, themselves included.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    return xllamacpp.Server(_params(xllamacpp, settings))


def _params(xllamacpp: Any, settings: dict[str, Any]) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["alias"]}
    params.api_keys = [settings["key"]]
    params.ui = False
    params.verbosity = _ERRORS_ONLY
    params.n_threads_http = settings["connections"]
    # llama.cpp divides its context among the slots.
    params.n_parallel = settings["parallel"]
    params.n_ctx = settings["context"] * settings["parallel"]
    params.n_gpu_layers = settings["gpu_layers"]
    params.cache_ram_mib = settings["prompt_cache_mib"]
    if settings["threads"]:
        params.cpuparams.n_threads = settings["threads"]
        params.cpuparams_batch.n_threads = settings["prompt_threads"]
    if settings["pooling"] is not None:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type(settings["pooling"])
        params.n_batch = params.n_ubatch = settings["context"]  # a text is embedded in one piece
    return params


if __name__ == "__main__":
    main()
