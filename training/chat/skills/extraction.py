"""Filling in JSON from a text. The keys are those asked for; where none are, a schema will bring them."""

import json
from typing import Any

from ..dialogue import Dialogue, assistant, system, user
from ..facts import Fact, Facts

__all__ = ("extracts",)

_ORDERS = (
    "Extract {} as JSON.",
    "Give {} as JSON.",
    "Answer in JSON with the keys {}.",
    "Return a JSON object with {}.",
    "JSON with {}, please.",
    "From the text, extract {}. Answer in JSON.",
    "Fill in {}.",
)
_TEST_ORDERS = ("Write {} as a JSON object.", "Please extract {} from this text in JSON.", "I need {} in JSON.")
_FREE = (
    "Extract the details as JSON.",
    "Answer in JSON.",
    "Turn this into JSON.",
    "Extract the data.",
    "Give the details as JSON.",
    "Describe it as JSON.",
    "Extract the information.",
    "",
)
_TEST_FREE = ("Put the details into JSON.", "Extract what you can as JSON.")
_OTHER_KEYS = {
    "home": ("city", "town"), "employer": ("company",), "job": ("profession", "occupation"),
    "birthday": ("birth_date",),
    "founding year": ("founded", "year"), "phone": ("phone_number",), "price": ("cost", "amount"), "email": ("mail",),
    "deadline": ("due_date", "date"), "meeting": ("day", "weekday"), "website": ("url",), "duration": ("time",),
    "members": ("member_count",), "food": ("diet",), "birthplace": ("born_in",), "colour": ("color",),
}  # fmt: skip


def extracts(facts: Facts) -> Dialogue:
    thing = facts.thing().removeprefix("the ")
    thing = thing[0].upper() + thing[1:]
    known = facts.facts_of(thing, facts.chance.choice((1, 2, 2, 3, 3, 4)))
    fields: dict[str, Any] = {"name": thing} if facts.chance.random() < 0.6 else {}
    for fact in known:
        fields[_key(facts, fact)] = _value(fact)
    names = list(fields)
    facts.chance.shuffle(names)
    fields = {name: fields[name] for name in names[: facts.chance.choice((2, 3, 4, 5))]}
    answer = json.dumps(fields, ensure_ascii=False)
    dialogue = Dialogue([*_asked(facts, _text(facts, known), list(fields)), assistant(answer)], "fills in a schema")
    dialogue.schema, dialogue.holds = _schema(fields), [answer]
    return dialogue


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
    testing, chance = facts.words.testing, facts.chance
    if chance.random() < 0.7:
        said = [name.replace("_", " ") if chance.random() < 0.4 else name for name in names]
        listed = ", ".join(said[:-1]) + (" and " if said[1:] else "") + said[-1]
        order = chance.choice(_TEST_ORDERS if testing else _ORDERS).format(listed)
    else:
        order = chance.choice(_TEST_FREE if testing else _FREE)
    if order and chance.random() < 0.25:
        return [system(order), user(text)]
    parts = [order, text] if chance.random() < 0.6 else [text, order]
    return [user(chance.choice(("\n\n", "\n", " ")).join(part for part in parts if part))]


def _key(facts: Facts, fact: Fact) -> str:
    others = _OTHER_KEYS.get(fact.noun)
    if others and facts.chance.random() < 0.3:
        return facts.chance.choice(others)
    return fact.noun.replace(" ", "_")


def _value(fact: Fact) -> str | int:
    return int(fact.value) if fact.value.isdecimal() and fact.value[0] != "0" else fact.value


def _schema(fields: dict[str, Any]) -> dict[str, Any]:
    properties = {name: {"type": "integer" if isinstance(v, int) else "string"} for name, v in fields.items()}
    return {"type": "object", "properties": properties, "required": list(fields), "additionalProperties": False}
