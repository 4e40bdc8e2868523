"""YAML to plain data, with the line and column of every key and value."""

from collections.abc import Iterator
from typing import Any

from .source import Path, Place, Source

__all__ = ("parse_yaml",)

_Node = Any  # ruamel's, which is imported late
_MERGE = "tag:yaml.org,2002:merge"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def parse_yaml(text: str, name: str) -> Source:
    """Read one document. Raises `ConfigError` when it is no YAML; repeated keys are noted as mistakes."""
    # Here because ruamel costs 0.1 s of CPU, which those who pass a mapping need not pay.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    source = Source({}, name, values={(): (1, 1)})
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        if root is not None:
            source.data = _Reader(source, yaml.constructor).read(root, ())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = ": ".join(part for part in (error.context, error.problem) if part)
        source.add_mistake((), f"no valid YAML: {what}", place=place)
        source.raise_mistakes()
    except YAMLError as error:  # a character that YAML does not allow: no mark, but a text that says where
        source.add_mistake((), f"no valid YAML: {' '.join(str(error).split())}")
        source.raise_mistakes()
    return source


class _Reader:
    """Turns nodes into data and notes where each was."""

    def __init__(self, source: Source, constructor: Any) -> None:
        self.source, self.constructor = source, constructor
        self.around: list[_Node] = []  # to notice an alias of something that it is part of

    def read(self, node: _Node, path: Path) -> Any:
        if node.id == "scalar":
            if node.value or node.style:  # nothing at all is marked where the next token is: let the key stand for it
                self.source.values[path] = _place(node)
            return node.value if node.tag == _TIMESTAMP else self.constructor.construct_object(node)
        if node in self.around:
            self.source.add_mistake(path, "an alias of something that it is part of", at_key=True)
            return None
        self.around.append(node)
        data = self._mapping(node, path) if node.id == "mapping" else self._sequence(node, path)
        self.around.pop()
        return data

    def _sequence(self, node: _Node, path: Path) -> list[Any]:
        for index, item in enumerate(node.value):
            self.source.values[*path, index] = _place(item)
        return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: _Node, path: Path) -> dict[str, Any]:
        inherited: dict[str, Any] = {}
        for merged in _merged(node):  # `<<: *defaults`; read first, so that what is written here wins
            content = self.read(merged, path)
            inherited = content | inherited if isinstance(content, dict) else inherited
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                continue
            key, place = str(key_node.value), _place(key_node)
            if key_node.id != "scalar":
                self.source.add_mistake(path, "a key must be a plain word", place=place)
            elif key in data:
                first = self.source.keys[*path, key][0]
                self.source.add_mistake((*path, key), f"given twice; first on line {first}", place=place)
            else:
                self.source.keys[*path, key] = place
                data[key] = self.read(value_node, (*path, key))
        return inherited | data


def _merged(node: _Node) -> Iterator[_Node]:
    for key_node, value_node in node.value:
        if key_node.tag == _MERGE:
            yield from value_node.value if value_node.id == "sequence" else (value_node,)


def _place(node: _Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
