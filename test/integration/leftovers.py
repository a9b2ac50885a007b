"""test: whatever a store answers, nothing is left behind that no commit names, nothing committed is removed, and
nothing is taken for the end that is not."""
import json
import shutil

import events
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
SIZES = ('--object-bytes', '1GiB', '--part-size', '300KiB', '--quiet')


def setting():
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB')


def export(scratch, status=0):
    return scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SIZES, status=status)


def nothing_is_left(scratch, store):
    store.clear_faults()
    equal(store.uploads(), [], 'open uploads')
    seen = json.loads(scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders', '--json').out)
    equal(seen['strays'], [], 'objects that no commit names')


def once(operation, **what):
    return {'operation': operation, 'key': 'partition=', **what}


@suite.case
def the_lost_answer_to_a_created_upload_leaves_no_upload_behind():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        store.set_faults([once('CreateMultipartUpload', kind='lost-answer')])
        export(scratch)
        nothing_is_left(scratch, store)


@suite.case
def an_upload_given_up_and_not_aborted_is_removed_by_the_next_run():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        store.set_faults([
            once('UploadPart', nth=2, kind='status', status=404, code='NoSuchUpload'),
            once('AbortMultipartUpload', count=0, kind='status', status=403, code='AccessDenied'),
            once('CreateMultipartUpload', nth=2, count=0, kind='status', status=403, code='AccessDenied'),
        ])
        export(scratch, status=7)
        expect(store.uploads(), 'an upload is still open')
        store.clear_faults()
        export(scratch)
        nothing_is_left(scratch, store)


@suite.case
def an_object_of_a_given_up_attempt_is_removed_by_the_next_run():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        store.set_faults([
            once('CompleteMultipartUpload', kind='lost-answer'),
            once('HeadObject', count=0, kind='status', status=404, code='NoSuchKey'),
            once('CreateMultipartUpload', nth=2, count=0, kind='status', status=403, code='AccessDenied'),
        ])
        export(scratch, status=7)
        store.clear_faults()
        export(scratch)
        nothing_is_left(scratch, store)


@suite.case
def parts_too_small_for_the_store_are_refused_by_name_and_a_larger_size_goes_on():
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt') as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        words = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--quiet')
        small = (*words, '--object-bytes', '700KiB', '--part-size', '300KiB')
        contains(scratch.sluice('plan', *small[:-1], '300KiB').err, '--part-size 300KiB: most stores take no parts below 5 MiB', 'a plan')
        refused = scratch.sluice(*small, status=2)
        contains(refused.err, '--part-size 300KiB: most stores take no parts below 5 MiB', 'what is told before')
        contains(refused.err, 'sluice: s3://bkt/p: --part-size 300KiB: the store takes no parts so small', 'the message')
        # An object that was begun with such parts is begun anew.
        limit = ('--max-transfer', '300KiB')
        scratch.sluice(*small, *limit, status=8)
        refused = scratch.sluice(*words, status=2)
        contains(refused.err, '--part-size 300KiB, with which the object under way was begun', 'the message')
        contains(refused.err, 'begins it anew with parts of 16MiB', 'the way out')
        scratch.sluice(*words, '--part-size', '5MiB')
        nothing_is_left(scratch, store)


@suite.case
def amazons_own_s3_is_not_sent_what_it_would_refuse():
    with Scratch() as scratch:
        scratch.env.update(AWS_ACCESS_KEY_ID='x', AWS_SECRET_ACCESS_KEY='y', HTTPS_PROXY='http://127.0.0.1:1')
        events.create(scratch, 'orders', count=10, partitions=1)
        at = ('export', '--from', 'log:orders', '--to', 's3://bkt/p?region=eu-west-1', '--retry-for', '1s')
        contains(scratch.sluice(*at, '--part-size', '1MiB', status=2).err, '--part-size 1MiB: S3 takes no parts below 5 MiB')
        # Blocks are not cut: the second part of such an object has what is beyond.
        scratch.sluice(*at, '--part-size', '1MiB', '--object-bytes', '1MiB', status=2)
        scratch.sluice(*at, '--part-size', '1MiB', '--object-bytes', '1MiB', '--format', 'raw', status=5)


@suite.case
def a_commit_that_is_not_shown_for_a_moment_costs_no_committed_object():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        small = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '300KiB', '--quiet')
        scratch.sluice(*small)
        # Another state file claims anew, and looks for strays: its second look at commit 2 finds nothing.
        store.set_faults([
            {'operation': 'GetObject', 'key': 'commits/p=0/00000000000000000002', 'nth': 2, 'kind': 'status', 'status': 404,
             'code': 'NoSuchKey'},
        ])
        scratch.sluice(*small, '--state', scratch / 'other.sqlite')
        expect(store.ask('GET', '/_sim/faults')[0]['fired'] == 1, 'the commit was asked for twice')
        store.clear_faults()
        scratch.sluice('verify', 's3://bkt/p', '--against', 'log:orders')
        nothing_is_left(scratch, store)


@suite.case
def an_object_stored_from_a_stream_that_was_then_restored_is_not_committed():
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--no-checksums') as store:
        scratch.sluice('stream', 'create', 'orders', '--partitions', '1')
        data, backup = scratch / 'data' / 'sluice', scratch / 'backup'
        shutil.copytree(data, backup)
        scratch.sluice('stream', 'append', 'orders', stdin='hello\n')
        store.set_faults([
            once('PutObject', kind='reset-after', count=0),
            once('HeadObject', kind='status', status=403, code='AccessDenied', count=0),
        ])
        export(scratch, status=7)
        store.clear_faults()
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        scratch.sluice('stream', 'append', 'orders', stdin='hullo\n')
        export(scratch)
        nothing_is_left(scratch, store)


@suite.case
def an_import_does_not_end_at_a_commit_that_is_not_shown_for_a_moment():
    scratch, simulator = setting()
    with scratch, simulator as store:
        events.create(scratch, 'orders', count=1500, partitions=1)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '300KiB', '--quiet')
        store.set_faults([
            {'operation': 'GetObject', 'key': 'commits/p=0/00000000000000000002', 'kind': 'status', 'status': 404, 'code': ''},
        ])
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:copy', '--quiet')
        equal(events.digest(scratch, 'log:copy', 1), events.digest(scratch, 'log:orders', 1), 'the events')


@suite.case
def an_import_that_knows_more_than_its_source_is_refused():
    scratch = Scratch()
    bucket, older = scratch / 'bucket', scratch / 'older'
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--data-dir', bucket) as store:
        events.create(scratch, 'orders', count=100, partitions=1)
        export(scratch)
        store.stop()
        shutil.copytree(bucket, older)
        store.start()
        events.append(scratch, 'orders', 2, 100, partitions=1)
        export(scratch)
        scratch.sluice('import', '--from', 's3://bkt/p', '--to', 'log:copy', '--name', 'copy', '--quiet')
        store.stop()
        shutil.rmtree(bucket)
        shutil.copytree(older, bucket)
        store.start()
        again = ('import', '--from', 's3://bkt/p', '--to', 'log:copy', '--name', 'copy', '--quiet')
        contains(scratch.sluice(*again, status=7).err, 'does not reach', 'the message')


@suite.case
def a_destination_given_twice_is_refused():
    scratch, simulator = setting()
    with scratch, simulator:
        events.create(scratch, 'orders', count=10, partitions=1)
        twice = ('--to', 's3://bkt/p', '--to', 's3://bkt/p/')
        refused = scratch.sluice('export', '--from', 'log:orders', *twice, '--quiet', status=2)
        contains(refused.err, 'same place', 'the message')


suite.run()
