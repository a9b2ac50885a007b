"""test: how an export is ended: pause in three ways, stop, cancel, limits; by itself, by another process, by nobody."""
import json
import signal
import sqlite3

import events
from harness import ACCESS_KEY, SECRET_KEY, Scratch, Simulator, Suite, contains, equal, expect, stop, wait_for

suite = Suite(__file__)
FOLDER = 's3://bkt/p/orders'
EXPORT = (
    'export', '--from', 'orders', '--to', 's3://bkt/p', '--name', 'nightly', '--quiet', '--part-size', '300KiB',
    '--object-bytes', '4MiB', '--concurrency', '2',
)


def setting(*options):
    scratch = Scratch()
    return scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB', *options)


def half_way(scratch, store, *options):
    """A running export with some acknowledged parts of an object, which goes on slowly."""
    events.create(scratch, 'orders', count=6000, partitions=1, large=4)
    slow(store)
    process = scratch.start_sluice(*EXPORT, *options)
    wait_for(lambda: [one for one in store.uploads() if len(one['parts']) >= 3], 'parts are sent', process)
    return process


def slow(store):
    store.set_faults([{'operation': 'UploadPart', 'nth': 4, 'count': 0, 'kind': 'delay', 'milliseconds': 300}])


def paused(scratch, store, *options):
    """An export that is paused in the middle of an object, with its upload open."""
    process = half_way(scratch, store, *options)
    process.send_signal(signal.SIGINT)
    equal(process.wait(60), 10, 'exit status of the paused export')
    store.clear_faults()


def keys(store, part):
    return [one['key'] for one in store.ask('GET', '/_sim/objects') if part in one['key']]


def committed(scratch):
    return json.loads(scratch.sluice('ls', FOLDER, '--json').out)['objects']


def transfer(scratch, name='nightly'):
    return json.loads(scratch.sluice('transfer', 'show', name, '--json').out)


def nothing_is_left(scratch, store):
    """No upload, and no object that no commit names."""
    equal(store.uploads(), [], 'open uploads')
    named = {f"p/orders/{one['key']}" for one in committed(scratch)}
    of_the_export = [key for key in keys(store, 'p/orders/') if '/_sluice/' not in key]
    equal(set(of_the_export), named, 'what others may read as data')
    equal(keys(store, '/probe/'), [], 'probes')


def others_may_export(scratch):
    """Somebody else, who knows nothing of the transfer, is not refused."""
    scratch.sluice(
        'export', '--from', 'orders', '--to', 's3://bkt/p', '--name', 'other', '--quiet', '--state', scratch / 'other.sqlite'
    )
    scratch.sluice('verify', FOLDER, '--against', 'orders')
    equal(sum(one['events'] for one in committed(scratch)), 6000, 'events')


@suite.case
def a_running_transfer_stops_publishes_what_is_complete_and_lets_go():
    scratch, store = setting()
    with scratch, store:
        process = half_way(scratch, store)
        said = scratch.sluice('transfer', 'stop', 'nightly').out
        contains(said, 'nightly is stopped')
        equal(process.wait(60), 10, 'exit status of the export')
        equal(transfer(scratch)['observed'], 'stopped', 'state')
        expect(0 < sum(one['events'] for one in committed(scratch)) < 6000, 'a part of the events is published')
        nothing_is_left(scratch, store)
        scratch.sluice('verify', FOLDER)
        store.clear_faults()
        others_may_export(scratch)


@suite.case
def a_paused_transfer_that_nobody_runs_stops_all_the_same():
    scratch, store = setting()
    with scratch, store:
        paused(scratch, store)
        key = store.uploads()[0]['key']
        # Another shell: the state file remembers where the store is.
        elsewhere = {'AWS_ENDPOINT_URL_S3': 'http://127.0.0.1:1'}
        scratch.sluice('transfer', 'stop', 'nightly', env=elsewhere, patience=20)
        equal(transfer(scratch)['observed'], 'stopped', 'state')
        equal(transfer(scratch)['destinations'][0]['url'], store.url, 'endpoint')
        expect(key in keys(store, '/partition='), 'the object under way was published')
        nothing_is_left(scratch, store)
        scratch.sluice(*EXPORT)
        equal(sum(one['events'] for one in committed(scratch)), 6000, 'events after the same command')
        scratch.sluice('verify', FOLDER, '--against', 'orders')


