"""One build at a time, no lock left behind by a build that was killed, and no process either."""

import os
import signal
import subprocess
import sys
import time

import pytest

from replica.build import lock

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom replica.build import lock\n"
    "with lock.held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(float(sys.argv[2]))\n"
)


def holder(path, seconds):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    return process


def says_that_it_waits(process, holding):
    said = process.stdout.readline()
    return said.startswith("another build is running since 20") and f"`kill {holding.pid}` stops it" in said


def test_the_second_says_for_whom_it_waits_and_then_goes_on(tmp_path):
    first = holder(tmp_path / "lock", 1)
    assert first.stdout.readline() == "held\n"
    second = holder(tmp_path / "lock", 0)
    assert says_that_it_waits(second, first)
    assert second.stdout.readline() == "held\n"
    assert first.wait() == second.wait() == 0


def test_a_killed_holder_leaves_no_lock(tmp_path, capsys):
    first = holder(tmp_path / "lock", 60)
    assert first.stdout.readline() == "held\n"
    first.send_signal(signal.SIGKILL)
    first.wait()
    start = time.monotonic()
    with lock.held(tmp_path / "lock"):
        assert time.monotonic() - start < 5
    assert capsys.readouterr().out == ""


def test_a_child_that_outlives_its_parent_keeps_the_lock(tmp_path):
    orphan = (
        "import subprocess, sys, os\nfrom pathlib import Path\nfrom replica.build import lock\n"
        "with lock.held(Path(sys.argv[1])) as descriptor:\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2)'], pass_fds=[descriptor])\n"
        "    print('started', flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", orphan, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "started\n"
    parent.wait()
    second = holder(tmp_path / "lock", 0)
    assert says_that_it_waits(second, parent)
    assert second.stdout.readline() == "held\n"
    second.wait()


def test_a_lock_that_cannot_be_opened_is_one_line(tmp_path, monkeypatch):
    def denied(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(ValueError, match="lock: Permission denied; a checkout is built by the user who owns it"):
        lock.held(tmp_path / "lock").__enter__()


FAMILY = (
    "import subprocess, sys, time\nfrom replica.build import lock\nlock.end_together()\n"
    "depth = int(sys.argv[1])\nprint(lock.os.getpid(), flush=True)\n"
    "if depth:\n    subprocess.run([sys.executable, '-c', sys.argv[2], str(depth - 1), sys.argv[2]])\n"
    "time.sleep(60)\n"
)


@pytest.mark.parametrize("killed", [0, 1, 2])
def test_whoever_is_killed_those_below_end_too(killed):
    with subprocess.Popen([sys.executable, "-c", FAMILY, "3", FAMILY], stdout=subprocess.PIPE, text=True) as first:
        family = [int(first.stdout.readline()) for _ in range(4)]
        os.kill(family[killed], signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(map(lock._runs, family[killed + 1 :])):
            assert time.monotonic() < deadline
            first.poll()
            time.sleep(0.1)
        first.kill()


def test_on_another_machine_nobody_is_watched(monkeypatch):
    monkeypatch.setenv(lock.PROCESSES, "elsewhere 1 2 3")
    monkeypatch.setattr(lock.threading, "Thread", None)
    lock.end_together()
