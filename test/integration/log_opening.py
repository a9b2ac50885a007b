"""test: after kill -9 of who appends, opening the stream reads its last segment and of the others the ends only.

The bytes are counted by strace, from outside of the program. SLUICE_OPENING_MIB says how much is appended before the
kill: without, 40 MiB in segments of 8 MiB; from 1 GiB on in segments as large as they come, 256 MiB.
"""
import os
import pathlib
import re
import signal
import subprocess
import threading

from harness import Scratch, Suite, equal, expect, need, program, skip, wait_for

suite = Suite(__file__)
MIB = 1 << 20
AMOUNT = int(os.environ.get('SLUICE_OPENING_MIB', '40')) * MIB
READ = re.compile(r'^\d+ +p?readv?(?:64)?\(\d+<([^>]*)>.* = (\d+)$')


def segments(scratch):
    folder = pathlib.Path(scratch.env['XDG_DATA_HOME']) / 'sluice' / 'orders' / 'p=0'
    return sorted(folder.glob('*.log'))


def size(files):
    return sum(each.stat().st_size for each in files)


def append_until_killed(scratch, line):
    """Kills it when so much lies in the segments, and the last of them has begun to fill."""
    process = scratch.start_sluice('stream', 'append', 'orders', stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def feed():
        try:
            while True:
                process.stdin.write((line + '\n').encode() * 1000)
        except (BrokenPipeError, ValueError):
            pass

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        largest = 256 * MIB if AMOUNT >= 1 << 30 else 8 * MIB
        enough = lambda: size(segments(scratch)) >= AMOUNT and segments(scratch)[-1].stat().st_size > largest // 3
        wait_for(enough, f'{AMOUNT >> 20} MiB are there', process, patience=1200)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        feeder.join()
    equal(process.wait(), -signal.SIGKILL, 'how append ended')


def read_from(scratch, calls, files):
    """Bytes that were read of each of these files."""
    names = {str(each): 0 for each in files}
    for call in (scratch / calls).read_text(errors='replace').splitlines():
        found = READ.match(call)
        if found and found.group(1) in names:
            names[found.group(1)] += int(found.group(2))
    return [names[str(each)] for each in files]


@suite.cases_for([1 << 10, 100, 1 << 18])
def after_a_kill_the_last_segment_and_the_ends_of_the_others_are_read(line):
    need('strace')
    with Scratch() as scratch:
        large = () if AMOUNT >= 1 << 30 else ('--retain-bytes', '64MiB')
        scratch.sluice('stream', 'create', 'orders', *large)
        append_until_killed(scratch, 'x' * line)
        files = segments(scratch)
        expect(len(files) >= 4, f'{len(files)} segments')
        last, there = files[-1].stat().st_size, size(files)  # before opening it again: that may remove the oldest
        done = scratch.run(
            'strace', '-f', '-y', '-o', scratch / 'calls', '-e', 'trace=read,pread64,readv,preadv',
            program('sluice'), 'stream', 'append', 'orders', status=None,
            env={'ASAN_OPTIONS': 'detect_leaks=0:exitcode=99'},  # leaks cannot be looked for beside strace
        )
        if done.returncode != 0 and 'ptrace' in done.err:
            skip(f'strace cannot trace here: {done.err[-200:]}')
        equal(done.returncode, 0, f'append after the kill: {done.err}')
        *ends, whole = read_from(scratch, 'calls', files)
        print(f'# lines of {line}: {len(files)} segments, {there} bytes; read {whole} of {last} in the last, {sum(ends)} of the others')
        expect(all(0 < each < 1 << 16 for each in ends), f'read of the earlier segments: {ends}')
        expect(last <= whole <= last + MIB, f'{whole} bytes read of the last segment, which has {last}')


suite.run()
