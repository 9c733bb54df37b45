"""Where `harvest` begins: loading takes a second, in which Ctrl-C ends it as politely as later."""

import sys

from orchestrate.exit_codes import ExitCode


def main() -> None:
    """Load the command line, and run it."""
    try:
        from orchestrate import cli  # noqa: PLC0415 - this is what takes the second
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(ExitCode.INTERRUPTED)
    cli.main()
