"""``python -m unified_profile``: the main job on the bundled sample, or on files of your own (``--help``)."""

from __future__ import annotations

import sys

from unified_profile._tour.tour import main

if __name__ == "__main__":
    sys.exit(main())
