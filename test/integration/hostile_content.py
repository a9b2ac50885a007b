"""test: commits that agree with an object whose content lies: every format and codec, from commits and by listing, is refused in one line."""
import gzip
import json
import subprocess
import zlib

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, equal, expect, need, sanitized
from measuring import measured
from sealed import forged

suite = Suite(__file__)
FOLDER = 'p/orders/'
COMMIT = FOLDER + '_sluice/commits/p=0/00000000000000000001.json'
MEMORY_MIB = 64
MEMORY = ('--memory', f'{MEMORY_MIB}MiB')
BY_LISTING = ('import', '--by-listing', '--from', 's3://bkt/p/orders', '--to', 'log:heard', '--quiet', *MEMORY)
READING = {
    'import': (1, ('import', '--from', 's3://bkt/p', '--to', 'log:back', *MEMORY)),
    'verify': (6, ('verify', 's3://bkt/p', *MEMORY)),
    'cat': (1, ('cat', 's3://bkt/p')),
}
OF_ANOTHER = {'another partition': {'import': 7}}  # it is not damaged, it is somebody else's
# They look at commits and names only; `repair` finds what is wrong and exports it again.
OTHERS = {
    'ls': (0, ('ls', 's3://bkt/p')),
    'inspect': (0, ('inspect', 's3://bkt/p')),
    'plan': (0, ('plan', 'import', '--from', 's3://bkt/p', '--to', 'log:back')),
    'cleanup': (0, ('cleanup', 's3://bkt/p')),
    'repair': (0, ('repair', 's3://bkt/p', '--from', 'orders')),
}


def zstd(*words, data):
    need('zstd')
    return subprocess.run(['zstd', '-q', '-c', *words], input=data, stdout=subprocess.PIPE, check=True).stdout