@suite.case
def a_transfer_that_nobody_named_is_ended_from_another_shell_all_the_same():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        scratch.sluice('export', '--from', 'orders', '--to', 's3://bkt/p', '--quiet')
        scratch.sluice('import', '--from', FOLDER, '--to', 'back', '--quiet')
        names = lambda: [one['name'] for one in json.loads(scratch.sluice('transfer', 'list', '--json').out)]
        known = names()
        scratch.env['AWS_ENDPOINT_URL_S3'] = 'http://127.0.0.1:1'
        for name in known:
            contains(scratch.sluice('transfer', 'stop', name, patience=20).out, 'stopped')
            equal(transfer(scratch, name)['observed'], 'stopped', f'state of {name}')
        equal(names(), known, 'transfers')


@suite.case
def a_running_transfer_is_cancelled_and_leaves_nothing_unfinished():
    scratch, store = setting()
    with scratch, store:
        process = half_way(scratch, store)
        before = committed(scratch)
        scratch.sluice('transfer', 'cancel', 'nightly')
        equal(process.wait(60), 10, 'exit status of the export')
        equal(transfer(scratch)['observed'], 'cancelled', 'state')
        equal(committed(scratch)[:len(before)], before, 'what was committed stays')
        nothing_is_left(scratch, store)
        store.clear_faults()
        others_may_export(scratch)


@suite.case
def a_paused_transfer_is_cancelled_and_the_same_command_begins_again():
    scratch, store = setting()
    with scratch, store:
        paused(scratch, store)
        key = store.uploads()[0]['key']
        scratch.sluice('transfer', 'cancel', 'nightly')
        nothing_is_left(scratch, store)
        expect(key not in keys(store, '/partition='), 'the object under way is gone')
        contains(scratch.sluice('transfer', 'cancel', 'nightly').out, 'already')
        scratch.sluice(*EXPORT)
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        nothing_is_left(scratch, store)


@suite.case
def a_stop_that_is_killed_is_done_by_the_next_one():
    scratch, store = setting()
    with scratch, store:
        paused(scratch, store)
        commits = len(keys(store, '/commits/'))
        release = f'.*/{commits + 1:020}.json'
        store.set_faults([{'operation': 'PutObject', 'key': release, 'kind': 'stall', 'phase': 'effect'}])
        process = scratch.start_sluice('transfer', 'stop', 'nightly')
        wait_for(lambda: len(keys(store, '/commits/')) == commits + 2, 'the release is written', process)
        stop(process)
        store.clear_faults()
        shown = transfer(scratch)
        equal((shown['observed'], shown['holder']), ('interrupted', ''), 'state and holder of what was killed')
        contains(scratch.sluice('transfer', 'list').out, f"continue with: {shown['command']}")
        scratch.sluice('transfer', 'stop', 'nightly')
        equal(len(keys(store, '/commits/')), commits + 2, 'commits: it is released once')
        nothing_is_left(scratch, store)
        others_may_export(scratch)


@suite.case
def pausing_may_seal_or_abort_the_object_under_way():
    for rule in ('seal', 'abort'):
        scratch, store = setting()
        with scratch, store:
            process = half_way(scratch, store, '--on-pause', rule)
            before = len(committed(scratch))
            process.send_signal(signal.SIGINT)
            equal(process.wait(60), 10, f'exit status ({rule})')
            equal(transfer(scratch)['observed'], 'paused', f'state ({rule})')
            equal(store.uploads(), [], f'open uploads ({rule})')
            if rule == 'seal':
                expect(len(committed(scratch)) > before, 'the object under way is published')
            store.clear_faults()
            scratch.sluice(*EXPORT)
            scratch.sluice('verify', FOLDER, '--against', 'orders')
            nothing_is_left(scratch, store)


