"""test: the round trip against Ceph RGW, a real S3 server, killed on the way; million_events.py has many events."""
import subprocess

import events
from ceph_archive import archive
from harness import Scratch, Suite, equal, stop

suite = Suite(__file__)


@suite.case
def the_round_trip_passes_against_ceph_also_when_killed():
    with Scratch() as scratch, archive(scratch):
        events.create(scratch, 'orders', count=12000, large=20)
        for form in ('avro', 'ndjson'):
            command = (
                'export', '--from', 'log:orders', '--to', f's3://archive/{form}?format={form}', '--to',
                f's3://archive/{form}-2?format={form}', '--object-bytes', '24MiB', '--part-size', '5MiB', '--quiet',
            )
            for wait in (0.3, 0.6, 1.0):
                process = scratch.start_sluice(*command)
                try:
                    process.wait(wait)
                except subprocess.TimeoutExpired:  # still running: that is what the kill is for
                    stop(process)
            scratch.sluice(*command)
            for place in (form, f'{form}-2'):
                scratch.sluice('verify', f's3://archive/{place}', '--against', 'log:orders')
            scratch.sluice('import', '--from', f's3://archive/{form}', '--to', f'log:{form}')
            equal(events.digest(scratch, form), events.digest(scratch, 'orders'), f'events by {form}')


suite.run()
