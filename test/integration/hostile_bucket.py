"""test: a bucket that somebody else filled: refused in one clear line with its status, within memory, and nothing is published or removed."""
import os
import zlib

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, contains, equal, expect, sanitized
from measuring import measured
from sealed import resealed, seal

suite = Suite(__file__)
FOLDER = 'p/orders/'
COMMIT = FOLDER + '_sluice/commits/p=0/00000000000000000001.json'
STREAM = FOLDER + '_sluice/stream.json'
MEMORY_MIB = 64
COMMANDS = {
    'import': ('import', '--from', 's3://bkt/p', '--to', 'log:back', '--memory', f'{MEMORY_MIB}MiB'),
    'verify': ('verify', 's3://bkt/p', '--memory', f'{MEMORY_MIB}MiB'),
    'cat': ('cat', 's3://bkt/p'),
    'ls': ('ls', 's3://bkt/p'),
    'inspect': ('inspect', 's3://bkt/p'),
    'plan': ('plan', 'import', '--from', 's3://bkt/p', '--to', 'log:back'),
    'cleanup': ('cleanup', 's3://bkt/p'),
}
REPAIR = ('repair', 's3://bkt/p', '--from', 'orders')
ABOVE_THE_LIMIT = 12 << 20  # a document may have 8 MiB


def changed(old, new):
    """The document with its checksum made right again."""

    def change(data):
        expect(old in data, f'{old!r} is there to be changed')
        return resealed(data.replace(old, new, 1))

    return change


def key_that_is_not_ours(new):
    return COMMIT, changed(b'"key":"partition=0/', b'"key":"' + new), 'its key is not one that this commit may name'


# Which document, how it is changed, and what every command says of it.
DOCUMENTS = {
    'not_json': (COMMIT, lambda data: b'\x1b[2J\x00\xff' * 50, 'does not end in its checksum'),
    'deep_nesting': (COMMIT, lambda data: seal(b'{"version":' + b'[' * 100_000), 'is not JSON'),
    'too_large': (COMMIT, lambda data: b'{"version":1,"x":"' + b'a' * ABOVE_THE_LIMIT + b'"}\n', 'at most 8388608 are expected'),
    'a_key_above_the_folder': key_that_is_not_ours(b'../partition=0/'),
    'an_absolute_key': key_that_is_not_ours(b'/partition=0/'),
    'a_key_with_nul': key_that_is_not_ours(b'\\u0000partition=0/'),
    'a_key_of_another_partition': key_that_is_not_ours(b'partition=1/'),
    'an_escape_sequence_in_a_key': key_that_is_not_ours(b'\\u001b[2J\\n/'),
    'a_number_that_overflows': (COMMIT, changed(b'"bytes":', b'"bytes":99999999999999999999'), 'is not JSON'),
    'a_negative_size': (COMMIT, changed(b'"bytes":', b'"bytes":-'), 'bytes is not a number'),
    'a_first_that_the_key_does_not_say': (
        COMMIT, changed(b'"first":"0/0"', b'"first":"0/9999999"'), 'its key is not one that this commit may name'
    ),
    'four_billion_partitions': (STREAM, changed(b'"partitions":1', b'"partitions":4294967295'), 'has not 1 to 4096 partitions'),
    'a_member_twice': (COMMIT, changed(b'"partition":0,', b'"partition":0,"partition":0,'), 'has a member twice'),
    'a_stream_name_with_a_slash': (STREAM, changed(b'"orders"', b'"../../orders"'), 'names no stream'),
    'a_stream_name_for_terminals': (STREAM, changed(b'"orders"', b'"\\u001b]0;x\\u0007\\n"'), 'names no stream'),
}


