"""Several threads work on a table, and nothing shows it: neither what comes out, nor what is left behind."""

import threading
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from unified_profile.errors import InvalidInputError
from unified_profile.identity.records import clusters, model, resolve
from unified_profile.identity.records.comparing import COMPARATORS
from unified_profile.identity.records.cores import ahead, at_most, beside, on_all_cores

from .test_resolve import people

ROWS, _ = people(400, seed=11)
NAME = "unified-profile-records"


@contextmanager
def small_parts():
    """Make parts so small that a small table has many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "_AT_ONCE", 500)
        patch.setattr(clusters, "_PAIRS_AT_ONCE", 20)
        yield


def seen(found):
    """Return everything that came out, to the last bit."""
    pairs = (found.links, found.assignments, found.notes, found.model.fingerprint)
    return (*pairs, found.match_weights.tobytes())


class Watching:
    """A comparator that remembers which threads asked it."""

    names = COMPARATORS["birth_date"].names

    def __init__(self):
        self.threads = set()

    def levels(self, field, left, right, /):
        """Return what the default says."""
        self.threads.add(threading.current_thread().name.partition("_")[0])
        return COMPARATORS["birth_date"].levels(field, left, right)


@pytest.mark.parametrize("workers", [2, 3, 8, None])
def test_the_number_of_threads_changes_no_bit(workers):
    with small_parts():
        assert seen(resolve(ROWS, workers=workers)) == seen(resolve(ROWS, workers=1))


def test_the_number_of_threads_changes_no_bit_under_a_model():
    learned = resolve(ROWS[:300]).model
    with small_parts():
        one, many = (resolve(ROWS, model=learned, workers=workers) for workers in (1, 3))
    assert seen(one) == seen(many)


def test_one_worker_is_the_thread_of_the_caller():
    alone, several = Watching(), Watching()
    with small_parts():
        resolve(ROWS, workers=1, comparators={"birth_date": alone})
        resolve(ROWS, workers=2, comparators={"birth_date": several})
    assert alone.threads == {threading.current_thread().name}
    assert several.threads == {NAME}


def test_no_thread_is_left_by_an_error_neither():
    class Broken(Watching):
        def levels(self, field, left, right, /):
            raise ZeroDivisionError

    with small_parts(), pytest.raises(ZeroDivisionError):
        resolve(ROWS, workers=3, comparators={"birth_date": Broken()})
    assert not [one for one in threading.enumerate() if one.name.startswith(NAME)]


@pytest.mark.parametrize("workers", [0, -1, True, 2.0, "2", 1000])
def test_a_number_of_threads_that_is_none_is_refused(workers):
    with pytest.raises(InvalidInputError, match="workers"):
        resolve(ROWS, workers=workers)


def test_work_comes_in_its_order_and_threads_start_no_further_ones():
    nested = []

    def work(number):
        inner = list(ahead(lambda one: threading.current_thread().name, range(3)))
        nested.append(set(inner) == {threading.current_thread().name})
        return number * number

    with at_most(4):
        assert list(ahead(work, range(20))) == [number * number for number in range(20)]
    assert nested == [True] * 20


@pytest.mark.parametrize("told", [True, False])
def test_who_stops_early_leaves_nothing_running(told):
    with at_most(3) if told else nullcontext():
        begun = ahead(lambda number: number, iter(range(10**9)))
        assert next(begun) == 0
        begun.close()
    assert not [one for one in threading.enumerate() if one.name.startswith(NAME)]


def test_work_beside_is_done_by_another_thread_if_one_may():
    def who():
        return threading.current_thread().name.partition("_")[0]

    with at_most(2):
        assert beside(who)() == NAME
    with at_most(1):
        assert beside(who)() == threading.current_thread().name
    with at_most(2):
        failing = beside(lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            failing()


def test_it_is_told_how_many_parts_are_done():
    told, found = [], np.zeros(5)
    with at_most(2):
        on_all_cores(lambda part: found.__setitem__(part, 1.0), range(5), tell=lambda *said: told.append(said))
    assert told == [(number, 5) for number in range(1, 6)]
    assert found.all()
