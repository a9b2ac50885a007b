#!/usr/bin/env python3
"""test: runs `meson test` and counts cases instead of programs.

Every test program prints "@counts passed failed skipped of total" at its end, and "@case skipped|failed NAME reason"
on the way. A program that crashed, timed out, or did not say how much it ran counts as a failure, whatever its
exit status. The last line is "N passed, N failed, N skipped"; the exit status is 0 only when nothing
failed and something passed.

usage: run_tests.py BUILD-FOLDER [meson test options]
"""
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

COUNTS = re.compile(r'^@counts (\d+) (\d+) (\d+) of (\d+)\s*$', re.M)
CASE = re.compile(r'^@case (passed|failed|skipped) (\S+) ?(.*)$', re.M)


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list = dataclasses.field(default_factory=list)

    def add(self, entry):
        """Counts one line of meson's testlog.json."""
        text = entry.get('stdout') or ''
        cases = CASE.findall(text)
        counts = COUNTS.findall(text)
        for verdict, name, reason in cases:
            if verdict == 'skipped':
                self.notes.append(f'skipped: {name}: {reason}')
            elif verdict == 'failed':
                self.notes.append(f'FAILED: {name}: {reason}')
        complaint = self._count(entry, cases, counts)
        if complaint:
            self.failed += 1
            self.notes.append(f'FAILED: {entry["name"]}: {complaint}')

    def _count(self, entry, cases, counts):
        """Adds the counts of a program; returns what else is wrong with it, or None."""
        result = entry['result']
        if not counts:
            self.passed += sum(verdict == 'passed' for verdict, _, _ in cases)
            self.failed += sum(verdict == 'failed' for verdict, _, _ in cases)
            self.skipped += sum(verdict == 'skipped' for verdict, _, _ in cases)
            return f'{result}, status {entry["returncode"]}, before it could count'
        passed, failed, skipped, total = map(int, counts[-1])
        unnamed = failed - sum(verdict == 'failed' for verdict, _, _ in cases)
        if unnamed > 0:
            self.notes.append(f'FAILED: {entry["name"]}: {unnamed} case(s) that it does not name')
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if passed + failed + skipped != total:
            return f'only {passed + failed + skipped} of {total} cases came to an end'
        if result not in ('OK', 'SKIP') and not failed:
            return f'{result}, status {entry["returncode"]}, after its cases had passed'
        if total == 0:
            return 'it holds no case'
        return None


def show_failure(entry):
    """The end of what a failed program said, where a person looks for it."""
    print(f'----- {entry["name"]}: {entry["result"]} -----')
    for stream in ('stdout', 'stderr'):
        text = (entry.get(stream) or '').strip()
        if text:
            print('\n'.join(text.splitlines()[-60:]))


def main():
    build, options = pathlib.Path(sys.argv[1]), sys.argv[2:]
    log = build / 'meson-logs' / 'testlog.json'
    log.unlink(missing_ok=True)  # an old one would be counted when meson does not come that far
    processes = os.environ.get('MESON_TESTTHREADS') or str(os.cpu_count())
    patience = '5' if os.environ.get('SLUICE_TEST_SANITIZED') == '1' else '2'
    command = ['meson', 'test', '-C', build, '--no-rebuild', '--num-processes', processes, '-t', patience, *options]
    # The programs' own failures are read from the log; meson's status adds nothing to them.
    subprocess.run(command, stdin=subprocess.DEVNULL)
    tally = Tally()
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    for entry in entries:
        before = tally.failed
        tally.add(entry)
        if tally.failed > before:
            show_failure(entry)
    if not entries:
        tally.failed += 1
        tally.notes.append('FAILED: meson ran no test at all')
    print('\n' + '\n'.join(sorted(tally.notes)))
    print(f'{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped')
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == '__main__':
    main()
