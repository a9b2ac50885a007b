"""test: `sluice plan` and `--dry-run`: what a transfer would do, exactly, and nothing written."""
import json
import pathlib

import events
from bucket import Bucket
from harness import Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
SMALL = ('--object-bytes', '700KiB', '--part-size', '300KiB')
WRITES = ('PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'DeleteObject')
LIFECYCLE = '<LifecycleConfiguration>{}</LifecycleConfiguration>'
RULE = ('<Rule><ID>{name}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>{status}</Status>{action}</Rule>')
ABORT = '<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>'
EXPIRE = '<Expiration><Days>30</Days></Expiration>'


def with_store(*rules):
    scratch = Scratch()
    options = ['--bucket', 'bkt', '--min-part-size', '1KiB']
    if rules:
        file = scratch / 'lifecycle.xml'
        file.write_text(LIFECYCLE.format(''.join(rules)))
        options += ['--lifecycle', file]
    return scratch, Simulator(scratch, *options)


def rule(name, prefix, action, status='Enabled'):
    return RULE.format(name=name, prefix=prefix, action=action, status=status)


def planned(scratch, *words, **options):
    [target] = json.loads(scratch.sluice('plan', *words, '--json', **options).out)['targets']
    return target


def files(scratch):
    return sorted(str(each) for each in pathlib.Path(scratch.path).rglob('*') if 'sluice' in str(each))


def writes(store):
    requests = store.counters()['requests']
    return [requests.get(each, 0) for each in WRITES]


@suite.case
def a_planned_export_is_what_the_export_then_does_and_planning_writes_nothing():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=1500, large=4)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL)
        before = files(scratch)
        told = planned(scratch, *export)
        equal(scratch.sluice(*export, '--dry-run').out, scratch.sluice('plan', *export).out, '--dry-run')
        equal((writes(store), files(scratch), bucket.keys()), ([0] * len(WRITES), before, []), 'what was written')
        expect(told['new'] and not told['refused'] and not told['estimated'], f'a new export: {told}')
        contains(str(told['permissions']), 's3:AbortMultipartUpload')
        contains(str(told['permissions']), 'arn:aws:s3:::bkt/p/orders/*')
        planning = store.counters()['requests']
        scratch.sluice(*export)
        done = [each for key, each in bucket.objects('p/orders/partition=').items()]
        equal((told['objects'], told['bytes'], told['events']), (len(done), sum(each['size'] for each in done), 1500))
        requests = {name: count - planning.get(name, 0) for name, count in store.counters()['requests'].items()}
        uploads = sum(requests.get(each, 0) for each in ('CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'))
        small = told['parts'] - requests['UploadPart']
        commits = len(bucket.keys('p/orders/_sluice/commits/')) - 2
        once = 51 + 1 + 2 * 4  # probing; the document; of each partition the claim and three listings
        equal(told['puts'], once + uploads + small + commits, 'PUT, POST and LIST')
        written = sum(count for name, count in requests.items() if name.startswith(('Put', 'List', 'Create', 'Upload', 'Complete')))
        expect(abs(told['puts'] - written) <= 2, f'{told["puts"]} are told of {requests}')
        expect(abs(told['gets'] - requests['GetObject'] - requests['HeadObject']) <= 2, f'{told["gets"]} are told of {requests}')
        dollars = told['puts'] * 0.005 / 1000 + told['gets'] * 0.0004 / 1000
        expect(abs(told['request_dollars'] - dollars) < 1e-9, f'the price of the requests: {told["request_dollars"]}')
        again = planned(scratch, *export)
        equal((again['objects'], again['bytes'], again['new']), (0, 0, False), 'nothing is left')
        events.append(scratch, 'orders', seed=2, count=500)
        more = planned(scratch, *export)
        equal(more['events'], 500, 'what is left')


