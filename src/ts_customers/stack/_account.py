"""The account that PostgreSQL runs as: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ts_customers._errors import StackError

# Where there is no setpriv, as on macOS, or where it may not narrow the bounding set.
_DROP_AND_RUN = (
    "import os, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]));"
    "os.execv(sys.argv[3], sys.argv[3:])"
)

# Tried in turn. A capability is kept only where the account could not reach the project or its
# virtual environment otherwise, as below /root; it may read there, and nothing else.
_CAPABILITIES = ("", "dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class Account:
    """How to start a program as the account that owns the database's files.

    `prefix` goes before its arguments; `uid` and `gid` are None where the caller's own account
    serves, which is always so unless the caller is root.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder, without what is in it, to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def choose_account(folder: Path, program: Path, *, owner_of: Path | None = None) -> Account:
    """The account that can run a program and use a folder.

    `owner_of` is a database made earlier, whose owner goes on.
    Raises: StackError account_unusable.
    """
    if os.geteuid() != 0:
        return Account()

    uid, gid = _unprivileged(owner_of)
    for account in _candidates(uid, gid):
        if _reaches(account, folder, program):
            return account
    raise StackError(
        f"PostgreSQL must not run as root, and the account that would run it (uid {uid}) "
        f"cannot reach {folder} and {program}",
        slug="account_unusable",
        hint="Run this as an ordinary user, or keep the project in a folder that others may enter.",
    )


def _unprivileged(owner_of: Path | None) -> tuple[int, int]:
    if owner_of is not None and owner_of.exists():
        owner = owner_of.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _candidates(uid: int, gid: int) -> Iterator[Account]:
    setpriv = shutil.which("setpriv")
    for capability in _CAPABILITIES if setpriv else ():
        kept = f"-all,+{capability}" if capability else "-all"
        # PostgreSQL asks access(2) about its own programs, which forgets the capabilities of
        # whoever is not root unless this bit says otherwise.
        securebits = ("--securebits=+no_setuid_fixup",) if capability else ()
        yield Account(
            (
                str(setpriv),
                *securebits,
                f"--reuid={uid}",
                f"--regid={gid}",
                "--clear-groups",
                f"--bounding-set={kept}",
                f"--inh-caps={kept}",
                f"--ambient-caps={kept}",
            ),
            uid,
            gid,
        )
    yield Account((sys.executable, "-c", _DROP_AND_RUN, str(uid), str(gid)), uid, gid)


def _reaches(account: Account, folder: Path, program: Path) -> bool:
    probe = subprocess.run(
        [*account.prefix, "/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", folder, program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    # A program that cannot find itself says so, and goes on.
    return probe.returncode == 0 and not probe.stderr
