"""test: SIGKILL at random moments of the other imports: of anybody's objects by listing, in shards, of prefixes that grow,
of windows and of some partitions, over damage that is left out. Each run is one such life; at its end each event is in the
stream once, in order, as it was, and a run that nobody kills finds nothing more to do."""
import base64
import gzip
import json
import random
import shutil
import signal
import struct
import subprocess

import events
from harness import Suite, equal, expect, wait_for
from killing import SEED, Killing, runs

suite = Suite(__file__)
RUNS = runs(12, 4)
GAPS, PAUSED = 6, 10
EVENT_BYTES = 100_000  # of raw objects


class Made:
    """Objects that an export has made, of which nobody has the commits: an event may go on in the next of them."""

    def __init__(self, life, seed, encoding, object_bytes):
        stream, self.form = f'made{seed}', encoding[0]
        events.create(life.scratch, stream, seed=seed, count=30, large=1, partitions=1)
        large = {'key': 'large', 'value': {'base64': base64.b64encode(random.Random(seed).randbytes(2_500_000)).decode()}}
        life.scratch.sluice('stream', 'append', stream, '--format', 'ndjson', stdin=json.dumps(large) + '\n')
        events.append(life.scratch, stream, seed, count=10, partitions=1)
        self.values = [value for _, value in events.values(life.scratch, stream, 0)]
        place = f's3://bkt/{stream}?format={encoding[0]}&codec={encoding[1]}'
        life.scratch.sluice('export', '--from', stream, '--to', place, '--object-bytes', object_bytes, '--part-size', '100KiB', '--quiet')
        folder = f'{stream}/{stream}/'
        self.contents = {key.removeprefix(folder): life.bucket.get(key) for key in life.bucket.keys(folder + 'partition=0/')}
        life.scratch.sluice('stream', 'delete', stream, '--yes')

    @staticmethod
    def all_kinds(life):
        """Some of one object each, and some whose events are spilled over many."""
        encodings = [('avro', 'none'), ('avro', 'deflate'), ('avro', 'zstd'), ('ndjson', 'none'), ('ndjson', 'gzip')]
        made = [Made(life, 100 + n, each, '900MiB') for n, each in enumerate(encodings)]
        spilled = [Made(life, 200 + n, each, '400KiB') for n, each in enumerate(encodings)]
        equal([len(each.contents) for each in made], [1] * len(made), 'objects of each')
        expect(min(len(each.contents) for each in spilled) > 2, f'events are spilled over {[len(each.contents) for each in spilled]} objects')
        return made, spilled


