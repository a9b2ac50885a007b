"""test: SIGKILL at random moments of what happens to a stream without any bucket: appends of every format, trims, the repair
of damage. Each run is one such life; nothing that was acknowledged is lost, nothing is doubled or altered, and the next command goes on."""
import contextlib
import json
import pathlib
import re
import subprocess
import threading
import time

from harness import Suite, equal, expect, stop
from killing import SEED, Killing, runs

suite = Suite(__file__)
RUNS = runs(8, 4)


def lines_of(life, stream, partition=0):
    """The events of a partition but for their sequences: a sequence may be spent on an event that was not finished."""
    out = life.scratch.sluice('stream', 'cat', stream, '--partition', partition, '--format', 'ndjson').raw
    return [re.sub(rb'^\{"sequence":\d+,', b'{', line) for line in out.splitlines()]


def sequences_of(life, stream):
    out = life.scratch.sluice('stream', 'cat', stream, '--format', 'ndjson').raw
    return [int(re.match(rb'\{"sequence":(\d+),', line)[1]) for line in out.splitlines()]


class Input:
    """Events for `append` in one of its formats: `units` is what each of them is there, a line or a file."""

    def __init__(self, life, run):
        rng = life.rng
        self.life, self.form = life, rng.choice(('lines', 'ndjson', 'file'))
        self.spread = rng.choice(('key', 'round-robin'))
        self.partitions = rng.choice((1, 2))
        count = 12 if self.form == 'file' else 400
        large = set(rng.sample(range(count), 3))
        values = [f'{n}:' + 'x' * (rng.randrange(1_500_000, 4_000_000) if n in large else rng.choice((0, 10, 1000))) for n in range(count)]
        if self.form == 'lines':
            self.units = [value.encode() for value in values]
        elif self.form == 'ndjson':
            keys = [rng.choice((None, f'key-{n % 9}')) for n in range(count)]
            self.units = [json.dumps({'key': key, 'value': value}).encode() for key, value in zip(keys, values)]
        else:
            folder = life.scratch / f'files{run}'
            folder.mkdir()
            for n, value in enumerate(values):
                (folder / f'{n:03}').write_text(value)
            self.units = [str(folder / f'{n:03}') for n in range(count)]

    def words(self, stream, *more):
        given = ('--no-timestamp',) if self.form != 'ndjson' else ()
        given += ('--key-from-path',) if self.form == 'file' else ()
        return ('stream', 'append', stream, '--format', self.form, '--quiet', *given, *more)

    def whole(self, units, stream, *more):
        """Appended by a command that lives: what it has acknowledged is there."""
        if self.form == 'file':
            self.life.scratch.sluice(*self.words(stream, *more), *units)
        else:
            self.life.scratch.sluice(*self.words(stream, *more), stdin=b''.join(unit + b'\n' for unit in units))

    def killed(self, units, stream, *more):
        """Killed while it appends them, which come at once or slowly."""
        life, rng = self.life, self.life.rng
        if self.form == 'file':
            process = life.scratch.start_sluice(*self.words(stream, *more), *units)
            life.moment(0.2)
            life.kill(process)
            return
        process = life.scratch.start_sluice(*self.words(stream, *more), stdin=subprocess.PIPE)
        pause = rng.choice((0, 0, 0.002))
        giving = threading.Thread(target=give, args=(process.stdin, units, pause))
        giving.start()
        life.moment(0.2)
        life.kills += process.poll() is None
        process.kill()
        giving.join()
        stop(process)


def give(pipe, units, pause):
    with contextlib.suppress(OSError):  # it was killed
        for unit in units:
            pipe.write(unit + b'\n')
            if pause:
                pipe.flush()
                time.sleep(pause)
    with contextlib.suppress(OSError):
        pipe.close()


def appended(life, run):
    """The rest of the input is appended again and again, until somebody lives to the end."""
    given = Input(life, run)
    stream, whole = f'appended{run}', f'whole{run}'
    codec = life.rng.choice(('none', 'zstd'))
    for name in (stream, whole):
        life.scratch.sluice('stream', 'create', name, '--partitions', given.partitions, '--codec', codec)
    spread = ('--spread', given.spread) if given.form != 'lines' or given.spread != 'key' else ()
    given.whole(given.units, whole, *spread)
    expected = [lines_of(life, whole, p) for p in range(given.partitions)]
    numbers = [[int(re.search(rb'"value":"(\d+):', line)[1]) for line in each] for each in expected]
    equal(sorted(sum(numbers, [])), list(range(len(given.units))), 'events of an append that lives')
    for turn in range(life.rng.randrange(1, 5)):
        for p, rest in rest_of(life, given, stream, expected, numbers):
            given.killed(rest, stream, *(spread if p is None else ('--partition', p)))
            life.scratch.sluice('stream', 'verify', stream)
    for p, rest in rest_of(life, given, stream, expected, numbers):
        given.whole(rest, stream, *(spread if p is None else ('--partition', p)))
    for p in range(given.partitions):
        expect(lines_of(life, stream, p) == expected[p], f'partition {p} has other events than an append that lives')
    life.scratch.sluice('stream', 'verify', stream)
    life.gone(stream)
    life.gone(whole)


def rest_of(life, given, stream, expected, numbers):
    """What is still to be appended, and to which partition (None: wherever it belongs). What is there is a beginning."""
    # Whole events that were not synced when the writer was killed are kept by the next one, and shown from then on.
    life.scratch.sluice('stream', 'append', stream, stdin='')
    missing = []
    for p in range(given.partitions):
        seen = lines_of(life, stream, p)
        expect(seen == expected[p][:len(seen)], f'partition {p} holds something else than the beginning of its input')
        missing.append(numbers[p][len(seen):])
    if given.spread == 'key':
        rests = [(None, sorted(sum(missing, [])))]
    else:
        rests = list(enumerate(missing))
    return [(p, [given.units[n] for n in each]) for p, each in rests if each]


