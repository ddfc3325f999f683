"""A real browser; and what lies next to the tests made importable, which it is not in importlib's import mode."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))


# Not for the whole session: it leaves an event loop running, in which asyncio.run of another test would fail.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium: install it, on Debian with 'apt install chromium'")
    with sync_playwright() as playwright:
        # Without its sandbox, which a container does not allow.
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty tab; at the end nothing in it may have complained, or have asked for more than its own file."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    yield opened
    context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "about:", "data:"))] == []
