"""How values that hold personal data show themselves: they do not."""

from __future__ import annotations


class Hidden:
    """What stands in a repr where a personal value is."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the same mark for everything, so that nothing can be told from it."""
        return "•••"


_HIDDEN = Hidden()


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
