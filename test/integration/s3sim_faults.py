#!/usr/bin/env python3
"""test: what sluice-s3sim does wrong when it is told to: faults in every phase, late effects, pace, scenarios."""
import json
import os
import pathlib
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

from harness import Scratch, Simulator, Suite, contains, equal, expect, fail, program, source_folder, wait_for  # noqa: E402
from s3_requests import S3  # noqa: E402 (lab/)

suite = Suite(__file__)


class World:
    """A simulator with bucket `bucket`, and something that asks it."""

    def __init__(self, *options):
        self.scratch = Scratch()
        self.store = Simulator(self.scratch, '--bucket', 'bucket', '--quiet', *options)

    def __enter__(self):
        self.scratch.__enter__()
        self.store.__enter__()
        self.s3 = S3(self.store)
        return self

    def __exit__(self, *why):
        self.s3.close()
        self.store.__exit__(*why)
        self.scratch.__exit__(*why)

    def faults(self, *rules):
        self.store.set_faults(list(rules))

    def loses(self, *request, **more):
        """Whether the request ends without a whole answer."""
        try:
            self.s3.close()
            answer = self.s3(*request, **more)
            return 'content-length' not in answer.headers  # http.client takes a head that is cut for a whole one
        except Exception:  # noqa: BLE001 - reset, closed, cut: http.client has a name for each
            self.s3.close()
            return True


@suite.case
def an_answer_ends_after_any_byte_of_it():
    with World() as world:
        world.s3('PUT', '/bucket/a', b'0123456789')
        for kind in ('reset-answer', 'cut-answer'):
            for size in (0, 1, 20, 150):
                world.faults({'operation': 'GetObject', 'kind': kind, 'bytes': size})
                expect(world.loses('GET', '/bucket/a'), f'{kind} after {size} bytes')
        world.faults({'operation': 'GetObject', 'kind': 'cut-answer', 'bytes': 100_000})
        equal(world.s3('GET', '/bucket/a').body, b'0123456789', 'an answer shorter than the cut')
        world.faults({'operation': 'GetObject', 'kind': 'stall-answer', 'bytes': 5, 'milliseconds': 200})
        began = time.monotonic()
        expect(world.loses('GET', '/bucket/a'), 'an answer that stalls')
        expect(time.monotonic() - began >= 0.2, 'the stall took its time')


@suite.case
def a_request_ends_after_any_byte_of_its_body_and_nothing_is_done():
    with World() as world:
        for kind in ('reset-before', 'close-before', 'status-reset'):
            for size in (0, 1, 9):
                world.faults({'operation': 'PutObject', 'kind': kind, 'bytes': size})
                lost = world.loses('PUT', '/bucket/a', b'0123456789')
                expect(lost or kind == 'status-reset', f'{kind} after {size} bytes')
        world.faults()
        equal(world.s3('GET', '/bucket/a').status, 404, 'what was never stored')


@suite.case
def an_effect_comes_later_than_the_loss_of_the_connection():
    with World() as world:
        world.faults({'operation': 'PutObject', 'kind': 'late-effect', 'milliseconds': 300})
        began = time.monotonic()
        expect(world.loses('PUT', '/bucket/a', b'late'), 'no answer')
        equal(world.s3('GET', '/bucket/a').status, 404, 'before the effect')
        wait_for(lambda: world.s3('GET', '/bucket/a').status == 200, 'the effect', patience=20)
        expect(time.monotonic() - began >= 0.3, 'the effect was late')
        world.faults({'operation': 'PutObject', 'kind': 'late-effect', 'status': 500, 'code': 'InternalError', 'milliseconds': 100})
        equal(world.s3('PUT', '/bucket/b', b'late').status, 500, 'the answer that is given')
        wait_for(lambda: world.s3('GET', '/bucket/b').status == 200, 'the effect', patience=20)
        # A condition is looked at when it happens, not when it was asked for.
        world.faults({'operation': 'PutObject', 'kind': 'late-effect', 'milliseconds': 200})
        expect(world.loses('PUT', '/bucket/c', b'zombie', if_none_match='*'), 'no answer')
        equal(world.s3('PUT', '/bucket/c', b'second', if_none_match='*').status, 200)
        time.sleep(0.4)
        equal(world.s3('GET', '/bucket/c').body, b'second', 'what the late one must not overwrite')


