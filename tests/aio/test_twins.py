"""Both hubs have the same calls with the same parameters, and follow the same courses."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from unified_profile import Hub
from unified_profile.aio import AsyncHub


def public(kind: type) -> dict[str, Any]:
    return {name: call for name, call in inspect.getmembers(kind, callable) if not name.startswith("_")}


def parameters(call: Any) -> list[tuple[str, Any, Any]]:
    return [(one.name, one.kind, one.default) for one in inspect.signature(call).parameters.values()]


def test_one_hub_has_no_call_that_the_other_lacks():
    assert public(Hub).keys() == public(AsyncHub).keys()


@pytest.mark.parametrize("name", sorted({*public(Hub), *public(AsyncHub), "__init__"}))
def test_a_call_takes_the_same_parameters_on_both_hubs(name):
    """A parameter that is added to one has to be added to the other."""
    one, other = getattr(Hub, name), getattr(AsyncHub, name)
    assert parameters(one) == parameters(other)


@pytest.mark.parametrize("name", sorted(public(AsyncHub).keys() - {"joined"}))
def test_what_one_hub_returns_is_awaited_and_what_it_yields_is_awaited_one_by_one(name):
    one, other = inspect.unwrap(getattr(Hub, name)), inspect.unwrap(getattr(AsyncHub, name))
    if inspect.isgeneratorfunction(one):
        assert inspect.isasyncgenfunction(other)
    else:
        assert inspect.iscoroutinefunction(other)
    asked, answered = (inspect.get_annotations(call)["return"] for call in (one, other))
    assert answered == asked.replace("Iterator[", "AsyncIterator[")


@pytest.mark.parametrize("name", sorted(public(AsyncHub).keys() - {"joined"}))
def test_both_follow_the_same_course(name):
    """Neither has thoughts of its own: what a call names of the library is what the other names."""
    one, other = (inspect.unwrap(getattr(kind, name)).__code__.co_names for kind in (Hub, AsyncHub))
    assert set(one) == set(other)
