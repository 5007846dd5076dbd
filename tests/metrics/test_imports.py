"""Importing the metrics costs nothing that a caller of other rooms would have to pay."""

import subprocess
import sys


def test_numpy_is_loaded_by_the_first_use_and_not_by_the_import():
    code = (
        "import sys; from unified_profile.metrics import nps; assert 'numpy' not in sys.modules; "
        "nps([10]); assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