@suite.case
def aborting_leaves_nothing_of_an_object_that_was_stored_without_an_answer():
    """The pause comes while the store has done what was asked, and nobody knows it yet."""
    for operation, size in ('CompleteMultipartUpload', '900KiB'), ('PutObject', '100KiB'):
        scratch, store = setting()
        with scratch, store:
            events.create(scratch, 'orders', count=3000, partitions=1)
            store.set_faults([{'operation': operation, 'key': 'partition=', 'nth': 2, 'kind': 'stall', 'phase': 'effect'}])
            sizes = ('--object-bytes', size, '--concurrency', '1', '--on-pause', 'abort', '--drain', '50ms')
            process = scratch.start_sluice(*EXPORT, *sizes)
            stored = lambda: len(keys(store, '/partition=')) == 2
            wait_for(stored, 'the second object is stored', process)
            process.send_signal(signal.SIGINT)
            equal(process.wait(60), 10, f'exit status ({operation})')
            store.clear_faults()
            scratch.sluice(*EXPORT, *sizes)
            scratch.sluice('verify', FOLDER, '--against', 'orders')
            nothing_is_left(scratch, store)


@suite.case
def without_a_word_a_pause_keeps_the_upload_and_seals_where_the_stream_trims():
    for retention, seals in ((), False), (('--retain-bytes', '1GiB'), True), (('--retain-age', '7d'), True):
        scratch, store = setting()
        with scratch, store:
            scratch.sluice('stream', 'create', 'orders', *retention)
            events.append(scratch, 'orders', 1, 6000, partitions=1, large=4)
            slow(store)
            process = scratch.start_sluice(*EXPORT)
            wait_for(lambda: [one for one in store.uploads() if len(one['parts']) >= 3], 'parts are sent', process)
            process.send_signal(signal.SIGINT)
            equal(process.wait(60), 10, f'exit status ({retention})')
            equal(len(store.uploads()), 0 if seals else 1, f'open uploads ({retention})')
            store.clear_faults()
            scratch.sluice(*EXPORT)
            scratch.sluice('verify', FOLDER, '--against', 'orders')
            nothing_is_left(scratch, store)


@suite.case
def it_is_told_until_when_a_pause_is_safe_and_a_vanished_upload_is_made_anew():
    scratch, store = setting('--abort-uploads-after', '3')
    with scratch, store:
        paused(scratch, store)
        until = transfer(scratch)['paused_safe_until']
        expect(until and until.endswith('T00:00:00.000000Z'), f'safe until {until}')
        contains(scratch.sluice('transfer', 'show', 'nightly').out, until[:10])
        key = store.uploads()[0]['key']
        store.ask('DELETE', '/_sim/uploads')
        scratch.sluice(*EXPORT)
        expect(key not in keys(store, '/partition='), 'the object has another key')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        equal(transfer(scratch)['paused_safe_until'], None, 'safe until, when nothing is open')
        nothing_is_left(scratch, store)


@suite.case
def a_part_that_ends_inside_a_block_is_compared_before_the_object_goes_on():
    """The journal says that other bytes were sent than would be now, as another encoder's would be: no mixture."""
    scratch, store = setting()
    with scratch, store:
        paused(scratch, store)
        key = store.uploads()[0]['key']
        with sqlite3.connect(scratch / 'state/sluice/state.sqlite') as state:
            changed = state.execute('UPDATE part SET block_prefix_crc64 = block_prefix_crc64 + 1 WHERE offset_in_block > 0')
            expect(changed.rowcount > 0, 'a part ends inside a block')
        scratch.sluice(*EXPORT)
        expect(key not in keys(store, '/partition='), 'the object has another key')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        nothing_is_left(scratch, store)


@suite.case
def a_store_without_such_a_rule_tells_no_limit():
    scratch, store = setting()
    with scratch, store:
        paused(scratch, store)
        equal(transfer(scratch)['paused_safe_until'], None, 'safe until')


@suite.case
def waiting_and_forgetting():
    scratch, store = setting()
    with scratch, store:
        process = half_way(scratch, store)
        contains(scratch.sluice('transfer', 'delete', 'nightly', status=7).err, f'pid {process.pid}')
        waiting = scratch.start_sluice('transfer', 'wait', 'nightly')
        process.send_signal(signal.SIGINT)
        equal(process.wait(60), 10, 'exit status of the export')
        equal(waiting.wait(60), 10, 'exit status of the wait')
        contains(scratch.sluice('transfer', 'delete', 'nightly', status=2).err, 'stop or cancel it first')
        store.clear_faults()
        scratch.sluice(*EXPORT)
        scratch.sluice('transfer', 'wait', 'nightly')
        scratch.sluice('transfer', 'delete', 'nightly')
        scratch.sluice('transfer', 'show', 'nightly', status=3)