class Objects:
    """Objects of nobody's export below a prefix; `values` is what each holds, in the order of their keys (of events that are
    spilled over many, the first)."""

    def __init__(self, life, run):
        self.life, self.prefix = life, f'run{run}/in'
        self.place = f's3://bkt/{self.prefix}'
        self.values = []
        made = [(kind, each) for kind, all_of in zip(('single', 'spilled'), life.made) for each in all_of]
        self.made_left = life.rng.sample(made, len(made))

    def add(self, count=1):
        for _ in range(count):
            for name, content, values in self._objects(f'{len(self.values):04}'):
                self.life.bucket.put(f'{self.prefix}/{name}', content)
                self.values.append(values)

    def damage(self):
        """One of them is cut, altered or gone."""
        rng = self.life.rng
        self.life.calm()
        key = rng.choice(self.life.bucket.keys(self.prefix + '/'))
        content = bytearray(self.life.bucket.get(key))
        how = rng.choice(('cut', 'altered', 'gone'))
        if how == 'gone' or not content:
            self.life.bucket.put(key.removesuffix(key[-4:]) + 'none', b'what?')
            return
        if how == 'altered':
            content[rng.randrange(len(content))] ^= 0x90
        self.life.bucket.put(key, bytes(content if how == 'altered' else content[:rng.randrange(len(content))]))

    def expected(self):
        return [value for one in self.values for value in one]

    def _objects(self, first):
        """Those that belong together: names, of which `first` is the beginning, contents and values."""
        if not self.made_left or self.life.rng.random() < 0.5:
            form, content, values = self._content(len(self.values))
            return [(f'{first}.{form}', self._compressed(content), values)]
        kind, made = self.made_left.pop()
        if kind == 'single':
            return [(f'{first}.{made.form}', *made.contents.values(), made.values)]
        # Objects are joined by the names that an export gives them.
        return [(f'{first}/{name}', content, [] if n else made.values) for n, (name, content) in enumerate(made.contents.items())]

    def _content(self, number):
        rng = self.life.rng
        form = rng.choice(('lines', 'ndjson', 'delimited', 'raw'))
        count = rng.choice((0, 1, 50, 3000))
        texts = [f'{number}/{n}:' + 'x' * rng.choice((0, 10, 300)) for n in range(count)]
        for n in rng.sample(range(count), min(count, rng.choice((0, 0, 1, 3)))):
            texts[n] += 'y' * rng.randrange(1_500_000, 3_500_000)  # an event of fragments
        values = [text.encode() for text in texts]
        if form == 'lines':
            content = b''.join(value + b'\n' for value in values)
        elif form == 'ndjson':
            content = ''.join(json.dumps({'value': text, 'key': f'{n % 7}'}) + '\n' for n, text in enumerate(texts)).encode()
        elif form == 'delimited':
            content = b''.join(struct.pack('>I', len(value)) + value for value in values)
        else:
            content = b''.join(values)
            values = [content[at:at + EVENT_BYTES] for at in range(0, len(content), EVENT_BYTES)]
        return form, content, values

    def _compressed(self, content):
        how = self.life.rng.choice(('none', 'gzip', 'members', 'zstd'))
        if how == 'gzip':
            return gzip.compress(content, 1)
        if how == 'members':
            half = len(content) // 2
            return gzip.compress(content[:half], 1) + gzip.compress(content[half:], 1)
        if how == 'zstd' and shutil.which('zstd'):
            return subprocess.run(['zstd', '-qc', '-1'], input=content, stdout=subprocess.PIPE, check=True).stdout
        return content


def by_listing(life, objects, stream, *more):
    """The words of an import; memory for one range or for many."""
    small = life.rng.choice((('--memory', '1MiB', '--concurrency', 1), ('--memory', '16MiB')))
    return ('import', '--by-listing', '--from', objects.place, '--to', stream, '--event-bytes', EVENT_BYTES, *small, *more)


def values_of(life, stream, first=0):
    """The values of a stream of one partition, in which no kill has cost a sequence."""
    seen = events.values(life.scratch, stream, 0)
    sequences = [sequence for sequence, _ in seen]
    expect(sequences == list(range(first, first + len(seen))), f'sequences of {stream}, in order: {sequences!r:.200}')
    return [value for _, value in seen]


def holds(life, stream, expected, told):
    seen = values_of(life, stream)
    equal(len(seen), len(expected), f'number of {told}')
    for n, (have, want) in enumerate(zip(seen, expected)):
        expect(have == want, f'{told}: number {n} is {have!r:.60}, not {want!r:.60}')
    life.scratch.sluice('stream', 'verify', stream)


def listed(life, run):
    """Objects of every kind, and then more of them."""
    objects, stream = Objects(life, run), f'listed{run}'
    sort = life.rng.choice(('key', 'modified'))
    for _ in range(life.rng.randrange(1, 4)):
        objects.add(life.rng.randrange(1, 5))
        life.killed_until_done(lambda: by_listing(life, objects, stream, '--sort', sort))
        holds(life, stream, objects.expected(), f'events by {sort}')
    life.gone(stream)


def sharded(life, run):
    """Each object is in one of the shards, as a whole."""
    objects, shards = Objects(life, run), life.rng.choice((2, 3))
    objects.add(life.rng.randrange(2, 9))
    taken = []
    for shard in range(1, shards + 1):
        stream = f'shard{run}-{shard}'
        life.killed_until_done(lambda: by_listing(life, objects, stream, '--shard', f'{shard}/{shards}'), times=2)
        seen, at = values_of(life, stream), 0
        for number, values in enumerate(objects.values):
            if values and seen[at:at + len(values)] == values:
                at += len(values)
                taken.append(number)
        equal(at, len(seen), f'events of shard {shard} that are those of whole objects, in order')
        life.gone(stream)
    equal(sorted(taken), [number for number, values in enumerate(objects.values) if values], 'objects in the shards')


