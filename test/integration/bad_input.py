"""test: bad input gets one clear line that names it and the way out, the documented exit status, and loses nothing."""
import json
import os
import pathlib
import shutil
import socket
import subprocess

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect, need, program, skip

suite = Suite(__file__)


def refused(scratch, status, *arguments, names=(), **options):
    """The command fails with this status and one line on stderr that names what is wrong."""
    done = scratch.sluice(*arguments, status=status, **options)
    lines = [line for line in done.err.splitlines() if line.startswith('sluice:')]
    expect(len(lines) == 1, f'one line says why, seen {done.err!r:.600}')
    for name in names:
        contains(lines[0], name, 'the line')
    return lines[0]


def prepared(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', *options)


@suite.case
def an_unknown_stream_is_named_with_the_nearest():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        refused(scratch, 3, 'export', '--from', 'log:order', '--to', 's3://bkt/p', names=('order', 'orders'))
        refused(scratch, 3, 'stream', 'cat', 'order', names=('order',))


@suite.case
def wrong_credentials_are_refused():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        wrong = {'AWS_SECRET_ACCESS_KEY': 'canary-secret-0123456789'}
        line = refused(scratch, 7, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', env=wrong, names=('bkt',))
        expect('canary' not in line, 'the secret is not told')
        unknown = {'AWS_ACCESS_KEY_ID': 'AKIDUNKNOWN'}
        refused(scratch, 7, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', env=unknown)
        for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'):
            scratch.env.pop(name)
        refused(scratch, 7, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', names=('AWS_ACCESS_KEY_ID',))


@suite.case
def a_closed_port_is_given_up():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            port = taken.getsockname()[1]
        url = f'http://127.0.0.1:{port}'
        refused(
            scratch, 5, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', '--endpoint-url', url, '--retry-for', '1s',
            names=(f'127.0.0.1:{port}',),
        )
        refused(
            scratch, 5, 'import', '--from', 's3://bkt/p', '--to', 'log:x', '--endpoint-url', url, '--retry-for', '1s',
            names=(f'127.0.0.1:{port}',),
        )


@suite.case
def a_missing_bucket_is_named():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        refused(scratch, 4, 'export', '--from', 'log:orders', '--to', 's3://nowhere/p', names=('nowhere',))
        refused(scratch, 3, 'import', '--from', 's3://nowhere/p', '--to', 'log:x', names=('nowhere',))
        refused(scratch, 3, 'import', '--from', 's3://bkt/nothing-here', '--to', 'log:x', names=('nothing-here',))
        for words in ('export', '--from', 'orders', '--to', 's3://nowhere/p'), ('import', '--from', 's3://nowhere/p', '--to', 'x'):
            told = scratch.sluice(*words, status=None).err
            equal(told.count('NoSuchBucket'), 1, f'times that it is told: {told}')
            expect('continue with' not in told, f'the same command is not recommended: {told}')


@suite.case
def a_bad_certificate_is_refused():
    need('openssl')
    scratch = Scratch()
    with scratch:
        command = ('export', '--from', 'log:orders', '--to', 's3://bkt/p')

        def made(name, names):
            """A certificate that signs itself, and its key."""
            files = scratch / f'{name}.pem', scratch / f'{name}.key'
            scratch.run(
                'openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
                '-addext', f'subjectAltName={names}', '-keyout', files[1], '-out', files[0],
            )
            return files

        certificate, key = made('certificate', 'DNS:localhost,IP:127.0.0.1')
        with Simulator(scratch, '--bucket', 'bkt', '--tls-cert', certificate, '--tls-key', key):
            events.create(scratch, 'orders', count=100)
            refused(scratch, 7, *command, names=('certificate', '--ca-bundle'))
            scratch.sluice(*command, '--ca-bundle', certificate)
            scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders', '--ca-bundle', certificate)
        certificate, key = made('other', 'DNS:other.example,IP:127.0.0.2')
        with Simulator(scratch, '--bucket', 'bkt', '--tls-cert', certificate, '--tls-key', key):
            refused(scratch, 7, *command, '--ca-bundle', certificate, names=('mismatch', '--endpoint-url'))


@suite.case
def malformed_addresses_sizes_and_options_are_usage_errors():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=10)
        export = ('export', '--from', 'log:orders', '--to')
        refused(scratch, 2, *export, 's3:/b/p', names=('s3:/b/p', 's3://'))
        refused(scratch, 2, *export, 's3://B_AD/p', names=('B_AD',))
        refused(scratch, 2, *export, 's3://bkt/p?fromat=avro', names=('fromat', 'format'))
        refused(scratch, 2, *export, 's3://bkt/p', '--object-bytes', '12XB', names=('12XB',))
        refused(scratch, 2, *export, 's3://bkt/p', '--object-bytes', '5GiB', names=('4 GiB',))
        refused(scratch, 2, *export, 's3://bkt/p', '--part-syze', '5MiB', names=('--part-syze', '--part-size'))
        refused(scratch, 2, *export, 's3://bkt/p', '--format', 'parquet', names=('parquet', 'avro'))
        refused(scratch, 2, 'export', '--from', 'logg:orders', '--to', 's3://bkt/p', names=('logg:orders',))
        refused(scratch, 2, 'stream', 'create', '../up', names=('../up',))
        equal(store.uploads(), [], 'open uploads')


@suite.case
def a_damaged_object_stops_the_import_before_it_and_verify_finds_it():
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB') as store:
        # No fragments, whose checksums would find it as well; and in the middle of values, for whoever reads the frames
        # of records would find it there.
        events.create(scratch, 'orders', count=8000, partitions=1, large=0)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '2MiB')
        flip = {
            'operation': 'GetObject', 'key': 'partition=', 'nth': 3, 'count': 0, 'kind': 'flip-bit', 'bytes': 100_000,
        }
        store.set_faults([flip])
        line = refused(scratch, 1, 'import', '--from', 's3://bkt/p', '--to', 'log:back', names=('partition=0/',))
        contains(line, 'piece', 'the line')
        store.set_faults([flip])
        done = scratch.sluice('verify', 's3://bkt/p', status=6)
        contains(done.out + done.err, 'partition=0/', 'what verify says')
        store.clear_faults()
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        equal(events.digest(scratch, 'back', 1), events.digest(scratch, 'orders', 1), 'events in the end')


@suite.case
def a_full_disk_stops_appends_cleanly():
    if os.geteuid() != 0:
        skip('mounting a small file system needs root')
    scratch = Scratch()
    with scratch:
        small = scratch / 'small'
        small.mkdir()
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', str(small)], capture_output=True)
        if mounted.returncode != 0:
            skip('mounting a small file system is not allowed here')
        try:
            where = ('--data-dir', small)
            scratch.sluice('stream', 'create', 'orders', *where)
            scratch.sluice('stream', 'append', 'orders', *where, stdin='first\nsecond\n')
            line = 'x' * 1000 + '\n'
            refused(scratch, 1, 'stream', 'append', 'orders', *where, stdin=line * 8000, names=('disk', 'orders'))
            scratch.sluice('stream', 'verify', 'orders', *where)
            out = scratch.sluice('stream', 'cat', 'orders', *where).out
            contains(out, 'first', 'the events of before')
        finally:
            subprocess.run(['umount', '-l', str(small)], check=False)


@suite.case
def a_refused_import_leaves_no_stream_behind():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        words = ('import', '--from', 's3://bkt/p', '--to', 'back')
        refused(scratch, 7, *words, '--start', 'seq:9000', names=('seq:9000',))
        refused(scratch, 3, 'stream', 'info', 'back', names=('back',))
        scratch.sluice('stream', 'create', 'back', '--partitions', '2')
        refused(scratch, 7, *words, '--start', 'seq:9000', names=('seq:9000',))
        scratch.sluice('stream', 'append', 'back', stdin='mine, as before\n')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'there')
        refused(scratch, 7, 'import', '--from', 's3://bkt/p', '--to', 'there', '--start', 'seq:1', names=('there',))
        contains(scratch.sluice('stream', 'info', 'there').out, 'reserved by', 'a stream with events')
        contains(scratch.sluice('stream', 'release', 'there').out, 'there is released')


@suite.case
def a_name_stands_for_one_piece_of_work():
    scratch, store = prepared('--bucket', 'second')
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        events.create(scratch, 'bills', count=10)
        scratch.sluice('export', '--name', 'X', '--from', 'orders', '--to', 's3://bkt/p')
        known = ('X', 'export of log:orders to s3://bkt/p', 'transfer delete X')
        refused(scratch, 2, 'export', '--name', 'X', '--from', 'bills', '--to', 's3://bkt/p', names=known)
        refused(scratch, 2, 'export', '--name', 'X', '--from', 'orders', '--to', 's3://second/p', names=known)
        refused(scratch, 2, 'import', '--name', 'X', '--from', 's3://bkt/p', '--to', 'back', names=known)
        scratch.sluice('export', '--name', 'X', '--from', 'orders', '--to', 's3://bkt/p', '--to', 's3://second/p')
        before = json.loads(scratch.sluice('transfer', 'show', 'X', '--json').out)
        scratch.sluice('repair', 's3://bkt/p/orders', '--from', 'orders', '--name', 'X', '--state-only')
        after = json.loads(scratch.sluice('transfer', 'show', 'X', '--json').out)
        for word in 'command', 'targets':
            equal(after[word], before[word], f'{word} after a repair')
        equal(len(json.loads(scratch.sluice('transfer', 'list', '--json').out)), 1, 'transfers: no refused one among them')


@suite.case
def what_cannot_be_is_refused_before_anything_is_made():
    with Scratch() as scratch:
        events.create(scratch, 'orders', count=10)
        refused(scratch, 2, 'export', '--from', 'orders', '--to', 's3://bkt/p', '--start', 'seq:5', '--end', 'seq:4', names=('behind',))
        refused(scratch, 2, 'import', '--from', 's3://bkt/p', '--to', 'x', '--start', 'seq:5', '--end', 'seq:4', names=('behind',))


@suite.case
def a_reserved_stream_is_nobody_elses():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:back')
        refused(scratch, 7, 'stream', 'append', 'back', stdin='mine\n', names=('back', 'release'))
        scratch.sluice('stream', 'release', 'back')
        scratch.sluice('stream', 'append', 'back', stdin='mine\n')
        refused(scratch, 7, 'import', '--from', 's3://bkt/p', '--to', 'log:back', names=('back', 'not reserved'))
        scratch.sluice('stream', 'create', 'others', '--partitions', '2')
        scratch.sluice('stream', 'append', 'others', stdin='theirs\n')
        refused(scratch, 7, 'import', '--from', 's3://bkt/p', '--to', 'log:others', '--start', 'seq:1', names=('others', 'not reserved'))
        scratch.sluice('stream', 'create', 'mine', '--partitions', '2')
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:mine')
        refused(scratch, 7, 'stream', 'append', 'mine', stdin='x\n', names=('mine', 'release'))


@suite.case
def a_created_again_stream_is_not_mixed_with_the_old_one():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice('stream', 'delete', 'orders', '--yes')
        events.create(scratch, 'orders', seed=5, count=100)
        refused(scratch, 7, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', names=('incarnation',))


@suite.case
def a_store_that_ignores_conditions_is_refused():
    scratch, store = prepared('--no-conditions')
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        refused(scratch, 7, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', names=('If-None-Match',))


@suite.case
def a_log_restored_from_an_older_copy_is_refused():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        data = pathlib.Path(scratch.env['XDG_DATA_HOME'])
        shutil.copytree(data, scratch / 'backup')
        command = ('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        events.append(scratch, 'orders', seed=2, count=100)
        scratch.sluice(*command)
        shutil.rmtree(data)
        shutil.copytree(scratch / 'backup', data)
        refused(scratch, 7, *command, names=('restored',))
        events.append(scratch, 'orders', seed=3, count=400)
        refused(scratch, 7, *command, names=('history',))


@suite.case
def an_object_that_is_gone_is_told_by_its_commit_and_with_the_way_out():
    scratch, store = prepared()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=20, partitions=1)
        for form in ('avro', 'ndjson'):
            scratch.sluice('export', '--from', 'orders', '--to', f's3://bkt/{form}', '--format', form)
            [key] = bucket.keys(f'{form}/orders/partition=0/')
            scratch.sluice('inspect', f's3://bkt/{key}')
            bucket.delete(key)
            line = refused(scratch, 3, 'inspect', f's3://bkt/{key}', names=(key, 'a commit names it', '`sluice repair`'))
            expect('NoSuchKey' not in line, f'in words of ours: {line}')


@suite.case
def exports_of_values_are_no_measure_for_others_and_that_is_told_before_they_are_read():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=20, form='lines')
        for form in ('avro', 'lines', 'raw'):
            scratch.sluice('export', '--from', 'orders', '--to', f's3://bkt/{form}', '--format', form)
        scratch.sluice('verify', 's3://bkt/avro/orders', 's3://bkt/lines/orders')
        for form in ('lines', 'raw'):
            names = (f's3://bkt/{form}/orders', 'name an export as avro or ndjson first', '--against the stream')
            before = store.counters()['requests']['GetObject']
            refused(scratch, 2, 'verify', f's3://bkt/{form}/orders', 's3://bkt/avro/orders', names=names)
            equal(store.counters()['requests']['GetObject'] - before, 1, 'what was read: the stream document')


@suite.case
def what_a_command_cannot_do_is_not_recommended():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=20)
        events.create(scratch, 'others', count=20)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p')
        append = ('stream', 'append', 'orders', '--format', 'ndjson')
        line = refused(scratch, 1, *append, stdin=b'{"value":\n', names=('mend the input',))
        expect('--on-bad' not in line, f'append has no --on-bad: {line}')
        Bucket(store, 'bkt').put('in/1.ndjson', b'{"value":\n')
        refused(scratch, 1, 'import', '--by-listing', '--from', 's3://bkt/in', '--to', 'x', names=('--on-bad skip',))
        verify = ('verify', 's3://bkt/p/orders', '--against', 'others')
        line = refused(scratch, 7, *verify, names=('name the stream that was exported',))
        expect('prefix' not in line, f'verify writes to no prefix: {line}')
        repair = ('repair', 's3://bkt/p/orders', '--from', 'others')
        refused(scratch, 7, *repair, names=('name the stream that was exported',))


@suite.case
def partitions_that_have_no_folders_are_told_with_what_there_is():
    scratch, store = prepared()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        for key in ('in/a.txt', 'in/b.txt'):
            bucket.put(key, b'line\n')
        words = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'copy', '--partitions')
        names = ('--partitions 0,1', 'partition=N/', 's3://bkt/in/', '2 objects in no such folder', 'leave --partitions out')
        refused(scratch, 2, *words, '0-1', names=names)
        refused(scratch, 2, 'plan', *words, '0-1', names=names)
        refused(scratch, 3, 'stream', 'info', 'copy')
        for n in (4, 7):
            bucket.put(f'in/partition={n}/x.txt', b'line\n')
        refused(scratch, 2, *words, '0-1', names=('folders of partitions 4, 7 and 2 objects',))
        scratch.sluice(*words, '4')


