"""test: an export's folder is a table to the tools that read such folders: DuckDB, pyarrow, Spark.

They are pointed at the folder as a whole, with its `_sluice/` in it. Each is tried with the Python of the tests, with that of
SLUICE_LAKE_PYTHON, or, with SLUICE_LAKE_INSTALL=1, in an environment made for it below the build folder. What they go by,
names and what files of such names hold, is looked at in any case, for every format and codec.
"""
import contextlib
import functools
import gzip
import json
import os
import re
import subprocess
import sys
import venv

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, build_folder, equal, expect, need, skip, source_folder

suite = Suite(__file__)
PARTITIONS, EVENTS = 2, 3000
PACKAGE = {'duckdb': 'duckdb', 'pyarrow': 'pyarrow', 'spark': 'pyspark'}
# pyarrow takes .zst for JSON as it stands.
TRIED = ('duckdb none', 'duckdb gzip', 'duckdb zstd', 'pyarrow none', 'pyarrow gzip', 'spark none', 'spark gzip')


def has(python, module):
    return subprocess.run([python, '-c', f'import {module}'], capture_output=True).returncode == 0


@functools.cache
def installed(module):
    """An environment of its own with that package, or a skip that says why there is none."""
    folder = build_folder().absolute() / 'lake' / module
    python = str(folder / 'bin' / 'python')
    if not folder.exists() or not has(python, module):
        venv.create(folder, with_pip=True)
        try:
            done = subprocess.run([python, '-m', 'pip', 'install', '-q', module], capture_output=True, text=True, timeout=400)
        except subprocess.TimeoutExpired:
            skip(f'pip does not get {module} within 400 s')
        if done.returncode != 0:
            skip(f'pip cannot install {module}: {done.stderr.strip()[-200:]}')
    return python


def python_with(tool):
    module = PACKAGE[tool]
    for python in filter(None, (os.environ.get('SLUICE_LAKE_PYTHON'), sys.executable)):
        if has(python, module):
            return python
    if not os.environ.get('SLUICE_LAKE_INSTALL'):
        skip(f'Python has no {module} (SLUICE_LAKE_INSTALL=1 installs it below the build folder)')
    return installed(module)


def values(partition):
    """Every seventh event has neither key nor timestamp, every fifth a header."""
    for n in range(EVENTS):
        event = {'value': json.dumps({'n': n * (partition + 1), 'text': 'ä "quoted"\n'})}
        if n % 7:
            event.update(key=f'key-{n % 11}', timestamp=f'2026-11-23T10:{n // 60 % 60:02}:{n % 60:02}.000001Z')
        if n % 5 == 0:
            event['headers'] = [{'name': 'trace', 'value': f'{n:x}'}]
        yield json.dumps(event)


def download(bucket, folder):
    for key in bucket.keys():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bucket.get(key))


@suite.cases_for(TRIED)
def it_is_a_table(what):
    tool, codec = what.split()
    python = python_with(tool)
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        scratch.sluice('stream', 'create', 'clicks', '--partitions', PARTITIONS)
        for partition in range(PARTITIONS):
            lines = '\n'.join(values(partition)).encode()
            scratch.sluice('stream', 'append', 'clicks', '--partition', partition, '--format', 'ndjson', stdin=lines)
        scratch.sluice(
            'export', '--from', 'clicks', '--to', 's3://bkt/lake', '--format', 'ndjson', '--codec', codec, '--object-bytes',
            '100KiB', '--part-size', '50KiB',
        )
        download(Bucket(store, 'bkt'), scratch / 'tree')
        reader = source_folder() / 'test' / 'integration' / 'lake_reader.py'
        told = scratch.run(python, reader, tool, codec, scratch / 'tree' / 'lake' / 'clicks')
        total = EVENTS * (EVENTS - 1) // 2
        expected = [[n, EVENTS, 0, EVENTS - 1, total * (n + 1)] for n in range(PARTITIONS)]
        equal(json.loads(told.out.strip().splitlines()[-1]), expected, 'partition, events, first, last, sum')


# What table readers go by; Avro's files tell their codec themselves.
ENDINGS = {f'avro {codec}': 'avro' for codec in ('none', 'deflate', 'zstd')}
for form in ('ndjson', 'delimited', 'lines', 'raw'):
    ENDINGS |= {f'{form} none': form, f'{form} gzip': f'{form}.gz', f'{form} zstd': f'{form}.zst'}
