"""test: events for the integration scripts: generated from a seed, in the JSON shape that `append` takes and `cat` gives."""
import base64
import hashlib
import json
import random


def ndjson(seed, count, large=0, form=''):
    """`count` events with keys, headers (also doubled ones and nulls), nulls, empty and binary values; of them `large`
    of 1.5 to 4 MiB. Values that objects of the format cannot hold are made fit: of `lines`, those with a line feed."""
    rng = random.Random(seed)
    big = set(rng.sample(range(count), min(large, count)))
    lines = []
    for n in range(count):
        made = event(rng, n, n in big)
        if form == 'lines':
            made['value'] = as_line(made['value'])
        lines.append(json.dumps(made, ensure_ascii=False, separators=(',', ':')))
    return ('\n'.join(lines) + '\n').encode() if lines else b''


def event(rng, n, is_large):
    value = text_or_bytes(rng, rng.randrange(1_500_000, 4_000_000) if is_large else rng.choice((0, 10, 100, 1000, 5000)))
    if not is_large and rng.random() < 0.05:
        value = None
    headers = []
    if rng.random() < 0.3:
        headers = [
            {'name': rng.choice(('trace', 'type', 'ключ')), 'value': text_or_bytes(rng, rng.choice((0, 5, 40)))}
            for _ in range(rng.randrange(1, 4))
        ]
        headers.append({'name': headers[0]['name'], 'value': None})
    made = {'key': rng.choice((None, '', f'key-{n % 97}')), 'headers': headers, 'value': value}
    if rng.random() < 0.8:
        made['timestamp'] = f'2026-11-23T10:{n // 60 % 60:02}:{n % 60:02}.{rng.randrange(1_000_000):06}Z'
    return made


def as_line(value):
    """The value without line feeds; carriage returns stand for some of them."""
    if isinstance(value, dict):
        data = base64.b64decode(value['base64']).replace(b'\n', b'\r')
        return {'base64': base64.b64encode(data).decode()}
    return value and value.replace('\n', '\r')


def text_or_bytes(rng, size):
    if rng.random() < 0.5:
        return ''.join(rng.choice('abcdefghij "\\\né€') for _ in range(min(size, 64))) * max(1, size // 64)
    return {'base64': base64.b64encode(rng.randbytes(size)).decode()}


def append(scratch, stream, seed, count, partitions=2, large=0, extra=(), form=''):
    """The same events, spread over the partitions of an existing stream."""
    for partition in range(partitions):
        scratch.sluice(
            'stream', 'append', stream, '--partition', partition, '--format', 'ndjson', *extra,
            stdin=ndjson(seed * 100 + partition, count // partitions, large // partitions, form),
        )


def create(scratch, stream, seed=1, count=2000, partitions=2, large=0, form=''):
    scratch.sluice('stream', 'create', stream, '--partitions', partitions)
    append(scratch, stream, seed, count, partitions, large, form=form)


def digest(scratch, stream, partitions=2):
    """What the stream holds, as one number per partition: events, and SHA-256 of their JSON lines."""
    seen = []
    for partition in range(partitions):
        out = scratch.sluice('stream', 'cat', stream, '--partition', partition, '--format', 'ndjson').raw
        seen.append((out.count(b'\n'), hashlib.sha256(out).hexdigest()))
    return seen


def values(scratch, stream, partition):
    """The values of a partition, in order, as Python sees them."""
    out = scratch.sluice('stream', 'cat', stream, '--partition', partition, '--format', 'ndjson').raw
    seen = []
    for line in out.splitlines():
        event = json.loads(line)
        value = event['value']
        if isinstance(value, dict):
            value = base64.b64decode(value['base64'])
        elif value is not None:
            value = value.encode()
        if event['fragment'] is not None and event['fragment']['offset'] > 0:
            seen[-1] = (seen[-1][0], seen[-1][1] + value)
        else:
            seen.append((event['sequence'], value))
    return seen


def left_by(scratch, stream, form, partitions=2):
    """What objects of this format keep of a stream, as one number per partition."""
    if form in ('avro', 'ndjson'):
        return digest(scratch, stream, partitions)
    kept = [values(scratch, stream, partition) for partition in range(partitions)]
    if form == 'lines':
        kept = [[(sequence, value or b'') for sequence, value in each] for each in kept]
    if form == 'raw':
        kept = [b''.join(value or b'' for _, value in each) for each in kept]
    return [hashlib.sha256(repr(each).encode()).hexdigest() for each in kept]
