#!/usr/bin/env python3
"""test: runs every lint, and before them the test that each can fail. Needs a finished build.

usage: run_all.py BUILD-FOLDER [LINT...]

Prints the findings and, last, "N passed, N failed, N skipped".
"""
import importlib
import pathlib
import sys
import time

from house import Unavailable

LINTS = [
    'selftest', 'formatted', 'no_machine_paths', 'planted_bugs', 'named_tests', 'pure_rooms', 'arrows', 'headers_alone', 'coroutine_temporaries',
]


def main():
    if len(sys.argv) < 2 or not pathlib.Path(sys.argv[1], 'build.ninja').exists():
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    source = pathlib.Path(__file__).resolve().parents[2]
    passed = failed = skipped = 0
    for name in sys.argv[2:] or LINTS:
        began = time.monotonic()
        try:
            findings = importlib.import_module(name).check(source, build)
        except Unavailable as why:
            skipped += 1
            print(f'skipped: lint/{name}: {why}', flush=True)
            continue
        for finding in findings:
            print(f'{name}: {finding}')
        if findings:
            failed += 1
            print(f'FAILED: lint/{name}: {len(findings)} finding(s)', flush=True)
        else:
            passed += 1
            print(f'passed: lint/{name} ({time.monotonic() - began:.1f} s)', flush=True)
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    sys.exit(1 if failed or not passed else 0)


if __name__ == '__main__':
    main()
