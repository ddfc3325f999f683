"""Labels that mean something to one language or another, and must come out as text in all of them."""

from typing import Final

LABELS: Final = [
    "say \"hi\" and 'ho'",
    "back\\slash \\N \\G \\n \\l $x$ #1 %2 &3 _4 ^5 ~6",
    "{a|<b>|c}",
    "<b>bold</b><script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 1"><svg onload="window.pwned = 1">',
    "</script><script>window.pwned = 1</script></style></title><!--",
    "<TABLE><TR><TD>x</TD></TR></TABLE>",
    "&lt; &amp; &#65; & &quot;",
    "]]> --> |x| ((y)) `z` ; <!-- -->",
    "javascript:window.pwned=1",
    "line\nbreak\r\n\ttab",
    "nul\x00 bell\x07 escape\x1b[31m del\x7f",
    "bidi \u202e\u2066 zero\u200b\ufeff width",
    "σ′ 日本語のラベル 😀 é ｗｉｄｅ",
    "x" * 20_000,
    "\\input{/etc/passwd} \\href{javascript:1}{x}",
    "%s {0} {title} ${x} `${x}`",
    "@0 !1 @2",
    "lone \ud800 surrogate",
    '"',
    "ends in \\",
    "label=x];}",
    "\u2028\u2029\x85 \ufffe",
    "",
    " ",
    "constructor",
    "__proto__",
]
IDS: Final = [str(place) for place in range(len(LABELS))]
