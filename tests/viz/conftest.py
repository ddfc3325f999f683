"""What lies next to the tests is made importable, which it is not in importlib's import mode."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