def deflate(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACK = {'none': bytes, 'gzip': gzip.compress, 'zstd': lambda data: zstd(data=data), 'deflate': deflate}
UNPACK = {
    'none': bytes, 'gzip': gzip.decompress, 'zstd': lambda data: zstd('-d', data=data),
    'deflate': lambda data: zlib.decompress(data, -15),
}


def zigzag(number):
    number = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def number_at(data, at):
    shift = value = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value >> 1 ^ -(value & 1), at


class Avro:
    """An object with one block: its header, the records, and how many they are."""

    def __init__(self, data, codec):
        self.codec, self.sync = codec, data[-16:]
        self.header = data[: data.index(self.sync) + 16]
        self.count, at = number_at(data, len(self.header))
        size, at = number_at(data, at)
        equal(at + size + 16, len(data), 'one block')
        self.body = UNPACK[codec](data[at: at + size])

    def packed(self, body=None, count=None, size=None, sync=None, header=None):
        packed = PACK[self.codec](self.body if body is None else body)
        return (
            (header or self.header) + zigzag(self.count if count is None else count) +
            zigzag(len(packed) if size is None else size) + packed + (sync or self.sync)
        )


def avro_cases(data, codec):
    of = Avro(data, codec)
    doubled = of.body + of.body
    return {
        'records that begin again': (of.packed(doubled, of.count * 2), 1),
        'more records than there are': (of.packed(count=1 << 40), 1),
        'less than none': (of.packed(count=-1), 1),
        'a block of 2^62 bytes': (of.packed(size=1 << 62), 1),
        'another sync marker': (of.packed(sync=bytes(16)), 1),
        'a length of 2^60': (of.packed(of.body[:1] + b'\x02\x02\x02' + zigzag(1 << 60) + of.body), 1),
        'a block within a block': (of.packed(data), 1),
        'another partition': (of.packed(header=of.header.replace(b'sluice.partition\x020', b'sluice.partition\x021')), 0),
        'cut off': (of.packed()[:-20], 1),
        'a record beyond the commit': (of.packed(of.body + zigzag(1 << 40) + bytes(5), of.count + 1), 0),
    }


def line(sequence, value='"x"', fragment='null'):
    return f'{{"sequence":{sequence},"timestamp":null,"key":null,"headers":[],"value":{value},"fragment":{fragment}}}\n'.encode()


def ndjson_cases(content):
    lines = content.splitlines(keepends=True)
    last = json.loads(lines[-1])['sequence']
    return {
        'sequences that go back': (b''.join(reversed(lines)), 0),
        'a sequence twice': (b''.join([lines[0], *lines]), 0),
        'a line beyond the commit': (content + line(last + 1), 0),
        'a line that does not end': (content[:-1], 0),
        'a line of 33 MiB': (content + b'{"sequence":1,"value":"' + b'a' * (33 << 20) + b'"}\n', 1),
        'a deep one': (content[:0] + b'[' * 100000 + b'\n' + content, 1),
        'a fragment of nothing': (line(0, fragment='{"offset":77,"last":null}') + content, 1),
        'a fragment that is not what its sum says': (
            line(0, '"ab"', '{"offset":0,"last":{"length":2,"crc64nvme":"AAAAAAAAAAA="}}') + b''.join(lines[1:]), 1
        ),
        'a fragment that never ends': (b''.join(lines[:-1]) + line(last, '"a"', '{"offset":0,"last":null}'), 1),
        'a number of 400 digits': (line('9' * 400) + content, 1),
        'not text': (b'\xff\xfe' * 200 + b'\n' + content, 1),
    }


def delimited_cases(content):
    return {
        'a value of 4 GiB': (b'\xff\xff\xff\xfe' + content, 1),
        'a length that is cut off': (content + b'\x00\x00', 1),
        'a value that is cut off': (content + b'\x00\x00\x00\x09four', 1),
        'values beyond the commit': (content + bytes(4) * 300_000, 0),
    }


def lines_cases(content):
    return {
        'a line that does not end': (content[:-1], 1),
        'lines beyond the commit': (content + b'\n' * 300_000, 0),
        'one line': (content.replace(b'\n', b' '), 1),
    }


def packed_cases(data, codec):
    if codec == 'gzip':
        wrong_sum = bytearray(data)
        wrong_sum[-6] ^= 1
        return {
            'a wrong checksum inside': (bytes(wrong_sum), 1), 'a member that is cut off': (data[:-9], 1),
            'something behind the last member': (data + b'\x1f\x8b' + b'x' * 20, 1),
        }
    wrong_sum = bytearray(data)
    wrong_sum[-1] ^= 1
    return {
        'a wrong checksum inside': (bytes(wrong_sum), 1), 'a frame that is cut off': (data[:-5], 1),
        'something behind the last frame': (data + b'\x28\xb5\x2f\xfd' + b'\xff' * 20, 1),
        'a window of 128 MiB': (zstd('--long=27', '--ultra', '-1', '--no-content-size', data=UNPACK['zstd'](data)), 1),
    }


def cases_of(form, codec, data):
    """What is made of the genuine object: its bytes, and how an import by listing ends, which has no commits."""
    if form == 'avro':
        return avro_cases(data, codec)
    content = UNPACK[codec](data)
    makers = {'ndjson': ndjson_cases, 'delimited': delimited_cases, 'lines': lines_cases, 'raw': lambda _: {}}
    made = {what: (PACK[codec](bad), status) for what, (bad, status) in makers[form](content).items()}
    made = {what: each for what, each in made.items() if len(each[0]) < 4 << 20}  # their checksums take long here
    return {**made, **(packed_cases(data, codec) if codec != 'none' else {})}


def judged(scratch, what, name, expected, words):
    status, out, err, most = measured(scratch, *words)
    equal(status, expected, f'{what}: status of {name}, which says {err[-600:]!r}')
    lines = [line for line in err.splitlines() if line.startswith('sluice: ')]
    if expected not in (0, 6):
        equal(len(lines), 1, f'{what}: lines that say why {name} failed: {err!r:.500}')
    controls = [c for c in err if (ord(c) < 32 and c not in '\n\r\t') or ord(c) == 127]
    equal(controls, [], f'{what}: control bytes that {name} says')
    expect(sanitized() or most < 64 + MEMORY_MIB, f'{what}: {name} took {most} MiB')
    return out


def gone(scratch, stream):
    scratch.sluice('stream', 'release', stream, status=None)
    scratch.sluice('stream', 'delete', stream, '--yes', status=None)


PAIRS = [f'avro {codec}' for codec in ('none', 'deflate', 'zstd')] + [
    f'{form} {codec}' for form in ('ndjson', 'delimited', 'lines') for codec in ('none', 'gzip', 'zstd')
] + ['raw gzip', 'raw zstd']
if sanitized():
    PAIRS = ['avro deflate', 'ndjson zstd', 'delimited none', 'lines gzip', 'raw zstd']  # each takes a minute there


@suite.cases_for(PAIRS)
def content_that_lies_is_refused_although_its_commit_agrees(pair):
    form, codec = pair.split()
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        events.create(scratch, 'orders', count=60, partitions=1, form=form)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--format', form, '--codec', codec)
        bucket = Bucket(store, 'bkt')
        key = FOLDER + listed(scratch, 's3://bkt/p')[0]['key']
        genuine, document = bucket.get(key), bucket.get(COMMIT)
        whole = events.values(scratch, 'orders', 0)
        cases = cases_of(form, codec, genuine)
        expect(len(cases) > 2, 'cases')
        for what, (data, heard) in cases.items():
            expect(data != genuine, f'{what} changes something')
            bucket.put(key, data)
            bucket.put(COMMIT, forged(document, data))
            for name, (status, words) in READING.items():
                if name == 'cat' and form == 'raw':
                    words = (*words, '--format', 'raw')
                judged(scratch, what, name, OF_ANOTHER.get(what, {}).get(name, status), words)
            back = events.values(scratch, 'back', 0) if (scratch / 'data' / 'back').exists() else []
            if form != 'raw':
                kept = [(sequence, value or b'') for sequence, value in whole] if form == 'lines' else whole
                expect(back == kept[: len(back)], f'{what}: {len(back)} events came that are not the first ones')
            judged(scratch, what, 'import by listing', heard, BY_LISTING)
            gone(scratch, 'back')
            gone(scratch, 'heard')
        for name, (status, words) in OTHERS.items():
            judged(scratch, what, name, status, words)
        scratch.sluice('verify', 's3://bkt/p')
        equal(events.left_by(scratch, 'orders', form, 1), imported(scratch, form), 'what comes back of what was repaired')


def imported(scratch, form):
    scratch.sluice(*READING['import'][1], '--event-bytes', '100KiB')
    return events.left_by(scratch, 'back', form, 1)


suite.run()
