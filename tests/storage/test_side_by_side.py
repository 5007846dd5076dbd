"""Two things at once: nothing is returned or raised before the one that asks a store has ended."""

import threading
import time
from contextvars import ContextVar

import pytest

from unified_profile.storage.side_by_side import side_by_side

VAR = ContextVar("var", default="not set")


def test_work_is_done_elsewhere_in_the_caller_s_context():
    VAR.set("the caller's")
    (where, seen), here = side_by_side(lambda: (threading.get_ident(), VAR.get()), threading.get_ident)
    assert here == threading.get_ident() != where
    assert seen == "the caller's"


@pytest.mark.parametrize("failing", ["work", "meanwhile", "both"])
def test_what_either_raises_is_raised_when_the_work_has_ended(failing):
    ended = []

    def work():
        time.sleep(0.02)
        ended.append(True)
        if failing != "meanwhile":
            raise ValueError("work")

    def meanwhile():
        if failing != "work":
            raise KeyboardInterrupt

    with pytest.raises(ValueError if failing == "work" else KeyboardInterrupt):
        side_by_side(work, meanwhile)
    assert ended


def test_without_another_thread_one_follows_the_other(monkeypatch):
    def no_thread(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    order = []
    side_by_side(lambda: order.append("work"), lambda: order.append("meanwhile"))
    assert order == ["work", "meanwhile"]
