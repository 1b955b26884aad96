"""A PostgreSQL server of the tests' own, in a temporary folder."""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from harness.sandbox import linux

if TYPE_CHECKING:
    from collections.abc import Iterator

ADMIN, PASSWORD = "keeper", "s3cret: word"
_NOBODY = 65534
_START_SECONDS = 60.0


def binaries() -> Path | None:
    """The folder of the newest server that is installed."""
    found = [Path(path).parent for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]  # noqa: PTH207
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    return max(found, key=_version, default=None)


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.parent.name.split(".") if part.isdigit()]


class Cluster:
    """Started when made; asks for passwords over TCP and on its socket. Run by nobody when the tests are root's."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="harness-cluster-"))
        self._user = _NOBODY if os.getuid() == 0 else None
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            programs / "initdb", "--no-sync", f"--username={ADMIN}", f"--pwfile={password}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", f"--pgdata={self.folder / 'data'}",
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        settings = {
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "127.0.0.1",
            "port": self.port, "unix_socket_directories": self.folder, "log_min_messages": "fatal",
        }  # fmt: skip
        command = [programs / "postgres", "-D", self.folder / "data"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            command,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user is not None else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=linux.die_with_parent,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return self._process.pid

    def url(self, driver: str = "asyncpg", *, user: str = ADMIN, password: str = PASSWORD, local: bool = False) -> str:
        """For ``--db``."""
        secret = password.replace(":", "%3A").replace(" ", "%20")
        place = f"/postgres?host={self.folder}&port={self.port}" if local else f"127.0.0.1:{self.port}/postgres"
        return f"postgresql+{driver}://{user}:{secret}@{place}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """As the administrator."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=ADMIN, password=PASSWORD, dbname=database, autocommit=True
        )

    def names(self) -> set[str]:
        """Databases and roles that the harness has made."""
        with self.connect() as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'harness%' "
                "UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'harness%'"
            )
            return {str(name) for (name,) in found}

    def stop(self) -> None:
        """Take it away."""
        self._process.terminate()
        try:
            self._process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def _run(self, *command: object) -> None:
        subprocess.run(
            [str(part) for part in command],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user is not None else None,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def running() -> Iterator[Cluster]:
    """One, stopped at the end."""
    programs = binaries()
    assert programs is not None
    cluster = Cluster(programs)
    try:
        yield cluster
    finally:
        cluster.stop()
