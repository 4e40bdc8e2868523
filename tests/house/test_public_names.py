"""What `llama_stack` offers is what it says it offers."""

import pytest

import llama_stack
from llama_stack.apis import APIS
from llama_stack.apis.attributes import Apis, SyncApis


def test_the_public_names_are_the_ones_that_dir_shows() -> None:
    assert sorted(llama_stack.__all__) == dir(llama_stack)


@pytest.mark.parametrize("name", llama_stack.__all__)
def test_every_public_name_leads_somewhere(name: str) -> None:
    assert getattr(llama_stack, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'llama_stack' has no attribute 'Lama'"):
        _ = llama_stack.Lama


@pytest.mark.parametrize("cls", [Apis, SyncApis])
def test_every_api_is_a_known_attribute_of_stacks_and_clients(cls: type) -> None:
    assert list(cls.__annotations__) == list(APIS.own)
