#!/usr/bin/env python3
"""test: `sluice probe` finds out what a store does, says what it could not find out, and leaves nothing."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

import compatibility  # noqa: E402 (lab/)
import events  # noqa: E402
from harness import Scratch, Simulator, Suite, contains, equal, expect, skip  # noqa: E402
from s3_requests import S3  # noqa: E402

suite = Suite(__file__)


def probe(scratch, *words, **options):
    return json.loads(scratch.sluice('probe', 's3://bucket/some/where', '--json', *words, **options).out)


@suite.cases_for([name for name in compatibility.PROFILES if name != 'lagging'])
def the_probe_tells_a_store_by_what_it_does(name):
    known = compatibility.kept().get(name)
    if known is None:
        skip('not in probes.json yet: run test/lab/compatibility.py')
    found = compatibility.of_profile(name)
    equal({row: cell for row, cell in found.items() if known.get(row) != cell}, {}, 'what is not in probes.json')


@suite.case
def a_store_that_lags_is_told_and_the_rest_is_found_all_the_same():
    found = compatibility.of_profile('lagging')
    equal(found['listing_after_write'], 'no')
    for row in ('create_once', 'put_if_match', 'list_v1', 'list_v2', 'odd_keys', 'unsigned_trailers', 'keeps_metadata'):
        equal(found[row], 'yes', row)


@suite.case
def the_table_in_the_documentation_is_the_one_that_was_probed():
    equal(compatibility.DOCUMENT.read_text(), compatibility.document(compatibility.kept()), 'run test/lab/compatibility.py')


@suite.cases_for(list(compatibility.REAL))
def a_real_server_is_as_the_table_says(name):
    found = compatibility.of_real(name)
    if found is None:
        skip(f'{name} is not installed')
    known = compatibility.kept().get(name)
    if known is None:
        skip('not in probes.json yet: run test/lab/compatibility.py')
    equal({row: cell for row, cell in found.items() if known.get(row) != cell}, {}, 'what is not in probes.json')


@suite.cases_for([('refuse-v2',), ('v1-only', 'max-keys=1')])
def a_store_without_the_second_listing_is_told_and_the_rest_is_found(quirks):
    words = [word for quirk in quirks for word in ('--quirk', quirk)]
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet', *words) as store:
        found = probe(scratch)
        seen = {name: found['abilities'][name]['can'] for name in ('list_v1', 'list_v2', 'listing_after_write', 'odd_keys')}
        equal(seen, {'list_v1': True, 'list_v2': False, 'listing_after_write': True, 'odd_keys': True})
        equal(found['left_behind'], [])
        equal(store.ask('GET', '/_sim/objects'), [], 'objects')


@suite.case
def a_store_that_does_not_list_at_all_is_told_so_and_not_that_it_lags():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        denied = {'kind': 'status', 'status': 403, 'code': 'AccessDenied', 'count': 0}
        store.set_faults([{**denied, 'operation': operation} for operation in ('ListObjectsV2', 'ListObjects')])
        abilities = probe(scratch)['abilities']
        for name in ('list_v1', 'list_v2'):
            equal(abilities[name]['can'], None, name)
            contains(abilities[name]['note'], 'AccessDenied')
        equal(abilities['listing_after_write']['can'], None)


@suite.case
def nothing_is_left_behind_also_where_versions_are_kept():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        s3 = S3(store)
        s3('PUT', '/bucket', b'<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>', query={'versioning': ''})
        found = probe(scratch)
        equal(found['abilities']['versions']['can'], True)
        equal(found['left_behind'], [])
        equal(store.ask('GET', '/_sim/objects'), [], 'objects')
        equal(store.uploads(), [], 'uploads')
        listed = s3('GET', '/bucket', query={'versions': ''})
        equal(list(zip(listed.elements('Key'), listed.elements('VersionId'))), [], 'versions and delete markers')


@suite.case
def what_cannot_be_removed_is_named_and_has_a_status_of_its_own():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        store.set_faults([{'operation': 'DeleteObject', 'kind': 'status', 'status': 403, 'code': 'AccessDenied', 'count': 0}])
        found = probe(scratch, status=6)
        expect(len(found['left_behind']) > 10, f'what is left: {found["left_behind"]}')
        store.clear_faults()
        expect(len(store.ask('GET', '/_sim/objects')) > 10, 'it is really left')


@suite.case
def what_is_denied_is_unknown_and_not_no():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        denied = {'kind': 'status', 'status': 403, 'code': 'AccessDenied', 'count': 0}
        operations = ('CopyObject', 'GetBucketLifecycleConfiguration', 'ListMultipartUploads')
        store.set_faults([{**denied, 'operation': operation} for operation in operations])
        abilities = probe(scratch)['abilities']
        for name in ('copy', 'aborts_uploads', 'list_uploads'):
            equal(abilities[name]['can'], None, name)
            contains(abilities[name]['note'], 'AccessDenied')
        equal(abilities['copy_part']['can'], True)


@suite.case
def a_store_that_cannot_be_asked_is_one_clear_line():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        done = scratch.sluice('probe', 's3://nowhere/x', status=4)
        equal(done.err.count('\n'), 1, done.err)
        done = scratch.sluice('probe', 's3://bucket/x', env={'AWS_SECRET_ACCESS_KEY': 'wrong'}, status=7)
        equal(done.err.count('\n'), 1, done.err)
        scratch.sluice('probe', 'file:///tmp/x', status=2)
        equal(store.ask('GET', '/_sim/objects'), [])


@suite.case
def people_read_what_follows():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--profile', 'b2', '--quirk', 'ignore-conditions', '--quiet'):
        text = scratch.sluice('probe', 's3://bucket/x', '--small').out
        contains(text, 'no  create_once')
        contains(text, '16 of 16 succeeded')
        contains(text, 'single-writer')
        contains(text, 'plain profile')
        contains(text, '?   unequal_parts')


@suite.case
def a_store_without_checksum_headers_is_used_all_the_same():
    for profile in ('r2', 'b2', 'storagegrid'):
        with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--profile', profile, '--quiet') as store:
            events.create(scratch, 'orders', count=3000)
            done = scratch.sluice('export', '--from', 'orders', '--to', 's3://bucket/a', '--object-bytes', '64KiB')
            scratch.sluice('verify', 's3://bucket/a/orders', '--against', 'orders')
            equal(done.err.count('takes no checksum headers'), 1, f'{profile}: told once: {done.err}')
            refused = store.counters()['statuses']
            expect(refused.get('400', 0) + refused.get('501', 0) <= 2, f'{profile}: refused again and again: {refused}')


if __name__ == '__main__':
    suite.run()