@suite.case
def a_limit_is_not_overrun_by_a_fast_store():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt', '--min-part-size', '1KiB'):
        scratch.sluice('stream', 'create', 'load')
        scratch.sluice('stream', 'append', 'load', stdin='\n'.join(f'{n:1000}' for n in range(48_000)) + '\n')
        for objects, parts, limit in (
            ('1MiB', '256KiB', ('--max-transfer', '4MiB')), ('1MiB', '256KiB', ('--max-events', '4000')),
            ('4MiB', '8MiB', ('--max-transfer', '4MiB')), ('64MiB', '256KiB', ('--max-transfer', '4MiB')),
        ):
            words = ('export', '--from', 'load', '--to', f's3://bkt/{limit[0]}/{objects}/{parts}', '--object-bytes', objects, '--json')
            paused = json.loads(scratch.sluice(*words, '--part-size', parts, *limit, status=8).out)
            [target] = paused['progress']['targets']
            expect(4_000 * 1000 <= target['bytes'] <= 6_000 * 1024, f'{limit}, objects of {objects} in parts of {parts}: {target["bytes"]} bytes')
            whole = json.loads(scratch.sluice(*words).out)
            equal(whole['state'], 'completed', f'the same command goes on after {limit}')


@suite.case
def limits_pause_and_the_same_command_goes_on():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=6000, partitions=1, large=4)
        slow(store)
        said = scratch.sluice(*EXPORT, '--max-events', '500', status=8).err
        contains(said, '--max-events')
        expect(500 <= sum(one['events'] for one in committed(scratch)) < 6000, 'events')
        said = scratch.sluice(*EXPORT, '--max-transfer', '1MiB', status=8).err
        contains(said, '--max-transfer')
        scratch.sluice(*EXPORT, '--max-duration', '300ms', status=8)
        store.clear_faults()
        scratch.sluice(*EXPORT, '--fail-if-empty')
        scratch.sluice(*EXPORT, '--fail-if-empty', status=9)
        scratch.sluice(*EXPORT)
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        bring = ('import', '--from', FOLDER, '--to', 'back', '--concurrency', '2', '--json')
        done = json.loads(scratch.sluice(*bring, '--max-events', '500', status=8).out)
        [target] = done['progress']['targets']
        expect(500 <= target['events'] < 6000, f"events of the import: {target['events']}")
        expect(target['objects'] > 0, 'objects are counted')
        scratch.sluice(*bring, '--max-events', '100000')
        scratch.sluice('verify', FOLDER, '--against', 'back')


def credentials(scratch, token):
    folder = scratch / 'home/.aws'
    folder.mkdir(exist_ok=True)
    (folder / 'credentials').write_text(
        f'[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\naws_session_token = {token}\n'
    )


@suite.case
def credentials_that_expire_are_read_again_or_the_transfer_pauses():
    scratch = Scratch()
    options = ('--bucket', 'bkt', '--min-part-size', '1KiB', '--data-dir', scratch / 'store')
    store = Simulator(scratch, *options, '--session-token', 'first')
    with scratch, store:
        for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'):
            del scratch.env[name]
        store.use = False
        credentials(scratch, 'first')
        port = store.url.rsplit(':', 1)[1]
        process = half_way(scratch, store)
        store.stop()
        store.options = (*options, '--session-token', 'second')
        credentials(scratch, 'second')
        store.start(port)
        equal(process.wait(120), 0, 'exit status of an export whose profile got new credentials')
        scratch.sluice('verify', FOLDER, '--against', 'orders')
        events.append(scratch, 'orders', 2, 2000, partitions=1)
        store.stop()
        store.options = (*options, '--session-token', 'third')
        store.start(port)
        said = scratch.sluice(*EXPORT, status=7).err
        contains(said, 'get new credentials')
        equal(transfer(scratch)['observed'], 'paused', 'state')
        credentials(scratch, 'third')
        scratch.sluice(*EXPORT)
        scratch.sluice('verify', FOLDER, '--against', 'orders')


def shown(scratch, name):
    """What the state file knows, but when that was written."""
    known = json.loads(scratch.sluice('transfer', 'show', name, '--json').out)
    known.pop('updated')
    return known


