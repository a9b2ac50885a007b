#!/usr/bin/env python3
"""test: the log's golden files, read by a stranger: from docs/formats.md alone, with checksums of its own.

usage: log_layout.py
"""
import hashlib
import json
import pathlib
import struct
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / 'vectors' / 'log'
INCARNATION = '0123456789abcdef0123456789abcdef'
SEED = hashlib.sha256(INCARNATION.encode()).digest()[:16]


def reflected(data, polynomial, ones):
    crc = ones
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
    return crc ^ ones


def crc32c(data):
    return reflected(data, 0x82F63B78, 0xFFFFFFFF)


def crc64(data):
    return reflected(data, 0x9A6C9329AC4BC9B5, 0xFFFFFFFFFFFFFFFF)


def number(data, at, form):
    return struct.unpack_from('<' + form, data, at)[0]


def read_slots(data):
    size = number(data, 4, 'I')
    whole = (16 + size + 4 + 7) // 8 * 8
    found = []
    for at in (0, (whole + 4095) // 4096 * 4096):
        slot = data[at:at + whole]
        if slot[:4] == b'SLT1' and crc32c(slot[:-4]) == number(slot, whole - 4, 'I'):
            found.append((number(slot, 8, 'Q'), slot[16:16 + size]))
    return max(found)


def read_batch(data, at, partition):
    """The fields, the body, the progress, and where the next one begins."""
    head = data[at:at + 120]
    assert head[:4] == b'SLB1' and head[4] == 1
    names = ('flags', 'base', 'last', 'offset', 'behind', 'records', 'events', 'epoch', 'earliest', 'latest', 'durable',
             'stored', 'uncompressed', 'body_crc', 'records_crc', 'progress_crc', 'progress', 'crc')
    fields = dict(zip(names, struct.unpack_from('<HqqqqIIQqqQIIQQQII', head, 6)))
    fields['codec'] = head[5]
    place = SEED + struct.pack('<Iqq', partition, fields['base'], fields['offset'])
    assert fields['crc'] == crc32c(place + head[:116])
    body = data[at + 120:at + 120 + fields['stored']]
    progress = data[at + 120 + fields['stored']:][:fields['progress']]
    assert fields['body_crc'] == crc64(body) and fields['progress_crc'] == crc64(progress)
    if fields['codec'] == 0:
        assert fields['uncompressed'] == fields['stored'] and fields['records_crc'] == fields['body_crc']
    end = (at + 120 + len(body) + len(progress) + 7) // 8 * 8
    assert not any(data[at + 120 + len(body) + len(progress):end])
    return fields, body, progress, end


def segment():
    name = '000000000012-00000000000000000064.log'
    data = (VECTORS / name).read_bytes()
    assert data[:4] == b'SLS1' and number(data, 4, 'I') == 1
    assert data[8:40].decode() == INCARNATION and number(data, 40, 'I') == 3
    size, ordinal, base = number(data, 44, 'I'), number(data, 48, 'Q'), number(data, 56, 'q')
    assert (f'{ordinal:012}-{base:020}.log', number(data, 72, 'Q')) == (name, 1 << 20)
    assert number(data, 80, 'Q') == crc64(b'123456789')
    assert data[96:96 + number(data, 88, 'I')] == b'before'
    assert number(data, size - 4, 'I') == crc32c(data[:size - 4])
    fields, body, progress, at = read_batch(data, size, 3)
    assert (fields['flags'], fields['base'], fields['last'], fields['records'], fields['events']) == (3, 64, 66, 3, 3)
    assert (fields['earliest'], fields['latest']) == (-1, 1700000000000000)
    assert body.startswith(bytes.fromhex('80 01 02 01 02 02 6b 04 02 68 02 02 76 02 68 00 00 02 04 61 62 00'))
    assert json.loads(progress) == {'n': 1}
    assert data[at:at + 4] == b'SLF1' and len(data) == at + 64
    assert struct.unpack_from('<QqqqQI', data, at + 8) == (1, 66, 67, 0, at, 3)
    assert number(data, at + 60, 'I') == crc32c(SEED + struct.pack('<Q', ordinal) + data[at:at + 60])


def compressed_batch():
    data = (VECTORS / 'zstd.batch').read_bytes()
    fields, body, progress, end = read_batch(data, 0, 3)
    assert (fields['codec'], fields['records'], progress, end) == (1, 3, b'', len(data))
    # A frame of one raw block: nine bytes, then the records as they are.
    assert body[:5] == bytes.fromhex('28 b5 2f fd 20') and body[5] == fields['uncompressed'] == len(body) - 9
    assert crc64(body[9:]) == fields['records_crc']


def batches_without_events():
    data = (VECTORS / 'progress.batch').read_bytes()
    fields, body, progress, end = read_batch(data, 0, 3)
    assert (fields['flags'], fields['base'], fields['last'], fields['offset']) == (2, 67, 66, 1 << 20)
    assert (fields['behind'], body, json.loads(progress), end) == (1 << 20, b'', {'n': 2}, len(data))
    data = (VECTORS / 'abandon.batch').read_bytes()
    fields, body, progress, end = read_batch(data, 0, 3)
    assert (fields['flags'], fields['base'], fields['last'], fields['offset']) == (4, 67, 67, 1 << 20)
    assert (fields['behind'], body, progress, end) == (0, b'', b'', len(data))


def state_files():
    counter, payload = read_slots((VECTORS / 'watermark').read_bytes())
    assert (counter, struct.unpack('<Qq', payload)) == (42, (1051000, 70))
    text = (VECTORS / 'meta.json').read_bytes()
    told = json.loads(text)
    assert text.endswith(b'}\n') and list(told) == [
        'version', 'name', 'incarnation', 'partitions', 'codec', 'durability', 'retention', 'reserved_by', 'created']
    assert told['reserved_by'] == 'import "one"' and told['codec'] == 'zstd'
    assert told['retention'] == {'bytes': 1 << 30, 'age': 7 * 24 * 3600 * 10**6, 'max_lag': None}


def main():
    assert crc32c(b'123456789') == 0xE3069283 and crc64(b'123456789') == 0xAE8B14860A799888
    passed = failed = 0
    cases = (segment, compressed_batch, batches_without_events, state_files)
    for case in cases:
        try:
            case()
            passed += 1
            print(f'@case passed {case.__name__}')
        except (AssertionError, struct.error, ValueError) as why:
            failed += 1
            print(f'@case failed {case.__name__} {why!r}')
    print(f'@counts {passed} {failed} 0 of {len(cases)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
