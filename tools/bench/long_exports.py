#!/usr/bin/env python3
"""tools: how much memory reading a long export takes: made-up commits of one partition, small objects.

usage: long_exports.py BUILD [--shape COMMITSxPIECES ...] [--folder FOLDER]

Writes the data directory of a simulator (commits, their pages, and objects of a few bytes, format `raw`), then runs each command
that reads an export and prints its peak memory and CPU time.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

KEY, SECRET, REGION = 'AKIDEXAMPLEEXAMPLE00', 'secret/of+the=simulator', 'us-east-1'
INCARNATION = '0123456789abcdef0123456789abcdef'
FOLDER = 'p/orders'
TOKEN = 'ffeeddccbbaa99887766554433221100'
PIECE = b'0123456789abcdef'
PER_PAGE = 1000


def make_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x9A6C9329AC4BC9B5 if n & 1 else 0)
        table.append(n)
    return table


TABLE = make_table()


def crc64(data, crc=0):
    crc ^= 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return base64.b64encode((crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, 'big')).decode()


class DataDir:
    """A simulator's --data-dir, as its records describe it."""

    def __init__(self, root):
        self.root = root
        self.objects = root / 'buckets' / 'bkt' / 'objects'
        for folder in (self.objects, root / 'buckets' / 'bkt' / 'uploads', root / 'blobs'):
            folder.mkdir(parents=True)
        (root / 'format').write_text('sluice-s3sim data directory, format 1\n')
        (root / 'buckets' / 'bkt' / 'bucket').write_text('when 1790000000\nend .\n')
        self.blobs = 0

    def blob(self, data):
        self.blobs += 1
        name = f'made-{self.blobs}'
        (self.root / 'blobs' / name).write_bytes(data)
        return name, len(data)

    def put(self, key, blob):
        name, size = blob
        encoded = urllib.parse.quote(key, safe='')
        record = f'key {encoded}\nsize {size}\netag %22{name}%22\nwhen 1790000000\npiece {name} {size}\nend .\n'
        (self.objects / hashlib.sha256(key.encode()).hexdigest()).write_text(record)


def sealed(document):
    body = json.dumps(document, separators=(',', ':')).encode()[:-1]
    return body + b',"crc64nvme":"' + crc64(body).encode() + b'"}\n'


def commit(kind, number, next_place, **members):
    return sealed({
        'version': 1, 'kind': kind, 'partition': 0, 'number': number, 'epoch': 0, 'token': TOKEN, 'at': 1790000000000000,
        'next': next_place, 'fingerprint': 'AAAAAAAAAAE=', **members,
    })


def fill(place, commits, pieces):
    to = DataDir(place)
    to.put(f'{FOLDER}/_sluice/stream.json', to.blob(sealed({
        'version': 1, 'name': 'orders', 'incarnation': INCARNATION, 'partitions': 1, 'format': 'raw', 'codec': 'none'})))
    content = PIECE * pieces
    body, whole, part = to.blob(content), crc64(content), crc64(PIECE)
    page = b''
    for number in range(commits + 1):
        reached = max(0, number - 1) * pieces
        if number == 0:
            line = commit('claim', 0, '0/0', transfer='made', owner='nobody', incarnation=INCARNATION, partitions=1,
                          start='0/0', format='raw', codec='none', settings={'start': 'earliest'})
        else:
            key = f'partition=0/{reached:020}-0-{TOKEN[:8]}.raw'
            listed = [{'first': f'0/{reached + n}', 'at': n * len(PIECE), 'crc64nvme': part, 'min_timestamp': None,
                       'max_timestamp': None} for n in range(pieces)]
            line = commit('objects', number, f'0/{reached + pieces}', objects=[{
                'key': key, 'token': TOKEN, 'first': f'0/{reached}', 'next': f'0/{reached + pieces}', 'events': pieces,
                'bytes': len(content), 'crc64nvme': whole, 'format': 'raw', 'codec': 'none', 'encoder': 'sluice 1',
                'min_timestamp': None, 'max_timestamp': None, 'pieces': listed}])
            to.put(f'{FOLDER}/{key}', body)
        to.put(f'{FOLDER}/_sluice/commits/p=0/{number:020}.json', to.blob(line))
        page += line
        if number % PER_PAGE == PER_PAGE - 1:
            to.put(f'{FOLDER}/_sluice/pages/p=0/{number + 1 - PER_PAGE:020}.ndjson', to.blob(page))
            page = b''


class Store:
    def __init__(self, build, place):
        self.process = subprocess.Popen(
            [build / 'tools/s3sim/sluice-s3sim', '--listen', '127.0.0.1:0', '--access-key', KEY, '--secret-key', SECRET,
             '--region', REGION, '--data-dir', place, '--quiet'], stdout=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], 600)
        line = self.process.stdout.readline().decode() if ready else ''
        if 'listening' not in line:
            sys.exit(f'the simulator said {line!r}')
        self.url = line.split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


# A child's peak memory begins with that of the program that made it: a small program stands between, and tells.
BETWEEN = (
    'import resource, subprocess, sys\n'
    'status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)\n'
    'used = resource.getrusage(resource.RUSAGE_CHILDREN)\n'
    'print(status, used.ru_utime + used.ru_stime, used.ru_maxrss)\n'
)


def measure(build, store, home, *words):
    """Exit status, CPU seconds and peak MiB of one command."""
    env = {'PATH': os.environ['PATH'], 'HOME': str(home), 'AWS_ACCESS_KEY_ID': KEY, 'AWS_SECRET_ACCESS_KEY': SECRET,
           'AWS_REGION': REGION, 'AWS_ENDPOINT_URL_S3': store.url, 'AWS_EC2_METADATA_DISABLED': 'true'}
    command = [sys.executable, '-S', '-c', BETWEEN, build / 'tools/sluice/sluice', *words]
    told = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True).stdout.split()
    return int(told[0]), float(told[1]), int(told[2]) >> 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--shape', action='append', help='COMMITSxPIECES (at most 256); may be repeated')
    parser.add_argument('--folder', help='where the data directory lies for a while')
    given = parser.parse_args()
    prefix = f's3://bkt/{FOLDER}'
    commands = {
        'inspect': ('inspect', prefix), 'ls': ('ls', prefix, '--json'), 'cat': ('cat', prefix, '--format', 'raw', '--from', 'latest'),
        'plan': ('plan', 'import', '--from', prefix, '--to', 'planned'), 'import': ('import', '--from', prefix, '--to', 'copy', '--quiet'),
        'verify': ('verify', prefix),
    }
    # An import's peak is also its buffers: little memory shows what commits cost.
    commands['import'] += ('--memory', '16MiB')
    print('| commits | pieces of each | ' + ' | '.join(f'`{name}`' for name in commands) + ' |')
    print('|' + '---|' * (2 + len(commands)))
    for shape in given.shape or ['1000x1', '20000x1', '1000x200']:
        commits, pieces = (int(number) for number in re.fullmatch(r'(\d+)x(\d+)', shape).groups())
        scratch = pathlib.Path(tempfile.mkdtemp(prefix='sluice-long-', dir=given.folder))
        try:
            fill(scratch / 'store', commits, pieces)
            cells = []
            with Store(given.build, scratch / 'store') as store:
                for words in commands.values():
                    status, seconds, peak = measure(given.build, store, scratch, *words)
                    cells.append(f'{peak} MiB, {seconds:.1f} s' + (f' (status {status})' if status else ''))
            print(f'| {commits:,} | {pieces} | ' + ' | '.join(cells) + ' |', flush=True)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


main()