@suite.case
def who_waits_for_100_continue_gets_it_unless_told_otherwise():
    with World() as world:
        for rules in ((), ({'operation': 'PutObject', 'kind': 'no-continue'},)):
            world.faults(*rules)
            with socket.create_connection((world.s3.host, world.s3.port), timeout=30) as wire:
                wire.sendall(f'PUT {world.s3.presigned("PUT", "/bucket/waited")} HTTP/1.1\r\nhost: {world.s3.host}:{world.s3.port}\r\n'
                             'content-length: 4\r\nexpect: 100-continue\r\n\r\n'.encode())
                answers = wire.makefile('rb')
                if not rules:
                    equal(answers.readline(), b'HTTP/1.1 100 Continue\r\n', 'before the body')
                    equal(answers.readline(), b'\r\n', 'a head that is empty')
                else:
                    time.sleep(0.1)
                wire.sendall(b'body')
                equal(answers.readline(), b'HTTP/1.1 200 OK\r\n', 'behind the body')
        equal(world.s3('GET', '/bucket/waited').body, b'body', 'what was sent')


@suite.case
def answers_can_be_invented_and_changed():
    with World() as world:
        world.s3('PUT', '/bucket/a', b'0123456789')
        world.faults({'operation': 'PutObject', 'kind': 'answer', 'status': 200, 'headers': {'X-Odd': 'yes'}, 'body': 'invented'})
        answer = world.s3('PUT', '/bucket/b', b'stored all the same')
        equal((answer.status, answer.body, answer.headers.get('x-odd'), 'etag' in answer.headers), (200, b'invented', 'yes', False))
        equal(world.s3('GET', '/bucket/b').body, b'stored all the same')
        world.faults({'operation': 'PutObject', 'kind': 'answer', 'phase': 'body', 'status': 418})
        equal(world.s3('PUT', '/bucket/c', b'x').status, 418)
        equal(world.s3('GET', '/bucket/c').status, 404, 'an answer before the effect')
        world.faults({'operation': 'GetObject', 'kind': 'raw-answer', 'body': 'SSH-2.0-odd\r\n'})
        expect(world.loses('GET', '/bucket/a'), 'an answer that is no HTTP')
        world.faults({'operation': 'GetObject', 'kind': 'drop-header', 'headers': {'ETag': ''}},
                     {'operation': 'GetObject', 'kind': 'set-header', 'headers': {'Content-Range': 'bytes 5-6/10'}})
        answer = world.s3('GET', '/bucket/a', range='bytes=1-2')
        equal((answer.status, 'etag' in answer.headers, answer.headers['content-range']), (206, False, 'bytes 5-6/10'))
        world.faults({'operation': 'GetObject', 'kind': 'ignore-range'})
        answer = world.s3('GET', '/bucket/a', range='bytes=1-2')
        equal((answer.status, answer.body), (200, b'0123456789'))


@suite.case
def a_document_may_come_after_white_space():
    with World() as world:
        listing = {'operation': 'ListObjectsV2', 'kind': 'spaces', 'milliseconds': 200}
        world.faults(listing)
        began = time.monotonic()
        answer = world.s3('GET', '/bucket', query={'list-type': '2'})
        expect(time.monotonic() - began >= 0.2, 'the white space took its time')
        expect(answer.body.startswith(b'  ') and b'ListBucketResult' in answer.body, 'white space, then the document')
        world.faults(listing, {'operation': 'ListObjectsV2', 'kind': 'truncate'})
        expect(world.loses('GET', '/bucket', query={'list-type': '2'}), 'white space, then the end')


