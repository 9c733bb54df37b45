"""How a command can end: one table for people, scripts and the README."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Every ending by name."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_READY = 3
    LEFT_OVER = 4
    INCOMPLETE = 5
    NOT_PASSED = 6
    INTERRUPTED = 130


MEANING = {
    ExitCode.OK: "it did what was asked",
    ExitCode.FAILED: "an error that harvest did not expect; please report it",
    ExitCode.USAGE: "a flag, a setting or an input is wrong; the message names it",
    ExitCode.NOT_READY: "something that a night needs is missing on this machine",
    ExitCode.LEFT_OVER: "a stale browser of ours could not be removed",
    ExitCode.INCOMPLETE: "it did what was asked, but not for all; what is missing was listed",
    ExitCode.NOT_PASSED: "a gate was not passed; the reasons were listed",
    ExitCode.INTERRUPTED: "Ctrl-C",
}
