"""Ray: an actor is an instance of a class that Ray derives from the one which it was given."""

from __future__ import annotations

from typing import Final

__all__ = ["made_of"]

_ORIGINAL: Final = "__ray_actor_class__"


def made_of(cls: type) -> type:
    """Return the class that Ray has made an actor's class of; any other class itself."""
    original = cls.__dict__.get(_ORIGINAL)
    return original if isinstance(original, type) else cls
