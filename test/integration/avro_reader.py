"""test: an Avro reader that is not ours opens the golden object, and agrees with it in every byte.

Reads test/vectors/formats/sample.avro with Apache's avro package, compares each record with its line of
sample.ndjson, encodes the records again, and derives the sync marker anew from the words of docs/formats.md.
Skipped where Python has no avro package (Debian: python3-avro, which only the system's own Python sees).
"""
import functools
import hashlib
import io
import json
import os
import sys

from harness import Suite, equal, expect, skip, source_folder
from other_avro import event_as_json

SYSTEM_PYTHON = '/usr/bin/python3'
VECTORS = source_folder() / 'test' / 'vectors' / 'formats'

try:
    import avro.datafile
    import avro.io
    import avro.schema
except ImportError:
    avro = None
    elsewhere = os.path.realpath(sys.executable) != os.path.realpath(SYSTEM_PYTHON)
    if elsewhere and os.path.exists(SYSTEM_PYTHON):
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])

suite = Suite(__file__)


@functools.cache
def golden():
    """Metadata, sync marker and records of the golden object, as the other reader sees them."""
    if avro is None:
        skip('Python has no avro package (python3-avro)')
    # Python's datetime ends in the year 9999; the numbers do not.
    avro.io.BinaryDecoder.read_timestamp_micros_from_long = avro.io.BinaryDecoder.read_long
    with open(VECTORS / 'sample.avro', 'rb') as file:
        reader = avro.datafile.DataFileReader(file, avro.io.DatumReader())
        meta = {name: value.decode() for name, value in reader.meta.items()}
        return meta, reader.sync_marker, list(reader)


@suite.case
def the_metadata_is_sorted_by_name():
    meta, _, _ = golden()
    equal(list(meta), sorted(meta))


@suite.case
def the_sync_marker_follows_from_incarnation_and_partition():
    meta, marker, _ = golden()
    words = ['sluice/sync/1', meta['sluice.incarnation'], meta['sluice.partition']]
    equal(marker, hashlib.sha256('\0'.join(words).encode()).digest()[:16])


@suite.case
def every_record_says_what_its_line_says_byte_for_byte():
    _, _, events = golden()
    lines = (VECTORS / 'sample.ndjson').read_text(encoding='utf-8').split('\n')
    equal(lines.pop(), '', 'what follows the last line')
    equal(len(events), len(lines), 'number of records')
    for event, line in zip(events, lines):
        equal(json.dumps(event_as_json(event), ensure_ascii=False, separators=(',', ':')), line)


@suite.case
def every_record_is_encoded_as_the_other_writer_does():
    meta, _, events = golden()
    plain = avro.schema.parse(meta['avro.schema'].replace(',"logicalType":"timestamp-micros"', ''))
    whole = (VECTORS / 'sample.avro').read_bytes()
    for event in events:
        out = io.BytesIO()
        avro.io.DatumWriter(plain).write(event, avro.io.BinaryEncoder(out))
        expect(out.getvalue() in whole, f'record {event["sequence"]} is encoded otherwise')


suite.run()
