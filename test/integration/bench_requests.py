"""test: `sluice bench put` and `get`: what they tell is what the server saw, and nothing stays behind."""
import json
import os
import shutil
import sys
import types

from harness import Scratch, Simulator, Suite, build_folder, contains, equal, expect, need, program, source_folder

sys.path.insert(0, str(source_folder() / 'tools/bench'))

import late  # noqa: E402 (tools/bench)

suite = Suite(__file__)
KIB, MIB = 1 << 10, 1 << 20
SHORT = ('--warmup', '0s', '--duration', '60s', '--connections', 4, '--json', '-')


def bench(scratch, *words, status=0):
    done = scratch.sluice('bench', *words, status=status)
    return json.loads(done.out) if status == 0 else done


def counted(store, operation):
    one = store.counters()['operations'].get(operation, {})
    return one.get('requests', 0), one.get('bytes_in', 0), one.get('bytes_out', 0)


def check_totals(told, requests, size):
    """Every counted request moved `size`; those under way at either end are at most one per connection."""
    equal(told['requests'], requests, 'counted requests')
    expect(abs(told['bytes'] - requests * size) <= 4 * size, f'{told["bytes"]} bytes told, {requests} of {size} counted')
    expect(told['request_ms']['p50'] <= told['request_ms']['p99'] <= told['request_ms']['slowest'], 'percentiles ascend')
    expect(told['first_byte_ms']['p50'] <= told['request_ms']['slowest'], 'the first byte comes before the last')
    expect(told['cpu_user'] + told['cpu_system'] > 0 and told['peak_memory'] > MIB, 'costs are told')
    expect(told['machine']['cores'] >= 1 and told['settings']['connections'] == 4, 'machine and settings are told')
    expect(told['segments']['slowest']['bytes_per_second'] <= told['segments']['fastest']['bytes_per_second'], 'segments')


@suite.case
def puts_are_told_as_the_server_counts_them_and_removed():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        told = bench(scratch, 'put', '--to', 's3://bkt/p', '--size', '64KiB', '--objects', 7, '--requests', 100,
                     '--raw', scratch / 'raw.csv', *SHORT)
        check_totals(told, 100, 64 * KIB)
        requests, received, _ = counted(store, 'PutObject')
        expect(104 <= requests <= 140, f'{requests} puts: 100 counted, one or more on each connection before, perhaps one behind')
        # In a trailer: the frame around the body counts as received, too.
        expect(requests * 64 * KIB < received < requests * 65 * KIB, f'{received} bytes came')
        lines = (scratch / 'raw.csv').read_text().splitlines()
        equal(lines[0], 'worker,begin_us,first_byte_us,end_us,bytes')
        equal(len(lines), 101, 'raw lines')
        for line in lines[1:]:
            worker, begun, first, ended, size = line.split(',')
            expect(0 <= int(worker) < 4 and float(begun) <= float(first) <= float(ended) and int(size) == 64 * KIB, line)
        equal(store.ask('GET', '/_sim/objects'), [], 'what stays')


@suite.case
def parts_are_uploaded_and_aborted():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        told = bench(scratch, 'put', '--to', 's3://bkt', '--size', '1MiB', '--part-size', '64KiB', '--objects', 2,
                     '--requests', 50, '--checksum-in', 'header', *SHORT)
        equal(told['settings']['operation'], 'UploadPart')
        check_totals(told, 50, 64 * KIB)
        equal(store.uploads(), [], 'open uploads')
        equal(counted(store, 'AbortMultipartUpload')[0], 2, 'aborted')


@suite.case
def gets_are_verified():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        words = ('get', '--from', 's3://bkt/p', '--size', '200KiB', '--part-size', '64KiB', '--objects', 3, '--requests', 60)
        told = bench(scratch, *words, *SHORT)
        equal(told['requests'], 60, 'requests')
        equal(told['settings']['checksum'], 'CRC64NVME verified')
        equal(store.ask('GET', '/_sim/objects'), [], 'what stays')
        store.set_faults([{'operation': 'GetObject', 'kind': 'flip-bit', 'bytes': 70, 'count': 0}])
        failed = bench(scratch, *words, *SHORT, status=1)
        contains(failed.err, 'checksum')
        told = bench(scratch, *words, '--checksum', 'none', *SHORT)
        equal(told['settings']['checksum'], 'nothing verified')


@suite.case
def an_object_that_is_there_is_learnt_and_left():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--synthetic', '9MiB') as store:
        told = bench(scratch, 'get', '--existing', '--from', 's3://bkt/synthetic', '--part-size', '2MiB', '--requests', 40,
                     *SHORT)
        equal(told['settings']['object_bytes'], 9 * MIB, 'size')
        equal(told['settings']['checksum'], 'CRC64NVME verified')
        requests, _, sent = counted(store, 'GetObject')
        expect(5 + 44 <= requests <= 5 + 52, f'{requests} gets: 5 ranges learnt, 40 counted, 4 before and up to 8 beside')
        expect(sent >= 9 * MIB + 40 * MIB, f'{sent} bytes were sent')
        # One wrong bit in the first reading: the ranges do not make up the object.
        store.set_faults([{'operation': 'GetObject', 'kind': 'flip-bit', 'nth': 3, 'count': 1}])
        failed = bench(scratch, 'get', '--existing', '--from', 's3://bkt/synthetic', '--part-size', '2MiB', *SHORT, status=1)
        contains(failed.err, 'CRC64NVME')


