"""test: each public header compiles alone, twice in one unit, with the flags of its room."""
import concurrent.futures
import os
import subprocess

from house import SEES, of_room, public_headers


def complaint(compilation, name):
    text = f'#include <{name}>\n#include <{name}>\n'
    answer = subprocess.run(
        [*compilation.flags(), '-fsyntax-only', '-x', 'c++', '-'],
        cwd=compilation.folder, input=text, capture_output=True, text=True,
    )
    if answer.returncode == 0:
        return None
    errors = [line for line in answer.stderr.splitlines() if 'error' in line] or [answer.stderr]
    return f'<{name}> does not compile alone: {errors[0]}'


def check(source, build):
    work = []
    for room in SEES:
        compilation = of_room(build, room, core=False) or of_room(build, room)
        work += [(compilation, name) for name in public_headers(source, room)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda each: complaint(*each), work)
        return [answer for answer in answers if answer]
