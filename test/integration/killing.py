"""test: programs killed at random moments, and what must hold afterwards; shared by kill_runs.py, kill_life.py,
kill_import.py and kill_stream.py.

The number of runs is SLUICE_KILL_RUNS; SLUICE_KILL_SEED repeats a sequence of choices.
"""
import json
import os
import random
import subprocess
import time

import events
from bucket import Bucket
from harness import Scratch, Simulator, equal, expect, sanitized, stop

SEED = int(os.environ.get('SLUICE_KILL_SEED', str(random.randrange(1 << 30))))
ENCODINGS = [('avro', codec) for codec in ('none', 'deflate', 'zstd')] + [
    (form, codec) for form in ('ndjson', 'delimited', 'lines', 'raw') for codec in ('none', 'gzip', 'zstd')
]


def runs(usual, when_sanitized):
    """How many runs are wanted."""
    return int(os.environ.get('SLUICE_KILL_RUNS', str(when_sanitized if sanitized() else usual)))


class Killing:
    """A scratch with a simulator and a stream `orders` of two partitions, and `plain`, whose values fit lines; counts the kills."""

    def __init__(self, count, large):
        self.rng = random.Random(SEED)
        self.count, self.large = count, large
        self.kills = 0
        self.pace = 0.0
        self.troubles = []
        # Which requests meet trouble; get no answer; and get one, or are executed, when the program is dead.
        self.troubled = ('UploadPart', 'CompleteMultipartUpload', 'PutObject', 'CreateMultipartUpload')
        self.held_late = ('UploadPart', 'CompleteMultipartUpload')
        self.held = self.held_late + (
            'PutObject', 'CreateMultipartUpload', 'AbortMultipartUpload', 'DeleteObject', 'HeadObject', 'GetObject',
        )
        self._source = {}

    def __enter__(self):
        self.scratch = Scratch()
        self.scratch.__enter__()
        # It tells of each request that it refuses; when many thousand are made, nobody reads that.
        self.store = Simulator(self.scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--quiet')
        self.store.__enter__()
        self.bucket = Bucket(self.store, 'bkt')
        events.create(self.scratch, 'orders', count=self.count, large=self.large)
        events.create(self.scratch, 'plain', count=self.count, large=self.large, form='lines')
        self.pace = self._seconds_of_an_export()
        return self

    def __exit__(self, *why):
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def _seconds_of_an_export(self):
        """How long this machine takes, now: kills shall hit it running."""
        began = time.monotonic()
        self.scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/pace', '--quiet')
        return time.monotonic() - began

    def moment(self, of_an_export=1.5):
        """Lets a random while pass, a short one more often than a long one; in exports of this machine."""
        time.sleep(self.rng.random() ** 2 * of_an_export * self.pace)

    def kill(self, process):
        """SIGKILL; whether it still ran."""
        ran = process.poll() is None
        stop(process)
        self.kills += ran
        return ran

    def killed(self, command, of_an_export=1.5):
        """Starts the command (words, or what makes them for each run) and kills it: after a random while, or at a request that
        gets no answer. Whether the kill hit it running, and the process."""
        held = self.request_held() if self.rng.random() < 0.4 else None
        if held:
            self.store.set_faults([held, *self.troubles])
        process = self.start(command)
        if held:
            self._until_it_is_held(process)
        else:
            self.moment(of_an_export)
        hit = self.kill(process)
        if held:
            self.store.set_faults(self.troubles)
        return hit, process

    def request_held(self):
        """A rule: a request is not executed, or is executed without an answer, or (where that can leave nothing
        behind) is executed when the program is dead."""
        rng = self.rng
        late = rng.random() < 0.3
        rule = {'operation': rng.choice(self.held_late if late else self.held), 'nth': rng.randrange(1, 5)}
        if late:
            return {**rule, 'kind': 'delay', 'milliseconds': 300}
        # A program beside the one that is killed may meet it: it would wait ten minutes for the end of an upload.
        return {**rule, 'kind': 'stall', 'phase': rng.choice(('head', 'effect')), 'milliseconds': 20_000}

    def _until_it_is_held(self, process):
        until = time.monotonic() + 0.5 + 2 * self.pace
        while process.poll() is None and time.monotonic() < until and not self.store.ask('GET', '/_sim/faults')[0]['fired']:
            time.sleep(0.002)

    def killed_until_done(self, command, times=4, statuses=(0,)):
        """Runs the command again and again, killed each time, until it ends by itself; at the latest when it was killed so often."""
        for _ in range(self.rng.randrange(times + 1)):
            hit, process = self.killed(command)
            if not hit:
                break
        else:
            process = self.start(command)
            process.wait(300)
        expect(process.returncode in statuses, f'exit status {process.returncode} after kills: {" ".join(process.args)}')

    def start(self, command):
        words = command() if callable(command) else command
        quiet = ('--quiet',) if words[0] in ('export', 'import') else ()
        return self.scratch.start_sluice(*words, *quiet, stdout=subprocess.DEVNULL)

    def encoding(self):
        return self.rng.choice(ENCODINGS)

    def stream_for(self, *forms):
        """A stream that objects of these formats can hold."""
        return 'plain' if 'lines' in forms else 'orders'

    def sizes(self):
        rng = self.rng
        return ('--object-bytes', rng.choice(('400KiB', '3MiB', '900MiB')), '--part-size', rng.choice(('100KiB', '300KiB', '1MiB')))

    def trouble(self):
        """The store answers slowly, and sometimes badly, from now on."""
        rng = self.rng
        delay = {'operation': '*', 'nth': 1, 'count': 0, 'kind': 'delay', 'milliseconds': rng.choice((1, 5, 20))}
        faults = []
        if rng.random() < 0.5:
            operation = rng.choice(self.troubled)
            kind = rng.choice(('reset-before', 'reset-after', 'lost-answer'))
            faults = [{'operation': operation, 'nth': rng.randrange(1, 5), 'kind': kind}]
        self.troubles = [*faults, delay]
        self.store.set_faults(self.troubles)

    def calm(self):
        self.troubles = []
        self.store.clear_faults()

    def source(self, stream, form):
        """What objects of this format keep of `stream`; asked for once where the stream does not change."""
        if stream not in ('orders', 'plain'):
            return events.left_by(self.scratch, stream, form)
        if (stream, form) not in self._source:
            self._source[stream, form] = events.left_by(self.scratch, stream, form)
        return self._source[stream, form]

    def is_whole(self, place, stream='orders'):
        """An export that is done: it equals the stream, and nothing is left that no commit names."""
        equal([key for key in self.bucket.uploads() if key.startswith(folder_of(place))], [], f'open uploads of {place}')
        seen = json.loads(self.scratch.sluice('verify', place, '--against', f'log:{stream}', '--json').out)
        equal(seen['strays'], [], f'objects of {place} that no commit names')
        listed = json.loads(self.scratch.sluice('ls', place, '--json').out)['objects']
        folder = folder_of(place) + f'{stream}/'
        data = {key.removeprefix(folder) for key in self.bucket.keys(folder_of(place)) if '/_sluice/' not in key}
        equal(data, {each['key'] for each in listed}, f'what others may read as data in {place}')

    def comes_back(self, place, form, stream='orders', expected=None):
        """An import, killed now and then, gives the events of the stream, or `expected`."""
        self.killed_until_done(('import', '--from', place, '--to', 'log:back'), times=2)
        equal(events.left_by(self.scratch, 'back', form), expected or self.source(stream, form), f'events of {place} ({form})')
        self.gone('back')

    def play(self, lives, runs, troubled=True):
        """Lives one after the other, each kind as often as the others, while requests are troubled."""
        deck = []
        for run in range(runs):
            deck = deck or self.rng.sample(lives, len(lives))
            lived = deck.pop()
            print(f'# run {run}: {lived.__name__}', flush=True)
            if troubled:
                self.trouble()
            lived(self, run)
            if troubled:
                self.calm()
            self.forget()
        print(f'# {self.kills} kills', flush=True)

    def forget(self):
        """An empty bucket: what a run has made need not be held any more."""
        self.store.stop()
        self.store.start()

    def gone(self, stream):
        """Forgets a stream that an import made."""
        self.scratch.sluice('stream', 'release', stream, status=None)
        self.scratch.sluice('stream', 'delete', stream, '--yes')


def folder_of(place):
    return place.removeprefix('s3://bkt/') + '/'
