"""What the sections of a run config mean."""

import logging
from pathlib import Path

import pytest

from tests.unit.core.config_cases import read


def server(line: str):
    return read(f"providers: {{}}\nserver: {line}\n").server


def test_a_config_needs_nothing_but_providers() -> None:
    config = read("providers: {}")
    assert (config.distro_name, config.server.port, config.server.host) == ("custom", 8321, "127.0.0.1")
    assert config.server.cors is None


@pytest.mark.parametrize("switch", ["true", "'true'", "${env.NOPE:=true}"])
def test_cors_true_lets_in_pages_from_this_machine(switch: str) -> None:
    cors = server(f"{{cors: '{switch}'}}" if "$" in switch else f"{{cors: {switch}}}").cors
    assert cors is not None
    assert cors.allow_origins == []
    assert "localhost" in (cors.allow_origin_regex or "")


@pytest.mark.parametrize("switch", ["false", "'false'", "null"])
def test_cors_false_lets_in_nobody(switch: str) -> None:
    assert server(f"{{cors: {switch}}}").cors is None


def test_home_is_expanded_where_the_field_is_a_path_and_nowhere_else() -> None:
    config = server("{tls_certfile: ~/cert.pem, tls_keyfile: ~/key.pem, host: '~'}")
    assert config.tls_certfile == Path.home() / "cert.pem"
    assert config.host == "~"


def test_log_levels_come_as_logging_wants_them() -> None:
    config = read("providers: {}\nlogging: {category_levels: {all: INFO, providers: '${env.LEVEL:=debug}'}}\n")
    assert config.logging.levels() == {"llama_stack": logging.INFO, "llama_stack.providers": logging.DEBUG}