@suite.case
def a_planned_ndjson_export_says_that_it_estimates():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=4)
        told = planned(scratch, 'export', '--from', 'log:orders', '--to', 's3://bkt/p?format=ndjson')
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p?format=ndjson')
        done = sum(each['size'] for each in Bucket(store, 'bkt').objects('p/orders/partition=').values())
        expect(told['estimated'] and 0.5 * done < told['bytes'] < 2 * done, f'{told["bytes"]} of {done} bytes')


@suite.case
def a_planned_import_is_what_the_import_then_reads():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=1500, large=4)
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/p', *SMALL)
        words = ('import', '--from', 's3://bkt/p', '--to', 'log:back')
        told = planned(scratch, *words)
        expect(told['new'], 'the stream is new')
        before = store.counters()['operations']['GetObject']['bytes_out']
        scratch.sluice(*words)
        read = store.counters()['operations']['GetObject']['bytes_out'] - before
        equal(told['events'], 1500, 'events')
        expect(told['bytes'] <= read < told['bytes'] + 200_000, f'{told["bytes"]} bytes planned, {read} read')
        again = planned(scratch, *words)
        equal((again['bytes'], again['events'], again['new']), (0, 0, False), 'nothing is left')
        equal(len(told['ranges']), 2, 'partitions')


@suite.case
def what_would_be_refused_is_told_with_the_status_of_the_refusal():
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice(*export)
        other = scratch.sluice('plan', *export, '--name', 'another', status=7)
        contains(other.out, 'REFUSED')
        contains(other.err, '--take-over')
        scratch.sluice('plan', *export, '--name', 'another', '--take-over')
        scratch.sluice('stream', 'delete', 'orders', '--yes')
        events.create(scratch, 'orders', count=100, seed=9)
        contains(scratch.sluice('plan', *export, status=7).err, '--new-generation')
        scratch.sluice('plan', *export, '--new-generation')
        contains(scratch.sluice('plan', 'import', '--from', 's3://bkt/none', '--to', 'x', status=3).err, 'no export')
        scratch.sluice('plan', 'export', '--from', 'log:none', '--to', 's3://bkt/p', status=3)
        scratch.sluice('plan', 'export', '--from', 'log:orders', '--to', 's3://nobucket/p', status=4)


def said(process):
    """The line that a failure is told in."""
    [line] = [each for each in process.err.splitlines() if each.startswith('sluice: ')]
    return line


def told_as_refused(scratch, export):
    """The plan's one refusal, in the words and with the status of the export that follows it."""
    plan, dry = scratch.sluice('plan', *export, status=7), scratch.sluice(*export, '--dry-run', status=7)
    equal((said(plan), said(dry)), (said(scratch.sluice(*export, status=7)),) * 2, 'what is said before and then')
    return said(plan)


@suite.case
def what_only_the_state_file_knows_is_told_as_the_export_would():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=100)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p', '--object-bytes', '10KiB')
        scratch.sluice(*export)
        last = bucket.keys('p/orders/_sluice/commits/p=1/')[-1]
        kept = bucket.get(last)
        bucket.delete(last)
        contains(told_as_refused(scratch, export), 'the state file knows commit')
        bucket.put(last, kept)
        beside = files(scratch)
        scratch.sluice('plan', *export)
        scratch.sluice('stream', 'cursors', 'orders')
        equal(files(scratch), beside, 'files, when the state file has been looked at')
        equal(planned(scratch, *export, '--state', scratch / 'none')['refused'], None, 'without the state file')
        expect(not (scratch / 'none').exists(), 'a plan makes no state file')
        for key in bucket.keys('p/'):
            bucket.delete(key)
        contains(told_as_refused(scratch, export), 'the bucket has none beyond 0 commits')
        other = scratch.sluice('plan', 'export', '--from', 'log:orders', '--to', 's3://bkt/p', '--name', 'mine')
        equal(other.err, '', 'of a transfer that the state file does not know')
        scratch.sluice('export', '--from', 'log:orders', '--to', 's3://bkt/q', '--name', 'mine')
        contains(scratch.sluice('plan', *export, '--name', 'mine', status=2).err, 'transfer mine is the export')