def segments(life, stream):
    folder = pathlib.Path(life.scratch.env['XDG_DATA_HOME']) / 'sluice' / stream / 'p=0'
    return sorted(folder.glob('*.log'))


def add(life, stream, first, count):
    """Lines of half a mebibyte, each of which tells its number."""
    text = ''.join(f'{n}:' + 'z' * 500_000 + '\n' for n in range(first, first + count))
    life.scratch.sluice('stream', 'append', stream, '--no-timestamp', stdin=text)


def numbers_in(life, stream, *words):
    out = life.scratch.sluice('stream', 'cat', stream, '--format', 'lines', *words).raw
    return [int(line.split(b':')[0]) for line in out.splitlines()]


def killed_soon(life, command):
    process = life.scratch.start_sluice(*command, stdout=subprocess.DEVNULL)
    life.moment(0.1)
    life.kill(process)


def trimmed(life, run):
    """The oldest go, again and again; what an export still needs stays."""
    stream, place, count = f'trimmed{run}', f's3://bkt/run{run}', 0
    life.scratch.sluice('stream', 'create', stream, '--retain-bytes', '8MiB')
    export = ('export', '--from', stream, '--to', place, '--quiet')
    add(life, stream, 0, 4)
    life.scratch.sluice(*export)
    count, first = 4, 0
    for turn in range(life.rng.randrange(2, 5)):
        more = life.rng.randrange(4, 16)
        add(life, stream, count, more)
        count += more
        if life.rng.random() < 0.7:
            life.scratch.sluice(*export)
        for _ in range(life.rng.randrange(1, 4)):
            limit = life.rng.choice((('--before', f'seq:{life.rng.randrange(count)}'), ('--keep-bytes', '1MiB'), ()))
            killed_soon(life, ('stream', 'trim', stream, *limit))
            seen = sequences_of(life, stream)
            equal(seen, list(range(seen[0], count)), 'events that stay are the last ones')
            expect(seen[0] >= first, 'events came back')
            first = seen[0]
            life.scratch.sluice('stream', 'verify', stream)
    life.scratch.sluice('stream', 'trim', stream, '--keep-bytes', '1MiB')
    life.scratch.sluice(*export)
    life.scratch.sluice('verify', place, '--against', stream)
    out = life.scratch.sluice('cat', place, '--format', 'lines').raw
    equal([int(line.split(b':')[0]) for line in out.splitlines()], list(range(count)), 'exported events')
    life.gone(stream)


def mended(life, run):
    """Segments are damaged or gone, and given up by a repair that is killed."""
    stream, place, rng = f'mended{run}', f's3://bkt/run{run}', life.rng
    life.scratch.sluice('stream', 'create', stream, '--retain-bytes', '64MiB', '--codec', rng.choice(('none', 'zstd')))
    # Segments are an eighth of what is retained: the events are larger for that.
    for turn in range(rng.randrange(3, 6)):
        add_random(life, stream, turn * 12, 12)
    export = ('export', '--from', stream, '--to', place, '--quiet')
    if rng.random() < 0.5:
        life.scratch.sluice(*export)
    count = len(sequences_of(life, stream))
    files = segments(life, stream)
    hit = rng.randrange(len(files))
    damaged = bytearray(files[hit].read_bytes())
    if rng.random() < 0.3:
        files[hit].unlink()
        damaged = None
    else:
        damaged[rng.randrange(200, len(damaged) - 200)] ^= 4
        files[hit].write_bytes(damaged)
    last = hit + 1 == len(files)
    for _ in range(rng.randrange(1, 6)):
        killed_soon(life, ('stream', 'repair', stream, '--accept-loss'))
    life.scratch.sluice('stream', 'repair', stream, '--accept-loss')
    life.scratch.sluice('stream', 'verify', stream)
    first = count if last else int(files[hit + 1].name[13:33])
    equal(sequences_of(life, stream), list(range(first, count)), 'events behind the damage')
    if damaged is not None:
        expect(any(each.read_bytes() == damaged for each in files[hit].parent.glob('*.lost*')), 'what was given up is kept')
    add_random(life, stream, count, 3)
    equal(sequences_of(life, stream), list(range(first, count + 3)), 'sequences go on')
    life.scratch.sluice(*export, '--accept-gaps', status=None)
    ended = life.scratch.sluice(*export, status=None).returncode
    expect(ended == 0, f'exit status {ended} of the export that goes on')
    seen = life.scratch.sluice('stream', 'cat', stream, '--from', f'seq:{count}', '--format', 'ndjson').raw
    equal(life.scratch.sluice('cat', place, '--from', f'0/{count}', '--format', 'ndjson', status=None).raw, seen, 'exported events')
    life.gone(stream)


def add_random(life, stream, first, count):
    text = ''.join(f'{n}:' + life.rng.randbytes(400_000).hex() + '\n' for n in range(first, first + count))
    life.scratch.sluice('stream', 'append', stream, '--no-timestamp', stdin=text)


LIVES = (appended, appended, trimmed, mended)


@suite.case
def a_stream_with_kills_loses_and_doubles_nothing():
    print(f'# seed {SEED}, {RUNS} runs', flush=True)
    with Killing(count=100, large=0) as life:
        life.play(LIVES, RUNS, troubled=False)


suite.run()
