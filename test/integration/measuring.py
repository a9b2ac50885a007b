"""test: a command with its exit status, what it says, and the most memory that it took."""
import os

from harness import program


def measured(scratch, *arguments):
    """Status, standard output, standard error, and the most memory in MiB of this one process (or of this script, if that is more)."""
    with open(scratch / 'out', 'w+b') as out, open(scratch / 'err', 'w+b') as err:
        process = scratch.start(program('sluice'), *arguments, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = out.read().decode(errors='replace'), err.read().decode(errors='replace')
        return process.returncode, *said, used.ru_maxrss >> 10