@suite.case
def a_probability_with_a_seed_hits_the_same_requests_again():
    rule = {'operation': 'GetObject', 'kind': 'status', 'status': 503, 'count': 0, 'probability': 0.3}

    def hits(world, seed):
        world.store.ask('PUT', '/_sim/scenario', {'seed': seed, 'faults': [rule]})
        return [world.s3('GET', '/bucket/a').status for _ in range(40)]

    with World() as world:
        first = hits(world, 7)
        equal(hits(world, 7), first)
        expect(hits(world, 8) != first, 'another seed hits others')
        expect({404, 503} == set(first), f'some are hit: {first}')


@suite.case
def requests_beyond_the_rate_are_told_to_slow_down():
    with World('--max-requests', '20/s') as world:
        statuses = [world.s3('GET', '/bucket/a').status for _ in range(30)]
        equal(statuses[:20], [404] * 20, 'the first second')
        expect(503 in statuses[20:], f'what is beyond: {statuses}')
        world.store.ask('PUT', '/_sim/scenario', {})
        equal({world.s3('GET', '/bucket/a').status for _ in range(60)}, {404}, 'without a limit')


@suite.case
def latency_and_bandwidth_are_those_of_each_connection():
    with World('--latency', '60ms') as world:
        began = time.monotonic()
        world.s3('GET', '/bucket/a')
        expect(time.monotonic() - began >= 0.06, 'latency')
        world.store.ask('PUT', '/_sim/scenario', {'bandwidth': '1MiB/s'})
        body = os.urandom(300 << 10)
        began = time.monotonic()
        world.s3('PUT', '/bucket/a', body)
        expect(time.monotonic() - began >= 0.2, 'bandwidth of a PUT')
        took = []

        def fetch():
            one = S3(world.store)
            begun = time.monotonic()
            equal(one('GET', '/bucket/a').body, body)
            took.append(time.monotonic() - begun)
            one.close()

        began = time.monotonic()
        threads = [threading.Thread(target=fetch) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(len(took), 4, 'reads that ended well')
        expect(min(took) >= 0.2, f'bandwidth of a GET: {took}')
        expect(time.monotonic() - began < sum(took), 'connections do not share it')


@suite.case
def every_scenario_that_ships_can_be_played():
    files = sorted((source_folder() / 'tools/s3sim/scenarios').glob('*.json'))
    expect(len(files) >= 15, 'scenarios ship')
    with World() as world:
        for file in files:
            document = json.loads(file.read_text())
            expect(document.get('about'), f'{file.name} says what it is about')
            told = world.store.ask('PUT', '/_sim/scenario', document)
            equal(told['about'], document['about'])
            equal(len(world.store.ask('GET', '/_sim/faults')), len(document.get('faults', [])), file.name)
        world.store.ask('DELETE', '/_sim/scenario')
        equal(world.store.ask('GET', '/_sim/faults'), [])
        equal(world.store.ask('GET', '/_sim/scenario')['quirks'], [])
    words = [word for file in files for word in ('--scenario', file)]
    with World(*words) as world:
        contains(world.store.ask('GET', '/_sim/scenario')['about'], '; ', 'several scenarios add up')


@suite.case
def mistakes_on_the_command_line_are_named():
    with Scratch() as scratch:
        (scratch / 'bad.json').write_text('{"faults": [{"kind": "explode"}]}')
        for words, said in (
            (('--profile', 's4'), '"s4" is none of the profiles: strict'),
            (('--quirk', 'equal-part'), 'did you mean equal-parts?'),
            (('--scenario', 'missing.json'), '--scenario missing.json: cannot be read'),
            (('--scenario', 'bad.json'), 'rule 1.kind is none of'),
            (('--max-requests', 'many'), 'as in 3500/s'),
            (('--bandwidth', 'wide'), '--bandwidth'),
        ):
            done = scratch.run(program('sluice-s3sim'), '--listen', '127.0.0.1:0', *words, status=2)
            contains(done.err, said, f'{words}')
            equal(done.err.count('\n'), 1, f'lines of {done.err!r}')
        listed = scratch.run(program('sluice-s3sim'), '--list-profiles').out
        contains(listed, 'ceph-16')
        contains(listed, 'late-listings=TIME')


if __name__ == '__main__':
    suite.run()