OURS = re.compile(r'_sluice/(stream\.json|commits/p=(0|[1-9]\d*)/\d{20}\.json)')
shared = contextlib.ExitStack()


def place_of(what):
    return 's3://bkt/' + what.replace(' ', '-')


@functools.cache
def exported():
    """A stream, some events of which are larger than an object, in every format with every codec."""
    scratch = shared.enter_context(Scratch())
    store = shared.enter_context(Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB'))
    events.create(scratch, 'clicks', count=300, partitions=3, large=3, form='lines')
    places = [('--to', place_of(what) + '?format={}&codec={}'.format(*what.split())) for what in ENDINGS]
    sizes = ('--object-bytes', '200KiB', '--part-size', '100KiB')
    scratch.sluice('export', '--from', 'clicks', *sum(places, ()), *sizes, '--quiet')
    return scratch, Bucket(store, 'bkt')


def opened(scratch, key, data):
    """What a reader has of a file, which goes by its ending."""
    if key.endswith('.gz'):
        return gzip.decompress(data)
    if key.endswith('.zst'):
        need('zstd')
        return scratch.run('zstd', '-dc', stdin=data).raw
    return data


@suite.case
def nothing_lies_in_the_bucket_but_the_folders():
    _, bucket = exported()
    tops = {'/'.join(key.split('/')[:2]) for key in bucket.keys()}
    equal(tops, {place_of(what).removeprefix('s3://bkt/') + '/clicks' for what in ENDINGS}, 'folders')


@suite.cases_for(ENDINGS)
def names_are_those_of_a_table_and_of_the_export(what):
    scratch, bucket = exported()
    folder = place_of(what).removeprefix('s3://bkt/') + '/clicks/'
    keys = [key.removeprefix(folder) for key in bucket.keys(folder)]
    listed = [each['key'] for each in json.loads(scratch.sluice('ls', place_of(what), '--json').out)['objects']]
    ours = [key for key in keys if key.startswith('_sluice/')]
    equal([key for key in ours if not OURS.fullmatch(key)], [], 'names below _sluice/ that say nothing')
    equal(sorted(set(keys) - set(ours)), sorted(listed), 'names outside _sluice/')
    shape = re.compile(r'partition=(0|1|2)/\d{20}(\.\d{16})?-\d+-[0-9a-f]{8}\.' + re.escape(ENDINGS[what]))
    equal([key for key in listed if not shape.fullmatch(key)], [], 'names that are no files of the table')
    equal({key.split('/')[0] for key in listed}, {'partition=0', 'partition=1', 'partition=2'}, 'partitions')
    expect(len(listed) > 3 or what.endswith('zstd'), f'several files: {listed}')


@suite.cases_for(ENDINGS)
def a_file_holds_what_its_name_says(what):
    scratch, bucket = exported()
    form, codec = what.split()
    folder = place_of(what).removeprefix('s3://bkt/') + '/clicks/'
    found = {}
    for key in bucket.keys(folder + 'partition='):
        data = bucket.get(key)
        if form == 'avro':
            equal(data[:4], b'Obj\x01', 'the beginning of ' + key)
            name = {'none': b'null', 'zstd': b'zstandard'}.get(codec, codec.encode())
            expect(b'\x14avro.codec' + bytes((2 * len(name),)) + name in data[:100], 'codec of ' + key)
            continue
        partition = int(key.split('partition=')[1].split('/')[0])
        found[partition] = found.get(partition, b'') + opened(scratch, key, data)
    for partition, content in found.items():
        if form == 'ndjson':
            lines = [json.loads(line) for line in content.splitlines()]
            equal({tuple(line) for line in lines}, {('sequence', 'timestamp', 'key', 'headers', 'value', 'fragment')}, 'columns')
            starts = [line['sequence'] for line in lines if not (line['fragment'] or {}).get('offset')]
            equal(starts, list(range(100)), 'events')
        else:
            values = [value or b'' for _, value in events.values(scratch, 'clicks', partition)]
            around = {'delimited': 4, 'lines': 1, 'raw': 0}[form]
            equal(len(content), sum(len(value) + around for value in values), 'bytes of the content')


with shared:
    suite.run()
