"""The run config as a JSON Schema, for editors: keys, types and descriptions, those of every provider included."""

from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema

from ...apis.errors import UnavailableError
from ...providers import registry as providers_registry
from ...providers.spec import ProviderSpec
from .models import RunConfig
from .providers import Registry, config_model

__all__ = ("json_schema",)

_Schema = dict[str, Any]
_REFERENCE = {"type": "string", "pattern": r"\$\{env\."}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(registry: Registry | None = None) -> _Schema:
    """What a run config may say before references are filled in: `${env.…}` fits wherever a plain value does."""
    registry = providers_registry.specs() if registry is None else registry
    schema = RunConfig.model_json_schema()
    definitions: _Schema = schema.pop("$defs")
    entry = definitions.pop("ProviderEntry")
    schema["properties"]["providers"] = {
        "type": "object",
        "description": "API → its providers",
        "additionalProperties": False,
        "properties": {
            api: {"type": "array", "items": _entries(entry, rows.values(), definitions)}
            for api, rows in registry.items()
        },
    }
    whole = {"$schema": _DIALECT, "$defs": definitions, **schema}
    fitted: _Schema = _with_references(whole)
    return fitted


def _entries(entry: _Schema, specs: Any, definitions: _Schema) -> _Schema:
    """Either one of the known types, each with its own config, or another package's."""
    known = [_entry(entry, spec, definitions) for spec in specs]
    return {"oneOf": [*known, entry | {"required": [*entry["required"], "module"]}]}


def _entry(entry: _Schema, spec: ProviderSpec, definitions: _Schema) -> _Schema:
    own = {name: value for name, value in entry["properties"].items() if name != "module"}
    own["provider_type"] = {"const": spec.provider_type, "description": spec.summary}
    own["config"] = _config(spec, definitions)
    return entry | {"title": spec.provider_type, "properties": own}


def _config(spec: ProviderSpec, definitions: _Schema) -> _Schema:
    try:
        model = config_model(spec)
        schema: _Schema = model.model_json_schema() if model else {"type": "object", "maxProperties": 0}
    except (UnavailableError, PydanticInvalidForJsonSchema):
        return {"type": "object", "description": f"unknown here; {spec.install_hint}"}
    prefix = f"{spec.impl}."  # providers may call different things by one name
    for name, definition in schema.pop("$defs", {}).items():
        definitions[prefix + name] = _rename(definition, prefix)
    required = [name for name in schema.pop("required", []) if name not in spec.defaults]
    renamed: _Schema = _rename(schema, prefix)
    return renamed | ({"required": required} if required else {})


def _rename(node: Any, prefix: str) -> Any:
    """Lead the references of a schema to the definitions it shares with others."""
    match node:
        case {"$ref": str(target)}:
            return node | {"$ref": f"#/$defs/{prefix}{target.removeprefix('#/$defs/')}"}
        case dict():
            return {key: _rename(value, prefix) for key, value in node.items()}
        case list():
            return [_rename(value, prefix) for value in node]
    return node


def _with_references(node: Any) -> Any:
    """Let a reference stand for every plain value."""
    match node:
        case dict() if _is_plain(node):
            words = {key: node[key] for key in ("title", "description", "default") if key in node}
            rest = {key: value for key, value in node.items() if key not in words}
            return words | {"anyOf": [rest, _REFERENCE]}
        case dict():
            return {key: _with_references(value) for key, value in node.items() if key != "discriminator"}
        case list():
            return [_with_references(value) for value in node]
    return node


def _is_plain(node: _Schema) -> bool:
    if node.get("type") in ("integer", "number", "boolean"):
        return True
    return node.get("type") == "string" and bool(node.keys() & {"enum", "pattern", "format", "minLength", "maxLength"})
