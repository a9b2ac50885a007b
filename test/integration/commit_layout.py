#!/usr/bin/env python3
"""test: the golden commits, read by a stranger: from docs/formats.md alone, with a checksum of its own.

usage: commit_layout.py
"""
import base64
import json
import pathlib
import re
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / 'vectors' / 'commits'
HEAD = ['version', 'kind', 'partition', 'number', 'epoch', 'token', 'at', 'next', 'fingerprint']
BODY = {
    'claim': ['transfer', 'owner', 'incarnation', 'partitions', 'start', 'format', 'codec', 'settings'],
    'objects': ['objects'],
    'gap': ['from', 'to', 'reason'],
    'replace': ['old', 'objects'],
    'expired': ['keys'],
    'release': [],
}
OBJECT = ['key', 'token', 'first', 'next', 'events', 'bytes', 'crc64nvme', 'format', 'codec', 'encoder',
          'min_timestamp', 'max_timestamp', 'pieces']
PIECE = ['first', 'at', 'crc64nvme', 'min_timestamp', 'max_timestamp']
POSITION = re.compile(r'(\d+)/(\d+)(?:\.([1-9]\d*))?')
KEY = re.compile(r'partition=(\d+)/(\d{20})(?:\.(\d{16}))?-(\d+)-([0-9a-f]{8})\.(avro|ndjson)')


def crc64(data):
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x9A6C9329AC4BC9B5 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


def read_sealed(name):
    """The document, once the checksum of all bytes before the comma of its member is right."""
    line = (VECTORS / f'{name}.json').read_bytes()
    body, seal = line[:-29], line[-29:]
    assert seal[:14] == b',"crc64nvme":"' and seal[26:] == b'"}\n' and b'\n' not in body
    assert base64.b64decode(seal[14:26]) == crc64(body).to_bytes(8, 'big')
    assert seal[14:26] == base64.b64encode(base64.b64decode(seal[14:26]))
    return json.loads(line)


def place(text):
    partition, sequence, offset = POSITION.fullmatch(text).groups()
    return int(partition), int(sequence), int(offset or 0)


def check_key(key, commit, first, token):
    partition, sequence, offset, epoch, nonce, _ = KEY.fullmatch(key).groups()
    assert (int(partition), int(sequence), int(offset or 0)) == first
    assert int(epoch) == commit['epoch'] and nonce == token[:8]


def check_object(what, commit):
    assert list(what) == OBJECT
    first, behind = place(what['first']), place(what['next'])
    check_key(what['key'], commit, first, what['token'])
    pieces = what['pieces']
    assert 1 <= len(pieces) <= 256 and all(list(each) == PIECE for each in pieces)
    assert place(pieces[0]['first']) == first and pieces[0]['at'] == 0
    places = [place(each['first']) for each in pieces] + [behind]
    starts = [each['at'] for each in pieces] + [what['bytes']]
    assert places == sorted(set(places)) and starts == sorted(set(starts))


def commits():
    for kind, members in BODY.items():
        told = read_sealed(kind)
        assert list(told) == HEAD + members + ['crc64nvme'], kind
        assert told['version'] == 1 and told['kind'] == kind
        assert re.fullmatch('[0-9a-f]{32}', told['token']) and place(told['next'])[0] == told['partition']
        assert (told['epoch'] == told['number']) == (kind == 'claim')
        for each in told.get('objects', []):
            check_object(each, told)
        if kind == 'objects':
            assert told['objects'][-1]['next'] == told['next']
        if kind == 'gap':
            assert place(told['from']) < place(told['to']) and told['to'] == told['next']


def documents():
    told = read_sealed('stream')
    assert list(told) == ['version', 'name', 'incarnation', 'partitions', 'format', 'codec', 'crc64nvme']
    progress = json.loads((VECTORS / 'import-progress.json').read_bytes())
    assert list(progress) == ['version', 'bucket', 'folder', 'stream', 'incarnation', 'position', 'hint']
    assert list(progress['hint']) == ['commit', 'object', 'piece'] and place(progress['position'])


def main():
    assert crc64(b'123456789') == 0xAE8B14860A799888
    failed = 0
    cases = (commits, documents)
    for case in cases:
        try:
            case()
            print(f'@case passed {case.__name__}')
        except (AssertionError, AttributeError, ValueError) as why:
            failed += 1
            print(f'@case failed {case.__name__} {why!r}')
    print(f'@counts {len(cases) - failed} {failed} 0 of {len(cases)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
