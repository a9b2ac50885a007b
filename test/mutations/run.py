#!/usr/bin/env python3
"""test: planted bugs. Each is one small change of the sources that breaks a promise; the tests named beside it must fail.

    test/mutations/run.py [--of FILE...] [--only NAME...] [--keep FOLDER]

Works on a copy of the tree with a build folder of its own, so that only what a bug touches, and what its tests run, is
compiled again. The tests are run once before, without a bug: they must pass. Ends with `N passed, N failed, N skipped`: a bug
that no test caught is a failure. A test that takes twenty times as long as without the bug is ended, and has noticed it.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def load(files):
    paths = [HERE / f'{name}.json' for name in files] if files else sorted(HERE.glob('planted*.json'))
    return [bug for path in paths for bug in json.loads(path.read_text())]


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


def command_of(tree, test):
    """A test is a meson test's name, or a script with its cases."""
    script = script_of(tree, test)
    if script.exists():
        return [sys.executable, str(script), str(tree / 'build'), *test.split()[1:]]
    return ['meson', 'test', '-C', str(tree / 'build'), '--no-rebuild', '--timeout-multiplier', '0', test]


def end(running):
    """It and what it has started: first so that it can do so itself (meson runs tests in sessions of their own)."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, how)
            running.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
    running.wait()


def run_test(tree, test, at_most):
    """What is wrong, or None. Ends all that the test has started when `at_most` seconds have passed."""
    running = subprocess.Popen(
        command_of(tree, test), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return f'{test} fails' if running.wait(at_most) not in (0, 77) else None
    except subprocess.TimeoutExpired:
        return f'{test} does not end'
    finally:
        end(running)


def run_tests(tree, tests, usual):
    """What the first test that notices something says, or None."""
    for test in tests:
        verdict = run_test(tree, test, max(120, 20 * usual[test]))
        if verdict:
            return verdict
    return None


def time_tests(tree, tests):
    """Seconds of each, without a bug."""
    usual = {}
    for test in sorted(tests):
        begun = time.monotonic()
        wrong = run_test(tree, test, 900)
        if wrong:
            raise SystemExit(f'{wrong} without a bug: what it notices says nothing')
        usual[test] = time.monotonic() - begun
    return usual


def plant(tree, bug):
    path = tree / bug['file']
    text = path.read_text()
    if text.count(bug['old']) != 1:
        raise SystemExit(f"{bug['name']}: its place occurs {text.count(bug['old'])} times in {bug['file']}: mend planted*.json")
    path.write_text(text.replace(bug['old'], bug['new']))
    return lambda: path.write_text(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--of', nargs='+', metavar='FILE', help='only those of these files: planted-log')
    arguments.add_argument('--only', nargs='+', help='only the bugs whose name contains one of these')
    arguments.add_argument('--keep', help='work in this folder and keep it: the next run compiles less')
    given = arguments.parse_args()
    bugs = [bug for bug in load(given.of) if not given.only or any(name in bug['name'] for name in given.only)]
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
        usual = time_tests(tree, {test for bug in bugs for test in bug['tests']})
        for bug in bugs:
            unplant = plant(tree, bug)
            try:
                whole, said = build(tree, [bug])
                verdict = run_tests(tree, bug['tests'], usual) if whole else None
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