@suite.case
def it_ends_when_time_is_up_or_throughput_has_settled():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--synthetic', '1MiB'):
        words = ('get', '--existing', '--from', 's3://bkt/synthetic', '--connections', 2, '--json', '-', '--warmup', '100ms')
        told = bench(scratch, *words, '--duration', '500ms')
        expect(0.49 <= told['seconds'] < 5, f'{told["seconds"]} s')
        equal(told['settled'], False)


@suite.case
def system_calls_are_counted_or_it_is_told_why_not():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--synthetic', '1MiB') as store:
        words = ('get', '--existing', '--from', 's3://bkt/synthetic', '--part-size', '64KiB', '--connections', 2, '--warmup', '0s',
                 '--requests', 10, '--json', '-')
        told = bench(scratch, *words)
        expect(told['sent_requests'] >= told['requests'] == 10, f'{told["sent_requests"]} sent')
        by_kernel = told.get('system_calls_counted_by') == 'kernel'
        expect(by_kernel or '--count-system-calls' in told['system_calls_not_counted'], told)
        before = counted(store, 'GetObject')[0]
        told = bench(scratch, *words, '--count-system-calls')
        if shutil.which('strace') and not by_kernel:
            equal(told['system_calls_counted_by'], 'strace', 'who counts')
            expect(counted(store, 'GetObject')[0] - before >= 50, 'a run of its own: 40 requests behind the 10')
        if told['system_calls_per_gib'] is not None:
            # At least a send and a receive for each 64 KiB, and not a hundred.
            expect(2 * 16384 <= told['system_calls_per_gib'] <= 100 * 16384, told['system_calls_per_gib'])
        (scratch / 'empty').mkdir()
        told = scratch.sluice('bench', *words[:-2], '--count-system-calls', env={'PATH': str(scratch / 'empty')}).out
        expect(by_kernel or 'system calls  not counted: strace is not installed\n' in told, told)


@suite.case
def an_ordinary_user_has_system_calls_counted_too():
    need('strace', 'setpriv')
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--synthetic', '1MiB') as store:
        words = ('bench', 'get', '--existing', '--from', 's3://bkt/synthetic', '--endpoint', store.url, '--part-size', '64KiB',
                 '--connections', 2, '--warmup', '0s', '--requests', 10, '--json', '-', '--count-system-calls')
        user = ('setpriv', '--reuid', '65534', '--clear-groups') if os.geteuid() == 0 else ()
        told = json.loads(scratch.run(*user, program('sluice'), *map(str, words), env={'HOME': '/nonexistent'}).out)
        equal(told['system_calls_counted_by'], 'strace', 'who counts')


@suite.case
def a_read_whose_answer_does_not_begin_is_asked_again():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--synthetic', '1MiB') as store:
        store.set_faults([{'operation': 'GetObject', 'kind': 'stall', 'milliseconds': 50_000, 'nth': 60, 'count': 1}])
        told = bench(scratch, 'get', '--existing', '--from', 's3://bkt/synthetic', '--part-size', '64KiB', '--connections', 1,
                     '--warmup', '0s', '--requests', 100, '--json', '-')
        equal(told['retries'], 1, 'asked again')
        slowest = told['request_ms']['slowest']
        expect(1000 <= slowest < 10_000, f'the request took {slowest} ms: others take much less than a second')


def run_of(**more):
    return types.SimpleNamespace(build=build_folder(), late=4000, share=0.02, **more)


@suite.cases_for(['UploadPart', 'GetObject'])
def of_late_answers_no_more_than_one_in_fifty_is_asked_again(operation):
    told = late.measure(run_of(requests=200, connections=16, latency=20), operation, late=True)
    # That they are asked again at all is seen in virtual time: how patient one is here, the machine decides.
    expect(told['retries'] <= 1 + 200 / 50, f'{told["retries"]} requests were asked again')


@suite.case
def where_etags_are_unique_a_late_part_is_waited_for():
    told = late.measure(run_of(requests=200, connections=16, latency=20), 'UploadPart', profile='strict', late=True)
    equal(told['retries'], 0, 'parts that were sent again')


@suite.cases_for(['UploadPart', 'GetObject'])
def when_all_become_slow_nothing_storms(operation):
    told = late.measure(run_of(requests=192, connections=32, latency=250), operation, slower=True)
    expect(told['request_ms']['slowest'] > 1000, f'the store became slow: {told["request_ms"]}')
    expect(told['retries'] <= 1 + 192 / 50, f'{told["retries"]} requests were asked again')