@suite.case
def a_file_that_is_named_is_looked_at_before_anything_is_done():
    scratch, store = prepared()
    with scratch, store:
        events.create(scratch, 'orders', count=20)
        (scratch / 'no.pem').write_text('no certificate')
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p', '--ca-bundle')
        for file, says in (('gone.pem', 'cannot be read'), ('.', 'cannot be read'), ('no.pem', 'holds no PEM certificate')):
            for endpoint in (store.url, 'https://127.0.0.1:1'):
                done = scratch.sluice(*export, file, '--endpoint-url', endpoint, '--retry-for', '1s', status=None)
                expect(done.returncode in (1, 2), f'status {done.returncode} of {file} at {endpoint}: {done.err}')
                contains(done.err, f'CA bundle {file}')
                if file != '.':
                    contains(done.err, says)
        equal(store.counters()['requests'], {}, 'requests')
        bench = ('bench', 'put', '--to', 's3://bkt', '--requests', 1, '--json')
        for file, says in (('no/where.json', 'its folder does not exist'), ('.', 'is a folder')):
            refused(scratch, 2, *bench, file, names=('--json', file, says))
        refused(scratch, 2, 'bench', 'suspend', '--json', 'no/where.json', names=('--json',))
        for verb, way in (('put', '--to'), ('get', '--from')):
            refused(scratch, 2, 'bench', verb, way, 's3://bkt', '--raw', 'no/where.csv', names=('--raw', 'no/where.csv'))
        equal(store.counters()['requests'], {}, 'requests')
        expect(not (scratch / 'no').exists(), 'nothing is made')


@suite.case
def a_transfer_that_is_unknown_was_not_found():
    with Scratch() as scratch:
        for verb in ('show', 'pause', 'resume', 'stop', 'cancel', 'wait', 'delete'):
            refused(scratch, 3, 'transfer', verb, 'nightly', names=('nightly', 'sluice transfer list'))
        refused(scratch, 3, 'transfer', 'pause', 'nightly', '--to', 's3://bkt/p', names=('nightly',))
        refused(scratch, 3, 'transfer', 'add-destination', 'nightly', 's3://bkt/p', names=('nightly',))


suite.run()
