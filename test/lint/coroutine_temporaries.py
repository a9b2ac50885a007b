"""test: no temporary that GCC 12 would destroy twice stands in a statement with co_await.

Runs clang-query over the units of the build that hold a co_await (several sources each, as they are compiled), and over
each source that belongs to none. It exits with 0 whatever it finds, so its words are what counts: "binds here" is a
match, "error:" a file it could not read.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

from house import Unavailable, compilations, of_room, tracked

QUERY = pathlib.Path(__file__).with_suffix('.cq')
INCLUDED = re.compile(r'^#include\s*[<"](.+)[>"]', re.M)


def findings_in(unit, source, compilation):
    """In a file, with what it includes of `source`."""
    flags = [flag for flag in compilation.flags()[1:] if not flag.startswith(('-W', '-fno-sanitize', '-fsanitize'))]
    answer = subprocess.run(
        ['clang-query-14', '-f', str(QUERY), str(unit), '--', *flags, '-w'],
        cwd=compilation.folder, capture_output=True, text=True,
    )
    said = [
        line for line in (answer.stdout + answer.stderr).splitlines()
        if 'error:' in line or ('binds here' in line and (source in pathlib.Path(line.split(':')[0]).resolve().parents))
    ]
    if answer.returncode != 0 and not said:
        said = [f'clang-query ended with {answer.returncode}: {answer.stderr[-300:]}']
    told = [line.replace('note: "root" binds here', 'a temporary that must get a name') for line in said]
    return [f'{shown(line.split(":")[0], source)}:{line.split(":", 1)[1]}' if ':' in line else line for line in told]


def shown(path, source):
    """Relative to the source folder, where it lies there."""
    path = pathlib.Path(path).resolve()
    return path.relative_to(source) if source in path.parents else path


def units_of(build):
    """The build's units that include sources: by source, the unit and how it is compiled."""
    units = {}
    for each in compilations(build):
        unit = pathlib.Path(each.folder, each.source)
        if 'unity' not in unit.name:
            continue
        for included in INCLUDED.findall(unit.read_text()):
            units[pathlib.Path(included).resolve()] = (unit, each)
    return units


def compilation_for(name, build):
    """That of the program or library a source belongs to: tools are told apart by their folder."""
    room, *rest = pathlib.PurePath(name).parts
    if room == 'examples':
        room = 'engine'  # they are built against an installed copy, of which it sees all
    return of_room(build, f'{room}/{rest[0]}' if room == 'tools' else room, core=False)


def check(source, build):
    if shutil.which('clang-query-14') is None:
        raise Unavailable('clang-query-14 (clang-tools-14) is not installed')
    source = pathlib.Path(source).resolve()
    units = units_of(build)
    work, unbuilt = {}, []
    for name in tracked(source, '*.cpp'):
        if name.startswith('test/') or 'co_await' not in (source / name).read_text():
            continue
        unit, compilation = units.get((source / name).resolve()) or (source / name, compilation_for(name, build))
        if compilation is None:
            unbuilt.append(f'{name}: nothing in the build says how it is compiled')
        else:
            work[unit] = compilation
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda each: findings_in(each[0], source, each[1]), work.items())
        return unbuilt + sorted({line for lines in found for line in lines})