def growing(life, run):
    """Followed while objects come; killed, paused, and begun again."""
    objects, stream = Objects(life, run), f'growing{run}'
    sort = life.rng.choice(('key', 'key', 'modified'))
    words = lambda *more: by_listing(life, objects, stream, '--sort', sort, *more)
    objects.add()
    for _ in range(life.rng.randrange(1, 4)):
        process = life.start(words('--follow', '--poll', '100ms'))
        for _ in range(life.rng.randrange(1, 4)):
            life.moment(0.5)
            objects.add()
        life.moment(2)
        if life.rng.random() < 0.3:
            process.send_signal(signal.SIGINT)
            expect(process.wait(60) in (PAUSED, -signal.SIGINT), f'exit status {process.returncode} of a pause')
        else:
            life.kill(process)
    life.killed_until_done(lambda: words())
    holds(life, stream, objects.expected(), f'events that came by {sort}')
    life.gone(stream)


def threads_of(life):
    return ('--threads', life.rng.choice((1, 2)))


class Exported:
    """The stream `orders` in the bucket, and the lines of its partitions as `stream cat` has them."""

    def __init__(self, life, run):
        self.life, self.place = life, f's3://bkt/run{run}'
        self.form, self.codec = life.rng.choice((('avro', 'none'), ('avro', 'zstd'), ('ndjson', 'gzip'), ('ndjson', 'none')))
        life.scratch.sluice(
            'export', '--from', 'orders', '--to', f'{self.place}?format={self.form}&codec={self.codec}', '--quiet', *life.sizes()
        )
        self.lines = [lines_of(life, 'orders', partition) for partition in (0, 1)]

    def words(self, stream, *more):
        """Of one life: the next may run on other threads."""
        return ('import', '--from', self.place, '--to', stream, *threads_of(self.life), *more)

    def first_at(self, partition, time):
        """The number of the first event that is not earlier, as positions of time are meant."""
        times = [json.loads(line).get('timestamp') for line in self.lines[partition]]
        return next((n for n, at in enumerate(times) if at is not None and at >= time), len(times))


def lines_of(life, stream, partition):
    return life.scratch.sluice('stream', 'cat', stream, '--partition', partition, '--format', 'ndjson').raw.splitlines()


def partition_is(life, stream, partition, expected):
    seen = lines_of(life, stream, partition)
    equal(len(seen), len(expected), f'events of partition {partition}')
    expect(seen == expected, f'events of partition {partition} are others')


