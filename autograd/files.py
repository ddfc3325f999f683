"""Files that are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file (text as UTF-8) so that a crash or a full disk leaves the old one, or none, never half of it.

    Raises:
        OSError: the file cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    # The file a link points to is replaced, not the link.
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        # A terminal, a pipe: there is nothing to replace.
        target.write_bytes(data)
        return
    # Cut, because a name of the greatest length leaves no room for more; a character may take four bytes.
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
    except OSError as error:
        # It is about the file that was asked for, not about the one that was to become it.
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o777
    # The only way to read the mask is to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask
