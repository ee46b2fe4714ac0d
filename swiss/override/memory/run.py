"""Runs a command on libswiss-malloc.so, with a record of each of its processes."""

import os
import signal
import subprocess

OWN_FAILURE, CANNOT_RUN, NOT_FOUND = 125, 126, 127  # as env(1) and timeout(1) have them


class Failure(Exception):
    """What to say, and the status to exit with."""

    def __init__(self, text, status=OWN_FAILURE):
        super().__init__(text)
        self.status = status


def environment(library, records, every, more=()):
    """The environment of the command: ours, with the library in front of others that are preloaded."""
    preload = " ".join(filter(None, [library, os.environ.get("LD_PRELOAD")]))
    return {**os.environ, "LD_PRELOAD": preload, "SWISS_RECORD": records, **({"SWISS_RECORD_RATE": every} if every else {}), **dict(more)}


def run(command, variables):
    """Runs the command until it ends, and returns its status: 128 and the number of the signal that ended it. It has our standard
    streams, files and signals. While it runs, the keyboard's signals are for it alone, and others are handed on to it."""
    child = []

    def hand_on(number, frame):
        if child and number in (signal.SIGTERM, signal.SIGHUP):
            child[0].send_signal(number)

    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # what is ignored stays so, for the command too
            signal.signal(number, hand_on)
    try:
        child.append(subprocess.Popen(command, env=variables, close_fds=False))
    except FileNotFoundError as error:
        what = command[0] if error.filename == command[0] or not error.filename else error.filename
        raise Failure(f"{what}: no such command", NOT_FOUND)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}", CANNOT_RUN)
    except ValueError as error:
        raise Failure(f"{command[0]}: {error}", CANNOT_RUN)
    status = child[0].wait()
    return 128 - status if status < 0 else status
