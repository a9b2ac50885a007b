#!/usr/bin/env python3
"""test: the tables of docs/s3-compatibility.md, made from what `sluice probe` finds.

usage: compatibility.py BUILD-FOLDER [SERVER...]

Probes the named servers (all that run here, otherwise), keeps what is known of the others in
test/lab/probes.json, and writes the table of both between the marks of the document.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'integration')]

import ceph  # noqa: E402
import versitygw  # noqa: E402
from harness import Scratch, Simulator  # noqa: E402
from s3_requests import S3  # noqa: E402

KEPT = HERE / 'probes.json'
DOCUMENT = HERE.parents[1] / 'docs/s3-compatibility.md'
BEGIN, END = '<!-- table of probes: begin -->', '<!-- table of probes: end -->'
PROFILES = [
    'strict', 'aws', 'r2', 'b2', 'gcs-xml', 'ovh', 'storj', 'minio-old', 'ceph-16', 'seaweedfs', 'storagegrid', 'fastly',
    'v1-era', 'lagging', 'forgetful',
]
REAL = {'Ceph RGW 16': (ceph, 'Ceph'), 'versitygw 1.8': (versitygw, 'Versitygw')}
WORDS = {True: 'yes', False: 'no', None: '?'}


def probe(scratch, store):
    """What the probe finds in a new bucket; its JSON document."""
    scratch.use(store)
    S3(store)('PUT', '/probed')
    return json.loads(scratch.sluice('probe', 's3://probed/here', '--json').out)


def column(found):
    """What the table shows of one profile."""
    cells = {name: WORDS[one['can']] for name, one in found['abilities'].items()}
    cells['etags'] = found['etags'] or '?'
    cells['part_etags'] = found['part_etags'] or '?'
    cells['smallest_part'] = f'{found["smallest_part"] >> 10} KiB' if found['smallest_part'] else '?'
    cells['guarantee'] = found['guarantee']
    return cells


def of_profile(name):
    with Scratch() as scratch, Simulator(scratch, '--profile', name, '--quiet') as store:
        return column(probe(scratch, store))


def of_real(name):
    """None where the server is not installed."""
    module, server = REAL[name]
    if module.missing():
        return None
    with getattr(module, server)() as store, Scratch() as scratch:
        return column(probe(scratch, store))


def kept():
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def table(columns):
    """One row an ability, one column a server; nothing, while no server has been probed."""
    if not columns:
        return ''
    names = [name for name in [*REAL, *PROFILES] if name in columns]
    rows = list(columns[names[0]])
    lines = ['| | ' + ' | '.join(names) + ' |', '|---|' + '---|' * len(names)]
    for row in rows:
        lines.append(f'| `{row}` | ' + ' | '.join(columns[name].get(row, '?') for name in names) + ' |')
    return '\n'.join(lines)


def document(columns):
    """The document with the table of these columns in it."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    rows = table(columns)
    return f'{before}{BEGIN}\n{rows}{chr(10) if rows else ""}{END}{after}'


def main():
    wanted = sys.argv[2:] or [*REAL, *PROFILES]
    columns = kept()
    for name in wanted:
        found = of_real(name) if name in REAL else of_profile(name)
        if found is None:
            print(f'{name}: not installed, its column stays')
        else:
            columns[name] = found
            print(f'{name}: {list(found.values()).count("yes")} yes')
    KEPT.write_text(json.dumps(columns, indent=1) + '\n')
    DOCUMENT.write_text(document(columns))


if __name__ == '__main__':
    main()
