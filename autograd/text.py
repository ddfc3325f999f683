"""Text for people to read: what comes from outside, such as labels and titles, made safe to show, and plurals."""


def printable(text: str, longest: int | None = None) -> str:
    """text on one line: what does not print appears as Python would write it, and ``…`` stands for a cut-off end.

    Terminals act on control characters and readers are misled by invisible ones, so neither gets through.
    """
    if longest is not None and len(text) > longest:
        text = f"{text[: longest - 1]}…"
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)


def quoted(thing: object, longest: int = 40) -> str:
    """What thing is, as Python would write it, for a sentence about it.

    Some things refuse to be written, such as a whole number of more than 4,300 digits.
    """
    try:
        written = repr(thing)
    except Exception:
        written = object.__repr__(thing)
    return printable(written, longest)


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 row``, ``2 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def decimal(value: float, decimals: int) -> str:
    """A worked-out number with so many decimals, or in scientific notation where that would run to over 15 digits."""
    return f"{value:z.{decimals}f}" if abs(value) < 1e15 else f"{value:.{decimals}e}"


def exact(value: float) -> str:
    """A given number in the fewest digits that are exactly it."""
    # The sum turns −0 into 0.
    return repr(value + 0.0).removesuffix(".0")
