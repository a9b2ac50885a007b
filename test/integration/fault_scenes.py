"""test: the scenes of fault cells: a small export, import, … against a simulator that many cells share, and what must hold after it.

What is in the bucket is looked at by a stranger: commits without a gap in their numbers and ranges, each object named once, and per partition
the bytes of an export that met no fault.
"""
import hashlib
import json
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

import events  # noqa: E402
from harness import Scratch, Simulator, equal, expect, stop, wait_for  # noqa: E402
from s3_requests import S3  # noqa: E402 (lab/)

PARTS = ('--object-bytes', '600KiB', '--part-size', '200KiB')   # several parts in several objects
PUTS = ('--object-bytes', '300KiB', '--part-size', '8MiB')      # each object in one request
OTHERS = ('--object-bytes', '900KiB', '--part-size', '300KiB')
PATIENT = '?read-timeout=400ms'
LATE = 1.2  # seconds after which nothing that a cell delays can still happen
BEFORE_A_MINUTE = 50  # seconds; without `read-timeout` silence ends after 60
ENOUGH = 240  # seconds; a loaded machine may stop for a minute


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Place:
    """What the cells of one process share: a scratch, a simulator, streams and their exports, one for each seed."""

    def __enter__(self):
        self.scratch = Scratch()
        self.scratch.__enter__()
        self.store = Simulator(self.scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', '--quiet')
        self.store.__enter__()
        self.s3 = S3(self.store)
        self.foreign = Listener(self.scratch)
        self.made, self.number = {}, 0
        return self

    def __exit__(self, *why):
        self.s3.close()
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def source(self, seed):
        """A stream, its exports that met no fault, and what these hold."""
        if seed not in self.made:
            self.made[seed] = Source(self, seed)
        return self.made[seed]

    def fresh(self):
        self.number += 1
        return f'c{self.number}'

    def objects(self, below):
        found = self.store.ask('GET', '/_sim/objects')
        return {each['key'][len(below) + 1:]: each['size'] for each in found if each['key'].startswith(below + '/')}

    def uploads(self):
        return sorted(each['key'] for each in self.store.uploads())

    def get(self, key):
        answer = self.s3('GET', f'/bkt/{key}')
        equal(answer.status, 200, f'status of {key}')
        return answer.body

    def put(self, key, data):
        equal(self.s3('PUT', f'/bkt/{key}', data).status, 200, f'status of {key}')

    def remove(self, below):
        for key in self.objects(below):
            self.s3('DELETE', f'/bkt/{below}/{key}')


class Listener:
    """A server that nobody may ask: it counts who does, and answers nobody."""

    def __init__(self, scratch):
        self.log = scratch / 'foreign'
        self.log.touch()
        code = (
            'import socket, sys\ns = socket.create_server(("127.0.0.1", 0))\nprint(s.getsockname()[1], flush=True)\n'
            'while True:\n    c, _ = s.accept()\n    open(sys.argv[1], "ab").write(c.recv(4096) + b"\\n")\n    c.close()\n'
        )
        self.process = scratch.start(sys.executable, '-c', code, self.log, stdout=subprocess.PIPE)
        self.address = f'127.0.0.1:{int(self.process.stdout.readline())}'

    def asked(self):
        return self.log.read_bytes()


class Source:
    """Two partitions, an event of fragments in each, and what was exported of it while nothing went wrong."""

    def __init__(self, place, seed):
        self.place, self.stream = place, f'orders{seed}'
        events.create(place.scratch, self.stream, seed=seed, count=200, large=2)
        self.digest = sha(place.scratch.sluice('stream', 'cat', self.stream, '--format', 'ndjson').raw)
        self.exports = {}
        for name, sizes in (('parts', PARTS), ('puts', PUTS)):
            place.scratch.sluice('export', '--from', self.stream, '--to', f's3://bkt/source-{name}', *sizes, '--quiet')
            place.scratch.sluice('verify', f's3://bkt/{self.folder(f"source-{name}")}', '--against', self.stream)
            self.exports[sizes] = self.bytes_in(self.folder(f'source-{name}'))
        # What import --by-listing reads: lines of a kind that no other seed has.
        self.lines = [b''.join(b'%d %d %d\n' % (seed, n, row * 7919) for row in range(9000)) for n in range(4)]
        for n, data in enumerate(self.lines):
            place.put(f'lines{seed}/{n}.lines', data)

    def folder(self, prefix):
        return f'{prefix}/{self.stream}'

    def bytes_in(self, folder):
        """What is committed there, by a reader of this script's own: the digest of each partition's bytes; and what no commit names."""
        objects = self.place.objects(folder)
        left = {key for key in objects if '_sluice/commits/' not in key and key != '_sluice/stream.json'}
        digests = []
        for partition in range(2):
            below = f'_sluice/commits/p={partition}/'
            numbers = sorted(key for key in objects if key.startswith(below))
            equal(numbers, [f'{below}{n:020}.json' for n in range(len(numbers))], f'commits of partition {partition}')
            named = []
            for key in numbers:
                self.follow(json.loads(self.place.get(f'{folder}/{key}')), named)
            reached, whole = [0, 0], hashlib.sha256()
            for each in named:
                equal(position(each['first']), [partition, *reached], f'where {each["key"]} begins')
                reached = position(each['next'])[1:]
                expect(each['key'] in left, f'{each["key"]} is named once and is there')
                left.discard(each['key'])
                data = self.place.get(f'{folder}/{each["key"]}')
                equal(len(data), each['bytes'], f'size of {each["key"]}')
                whole.update(data)
            equal(reached, [100, 0], f'where partition {partition} ends')
            digests.append(whole.hexdigest())
        self.strays = sorted(left)
        return digests

    @staticmethod
    def follow(commit, named):
        if commit['kind'] == 'replace':
            [at] = [n for n, each in enumerate(named) if each['key'] == commit['old']]
            named[at] = commit['objects'][0]
        elif commit['kind'] == 'objects':
            named.extend(commit['objects'])
        else:
            expect(commit['kind'] in ('claim', 'release'), f'a commit is a {commit["kind"]}')


def position(text):
    """[partition, sequence, offset]"""
    partition, place = text.split('/')
    sequence, _, offset = place.partition('.')
    return [int(partition), int(sequence), int(offset or 0)]


class Scene:
    """One run of a command, and what must hold after it. `met` is that the fault has happened."""

    patience = '15m'
    verifies = False

    def __init__(self, place, cell, seed):
        self.place, self.cell, self.seed = place, cell, seed
        self.source = place.source(seed)
        self.prefix = place.fresh()
        # Who waits for silence need not wait for long; the others shall not take a slow machine for silence.
        self.options = PATIENT if any(word in cell.fault for word in ('silent', 'stalls', 'B/s', 'given up')) else ''
        if cell.hit in ('every', 'from') or 5 in cell.outcome.statuses:
            self.patience = '1s'

    def run(self, rng):
        # The bytes of the partitions are those of an export that was verified; what commits say beside them is looked at now and then.
        self.verifies = self.verifies or rng.random() < 0.25
        if self.cell.kind:
            self.place.store.ask('PUT', '/_sim/scenario', self.cell.kind)
        self.prepare()
        rules = self.cell.rules(rng, self.place.foreign.address)
        self.place.store.set_faults(rules + self.helpers())
        done = self.act()
        fired = [each['fired'] for each in self.place.store.ask('GET', '/_sim/faults')[:len(rules)]]
        if self.cell.outcome.strays:
            time.sleep(LATE)  # the late one shall have happened
        self.place.store.clear_faults()
        expect(min(fired), f'the fault was not met: {rules}')
        self.judge(done)
        if done.returncode != 0:
            self.place.store.ask('DELETE', '/_sim/scenario')
        if done.returncode != 0 or self.cell.outcome.twice:
            self.again(done)
        self.check()
        self.place.store.ask('DELETE', '/_sim/scenario')
        self.forget()

    def prepare(self):
        pass

    def helpers(self):
        """Rules that bring the fault about."""
        return []

    def act(self):
        return self.sluice(*self.words(), status=None)

    def again(self, _):
        self.sluice(*self.words())

    def sluice(self, *words, **options):
        return self.place.scratch.sluice(*words, patience=BEFORE_A_MINUTE if self.options else ENOUGH, **options)

    def judge(self, done):
        outcome = self.cell.outcome
        told = [line for line in done.err.splitlines() if line.startswith('sluice: ')]
        expect(done.returncode in outcome.statuses, f'status {done.returncode} instead of {outcome.statuses}: {done.err[-700:]}')
        if done.returncode == 6 and 'problem: ' in done.out:
            equal(told, [], 'lines beside a report of what differs')
        elif done.returncode:
            equal(len(told), 1, f'lines that say why: {done.err!r:.700}')
            expect(outcome.says in told[0], f'it says {told[0]!r}, not {outcome.says!r}')
        else:
            equal(told, [], 'failures told of what succeeded')
        equal(self.place.foreign.asked(), b'', 'what a foreign host was told')

    def forget(self):
        self.place.remove(self.prefix)


class Export(Scene):
    sizes = PARTS

    def words(self):
        return ('export', '--from', self.source.stream, '--to', f's3://bkt/{self.prefix}{self.options}', *self.sizes, '--quiet',
                '--retry-for', self.patience)

    @property
    def folder(self):
        return self.source.folder(self.prefix)

    def check(self):
        if self.cell.outcome.mended:
            self.mend()
        if self.cell.outcome.strays:
            self.sluice('cleanup', f's3://bkt/{self.folder}', '--older-than', '0s', '--take-over')
        equal(self.place.uploads(), [], 'open uploads')
        equal(self.source.bytes_in(self.folder), self.expected(), 'bytes of the partitions')
        equal(self.source.strays, [], 'objects that no commit names')
        if self.verifies:
            self.sluice('verify', f's3://bkt/{self.folder}', '--against', self.source.stream)

    def expected(self):
        return self.source.exports[self.sizes]

    def mend(self):
        """The store has altered what it was given: `verify` finds it, `repair` mends it, and the altered object goes."""
        found = self.sluice('verify', f's3://bkt/{self.folder}', '--against', self.source.stream, status=6)
        expect('problem:' in found.out, found.out)
        self.sluice('repair', f's3://bkt/{self.folder}', '--from', self.source.stream)
        self.source.bytes_in(self.folder)
        equal(self.source.strays, [], 'the altered object')


class Puts(Export):
    sizes = PUTS


class Resume(Export):
    """An export that was refused in the middle and goes on with uploads that are open."""

    def prepare(self):
        self.place.store.set_faults([{'operation': 'UploadPart', 'nth': 9, 'count': 0, 'kind': 'status', 'status': 403, 'code': 'AccessDenied'}])
        self.sluice(*self.words(), status=7)
        expect(self.place.uploads(), 'uploads are open')


class RefusedOnce(Export):
    """A completion is refused so that the object is begun anew: its upload is aborted."""

    def helpers(self):
        return [{'operation': 'CompleteMultipartUpload', 'kind': 'status', 'status': 409, 'code': 'ConditionalRequestConflict'}]


class Cancel(Resume):
    """A transfer with open uploads is cancelled."""

    def words(self):
        return (*super().words(), '--name', self.prefix)

    def act(self):
        return self.sluice('transfer', 'cancel', self.prefix, status=None)

    def again(self, _):
        self.sluice('transfer', 'cancel', self.prefix)

    def check(self):
        equal(self.place.uploads(), [], 'open uploads after it was cancelled')
        self.sluice(*self.words())
        super().check()


class Import(Scene):
    stream = 'back'

    def words(self):
        return ('import', '--from', f's3://bkt/{self.source.folder("source-parts")}{self.options}', '--to', self.stream, '--quiet',
                '--retry-for', self.patience)

    def check(self):
        seen = sha(self.sluice('stream', 'cat', self.stream, '--format', 'ndjson').raw)
        equal(seen, self.source.digest, 'what was imported')

    def run(self, rng):
        try:
            super().run(rng)
        finally:
            self.place.store.clear_faults()
            self.sluice('stream', 'release', self.stream, status=None)
            self.sluice('stream', 'delete', self.stream, '--yes', status=None)


class Listing(Import):
    def words(self):
        return ('import', '--by-listing', '--from', f's3://bkt/lines{self.seed}{self.options}', '--to', self.stream, '--quiet',
                '--retry-for', self.patience)

    def check(self):
        seen = self.sluice('stream', 'cat', self.stream, '--format', 'lines').raw
        equal(sha(seen), sha(b''.join(self.source.lines)), 'the lines that were imported')


class Verify(Scene):
    def words(self):
        return ('verify', f's3://bkt/{self.source.folder("source-parts")}{self.options}', '--against', self.source.stream)

    def check(self):
        pass


class Repair(Puts):
    """One object is gone; the export is made by an export that meets no fault."""

    def prepare(self):
        self.sluice(*super().words())
        [*_, gone] = sorted(key for key in self.place.objects(self.folder) if key.startswith('partition=1/'))
        self.place.s3('DELETE', f'/bkt/{self.folder}/{gone}')

    def words(self):
        return ('repair', f's3://bkt/{self.folder}{self.options}', '--from', self.source.stream, '--quiet')


class Cleanup(Puts):
    """What another run has left: two objects and two uploads."""

    def prepare(self):
        self.sluice(*super().words())
        for partition in range(2):
            key = f'{self.folder}/partition={partition}/00000000000000000000-0-deadbeef.avro'
            self.place.put(key, b'x')
            self.place.s3('POST', f'/bkt/{key}', query={'uploads': ''})

    def words(self):
        return ('cleanup', f's3://bkt/{self.folder}{self.options}', '--older-than', '0s', '--take-over')


class Killed(Export):
    """SIGKILL while a request is being executed, or has been and is not answered."""

    def act(self):
        process = self.place.scratch.start_sluice(*self.words(), stderr=subprocess.PIPE)
        self.until_it_is_met(process)
        stop(process)
        self.place.store.clear_faults()
        return self.sluice(*self.words(), status=None)

    def until_it_is_met(self, process):
        wait_for(lambda: self.place.store.ask('GET', '/_sim/faults')[0]['fired'], 'the fault is met', process)

    def run(self, rng):
        # What counts the fault is gone with the rules when `act` clears them: it has waited for it.
        if self.cell.kind:
            self.place.store.ask('PUT', '/_sim/scenario', self.cell.kind)
        self.place.store.set_faults(self.cell.rules(rng, self.place.foreign.address))
        done = self.act()
        self.judge(done)
        if done.returncode != 0:
            self.again(done)
        self.place.store.ask('DELETE', '/_sim/scenario')
        self.check()
        self.forget()


class KilledPuts(Killed):
    sizes = PUTS


class Forgot(Killed):
    """… and the state file is gone, too."""

    def act(self):
        process = self.place.scratch.start_sluice(*self.words(), '--state', self.place.scratch / f'{self.prefix}.sqlite')
        self.until_it_is_met(process)
        stop(process)
        self.place.store.clear_faults()
        return self.sluice(*self.words(), status=None)


class ForgotPuts(Forgot):
    sizes = PUTS


class Changed(Killed):
    """… and it goes on with other sizes: what is under way keeps the ones that it was begun with."""

    def act(self):
        process = self.place.scratch.start_sluice(*self.words())
        self.until_it_is_met(process)
        stop(process)
        self.place.store.clear_faults()
        self.sizes = OTHERS
        return self.sluice(*self.words(), status=None)

    verifies = True

    def expected(self):
        return self.source.bytes_in(self.folder)  # other objects; verify compares their events


class Theirs(Killed):
    """Somebody else puts an object of the same size at the key of an upload that is being completed."""

    def act(self):
        process = self.place.scratch.start_sluice(*self.words(), stderr=subprocess.PIPE)
        self.until_it_is_met(process)
        [self.key, size] = max(((each['key'], sum(part['size'] for part in each['parts'])) for each in self.place.store.uploads()),
                               key=lambda one: one[1])
        self.theirs = b'x' * size
        self.place.put(self.key, self.theirs)
        self.place.store.clear_faults()
        process.err = process.communicate(timeout=ENOUGH)[1].decode()
        return process

    def again(self, _):
        equal(sha(self.place.get(self.key)), sha(self.theirs), 'their object')
        self.place.s3('DELETE', f'/bkt/{self.key}')
        super().again(_)


class Slept(Killed):
    """It sleeps with a request on its way; another one, with a state file of its own, takes over; it wakes up and is fenced."""

    def act(self):
        process = self.place.scratch.start_sluice(*self.words(), stderr=subprocess.PIPE)
        self.until_it_is_met(process)
        process.send_signal(signal.SIGSTOP)
        self.sluice(*self.words(), '--state', self.place.scratch / f'{self.prefix}.sqlite')
        before = self.source.bytes_in(self.folder)
        self.place.store.clear_faults()  # its request is executed now, while it sleeps
        time.sleep(0.05)
        process.send_signal(signal.SIGCONT)
        process.err = process.communicate(timeout=ENOUGH)[1].decode()
        expect(process.returncode in (0, 7), f'status {process.returncode} of the one that slept: {process.err}')
        equal(self.source.bytes_in(self.folder), before, 'what is committed after it woke up')
        process.returncode = 0 if 'newer claim' in process.err else process.returncode
        process.err = ''
        return process


class SleptPuts(Slept):
    sizes = PUTS


SCENES = {
    'export': Export, 'puts': Puts, 'resume': Resume, 'refused once': RefusedOnce, 'cancel': Cancel, 'import': Import, 'listing': Listing,
    'verify': Verify, 'repair': Repair, 'cleanup': Cleanup, 'killed': Killed, 'killed puts': KilledPuts, 'forgot': Forgot,
    'forgot puts': ForgotPuts, 'changed': Changed, 'theirs': Theirs, 'slept': Slept, 'slept puts': SleptPuts,
}
