"""The 2-2-1 network on one sample as a page that steps through both passes, and as a written derivation.

    python demos/steps.py [FOLDER]
    python demos/steps.py FOLDER --screenshot

writes steps.html, and derivation.html, .md and .tex, to FOLDER (default: the current one); with --screenshot also
steps.png, the page in the middle of its backward pass, which takes playwright and Chromium.
"""

import shutil
import sys
from pathlib import Path

import nn
import viz

network = nn.two_two_one()
loss = nn.half_mse([network([0, 1])], [1])

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
viz.page(loss, folder / "steps.html", parameters=network.parameters())
derivation = viz.derivation(loss)
for ending in (".html", ".md", ".tex"):
    derivation.save(folder / f"derivation{ending}")
print(f"open {folder / 'steps.html'} in a browser; the arrow keys step, space plays")

if "--screenshot" in sys.argv:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 760})
        tab.goto((folder / "steps.html").resolve().as_uri())
        tab.locator("#position").fill("27")
        tab.locator('.node.value[aria-label^="a1[0], "]').click()
        tab.locator("summary").click()
        tab.locator("h1").click()
        tab.wait_for_timeout(500)
        tab.screenshot(path=folder / "steps.png")
        browser.close()
