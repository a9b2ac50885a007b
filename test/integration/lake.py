"""test: an export's folder is a table to the tools that read such folders: DuckDB, pyarrow, Spark.

They are pointed at the folder as a whole, with its `_sluice/` in it. Each is tried with the Python of the tests, with that of
SLUICE_LAKE_PYTHON, or, with SLUICE_LAKE_INSTALL=1, in an environment made for it below the build folder.
"""
import functools
import json
import os
import subprocess
import sys
import venv

from bucket import Bucket
from harness import Scratch, Simulator, Suite, build_folder, equal, skip, source_folder

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


suite.run()
