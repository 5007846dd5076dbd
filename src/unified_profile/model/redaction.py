"""How values that hold personal data show themselves: they do not."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Hidden:
    """What stands in a repr where a personal value is."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the same mark for everything, so that nothing can be told from it."""
        return "•••"


_HIDDEN = Hidden()


class Veiled(dict[K, V]):
    """A ``dict`` with personal keys or values, for where a debugger or an error report may look.

    >>> Veiled({"email:taro@example.com": 1})
    Veiled(1)
    """

    def __repr__(self) -> str:
        """Show how many items there are."""
        return f"Veiled({len(self)})"


def hidden(value: object, /) -> str:
    """Return the mark for *value*; how many items it holds is all that is told of a container.

    >>> hidden("taro@example.com"), hidden({"city": "Osaka"}), hidden(None)
    ('•••', '•••[1]', 'None')
    """
    if value is None:
        return "None"
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        return f"•••[{len(value)}]" if value else "•••[0]"
    return repr(_HIDDEN)
