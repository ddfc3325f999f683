"""Web pages of one file each: nothing to load, and nothing in them runs but what they were made with."""

import base64
import hashlib
import re
from html import escape


def document(title: str, body: str, style: str, script: str = "") -> str:
    """An HTML document with a content security policy that allows its own style and script, by their hashes, alone.

    Args:
        title: text.
        body: HTML; the style of a picture in it is allowed as well.
        style: CSS.
        script: JavaScript; none if empty.
    """
    styles = " ".join(map(_hash, (style, *re.findall(r"<style>(.*?)</style>", body, re.DOTALL))))
    scripts = _hash(script) if script else "'none'"
    policy = f"default-src 'none'; style-src {styles}; script-src {scripts}; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n"
        + (f"<script>{script}</script>\n" if script else "")
        + "</body>\n</html>\n"
    )


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