@suite.case
def a_claim_that_was_deleted_is_told_as_the_export_would():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=100)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        scratch.sluice(*export, '--end', 'seq:0')
        bucket.delete(bucket.keys('p/orders/_sluice/commits/p=0/')[0])
        contains(told_as_refused(scratch, export), 'the state file knows commit 0')
        scratch.sluice('repair', 's3://bkt/p/orders', '--from', 'orders')
        scratch.sluice(*export)
        bucket.delete(bucket.keys('p/orders/_sluice/commits/p=0/')[0])
        plan, run = scratch.sluice('plan', *export, status=1), scratch.sluice(*export, status=1)
        equal(said(plan), said(run), 'a claim with commits behind it')
        contains(said(run), 'is missing, though the listing shows')


@suite.case
def an_export_that_retention_has_overtaken_is_planned_as_it_is_refused():
    scratch, store = with_store()
    with scratch, store:
        scratch.sluice('stream', 'create', 'logs', '--retain-bytes', '1MiB')
        append = ('stream', 'append', 'logs')
        scratch.sluice(*append, stdin=b'first\n')
        export = ('export', '--from', 'log:logs', '--to', 's3://bkt/p')
        scratch.sluice(*export)
        scratch.sluice(*append, stdin=(b'x' * 1000 + b'\n') * 20_000)
        scratch.sluice('stream', 'trim', 'logs', '--before', 'latest', '--max-lag', '0')
        contains(told_as_refused(scratch, export), '--accept-gaps records that as a gap')
        accepted = planned(scratch, *export, '--accept-gaps')
        equal((accepted['refused'], len(accepted['missing'])), (None, 1), 'with the gap accepted')
        contains(accepted['missing'][0], 'events 0/1 up to')
        done = scratch.sluice(*export, '--accept-gaps', status=6)
        contains(done.err, accepted['missing'][0])


@suite.case
def lifecycle_rules_are_told_and_one_that_covers_commits_is_warned_of():
    rules = (rule('old', 'p/orders/partition=', EXPIRE), rule('off', '', EXPIRE, 'Disabled'), rule('tidy', 'p/', ABORT))
    scratch, store = with_store(*rules)
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        told = planned(scratch, 'export', '--from', 'log:orders', '--to', 's3://bkt/p')
        equal(told['warnings'], [], 'warnings')
        contains(str(told['lifecycle']), 'rule "tidy" (below p/) aborts incomplete uploads after 3 days')
        contains(str(told['lifecycle']), 'rule "old"')
        expect('off' not in str(told['lifecycle']), 'a disabled rule does nothing')
    scratch, store = with_store(rule('sweep', 'p', EXPIRE))
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        told = planned(scratch, 'export', '--from', 'log:orders', '--to', 's3://bkt/p')
        contains(str(told['warnings']), 'rule "sweep" (below p) removes commits below p/orders/_sluice/')
        contains(str(told['lifecycle']), 'no lifecycle rule aborts incomplete uploads')
    scratch, store = with_store()
    with scratch, store:
        events.create(scratch, 'orders', count=100)
        told = planned(scratch, 'export', '--from', 'log:orders', '--to', 's3://bkt/p')
        contains(str(told['lifecycle']), 'no lifecycle rule aborts incomplete uploads')


@suite.case
def a_probe_is_made_only_when_asked_for_and_leaves_nothing():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        events.create(scratch, 'orders', count=100)
        export = ('export', '--from', 'log:orders', '--to', 's3://bkt/p')
        equal(planned(scratch, *export)['store'], [], 'nothing is known of the store')
        told = planned(scratch, *export, '--probe')
        contains(str(told['store']), 'exactly-once')
        contains(str(told['store']), 'compared with the body')
        equal(bucket.keys(), [], 'what the probe left')
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'bkt', '--no-conditions', '--no-checksums') as store:
        events.create(scratch, 'orders', count=100)
        told = planned(scratch, 'export', '--from', 'log:orders', '--to', 's3://bkt/p', '--probe')
        contains(str(told['store']), 'refused here')


