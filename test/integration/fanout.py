"""test: several destinations of one export share what is read and encoded; a slow one costs them nothing and completes."""
import json

import events
from harness import Scratch, Simulator, Suite, equal, expect

suite = Suite(__file__)
# Only counts are looked at: times belong to a machine that does nothing else.
SMALL = ('--rounds', 1, '--size', '96MiB', '--object-bytes', '32MiB', '--destinations', 4, '--only', 'equal', '--json', '-')


@suite.case
def equal_destinations_read_the_stream_once():
    with Scratch() as scratch:
        told = json.loads(scratch.sluice('bench', 'fanout', *SMALL).out)
        one, all_of_them = told['runs']
        equal((one['destinations'], all_of_them['destinations']), (1, 4), 'destinations')
        equal(one['bytes'], all_of_them['bytes'], 'bytes sent to each')
        read = told['ratios']['read']['value']
        expect(read <= 1.25, f'{read} bytes read per byte sent to each of four')
        memory = told['ratios']['memory']['value']
        expect(memory <= 1.5, f'four destinations took {memory} times the memory of one')


@suite.case
def a_slow_destination_costs_the_others_nothing_and_completes():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'fast', '--bucket', 'slow') as store:
        events.create(scratch, 'orders', count=20_000, partitions=1, large=0)
        store.set_faults([{'bucket': 'slow', 'operation': 'PutObject', 'kind': 'slow', 'bytes': 8 << 20, 'count': 0}])
        scratch.sluice('export', '--from', 'orders', '--to', 's3://fast/p', '--to', 's3://slow/p', '--object-bytes', '2MiB')
        for bucket in ('fast', 'slow'):
            scratch.sluice('verify', f's3://{bucket}/p/orders', '--against', 'log:orders')


suite.run()
