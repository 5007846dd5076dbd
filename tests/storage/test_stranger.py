"""A store that the library does not know, in another process, passes the kit as it is."""

import os
import subprocess
import sys
import tempfile

import pytest
from tests.storage.crashing import ROOT
from tests.storage.elsewhere import ElsewhereStore

from unified_profile.testing.conformance import StoreConformance


@pytest.fixture(scope="module")
def address():
    """Start a server, and give the address of its socket."""
    with tempfile.TemporaryDirectory(prefix="up-") as folder:
        path = f"{folder}/socket"
        server = subprocess.Popen(
            [sys.executable, f"{ROOT}/tests/storage/elsewhere.py", path],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        )
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        yield path
        server.kill()
        server.wait()
        server.stdout.close()


class TestStoreInAnotherProcess(StoreConformance):
    @pytest.fixture(autouse=True)
    def _address(self, address):
        self.address = address

    def make_store(self):
        return ElsewhereStore(self.address)

    def reopen_store(self, store):
        return ElsewhereStore(store.address)