@suite.case
def a_planned_import_by_listing_is_what_the_import_then_does():
    scratch, store = with_store(rule('sweep', 'in/', EXPIRE))
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        for n in range(5):
            bucket.put(f'in/{n}.txt', b'line\n' * 500000)
        for key in ('in/_tmp/x', 'in/.y', 'in/d/'):
            bucket.put(key, b'')
        words = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'copy', '--memory', '16MiB')
        before = (writes(store), files(scratch))
        told = planned(scratch, *words)
        equal(scratch.sluice(*words, '--dry-run').out, scratch.sluice('plan', *words).out, '--dry-run')
        equal((writes(store), files(scratch)), before, 'what was written')
        equal((told['new'], told['refused'], told['events'], told['estimated']), (True, None, None, False), 'plan')
        equal((told['objects'], told['bytes'], told['begins']), (5, 5 * 2500000, 'from the first object on'), 'plan')
        contains(str(told['passed_over']), '3 objects whose names begin with _ or . or are folders')
        contains(str(told['permissions']), 's3:GetObject on arn:aws:s3:::bkt/in/*')
        contains(str(told['permissions']), 's3:ListBucket on arn:aws:s3:::bkt')
        contains(str(told['lifecycle']), 'rule "sweep" (below in/) removes objects')
        gets = store.counters()['operations'].get('GetObject', {}).get('requests', 0)
        scratch.sluice(*words)
        equal(store.counters()['operations']['GetObject']['requests'] - gets, told['parts'], 'range requests')
        again = planned(scratch, *words)
        equal((again['objects'], again['bytes'], again['new']), (0, 0, False), 'nothing is left')
        equal(again['begins'], 'behind s3://bkt/in/4.txt', 'where it goes on')
        bucket.put('in/00.txt', b'late\n')
        bucket.put('in/5.txt', b'next\n')
        last = planned(scratch, *words, '--follow')
        equal((last['objects'], last['bytes']), (1, 5), 'what came meanwhile')
        contains(str(last['passed_over']), '1 objects appeared or changed before the place reached')
        contains(last['follow'], '1 LIST at each look: about $1 a month')
        contains(scratch.sluice('plan', *words).out, 'behind s3://bkt/in/4.txt')


@suite.case
def what_an_import_by_listing_would_refuse_is_told_with_its_status():
    scratch, store = with_store()
    with scratch, store:
        bucket = Bucket(store, 'bkt')
        words = ('import', '--by-listing', '--from', 's3://bkt/in', '--to', 'copy')
        contains(scratch.sluice('plan', *words, status=3).err, 'no object below s3://bkt/in/')
        bucket.put('in/1.ndjson', b'{"value":"good"}\n{"value":\n')
        scratch.sluice(*words, status=1)
        told = planned(scratch, *words)
        contains(told['begins'], 'in s3://bkt/in/1.ndjson, of which 1 events are there')
        equal(told['objects'], 1, 'objects')
        contains(scratch.sluice('plan', *words, '--sort', 'modified', status=2).err, 'give the same --sort')
        contains(scratch.sluice('plan', *words, '--shard', '1/2', status=2).err, 'give no --shard')
        bucket.put('in/1.ndjson', b'{"value":"mended"}\n')
        contains(scratch.sluice('plan', *words, status=1).err, 'it has changed since 1 events of it were imported')
        scratch.sluice('plan', *words, '--on-bad', 'skip')
        scratch.sluice('plan', 'import', '--by-listing', '--from', 's3://none/in', '--to', 'x', status=3)


suite.run()