def bomb(data):
    """256 MiB of zeros, packed without being held."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    some = bytes(1 << 20)
    return b''.join(packer.compress(some) for _ in range(256)) + packer.flush()


NOT_AS_COMMITTED = 'its checksum is not the one committed'
# How the object is changed, and what is said of it by whoever asks for its size first.
OBJECTS = {
    'a_bomb': (bomb, 'committed are'),
    'not_an_object': (lambda data: b'\xff' * len(data), NOT_AS_COMMITTED),
    'a_length_of_two_to_62': (
        lambda data: data[: data.index(b'avro.schema')] + b'\xfe' + b'\xff' * 8 + b'\x7f' + data[400:], 'committed are'
    ),
}


def judged(scratch, name, words, status, *parts):
    """The command ends with this status, in lines that are lines and say these things, within memory."""
    seen, out, err, most = measured(scratch, *words)
    equal(seen, status, f'status of {name}, which says {err[-600:]!r}')
    said = err if name == 'cat' else err + out
    controls = [c for c in said if (ord(c) < 32 and c not in '\n\r\t') or ord(c) == 127]
    equal(controls, [], f'control bytes that {name} says')
    lines = [line for line in err.splitlines() if line.startswith('sluice:')]
    equal(len(lines), 0 if status in (0, 6) else 1, f'lines that say why {name} failed: {err!r:.500}')
    where = [line for line in out.splitlines() if line.startswith('problem: ')] if status == 6 else lines
    for part in parts:
        contains('\n'.join(where), part, f'what {name} says')
    expect(sanitized() or most < 64 + MEMORY_MIB, f'{name} took {most} MiB')


class Attacked:
    """An export of 300 events of which one key was changed; nothing but what a case does changes the bucket or the folder."""

    def __init__(self, key, change):
        self.key, self.change = key, change

    def __enter__(self):
        self.scratch = scratch = Scratch()
        self.store = Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')
        self.store.__enter__()
        events.create(scratch, 'orders', count=300, partitions=1)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        self.bucket = Bucket(self.store, 'bkt')
        self.key = self.key or FOLDER + listed(scratch, 's3://bkt/p')[0]['key']
        self.bucket.put(self.key, self.change(self.bucket.get(self.key)))
        return self

    def __exit__(self, *error):
        self.store.__exit__(*error)
        self.scratch.__exit__(*error)

    def look(self, statuses, *parts):
        """Every command that only reads, with its status; one that succeeds says nothing of it."""
        known = ('out', 'err')
        before, files = self.bucket.keys(), sorted(os.listdir(self.scratch.path))
        for name, words in COMMANDS.items():
            judged(self.scratch, name, words, statuses[name], *(parts if statuses[name] else ()))
        equal(self.bucket.keys(), before, 'keys in the bucket')
        there = [name for name in sorted(os.listdir(self.scratch.path)) if name not in known]
        equal(there, files, 'files beside the data directory')
        back = self.scratch.sluice('stream', 'cat', 'back', status=None)
        equal(back.raw, b'', 'what was published')


@suite.cases_for(DOCUMENTS)
def a_forged_document_is_refused(which):
    key, change, word = DOCUMENTS[which]
    with Attacked(key, change) as at:
        # Of a folder that does not say what it is, nothing can be verified.
        statuses = {'import': 1, 'verify': 6 if key == COMMIT else 1, 'cat': 1, 'ls': 1, 'inspect': 1, 'plan': 1, 'cleanup': 1}
        at.look(statuses, f's3://bkt/{key}', word)
        judged(at.scratch, 'repair', REPAIR, 1, f's3://bkt/{key}', word)


@suite.cases_for(OBJECTS)
def a_forged_object_is_refused_and_repaired(which):
    change, word = OBJECTS[which]
    with Attacked(None, change) as at:
        at.look({'import': 1, 'verify': 6, 'cat': 1, 'ls': 0, 'inspect': 0, 'plan': 0, 'cleanup': 0}, f's3://bkt/{at.key}')
        judged(at.scratch, 'verify', COMMANDS['verify'], 6, word)
        judged(at.scratch, 'cat', COMMANDS['cat'], 1, word)
        judged(at.scratch, 'import', COMMANDS['import'], 1, 'piece 0', NOT_AS_COMMITTED)
        judged(at.scratch, 'repair', REPAIR, 0)
        expect(at.key not in at.bucket.keys(), 'the forged object is gone')
        judged(at.scratch, 'verify', COMMANDS['verify'], 0)
        at.scratch.sluice(*COMMANDS['import'])
        equal(events.digest(at.scratch, 'back', 1), events.digest(at.scratch, 'orders', 1), 'events in the end')


suite.run()
