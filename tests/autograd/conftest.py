"""Makes the oracle next to the tests importable: with importlib's import mode a test's folder is not on the path."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
