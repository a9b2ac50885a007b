"""test: little bytes in a bucket that expand to a gigabyte: refused with their status, within memory, and nothing is published."""
import subprocess
import tempfile
import zlib

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, equal, expect, need, sanitized
from measuring import measured
from sealed import forged

suite = Suite(__file__)
EXPANDED = 1 << 30
FOLDER = 'p/orders/'
COMMIT = FOLDER + '_sluice/commits/p=0/00000000000000000001.json'
MEMORY_MIB = 64
COMMANDS = {
    'import': (1, ('import', '--from', 's3://bkt/p', '--to', 'log:back', '--memory', f'{MEMORY_MIB}MiB')),
    'verify': (6, ('verify', 's3://bkt/p', '--memory', f'{MEMORY_MIB}MiB')),
    'cat': (1, ('cat', 's3://bkt/p')),
}
CHUNK = 16 << 20
CONTENT = {
    'ndjson': (b'{"sequence":0,"value":"', b'a'),  # a line that does not end
    'delimited': (b'', b'\0'),  # 268 million empty events
    'lines': (b'', b'\n'),  # a hundred million empty lines
    'avro': (b'', b'\0'),  # records of six bytes
}


def deflated(start, chunk, chunks):
    """The chunk is packed once: behind a full flush nothing depends on what was before."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * chunks + packer.flush()


def gzipped(start, chunk, chunks):
    crc = zlib.crc32(start)
    for _ in range(chunks):
        crc = zlib.crc32(chunk, crc)
    size = len(start) + len(chunk) * chunks & 0xFFFFFFFF
    return b'\x1f\x8b\x08' + bytes(6) + b'\xff' + deflated(start, chunk, chunks) + crc.to_bytes(4, 'little') + size.to_bytes(4, 'little')


def zstd(start, chunk, chunks):
    need('zstd')
    with tempfile.TemporaryFile() as packed:
        packer = subprocess.Popen(['zstd', '-3', '-c', '-q'], stdin=subprocess.PIPE, stdout=packed)
        packer.stdin.write(start)
        for _ in range(chunks):
            packer.stdin.write(chunk)
        packer.stdin.close()
        equal(packer.wait(), 0, 'status of zstd')
        packed.seek(0)
        return packed.read()


PACKERS = {'deflate': deflated, 'gzip': gzipped, 'zstd': zstd}


def avro_long(number):
    number, out = number << 1, bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def bomb(form, codec, genuine):
    """An object that begins like the genuine one, where it has a header."""
    start, byte = CONTENT[form]
    # Each empty line is an event that is looked at, by each command: fewer will do.
    expanded = EXPANDED // (64 if sanitized() else 8) if form == 'lines' else EXPANDED
    packed = PACKERS[codec](start, byte * CHUNK, expanded // CHUNK)
    if form != 'avro':
        return packed
    sync = genuine[-16:]
    header = genuine[: genuine.index(sync) + 16]
    return header + avro_long(EXPANDED // 6) + avro_long(len(packed)) + packed + sync


def judged(scratch, form, what):
    for name, (expected, arguments) in COMMANDS.items():
        status, _, err, most = measured(scratch, *arguments)
        equal(status, expected, f'{what}: status of {name}, which says {err[-600:]!r}')
        if name != 'verify':
            lines = [line for line in err.splitlines() if line.startswith('sluice:')]
            equal(len(lines), 1, f'{what}: lines that say why {name} failed: {err!r:.500}')
        expect(sanitized() or most < 64 + MEMORY_MIB, f'{what}: {name} took {most} MiB')
    back = scratch.sluice('stream', 'cat', 'back', status=None)
    equal(back.raw, b'', f'{what}: what was published')


@suite.cases_for(['ndjson gzip', 'ndjson zstd', 'avro deflate', 'avro zstd', 'delimited zstd', 'lines gzip'])
def a_gigabyte_in_a_small_object_is_refused(pair):
    form, codec = pair.split()
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        events.create(scratch, 'orders', count=4000, partitions=1, form=form)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--format', form, '--codec', codec)
        bucket = Bucket(store, 'bkt')
        key = FOLDER + listed(scratch, 's3://bkt/p')[0]['key']
        genuine, document = bucket.get(key), bucket.get(COMMIT)
        data = bomb(form, codec, genuine)
        expect(len(data) <= len(genuine), f'room for {len(data)} bytes in {len(genuine)}')
        bucket.put(key, data + bytes(len(genuine) - len(data)))
        judged(scratch, form, 'of the size that is listed')
        bucket.put(key, data)
        bucket.put(COMMIT, forged(document, data))
        judged(scratch, form, 'with a commit of its own')


suite.run()
