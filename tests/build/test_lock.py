"""One build at a time, and no lock left behind by a build that was killed."""

import signal
import subprocess
import sys
import time

from replica.build import lock

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom replica.build import lock\n"
    "with lock.held(Path(sys.argv[1]), 'waiting'):\n    print('held', flush=True)\n    time.sleep(float(sys.argv[2]))\n"
)


def holder(path, seconds):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    return process


def test_the_second_says_that_it_waits_and_then_goes_on(tmp_path):
    first = holder(tmp_path / "lock", 1)
    assert first.stdout.readline() == "held\n"
    second = holder(tmp_path / "lock", 0)
    assert second.stdout.readline() == "waiting\n"
    assert second.stdout.readline() == "held\n"
    assert first.wait() == second.wait() == 0


def test_a_killed_holder_leaves_no_lock(tmp_path, capsys):
    first = holder(tmp_path / "lock", 60)
    assert first.stdout.readline() == "held\n"
    first.send_signal(signal.SIGKILL)
    first.wait()
    start = time.monotonic()
    with lock.held(tmp_path / "lock", "waiting"):
        assert time.monotonic() - start < 5
    assert capsys.readouterr().out == ""


def test_a_child_that_outlives_its_parent_keeps_the_lock(tmp_path):
    orphan = (
        "import subprocess, sys, os\nfrom pathlib import Path\nfrom replica.build import lock\n"
        "with lock.held(Path(sys.argv[1]), 'waiting') as descriptor:\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2)'], pass_fds=[descriptor])\n"
        "    print('started', flush=True)\n    os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", orphan, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "started\n"
    parent.wait()
    second = holder(tmp_path / "lock", 0)
    assert second.stdout.readline() == "waiting\n"
    assert second.stdout.readline() == "held\n"
    second.wait()