def windowed(life, run):
    """A window by sequence or by time, and then more of it."""
    exported, stream = Exported(life, run), f'window{run}'
    ends = sorted(life.rng.randrange(life.count // 2 + 20) for _ in range(3))
    if life.rng.random() < 0.5:
        word = lambda n: f'seq:{n}'
        places = [[min(end, len(exported.lines[p])) for end in ends] for p in (0, 1)]
    else:
        # Half a second before the event's own, so that it is the first one of its window.
        time = lambda n: f'2026-11-23T10:{n // 60 % 60:02}:{n % 60:02}.500000Z'
        word = lambda n: 'time:' + time(n)
        places = [[exported.first_at(p, time(end)) for end in ends] for p in (0, 1)]
    for end in (1, 2):
        given = ('--start', word(ends[0]), '--end', word(ends[end]))
        life.killed_until_done(lambda: exported.words(stream, *given))
        for p in (0, 1):
            partition_is(life, stream, p, exported.lines[p][places[p][0]:places[p][end]])
    again = ('--start', word(ends[0])) if life.rng.random() < 0.5 else ()
    life.killed_until_done(lambda: exported.words(stream, *again))
    for p in (0, 1):
        partition_is(life, stream, p, exported.lines[p][places[p][0]:])
    life.gone(stream)


def mapped(life, run):
    """Some partitions, and where they go; with a window or without."""
    exported, stream = Exported(life, run), f'mapped{run}'
    word, into = life.rng.choice((('0', {0: 0}), ('1', {1: 0}), ('1,0', {1: 0, 0: 1}), ('1=0,0=1', {1: 0, 0: 1})))
    start = life.rng.choice((0, life.rng.randrange(life.count // 2)))
    given = ('--partitions', word, *(('--start', f'seq:{start}') if start else ()))
    if life.rng.random() < 0.3:
        given, into, start = ('--shard', '2/2'), {1: 0}, 0
    life.killed_until_done(lambda: exported.words(stream, *given))
    life.killed_until_done(lambda: exported.words(stream, *given))
    for source, target in into.items():
        partition_is(life, stream, target, exported.lines[source][start:])
    life.gone(stream)


def followed(life, run):
    """An import that follows an export that grows; both are killed."""
    source, stream, place = f'live{run}', f'follow{run}', f's3://bkt/run{run}'
    events.create(life.scratch, source, seed=run, count=300, large=2)
    export = ('export', '--from', source, '--to', place, *life.sizes())
    life.killed_until_done(export)
    for turn in range(life.rng.randrange(1, 4)):
        process = life.start(('import', '--from', place, '--to', stream, '--follow', '--poll', '100ms', *threads_of(life)))
        events.append(life.scratch, source, turn, 100, large=turn % 2)
        life.killed_until_done(export, times=2)
        life.moment(1)
        life.kill(process)
    life.killed_until_done(lambda: ('import', '--from', place, '--to', stream, *threads_of(life)))
    equal(events.digest(life.scratch, stream), events.digest(life.scratch, source), 'events that were followed')
    life.gone(stream)
    life.gone(source)


def left_out(life, run):
    """Over damage: what one run that nobody kills brings, killed ones bring, and tell as missing."""
    exported = Exported(life, run)
    keys = life.bucket.keys(f'run{run}/orders/partition=')
    life.calm()
    for key in life.rng.sample(keys, life.rng.randrange(1, min(3, len(keys)) + 1)):
        if life.rng.random() < 0.4:
            life.bucket.delete(key)
            continue
        content = bytearray(life.bucket.get(key))
        content[life.rng.randrange(len(content))] ^= 0x10
        life.bucket.put(key, bytes(content))
    life.trouble()
    words = lambda stream: exported.words(stream, '--on-bad', 'skip')
    as_one_that_lives(life, words, f'skipped{run}', 2)
    seen = [lines_of(life, f'skipped{run}', p) for p in (0, 1)]
    for p in (0, 1):
        kept = set(seen[p])
        equal(seen[p], [line for line in exported.lines[p] if line in kept], 'what is left of a partition')
    expect(seen != exported.lines, 'something is missing')
    life.gone(f'skipped{run}')


def bad_objects(life, run):
    """The same by listing."""
    objects = Objects(life, run)
    objects.add(life.rng.randrange(2, 7))
    objects.damage()
    life.trouble()
    as_one_that_lives(life, lambda stream: by_listing(life, objects, stream, '--on-bad', 'skip'), f'bad{run}', 1)
    life.gone(f'bad{run}')


def unnumbered(life, stream):
    return [{**json.loads(line), 'sequence': None} for line in lines_of(life, stream, 0)]


def as_one_that_lives(life, words, stream, partitions):
    """Imports into `stream`, killed; it ends as an import that is not: status, events, what is told as missing. Of a listing the
    events' numbers may differ: an event whose end is missing takes one each time it is begun and given up."""
    status = life.scratch.sluice(*words('alive'), '--quiet', status=None).returncode
    expect(status in (0, GAPS), f'exit status {status} of an import that leaves out')
    life.killed_until_done(lambda: words(stream), statuses=(status,))
    if partitions == 1:
        expect(unnumbered(life, stream) == unnumbered(life, 'alive'), 'events are others than those of an import that lives')
    else:
        equal(events.digest(life.scratch, stream, partitions), events.digest(life.scratch, 'alive', partitions), 'events')
    told = [json.loads(life.scratch.sluice('stream', 'info', name, '--json').out)['partitions'] for name in (stream, 'alive')]
    equal([each.get('left_out') for each in told[0]], [each.get('left_out') for each in told[1]], 'what is told as missing')
    life.scratch.sluice('stream', 'verify', stream)
    life.gone('alive')


LIVES = (listed, sharded, growing, windowed, mapped, followed, left_out, bad_objects)


@suite.case
def an_import_with_kills_brings_each_event_once():
    print(f'# seed {SEED}, {RUNS} runs', flush=True)
    with Killing(count=600, large=3) as life:
        life.made = Made.all_kinds(life)
        life.troubled = ('GetObject', 'GetObject', 'ListObjectsV2', 'HeadObject')
        life.held = life.held_late = ('GetObject', 'GetObject', 'GetObject', 'ListObjectsV2', 'HeadObject')
        life.play(LIVES, RUNS)


suite.run()
