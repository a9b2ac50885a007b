"""test: docs/recovery.md: each accident is made, the commands of its section are run as they stand there, and say what it shows."""
import contextlib
import os
import pathlib
import subprocess

import events
from bucket import Bucket, listed
from harness import Scratch, Simulator, Suite, contains, equal, expect, program, source_folder, wait_for
from page import Reader, sections

suite = Suite(__file__)
PAGE = sections(source_folder() / 'docs' / 'recovery.md')
EXPORT = ('export', '--from', 'orders', '--to', 's3://archive/logs', '--quiet')
GO_ON = ' '.join(('sluice', *EXPORT))
SMALL = (*EXPORT, '--object-bytes', '700KiB', '--part-size', '300KiB')
FOLDER = 'logs/orders/'
READ = []


@contextlib.contextmanager
def reading(title):
    """A reader of this section with an empty bucket, and the files of a user who has set nothing."""
    scratch = Scratch()
    with scratch, Simulator(scratch, '--bucket', 'archive', '--min-part-size', '1KiB') as store:
        for name in ('XDG_DATA_HOME', 'XDG_STATE_HOME'):
            del scratch.env[name]
        scratch.env['PATH'] = f'{pathlib.Path(program("sluice")).parent}{os.pathsep}{scratch.env["PATH"]}'
        reader = Reader(scratch, PAGE[title])
        reader.store, reader.bucket = store, Bucket(store, 'archive')
        yield reader
        reader.done()


def section(title):
    """Decorator: the function is a case that gets a reader of this section, makes the accident, and lets the section mend it."""

    def add(function):
        def read():
            with reading(title) as reader:
                function(reader)

        READ.append(title)
        read.__name__ = function.__name__
        return suite.case(read)

    return add


def state_of(reader):
    found = reader.scratch / 'home/.local/state/sluice/state.sqlite'
    expect(found.exists(), 'the state file is where the page says')
    return found


def partition_folder(reader):
    return reader.scratch / 'home/.local/share/sluice/orders/p=0'


def objects_of(reader, partition):
    """What lies in a partition, in order, as the bucket's keys."""
    found = [FOLDER + each['key'] for each in listed(reader.scratch, 's3://archive/logs')]
    return [key for key in found if f'/partition={partition}/' in key]


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1:]


@section('First: look')
def first_look(reader):
    events.create(reader.scratch, 'orders', count=300)
    reader.scratch.sluice(*SMALL)
    reader.next_block(0, 0, 0, 0)


