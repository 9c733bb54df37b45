"""What can go wrong, turned into one sentence each and an exit code."""

from collections.abc import Generator
from contextlib import contextmanager

import typer

from harvest.packs import disk
from harvest.packs.problem import PackError
from harvest.records import RecordError
from orchestrate import show
from orchestrate.exit_codes import ExitCode


@contextmanager
def refusing(interrupted: str) -> Generator[None]:
    """End the command in words; `interrupted` says what Ctrl-C leaves behind."""
    try:
        yield
    except (PackError, RecordError) as error:
        show.complain(str(error))
        raise typer.Exit(ExitCode.USAGE) from error
    except OSError as error:
        show.complain(disk.explain(error))
        raise typer.Exit(ExitCode.NOT_READY) from error
    except KeyboardInterrupt:
        show.complain(f"Interrupted: {interrupted}.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
