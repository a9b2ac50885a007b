"""test: an export spread over threads: the same objects as one thread makes, paused and resumed, with several destinations."""
import json

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, expect

suite = Suite(__file__)
SMALL = ('--object-bytes', '1MiB', '--part-size', '256KiB', '--threads', '3')


def with_store():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--bucket', 'isle', '--min-part-size', '1KiB')


@suite.case
def the_partitions_are_all_exported():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=6000, partitions=5, large=3)
        done = scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL, '--json')
        print(done.stdout)
        scratch.sluice('verify', 's3://bkt/p', '--against', 'orders')


if __name__ == '__main__':
    suite.run()