@suite.case
def suspended_requests_wait_without_a_connection_and_complete():
    with Scratch() as scratch:
        # So many that what a thread keeps for the next ones, 256 KiB, does not count.
        told = bench(scratch, 'suspend', '--steps', 1500, '--json', '-')
        equal((told['steps'], told['completed']), (1500, 1500))
        # Memory, unlike time, is the same on every machine: no buffer while nothing comes, no timer, no socket.
        expect(1024 < told['bytes_waiting'] < 8 * KIB, f'what waits holds no buffer: {told}')
        expect(told['bytes_suspended'] <= 512, f'suspending gives memory back: {told}')
        failed = bench(scratch, 'suspend', '--steps', 100_000_000, status=2)
        contains(failed.err, 'ulimit')


@suite.case
def transfers_beside_each_other_are_told_one_by_one():
    with Scratch() as scratch:
        # Slow enough for a pause to fall into the middle: it is looked about five times a second.
        words = ('mixed', '--size', '2MiB', '--rate', '1MiB', '--memory', '64MiB', '--shares-for', '1s')
        told = bench(scratch, *words, '--json', '-')
        each = {one['name']: one for one in told['transfers']}
        equal(sorted(each), ['export-a', 'export-b', 'export-c', 'export-d', 'export-e', 'import-a', 'import-b', 'import-c'])
        equal(told['events_each'], 2048)
        for name, one in each.items():
            cancelled, paused = name == 'export-e', name in ('export-d', 'import-c')
            equal(one['outcome'], 'cancelled' if cancelled else 'completed', name)
            equal(one['pauses'], 1 if paused else 0, name)
            equal(one['kind'], name.split('-')[0])
            if not cancelled:
                equal(one['events'], 2048, name)
                # No byte is lost; what a pause cut short is sent again.
                expect(2 * MIB < one['bytes'] < (5 if paused else 3) * MIB, f'{name}: {one["bytes"]} bytes')
        expect(each['export-e']['bytes'] < each['export-a']['bytes'], 'who is cancelled does not move everything')
        equal(told['bytes'], sum(one['bytes'] for one in each.values()))
        equal(told['memory_budget'], 64 * MIB)
        expect(told['peak_memory'] > MIB and told['cpu_user'] + told['cpu_system'] > 0, 'costs are told')
        shares = told['shares']
        equal([one['weight'] for one in shares['exports']], [1, 2, 4])
        equal(shares['parts'] * 256 * KIB, sum(one['bytes'] for one in shares['exports']), 'bytes of whole parts')
        for n, one in enumerate(shares['exports']):
            expect(abs(one['due'] - (1 << n) / 7) < 1e-6 and one['bytes'] > 0, f'{one}')
            expect(abs(one['share'] * shares['parts'] * 256 * KIB - one['bytes']) < MIB / 256, f'{one}')
        # Twice the weight, more of it: how much more, a machine that has time for it tells.
        expect(shares['exports'][0]['bytes'] < shares['exports'][1]['bytes'] < shares['exports'][2]['bytes'], f'{shares}')
        expect(shares['unevenness'] >= 0 and shares['seconds'] >= 1, f'{shares}')
        done = scratch.sluice('bench', *words)
        contains(done.out, 'from their share of any second (aim: 5)')
        for name, one in each.items():
            contains(done.out, f'{name:<12} {one["fate"]:<20} {one["outcome"]}')
        contains(scratch.sluice('bench', 'mixed', '--rate', 0, status=2).err, '--rate')


@suite.case
def bad_input_is_one_line():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        for words, says in (
            (('--size', '0'), '--size'), (('--connections', '0'), '--connections'), (('--objects', '0'), '--objects'),
            (('--duration', 'soon'), '--duration'), (('--size', '1GiB', '--part-size', '1KiB'), '--part-size'),
            (('--checksum', 'md5'), '--checksum'), (('--checksum-in', 'foot'), '--checksum-in'),
            (('--tls', '--endpoint', 'http://127.0.0.1:1'), '--tls'),
        ):
            failed = bench(scratch, 'put', '--to', 's3://bkt', *words, status=2)
            contains(failed.err, says)
            equal(len(failed.err.splitlines()), 1, 'lines')
        failed = bench(scratch, 'put', '--to', 's3://none', '--requests', 1, status=4)
        contains(failed.err, 'none')
        failed = bench(scratch, 'get', '--existing', '--from', 's3://bkt/none', status=3)
        contains(failed.err, 'none')
        equal(len(failed.err.splitlines()), 1, 'lines')
        failed = bench(scratch, 'put', '--to', 's3://bkt', '--size', '1KiB', '--requests', 1, '--raw', '/no/where',
                       '--warmup', '0s', status=2)
        contains(failed.err, '--raw: /no/where')
        equal(store.ask('GET', '/_sim/objects'), [], 'what stays')


suite.run()
