"""test: what the lints know of the house: its rooms, its arrows, its files, and how they are compiled."""
import dataclasses
import json
import pathlib
import shlex
import subprocess

# Each room and those whose public headers it may see.
SEES = {
    'base': {'base'},
    'stream': {'stream', 'base'},
    's3client': {'s3client', 'base'},
    'engine': {'engine', 'stream', 's3client', 'base'},
    'tools': {'tools', 'engine', 'stream', 's3client', 'base'},
}

# The simulator judges what s3client says, so it must not share its reading of the specification.
INDEPENDENT = {'tools/s3sim/': {'base', 'tools'}}


class Unavailable(Exception):
    """A lint cannot run on this machine, and why."""


@dataclasses.dataclass
class Compilation:
    """How one object of the build is compiled: `object` is relative to the build folder."""

    object: str
    folder: str
    source: str  # relative to the folder
    words: list

    def flags(self):
        """Compiler and flags without the parts that name this object, its sources and its dependency file."""
        kept = []
        words = iter(word for word in self.words if word != 'ccache')
        for word in words:
            if word in ('-o', '-MF', '-MQ', '-MT'):
                next(words)
            elif word not in ('-c', '-MD', '-MMD') and not word.endswith(('.cpp', '.o')):
                kept.append(word)
        return kept

    def is_core(self):
        return '_core.a.p/' in self.object


def compilations(build):
    """What compile_commands.json says, in its order."""
    listed = json.loads((pathlib.Path(build) / 'compile_commands.json').read_text())
    return [Compilation(entry['output'], entry['directory'], entry['file'], shlex.split(entry['command'])) for entry in listed]


def of_room(build, room, core=None):
    """One compilation of that room (or folder in it); with `core`, of that half. None without any."""
    for each in compilations(build):
        if each.object.startswith(room + '/') and (core is None or each.is_core() == core):
            return each
    return None


def tracked(source, *patterns):
    """Files that git knows in `source`, as relative paths; or all files where there is no git."""
    source = pathlib.Path(source)
    if (source / '.git').exists():
        listed = subprocess.run(
            ['git', '-C', source, 'ls-files', '-z'], check=True, capture_output=True, text=True
        ).stdout.split('\0')
    else:
        listed = [str(path.relative_to(source)) for path in source.rglob('*') if path.is_file()]
    paths = [pathlib.PurePath(name) for name in sorted(listed) if name and (source / name).is_file()]
    return [str(path) for path in paths if not patterns or any(path.match(pattern) for pattern in patterns)]


def public_headers(source, room):
    """The room's public headers as they are included: `sluice/base/bytes.hpp`."""
    root = f'{room}/include/'
    return [name[len(root):] for name in tracked(source, '*.hpp') if name.startswith(root)]
