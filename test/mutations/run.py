#!/usr/bin/env python3
"""test: planted bugs. Each is one small change of the sources that breaks a promise; the tests named beside it must fail.

    test/mutations/run.py [--only NAME...] [--keep FOLDER]

Works on a copy of the tree with a build folder of its own, so that only what a bug touches, and what its tests run, is
compiled again. The tests are run once before, without a bug: they must pass. Ends with `N passed, N failed, N skipped`: a bug
that no test caught is a failure.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def load():
    return [bug for path in sorted(HERE.glob('planted*.json')) for bug in json.loads(path.read_text())]


def copy_tree(to):
    names = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, check=True).stdout.split(b'\0')
    for name in filter(None, names):
        path = pathlib.Path(name.decode())
        if (ROOT / path).exists():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, to / path)


def script_of(tree, test):
    return tree / 'test' / f'{test.split()[0]}.py'


def targets_of(tree, bugs):
    """What the tests of these bugs run; nothing means everything: what is installed is all there is."""
    subprocess.run(['ninja', '-C', str(tree / 'build'), 'build.ninja'], capture_output=True)
    done = subprocess.run(
        ['meson', 'introspect', '--tests', str(tree / 'build')], capture_output=True, text=True, check=True
    )
    folder = str(tree / 'build') + '/'
    programs = {each['name']: each['cmd'][0] for each in json.loads(done.stdout)}
    wanted = set()
    for test in {test for bug in bugs for test in bug['tests']}:
        script = script_of(tree, test)
        if script.exists() and 'installed_copy' not in script.read_text():
            wanted |= {folder + 'tools/sluice/sluice', folder + 'tools/s3sim/sluice-s3sim'}
        else:
            wanted.add(programs.get(test, ''))
    if not all(program.startswith(folder) for program in wanted):
        return []
    return sorted(program[len(folder):] for program in wanted)


def build(tree, bugs):
    command = ['ninja', '-C', str(tree / 'build'), *targets_of(tree, bugs)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0, done.stdout[-3000:]


def run_tests(tree, tests):
    """The output of the first test that fails, or None. A test is a meson test's name, or a script with its cases."""
    for test in tests:
        script = script_of(tree, test)
        if script.exists():
            command = [sys.executable, str(script), str(tree / 'build'), *test.split()[1:]]
        else:
            command = ['meson', 'test', '-C', str(tree / 'build'), '--no-rebuild', test]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
        if done.returncode not in (0, 77):
            return f'{test} fails'
    return None


def plant(tree, bug):
    path = tree / bug['file']
    text = path.read_text()
    if text.count(bug['old']) != 1:
        raise SystemExit(f"{bug['name']}: its place occurs {text.count(bug['old'])} times in {bug['file']}: mend planted*.json")
    path.write_text(text.replace(bug['old'], bug['new']))
    return lambda: path.write_text(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--only', nargs='+', help='only the bugs whose name contains one of these')
    arguments.add_argument('--keep', help='work in this folder and keep it: the next run compiles less')
    given = arguments.parse_args()
    bugs = [bug for bug in load() if not given.only or any(name in bug['name'] for name in given.only)]
    bugs.sort(key=lambda bug: bug['file'])  # what one bug leaves to be compiled again, the next one's does anyway
    tree = pathlib.Path(given.keep or tempfile.mkdtemp(prefix='sluice-planted-'))
    tree.mkdir(exist_ok=True)
    caught = missed = 0
    try:
        copy_tree(tree)
        if not (tree / 'build' / 'build.ninja').exists():
            made = subprocess.run(
                ['meson', 'setup', 'build', '-Doptimization=0', '-Dwerror=false'], cwd=tree,
                capture_output=True, text=True, env={**os.environ, 'CXX_LD': os.environ.get('CXX_LD', 'gold')},
            )
            if made.returncode != 0:
                raise SystemExit(f'meson fails in the copy (of what git knows):\n{made.stdout[-1000:]}')
        whole, said = build(tree, bugs)
        if not whole:
            raise SystemExit(f'the tree does not build without a bug:\n{said}')
        for test in sorted({test for bug in bugs for test in bug['tests']}):
            if run_tests(tree, [test]):
                raise SystemExit(f'{test} fails without a bug: what it notices says nothing')
        for bug in bugs:
            unplant = plant(tree, bug)
            try:
                whole, said = build(tree, [bug])
                verdict = run_tests(tree, bug['tests']) if whole else None
            finally:
                unplant()
            caught, missed = caught + (verdict is not None), missed + (verdict is None)
            why = verdict or ('no test noticed' if whole else f'does not compile:\n{said}')
            print(f"@case {'passed' if verdict else 'failed'} mutations/{bug['name']} {why}", flush=True)
        build(tree, bugs)
    finally:
        if not given.keep:
            shutil.rmtree(tree, ignore_errors=True)
    print(f'@counts {caught} {missed} 0 of {len(bugs)}')
    print(f'{caught} passed, {missed} failed, 0 skipped')
    sys.exit(1 if missed else 0)


if __name__ == '__main__':
    main()
