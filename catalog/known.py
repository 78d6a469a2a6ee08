"""How a key of extra is described by hand."""

from __future__ import annotations

from typing import NamedTuple, Sequence


class Known(NamedTuple):
    """No types: any JSON value."""

    types: Sequence[str]
    help: str
    enum: Sequence = ()


def text(help_text: str) -> Known:
    return Known(("string",), help_text)


def one_of(help_text: str, *values: str) -> Known:
    return Known(("string",), help_text, values)


def flag(help_text: str) -> Known:
    return Known(("boolean",), help_text)


def loose_flag(help_text: str) -> Known:
    """The hook also reads "true" and "false" as text."""
    return Known(("boolean", "string"), help_text)


def whole(help_text: str) -> Known:
    return Known(("integer",), help_text)


def option(help_text: str) -> Known:
    """A number or a text, as connection strings take both."""
    return Known(("integer", "string"), help_text)


def number(help_text: str) -> Known:
    return Known(("number",), help_text)


def mapping(help_text: str) -> Known:
    return Known(("object",), help_text)


def listing(help_text: str) -> Known:
    return Known(("array",), help_text)


def either(*types: str, help_text: str) -> Known:
    return Known(types, help_text)
