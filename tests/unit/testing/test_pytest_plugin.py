"""The plugin, as somebody else's tests use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_import_cost import brought_by
from tests.support.upstream import Line, Request, Upstream, completion, upstream

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest

@pytest.fixture
def ask(llama_stack_client):
    entry = {"provider_id": "up", "provider_type": "remote::vllm"}
    entry["config"] = {"base_url": "URL", "api_key": "a-secret-key"}
    client = llama_stack_client({"version": 2, "providers": {"inference": [entry]}})

    def ask(text, **more):
        messages = [{"role": "user", "content": text}]
        answer = client.inference.post_chat_completion(model="up/m", messages=messages, **more)
        return answer.choices[0].message.content

    return ask
"""
TEST = """
def test_two_answers(ask):
    assert [ask("hello"), ask("hello")] == ["answer 1", "answer 2"]
"""


@pytest.fixture
def service() -> Iterator[Upstream]:
    """Numbers its answers."""
    numbers = iter(range(1, 100))

    async def count(line: Line, request: Request) -> None:
        await line.answer(200, completion(f"answer {next(numbers)}"))

    with upstream(count) as running:
        yield running


@pytest.fixture
def project(pytester: pytest.Pytester, service: Upstream, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of somebody else."""
    monkeypatch.delenv("LLAMA_STACK_TEST_INFERENCE_MODE", raising=False)
    pytester.makeconftest(CONFTEST.replace("URL", service.url))
    pytester.makepyfile(test_app=TEST)
    return pytester


def run(project: pytest.Pytester, *arguments: str, **outcomes: int) -> str:
    """Run its tests in a process of their own; what they printed."""
    ran = project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)
    ran.assert_outcomes(**(outcomes or {"passed": 1}))
    return ran.stdout.str()


def tape(project: pytest.Pytester, name: str = "test_two_answers") -> Path:
    return project.path / "cassettes" / f"{name}.yaml"


def test_a_test_is_recorded_and_then_needs_no_service(project: pytest.Pytester, service: Upstream) -> None:
    run(project, "--llama-stack-record")
    assert len(service.asked) == 2
    assert "a-secret-key" not in tape(project).read_text()
    run(project)
    assert len(service.asked) == 2


def test_the_environment_says_the_mode_and_the_command_line_knows_better(
    project: pytest.Pytester, service: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_STACK_TEST_INFERENCE_MODE", "live")
    run(project)
    assert not tape(project).exists()
    run(project, "--llama-stack-mode=replay", failed=1)
    monkeypatch.setenv("LLAMA_STACK_TEST_INFERENCE_MODE", "recrod")
    said = run(project, errors=1)
    assert "LLAMA_STACK_TEST_INFERENCE_MODE=recrod: choose one of live, record, replay, record-if-missing" in said


def test_a_miss_says_how_to_record(project: pytest.Pytester) -> None:
    said = run(project, failed=1)
    assert "There is no such file." in said
    assert "To record it: pytest --llama-stack-record 'test_app.py::test_two_answers'" in said


def test_a_miss_that_the_code_swallows_is_an_error_all_the_same(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_app="""
        def test_careless(ask):
            try:
                ask("hello")
            except Exception:
                pass
        """
    )
    assert "the test passed, but 1 of its requests had no answer" in run(project, passed=1, errors=1)


def test_answers_that_nobody_asks_for_any_more_are_reported(project: pytest.Pytester) -> None:
    run(project, "--llama-stack-record")
    project.makepyfile(test_app='def test_two_answers(ask):\n    assert ask("hello") == "answer 1"\n')
    said = run(project, "-W", "default", passed=1, warnings=1)
    assert "holds answers that the test did not ask for" in said
    assert "POST /v1/chat/completions to 'up'" in said
    run(project, "-o", "llama_stack_stale=error", passed=1, errors=1)
    run(project, "-o", "llama_stack_stale=ignored", "-W", "error")


def test_a_test_that_failed_is_not_said_to_have_left_answers_over(project: pytest.Pytester) -> None:
    run(project, "--llama-stack-record")
    project.makepyfile(test_app="def test_two_answers(ask):\n    assert False\n")
    assert "did not ask for" not in run(project, failed=1)


def test_a_mark_names_the_cassette_and_says_how_requests_are_compared(project: pytest.Pytester) -> None:
    run(project, "--llama-stack-record")
    project.makepyfile(
        test_app="""
        import pytest

        @pytest.mark.cassette("test_two_answers", match="loose")
        @pytest.mark.parametrize("user", ["a", "b"])
        def test_shared(ask, user):
            assert [ask("hello", user=user) for _ in range(3)] == ["answer 1", "answer 2", "answer 2"]
        """
    )
    run(project, passed=2)


def test_options_are_a_fixture_to_be_overridden(project: pytest.Pytester) -> None:
    conftest = (project.path / "conftest.py").read_text()
    project.makeconftest(
        conftest
        + """
from llama_stack.testing import Options

@pytest.fixture(scope="session")
def cassette_options():
    return Options(redact=lambda text: text.replace("hello", "[greeting]"))
"""
    )
    run(project, "--llama-stack-record")
    assert "hello" not in tape(project).read_text()
    run(project)


def test_two_tests_of_one_name_do_not_share_a_cassette_by_accident(project: pytest.Pytester) -> None:
    project.makepyfile(test_other=TEST)
    ran = project.runpytest_subprocess("--llama-stack-record")
    ran.stderr.fnmatch_lines(
        ['*would share*cassettes/test_two_answers.yaml: give one of them @pytest.mark.cassette("a-name")']
    )


def test_names_of_parameters_make_names_of_files(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_app="""
        import pytest

        @pytest.mark.parametrize("text", ["a/b: c", "long " * 60])
        def test_odd(ask, text):
            assert ask(text)
        """
    )
    run(project, "--llama-stack-record", passed=2)
    run(project, passed=2)
    assert (project.path / "cassettes" / "test_odd[a_b_c].yaml").exists()


def test_async_tests_and_faults(project: pytest.Pytester, service: Upstream) -> None:
    project.makepyfile(
        test_app=f"""
        import pytest
        from llama_stack import StackError

        ENTRY = {{"provider_id": "up", "provider_type": "remote::vllm", "config": {{"base_url": "{service.url}"}}}}

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_busy(async_llama_stack_client):
            busy = [{{"status": 429, "times": 1}}]
            config = {{"version": 2, "providers": {{"inference": [ENTRY]}}}}
            async with await async_llama_stack_client(config, faults=busy) as client:
                ask = {{"model": "up/m", "messages": [{{"role": "user", "content": "hello"}}]}}
                with pytest.raises(StackError, match="injected fault"):
                    await client.inference.post_chat_completion(**ask)
                answer = await client.inference.post_chat_completion(**ask)
                assert answer.choices[0].message.content == "answer 1"
        """
    )
    run(project, "--llama-stack-record")
    run(project)
    assert len(service.asked) == 1  # an injected fault is not recorded, and happens in the replay as well


def test_the_plugin_costs_those_nothing_who_do_not_use_it() -> None:
    brought = brought_by("import llama_stack.testing.pytest_plugin")
    assert brought & {"aiohttp", "msgspec", "pydantic", "ruamel", "fastapi"} == set()


def test_the_plugin_is_found_by_its_entry_point(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess("--fixtures").stdout.str()
    for fixture in ("cassette", "cassette_options", "llama_stack_client", "async_llama_stack_client"):
        assert f"\n{fixture}" in shown
    assert "@pytest.mark.cassette(name" in pytester.runpytest_subprocess("--markers").stdout.str()