@section('Objects are damaged or missing')
def objects_are_damaged_or_missing(reader):
    events.create(reader.scratch, 'orders', count=1500, large=4)
    reader.scratch.sluice(*SMALL)
    damaged = objects_of(reader, 0)[1]
    content = reader.bucket.get(damaged)
    reader.bucket.put(damaged, flip(content, len(content) // 2))
    reader.bucket.delete(objects_of(reader, 1)[-1])
    reader.next_block(6)
    reader.run('sluice import --from s3://archive/logs/orders --to back', 1)
    said = reader.run('sluice import --from s3://archive/logs/orders --to less --on-bad skip', 6)
    contains(said, '.avro', 'what an import without the bad pieces names')
    reader.next_block(0, 0)
    reader.run('sluice import --from s3://archive/logs/orders --to back', 0)
    equal(events.digest(reader.scratch, 'back'), events.digest(reader.scratch, 'orders'), 'events of the import')
    said = reader.run('sluice import --from s3://archive/logs/orders --to less', 6)
    contains(said, 'left out earlier, and not in the stream', 'what its next run says')


@section("The bucket's lifecycle removed objects")
def objects_were_removed_by_the_lifecycle(reader):
    events.create(reader.scratch, 'orders', count=1500, large=4)
    reader.scratch.sluice(*SMALL)
    for key in objects_of(reader, 0)[:2]:
        reader.bucket.delete(key)
    reader.next_block(1)
    reader.next_block(0, 0, 6, 6, 0)


@section('A segment of the log is damaged')
def a_segment_of_the_log_is_damaged(reader):
    scratch = reader.scratch
    events.create(scratch, 'orders', count=300, partitions=1)
    reader.scratch.sluice(*SMALL)
    events.append(scratch, 'orders', seed=2, count=100, partitions=1)
    [segment] = partition_folder(reader).glob('*.log')
    segment.write_bytes(flip(segment.read_bytes(), segment.stat().st_size - 5000))
    reader.next_block(1)
    reader.run(GO_ON, 1)
    reader.next_block(6, 0)
    scratch.sluice('stream', 'append', 'orders', stdin='the next\n')
    contains(scratch.sluice('stream', 'cat', 'orders').out, '"sequence":400,', 'the next event')
    reader.run(GO_ON, 7)
    reader.next_block(6, 6)


@section('The power failed, and the export says that the stream ends too early')
def the_power_failed(reader):
    events.create(reader.scratch, 'orders', count=300, partitions=1)
    mark = partition_folder(reader) / 'watermark'
    earlier = mark.read_bytes()
    events.append(reader.scratch, 'orders', seed=2, count=100, partitions=1)
    reader.scratch.sluice(*SMALL)
    mark.write_bytes(earlier)  # an append does not sync it
    reader.next_block(7, 0, 0)
    reader.run('sluice verify s3://archive/logs/orders --against orders', 0)


@section('The stream was created anew')
def the_stream_was_created_anew(reader):
    events.create(reader.scratch, 'orders', count=300)
    reader.scratch.sluice(*SMALL)
    reader.scratch.sluice('stream', 'delete', 'orders', '--yes')
    events.create(reader.scratch, 'orders', seed=5, count=200)
    reader.next_block(7, 0, 2, 0, 0)


@section('The state file was lost')
def the_state_file_was_lost(reader):
    events.create(reader.scratch, 'orders', count=300)
    reader.scratch.sluice(*EXPORT)
    events.append(reader.scratch, 'orders', seed=2, count=100)
    state_of(reader)
    reader.next_block(0, 0)
    state_of(reader).unlink()
    reader.next_block(0, 0, 0)
    commits = reader.bucket.keys(FOLDER + '_sluice/commits/')
    events.append(reader.scratch, 'orders', seed=3, count=100)
    reader.run(GO_ON, 0)
    fresh = [reader.bucket.get(key) for key in reader.bucket.keys(FOLDER + '_sluice/commits/') if key not in commits]
    expect(len(fresh) == 2 and all(b'"kind":"objects"' in each for each in fresh), f'no claim is made anew: {fresh}')


@section('The state file is damaged')
def the_state_file_is_damaged(reader):
    events.create(reader.scratch, 'orders', count=300)
    reader.scratch.sluice(*EXPORT)
    events.append(reader.scratch, 'orders', seed=2, count=100)
    data = state_of(reader).read_bytes()
    state_of(reader).write_bytes(data[:4096] + bytes(4096) + data[8192:])
    reader.next_block(1, 0, 0)
    reader.run('sluice verify s3://archive/logs/orders --against orders', 0)


@section('Fenced: status 7, "a newer claim"')
def fenced(reader):
    events.create(reader.scratch, 'orders', count=1500, partitions=1)
    reader.store.set_faults([{'operation': 'PutObject', 'key': 'partition=0/', 'nth': 1, 'kind': 'hold'}])
    first = reader.scratch.start_sluice(*EXPORT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for(lambda: reader.store.ask('GET', '/_sim/faults')[0]['fired'], 'it uploads', first)
    reader.scratch.sluice(*EXPORT, '--state', reader.scratch / 'other.sqlite')
    reader.store.clear_faults()
    said = first.communicate(timeout=60)[0].decode()
    equal(first.returncode, 7, f'exit status of the one that is fenced ({said})')
    reader.said(said)
    reader.next_block(0, 0)
    reader.next_block(7, 0, 0)


def delete_newest_commit(reader):
    reader.bucket.delete(reader.bucket.keys(FOLDER + '_sluice/commits/p=0/')[-1])


@section('Uploads are left open')
def uploads_are_left_open(reader):
    events.create(reader.scratch, 'orders', count=1500, partitions=1)
    reader.store.set_faults([{'operation': 'UploadPart', 'nth': 2, 'kind': 'hold'}])
    killed = reader.scratch.start_sluice(*SMALL)
    wait_for(lambda: reader.store.ask('GET', '/_sim/faults')[0]['fired'], 'it uploads', killed)
    killed.kill()
    killed.wait()
    reader.store.clear_faults()
    equal(len(reader.bucket.uploads()), 1, 'uploads that are open')
    reader.next_block(0, 0)
    equal(reader.bucket.uploads(), [], 'uploads that are open')
    reader.run(GO_ON, 0)
    reader.run('sluice verify s3://archive/logs/orders --against orders', 0)


@section('The newest commits are gone')
def the_newest_commits_are_gone(reader):
    reader.scratch.sluice('stream', 'create', 'orders', '--retain-bytes', '8MiB')
    events.append(reader.scratch, 'orders', seed=1, count=205, partitions=1)
    reader.scratch.sluice(*EXPORT)
    events.append(reader.scratch, 'orders', seed=2, count=95, partitions=1)
    reader.scratch.sluice(*EXPORT)
    delete_newest_commit(reader)
    reader.next_block(7)
    reader.next_block(0, 0, 0)
    for _ in range(2):
        reader.scratch.sluice('stream', 'append', 'orders', stdin=('x' * 60_000 + '\n') * 100)
    reader.run(GO_ON, 0)
    delete_newest_commit(reader)
    reader.scratch.sluice('stream', 'trim', 'orders', '--before', 'latest')
    before = reader.bucket.keys(FOLDER + 'partition=')
    contains(reader.run('sluice repair s3://archive/logs/orders --from orders', 6), 'put the commits back')
    equal(reader.bucket.keys(FOLDER + 'partition='), before, 'objects')


@section('A page of commits is damaged or missing')
def a_commit_is_damaged_or_missing(reader):
    events.create(reader.scratch, 'orders', count=300, partitions=1)
    reader.scratch.sluice(*EXPORT)
    events.append(reader.scratch, 'orders', seed=2, count=100, partitions=1)
    reader.scratch.sluice(*EXPORT)
    key = f'{FOLDER}_sluice/commits/p=0/{1:020}.json'
    kept = reader.bucket.get(key)
    reader.bucket.put(key, flip(kept, 50))
    contains(reader.run('sluice verify s3://archive/logs/orders', 6), key, 'what verify names')
    reader.bucket.delete(key)
    reader.next_block(6)
    for words in ('', f' --state {reader.scratch / "other.sqlite"}'):
        contains(reader.run(GO_ON + words, 1), key, 'what the export names')
    reader.bucket.put(key, kept)
    reader.run(GO_ON, 0)
    reader.run('sluice verify s3://archive/logs/orders --against orders', 0)


@suite.case
def no_section_is_left_out():
    equal(READ, list(PAGE), 'the sections that cases read')


suite.run()
