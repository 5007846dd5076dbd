"""What a fuzzer tries: `python -m tests.consent.signals.fuzz` with atheris installed; the corpus lies beside it.

Whatever text comes in, a reading gives a value that encodes to that text again (where nothing was repaired), or a typed
error. What was repaired, and errors, grant nothing.
"""

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from unified_profile.consent.signals import LENIENT, STRICT, consent_records, decode_signal
from unified_profile.errors import InvalidSignalError
from unified_profile.model import ConsentState, Identifier

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DEVICE = Identifier("device", "d1")


def try_one(text, *, reading=None):
    """Read *text* in every way and check the promises; anything but a typed error is a find."""
    for way in (reading,) if reading is not None else (STRICT, LENIENT):
        signal = heard(text, way)
        sound = not isinstance(signal, InvalidSignalError) and not signal.repairs
        if sound:
            assert signal.encode() == text
        found = consent_records(signal, subject=DEVICE, source="web", received_at=NOW)
        assert sound or not any(one.state is ConsentState.GIVEN for one in found)


def heard(text, reading):
    """Return what a string says, or the typed error that refuses it; whatever else is raised is a find."""
    try:
        return decode_signal(text, reading=reading)
    except InvalidSignalError as error:
        return error


def main():
    """Fuzz until stopped; arguments are libFuzzer's (-max_total_time=60 a-folder)."""
    atheris = importlib.import_module("atheris")  # installed by whoever fuzzes

    def one(data):
        try_one(data.decode("latin-1"))

    atheris.instrument_all()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
