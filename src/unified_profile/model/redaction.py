"""How values that hold personal data show themselves: they do not."""

from __future__ import annotations

from typing import Any, NoReturn, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")
C = TypeVar("C", bound=type)


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


class Closed:
    """The base of frozen values that hold personal data: they are not pickled, and a copy is the value itself.

    A pickle is a file that no later decision reaches. What must travel is encoded by name: facts by
    ``model.codec.encode``, values by ``to_dict()``.
    """

    __slots__ = ()

    def __copy__(self) -> Self:
        """Return the value itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Return the value itself, as above."""
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled."""
        raise TypeError(f"a {type(self).__name__} holds personal data and is not pickled; hand on its id and ask again")


def closed(kind: C, /) -> C:
    """Let test runners compare values of an attrs class *kind* without taking them apart.

    They look for the name of the file in which attrs writes ``__eq__``, and then show the fields that differ.
    """
    made: Any = kind.__dict__.get("__eq__")
    code = getattr(made, "__code__", None)
    if code is not None:
        made.__code__ = code.replace(co_filename="<equality that shows nothing>")
    return kind
