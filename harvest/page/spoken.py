"""What is said to a page and what comes back: records in its words, checked once."""

import base64
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Spoken(BaseModel):
    """A record in the page's words."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")


def _decoded(text: object) -> object:
    return base64.b64decode(text) if isinstance(text, str) else text


Bytes = Annotated[bytes, BeforeValidator(_decoded)]
"""Sent as base64: a page has nothing else for them that is text."""
