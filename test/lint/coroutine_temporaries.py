"""test: no temporary that GCC 12 would destroy twice stands in a statement with co_await.

Runs clang-query over each source with a co_await, with the flags that the build uses for its room. It exits with 0
whatever it finds, so its words are what counts: "binds here" is a match, "error:" a file it could not read.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess

from house import Unavailable, of_room, tracked

QUERY = pathlib.Path(__file__).with_suffix('.cq')


def findings_in(name, source, compilation):
    flags = [flag for flag in compilation.flags()[1:] if not flag.startswith(('-W', '-fno-sanitize', '-fsanitize'))]
    answer = subprocess.run(
        ['clang-query-14', '-f', str(QUERY), str(source / name), '--', *flags, '-w'],
        cwd=compilation.folder, capture_output=True, text=True,
    )
    said = [line for line in (answer.stdout + answer.stderr).splitlines() if 'binds here' in line or 'error:' in line]
    if answer.returncode != 0 and not said:
        said = [f'clang-query ended with {answer.returncode}: {answer.stderr[-300:]}']
    return [line.replace(f'{source}/', '').replace('note: "root" binds here', 'a temporary that must get a name')
            for line in said]


def compilation_for(name, build):
    """That of the program or library a source belongs to: tools are told apart by their folder."""
    room, *rest = pathlib.PurePath(name).parts
    if room == 'examples':
        room = 's3client'  # they are built against an installed copy of it
    return of_room(build, f'{room}/{rest[0]}' if room == 'tools' else room, core=False)


def check(source, build):
    if shutil.which('clang-query-14') is None:
        raise Unavailable('clang-query-14 (clang-tools-14) is not installed')
    source = pathlib.Path(source).resolve()
    work = []
    for name in tracked(source, '*.cpp'):
        if name.startswith('test/') or 'co_await' not in (source / name).read_text():
            continue
        work.append((name, source, compilation_for(name, build)))
    unbuilt = [f'{name}: nothing in the build says how it is compiled' for name, _, how in work if how is None]
    work = [each for each in work if each[2] is not None]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return unbuilt + [line for found in pool.map(lambda each: findings_in(*each), work) for line in found]
