"""test: cores stay pure and nobody includes against the arrows, as the compiler itself recorded it.

Reads `ninja -t deps`, which also holds with ccache and unity builds. It sees what include folders cannot forbid:
relative paths, private headers of other rooms, an installed sluice, a core that includes its own room's io.
"""
import os
import pathlib
import re
import subprocess

from house import INDEPENDENT, SEES, tracked

# std_thread.h is what <thread>, <future>, <condition_variable> and <stop_token> have in common.
WORLD = re.compile(
    r'/boost/(asio|beast|process)(/|\.hpp$)|/openssl/|/spdlog/|/CLI/|/sqlite3\.h$'
    r'|/c\+\+/\d+/(thread|filesystem|future|condition_variable|semaphore|stop_token|barrier|latch)$'
    r'|/bits/(std_thread|fs_path)\.h$'
)
RECORD = re.compile(r'(.+): #deps (\d+), deps mtime \d+ \((VALID|STALE)\)')


def dependencies(build):
    """Yields (object, is stale, set of real paths) for each object with a record."""
    listing = subprocess.run(
        ['ninja', '-C', build, '-t', 'deps'], check=True, capture_output=True, text=True
    ).stdout
    for block in listing.split('\n\n'):
        head, *paths = block.strip().splitlines() or ['']
        record = RECORD.match(head)
        if record:
            real = {os.path.realpath(os.path.join(build, path.strip())) for path in paths}
            yield record[1], record[3] == 'STALE', real


def room_of(path, source, build):
    """The room a file of the project lies in; None for anything else."""
    if not path.startswith(source + os.sep) or path.startswith(build + os.sep):
        return None
    return os.path.relpath(path, source).split(os.sep)[0]


def of_object(name, paths, source, build):
    """Findings of one object."""
    room = name.split('/')[0]
    core = '_core.a.p/' in name
    may_see = SEES[room]
    for folder, allowed in INDEPENDENT.items():
        may_see = allowed if name.startswith(folder) else may_see
    for path in sorted(paths):
        if core and WORLD.search(path) and not (room == 'base' and '/openssl/' in path):
            yield f'{name}: a core sees {path}'
        other = room_of(path, source, build)
        if other in SEES:
            if other not in may_see:
                yield f'{name}: {room} includes {path} of {other}, against the arrows'
            elif other != room and '/include/' not in path:
                yield f'{name}: includes {path}, a private header of {other}'
            elif core and '/src/io/' in path:
                yield f'{name}: a core includes {path} of its room\'s io'
        elif other is None and '/sluice/' in path and not path.startswith(build + os.sep):
            yield f'{name}: sees an installed header {path}'


def check(source, build):
    source, build = os.path.realpath(source), os.path.realpath(build)
    findings, seen, count = [], set(), 0
    for name, stale, paths in dependencies(build):
        if name.split('/')[0] not in SEES or not os.path.exists(os.path.join(build, name)):
            continue
        count += 1
        if stale:
            findings.append(f'{name}: its record is stale; build first')
        seen |= paths
        findings += of_object(name, paths, source, build)
    if count == 0:
        findings.append(f'no object of any room has been built in {build}')
    for name in tracked(source, '*/src/core/*.cpp'):
        if str(pathlib.Path(source, name)) not in seen:
            findings.append(f'{name}: no object was built from it')
    return findings
