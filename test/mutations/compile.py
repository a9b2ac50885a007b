#!/usr/bin/env python3
"""test: planted bugs that do not compile any more: nobody would notice them, for a bug that is not built is not run either.

    test/mutations/compile.py BUILD-FOLDER [--of FILE...] [--only NAME...] [--since COMMIT] [--jobs N]

Each bug is planted in a copy of the sources, and one unit that sees it is read by the compiler (-fsyntax-only) with the flags
that BUILD-FOLDER has for it: a few seconds each, and no test is run. `--since` takes only bugs in files that have changed since
that commit. Of a header that is the unit of its name, the first one that includes it, or the header itself. Ends with `N passed,
N failed, N skipped`; what no unit sees is skipped.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from run import ROOT, copy_tree, load


INCLUDED = re.compile(r'^#include\s*[<"]([^>"]+)[>"]', re.M)


def sources_of(unit):
    """One, or those that meson has put together."""
    source = (pathlib.Path(unit['directory']) / unit['file']).resolve()
    if not source.is_relative_to(unit['directory']):
        return [source]
    return [(source.parent / each).resolve() for each in INCLUDED.findall(source.read_text())] if source.exists() else []


def units_of(build):
    """Of each source, from the root of the tree: how it is compiled."""
    found = {}
    for each in json.loads((build / 'compile_commands.json').read_text()):
        for source in sources_of(each):
            if source.is_relative_to(ROOT) and source.exists():
                found.setdefault(str(source.relative_to(ROOT)), each)
    return found


def source_that_sees(file, units):
    """What is to be read, and whose flags it has; of a header that no source includes, itself; (None, None): nothing."""
    if file in units:
        return file, units[file]
    path = pathlib.Path(file)
    sources = [str(path.with_suffix('.cpp')), *sorted(units)]
    names = (f'{path.name}"', f'<{file.split("/include/")[-1]}>')
    for each in sources:
        if each in units and any(name in (ROOT / each).read_text() for name in names):
            return each, units[each]
    room = next((each for each in sorted(units) if each.split('/')[0] == path.parts[0]), None)
    return (file, units[room]) if room and path.suffix == '.hpp' else (None, None)


def command_of(source, unit, tree):
    """As it is compiled, but of the copy, and only read. What was generated is that of the build folder."""
    words, skip = [], False
    for word in shlex.split(unit['command']):
        if skip or word in ('-c', '-MD', '-o', '-MF', '-MQ') or word == unit['file']:
            skip = word in ('-o', '-MF', '-MQ')
            continue
        folder = (pathlib.Path(unit['directory']) / word[2:]).resolve() if word.startswith('-I') else None
        ours = folder and folder.is_relative_to(ROOT) and not folder.is_relative_to(unit['directory'])
        words.append(f'-I{tree / folder.relative_to(ROOT)}' if ours else word)
    return [*words, '-fsyntax-only', '-w', '-Wno-error', '-fdiagnostics-color=never', '-x', 'c++', str(tree / source)]


def read(source, unit, tree):
    """What the compiler says against it; empty: nothing."""
    done = subprocess.run(command_of(source, unit, tree), cwd=unit['directory'], capture_output=True, text=True)
    errors = [line for line in done.stderr.splitlines() if 'error' in line]
    return '' if done.returncode == 0 else (errors or [done.stderr[-300:]])[0]


def check(bug, units, tree):
    """What became of the bug, and why."""
    path = tree / bug['file']
    text = path.read_text() if path.exists() else ''
    if text.count(bug['old']) != 1:
        return 'failed', f"its place occurs {text.count(bug['old'])} times in {bug['file']}"
    planted = text.replace(bug['old'], bug['new'])
    if path.suffix == '.py':
        try:
            compile(planted, bug['file'], 'exec')
        except SyntaxError as wrong:
            return 'failed', f'does not compile: {wrong}'
        return 'passed', ''
    source, unit = source_that_sees(bug['file'], units)
    if source is None:
        return 'skipped', f"no unit sees {bug['file']}"
    path.write_text(planted)
    try:
        said = read(source, unit, tree)
    finally:
        path.write_text(text)
    if said and read(source, unit, tree):
        return 'failed', f'{source} does not compile without the bug either: {said}'
    return ('failed', f'does not compile: {said}') if said else ('passed', '')


def changed_since(commit):
    done = subprocess.run(['git', 'diff', '--name-only', commit], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def check_all(bugs, units, jobs):
    """Each worker has a copy of its own, in which one bug at a time is planted."""
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-planted-'))
    trees = [folder / str(n) for n in range(jobs)]
    try:
        for tree in trees:
            tree.mkdir()
            copy_tree(tree)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            def one(bug):
                tree = trees.pop()
                try:
                    return bug, *check(bug, units, tree)
                finally:
                    trees.append(tree)
            for bug, verdict, why in pool.map(one, bugs):
                counts[verdict] += 1
                if verdict != 'passed':
                    print(f'@case {verdict} mutations/{bug["name"]} {why}', flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counts


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('build', type=pathlib.Path)
    arguments.add_argument('--of', nargs='+', metavar='FILE', help='only those of these files: planted-log')
    arguments.add_argument('--only', nargs='+', help='only the bugs whose name contains one of these')
    arguments.add_argument('--since', metavar='COMMIT', help='only the bugs in files that have changed since then')
    arguments.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    given = arguments.parse_args()
    if not (given.build / 'compile_commands.json').exists():
        sys.exit(f'{given.build} is no build folder: it has no compile_commands.json')
    bugs = [bug for bug in load(given.of) if not given.only or any(name in bug['name'] for name in given.only)]
    if given.since:
        changed = changed_since(given.since)
        bugs = [bug for bug in bugs if bug['file'] in changed]
    counts = check_all(bugs, units_of(given.build.resolve()), max(1, given.jobs))
    print(f'@counts {counts["passed"]} {counts["failed"]} {counts["skipped"]} of {len(bugs)}')
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    sys.exit(1 if counts['failed'] else 0)


if __name__ == '__main__':
    main()