@suite.case
def a_command_that_is_refused_leaves_the_transfer_and_its_command_as_they_were():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=600, partitions=1)
        export = ('export', '--name', 'n', '--from', 'orders')
        begun = (*export, '--to', 's3://bkt/p', '--to', 's3://bkt/q', '--object-bytes', '256KiB')
        scratch.sluice(*begun, '--max-transfer', '1KiB', status=8)
        scratch.sluice('transfer', 'pause', 'n', '--to', 's3://bkt/q', '--partition', 0)
        before = shown(scratch, 'n')
        contains(before['command'], '--max-transfer 1KiB')
        for status, *words in (
            (7, '--to', 's3://bkt/p', '--format', 'ndjson'),
            (7, '--to', 's3://bkt/p', '--start', 'seq:300'),
            (2, '--to', 's3://bkt/p', '--part-size', '1KiB'),
        ):
            scratch.sluice(*export, *words, status=status)
            now = shown(scratch, 'n')
            places = ('target', 'address', 'desired', 'observed', 'last_error', 'lanes')
            for known in (before, now):
                known['destinations'] = [{each: one[each] for each in places} for one in known['destinations']]
            equal(now, before, f'what is known after {words}')
        scratch.sluice('transfer', 'resume', 'n', '--to', 's3://bkt/q', '--partition', 0)
        contains(scratch.sluice('transfer', 'resume', 'n').out, '--max-transfer 1KiB')
        scratch.sluice('transfer', 'stop', 'n')
        scratch.sluice(*begun)
        scratch.sluice('import', '--name', 'i', '--from', 's3://bkt/p', '--to', 'copy')
        before = shown(scratch, 'i')
        scratch.sluice('import', '--name', 'i', '--from', 's3://bkt/p', '--to', 'copy', '--start', 'seq:5', status=7)
        equal(shown(scratch, 'i'), before, 'what is known of the import')


@suite.case
def a_command_that_moved_something_before_it_was_refused_is_the_one_that_is_known():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        events.create(scratch, 'orders', count=600, partitions=1)
        export = ('export', '--name', 'n', '--from', 'orders', '--to', 's3://bkt/p')
        scratch.sluice(*export, '--object-bytes', '256KiB', '--max-transfer', '1KiB', status=8)
        scratch.sluice(*export, '--to', 's3://nowhere/p', status=4)
        contains(transfer(scratch, 'n')['command'], 's3://nowhere/p')
        scratch.sluice('verify', FOLDER, '--against', 'orders')


@suite.case
def the_cursor_of_a_new_generation_keeps_its_owner_when_the_export_is_refused_without_that_option():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bkt'):
        export = ('export', '--from', 'orders', '--to', 's3://bkt/p')
        for count in (50, 40):
            events.create(scratch, 'orders', count=count, partitions=1)
            scratch.sluice(*export, status=0 if count == 50 else 7)
            if count == 50:
                scratch.sluice('stream', 'delete', 'orders', '--yes')
        for words, status in ((('--new-generation',), 0), ((), 7)):
            scratch.sluice(*export, *words, status=status)
            [cursor] = json.loads(scratch.sluice('stream', 'cursors', 'orders', '--json').out)['cursors']
            equal([each['target'] for each in cursor['transfers']], ['s3://bkt/p'], f'owners after {words}')
        name = cursor['transfers'][0]['transfer']
        contains(transfer(scratch, name)['command'], '--new-generation')
        scratch.sluice('transfer', 'stop', name)


@suite.case
def what_the_store_has_not_acknowledged_does_not_count_as_moved():
    scratch, store = setting()
    with scratch, store:
        events.create(scratch, 'orders', count=1200, partitions=1)
        store.set_faults([{'operation': 'UploadPart', 'nth': 1, 'kind': 'stall'}])
        process = scratch.start_sluice(*EXPORT, '--concurrency', 16)

        def others():
            """Parts of the journal's last progress, where all but the first have arrived."""
            parts = [part['number'] for one in store.uploads() for part in one['parts']]
            [target] = (transfer(scratch)['progress'] or {'targets': [{'parts': 0}]})['targets']
            return 1 not in parts and len(parts) >= 3 and target['parts'] == len(parts) and target

        wait_for(lambda: store.uploads(), 'an upload is begun', process)
        target = wait_for(others, 'all parts but the first', process)
        share = 100 * target['parts'] / (target['parts'] + 1)
        expect(target['percent'] < min(99, share + 10), f'{target["percent"]} % with {target["parts"]} parts and one to come')
        stop(process)


suite.run()
