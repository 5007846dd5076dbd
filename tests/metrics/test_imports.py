"""Importing the metrics costs nothing that a caller of other rooms would have to pay."""

import subprocess
import sys

import pytest

from unified_profile import metrics


def run(code):
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return found.stdout


def test_numpy_is_loaded_by_the_first_use_and_not_by_the_import():
    run(
        "import sys; from unified_profile.metrics import nps; assert 'numpy' not in sys.modules; "
        "nps([10]); assert 'numpy' in sys.modules; assert 'scipy' not in sys.modules"
    )


def test_the_import_adds_no_more_than_thirty_milliseconds():
    """The least of five, in CPU time: the file system may be cold the first time."""
    code = (
        "import time, unified_profile; start = time.process_time(); import unified_profile.metrics; "
        "print(time.process_time() - start)"
    )
    assert min(float(run(code)) for _ in range(5)) <= 0.03


def test_every_public_name_is_there_and_no_module_hides_one():
    code = (
        "import importlib, pkgutil; from unified_profile import metrics; "
        "[importlib.import_module(m.name) for m in pkgutil.iter_modules(metrics.__path__, metrics.__name__ + '.')]; "
        "from types import ModuleType; "
        "print([name for name in metrics.__all__ if isinstance(getattr(metrics, name), ModuleType)])"
    )
    assert run(code).strip() == "[]"
    assert set(metrics.__all__) <= set(dir(metrics))


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'npss'"):
        metrics.npss  # noqa: B018
