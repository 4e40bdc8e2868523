"""Filling in JSON from a text. The keys are those asked for; where none are, a schema will bring them."""

import json
from typing import Any

from ..dialogue import Dialogue, assistant, system, user
from ..facts import Fact, Facts
from ..stories import tell

__all__ = ("extracts",)

_LISTS = ("colours", "parts", "tags", "ingredients", "rooms", "helpers", "towns", "sizes", "flavours", "keywords")
_KEYS = {
    "person": ("person", "contact", "full_name", "responsible"),
    "date": ("date", "day", "deadline", "due_date"), "weekday": ("weekday", "day", "day_of_week"),
    "time": ("time", "hour", "clock_time"), "year": ("year",), "duration": ("duration", "period", "how_long"),
    "money": ("price", "amount", "cost", "sum", "fee"), "email": ("email", "email_address"),
    "phone": ("phone", "phone_number", "telephone"), "url": ("url", "website", "link"), "code": ("code", "id"),
    "length": ("length", "distance", "size"), "weight": ("weight",), "speed": ("speed",), "colour": ("colour", "color"),
    "language": ("language",), "version": ("version",), "port": ("port",), "path": ("path", "file"),
}  # fmt: skip
_OTHER_KEYS = {
    "home": ("city", "town"), "employer": ("company",), "job": ("profession", "occupation"),
    "birthday": ("birth_date",),
    "founding year": ("founded", "year"), "phone": ("phone_number",), "price": ("cost", "amount"), "email": ("mail",),
    "deadline": ("due_date", "date"), "meeting": ("day", "weekday"), "website": ("url",), "duration": ("time",),
    "members": ("member_count",), "food": ("diet",), "birthplace": ("born_in",), "colour": ("color",),
}  # fmt: skip


def extracts(facts: Facts) -> Dialogue:
    text, fields = _from_story(facts) if facts.chance.random() < 0.3 else _about_a_thing(facts)
    names = list(fields)
    facts.chance.shuffle(names)
    fields = {name: fields[name] for name in names[: facts.chance.choice((2, 3, 4, 5))]}
    answer = json.dumps(fields, ensure_ascii=False)
    dialogue = Dialogue([*_asked(facts, text, list(fields)), assistant(answer)], "fills in a schema")
    dialogue.schema, dialogue.holds = _schema(fields), [answer]
    return dialogue


def _about_a_thing(facts: Facts) -> tuple[str, dict[str, Any]]:
    """A text, and what it says of one thing."""
    thing = facts.thing().removeprefix("the ")
    thing = thing[0].upper() + thing[1:]
    known = facts.facts_of(thing, facts.chance.choice((1, 2, 2, 3, 3, 4)))
    fields: dict[str, Any] = {"name": thing} if facts.chance.random() < 0.6 else {}
    for fact in known:
        fields[_key(facts, fact)] = _value(fact.value)
    text = _text(facts, known)
    if facts.chance.random() < 0.15:
        key, listed = facts.chance.choice(_LISTS), [facts.words.word() for _ in range(facts.chance.choice((2, 3, 4)))]
        fields[key] = listed
        text = f"{text} The {key} of {thing} are {', '.join(listed[:-1])} and {listed[-1]}."
    return text, fields


def _from_story(facts: Facts) -> tuple[str, dict[str, Any]]:
    """A document, and the values in it that are the only ones of their kind."""
    while True:
        told, _ = tell(facts, set())
        text = " ".join(each.sentence for each in told)
        values = dict.fromkeys(pair for each in told for pair in each.invented if pair[0] in _KEYS and pair[1] in text)
        kinds = [kind for kind, _ in values]
        fields = {facts.chance.choice(_KEYS[kind]): _value(value) for kind, value in values if kinds.count(kind) == 1}
        if fields:
            return text, fields


def _text(facts: Facts, known: list[Fact]) -> str:
    sentences = [known[0].sentence]
    for fact in known[1:]:
        can_join = fact.pronoun.startswith("It ") and sentences[-1].startswith(fact.thing)
        if can_join and " and " not in sentences[-1] and facts.chance.random() < 0.6:
            sentences[-1] = f"{sentences[-1][:-1]} and {fact.pronoun[3:]}"
        else:
            sentences.append(fact.pronoun if facts.chance.random() < 0.4 else fact.sentence)
    if facts.chance.random() < 0.3:
        sentences.append(facts.everyday.sentence())
    return " ".join(sentences)


def _asked(facts: Facts, text: str, names: list[str]) -> list[dict[str, Any]]:
    chance = facts.chance
    if chance.random() < 0.7:
        said = [name.replace("_", " ") if chance.random() < 0.4 else name for name in names]
        listed = ", ".join(said[:-1]) + (" and " if said[1:] else "") + said[-1]
        order = facts.wording("extract_orders").format(listed)
    else:
        order = facts.wording("extract_free")
    if order and chance.random() < 0.25:
        return [system(order), user(text)]
    parts = [order, text] if chance.random() < 0.6 else [text, order]
    return [user(chance.choice(("\n\n", "\n", " ")).join(part for part in parts if part))]


def _key(facts: Facts, fact: Fact) -> str:
    others = _OTHER_KEYS.get(fact.noun)
    if others and facts.chance.random() < 0.3:
        return facts.chance.choice(others)
    return fact.noun.replace(" ", "_")


def _type(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"type": "array", "items": {"type": "string"}}
    return {"type": "integer" if isinstance(value, int) else "string"}


def _value(value: str) -> str | int:
    return int(value) if value.isdecimal() and value[0] != "0" else value


def _schema(fields: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _type(value) for name, value in fields.items()}
    return {"type": "object", "properties": properties, "required": list(fields), "additionalProperties": False}
