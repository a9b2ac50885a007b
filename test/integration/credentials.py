"""test: every source of credentials, and credentials that end in the middle of a transfer."""
import json
import os
import socket
import sys

import events
from givers import ROLE, Givers, make_keys
from harness import ACCESS_KEY, SECRET_KEY, Scratch, Simulator, Suite, contains, equal, expect, wait_for

suite = Suite(__file__)
# The rotation goes on for so many seconds.
SECONDS = int(os.environ.get('SLUICE_ROTATION_SECONDS', '8'))


class Place:
    """A simulator, givers, and a user without any credentials."""

    def __init__(self, life=900, simulator=('--temporary-keys',)):
        self.scratch = Scratch()
        self.store = Simulator(self.scratch, '--bucket', 'bucket', '--min-part-size', '1KiB', *simulator)
        self.givers = Givers(life)

    def __enter__(self):
        self.store.__enter__()
        self.givers.__enter__()
        env = self.scratch.env
        for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'):
            env.pop(name)
        env['AWS_ENDPOINT_URL_STS'] = self.givers.url + '/sts'
        return self

    def __exit__(self, kind, *rest):
        self.givers.__exit__()
        self.store.__exit__()
        self.scratch.__exit__(kind, *rest)

    def write(self, name, text, mode=0o600):
        path = self.scratch / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def config(self, text):
        self.write('home/.aws/config', text)

    def keys_file(self):
        self.write('home/.aws/credentials', f'[base]\naws_access_key_id={ACCESS_KEY}\naws_secret_access_key={SECRET_KEY}\n')

    def export(self, *options, **how):
        done = self.scratch.sluice(
            'export', '--from', 'log:orders', '--to', 's3://bucket/a', '--json', '-vv', *options, **how
        )
        self.no_secret_in(done.out + done.err)
        return done

    def no_secret_in(self, text):
        for secret in (SECRET_KEY, *self.givers.secrets()):
            expect(secret not in text, f'a secret was told: {secret}')


def by_process(place):
    keys = make_keys(900)
    place.givers.given.append(keys)
    tool = place.write('give', f"#!{sys.executable}\nprint('''{json.dumps({'Version': 1, **keys})}''')\n", 0o700)
    place.config(f'[default]\ncredential_process = "{tool}"\n')


def by_web_identity(place):
    place.scratch.env.update(
        AWS_WEB_IDENTITY_TOKEN_FILE=str(place.write('token', place.givers.web_token + '\n')), AWS_ROLE_ARN=ROLE
    )


def by_web_identity_of_a_profile(place):
    token = place.write('token', place.givers.web_token)
    place.config(f'[profile web]\nrole_arn={ROLE}\nweb_identity_token_file={token}\n')
    place.scratch.env['AWS_PROFILE'] = 'web'


def by_container(place):
    place.scratch.env.update(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=place.givers.url + '/container',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(place.write('token', place.givers.agent_token)),
    )


def by_instance(place):
    place.scratch.env.update(AWS_EC2_METADATA_DISABLED='false', AWS_EC2_METADATA_SERVICE_ENDPOINT=place.givers.url)


def by_role_of_a_profile(place):
    place.keys_file()
    place.config(f'[profile r]\nrole_arn={ROLE}\nsource_profile=base\nexternal_id=e\nrole_session_name=s\n')
    place.scratch.env['AWS_PROFILE'] = 'r'


def by_role_of_a_container(place):
    by_container(place)
    place.config(f'[profile r]\nrole_arn={ROLE}\ncredential_source=EcsContainer\n')
    place.scratch.env['AWS_PROFILE'] = 'r'


SOURCES = (
    by_process, by_web_identity, by_web_identity_of_a_profile, by_container, by_instance, by_role_of_a_profile,
    by_role_of_a_container,
)


def expect_signed_well(statuses):
    """One wrong checksum is the probe's own."""
    refused = statuses.get('401', 0) + statuses.get('403', 0) + max(0, statuses.get('400', 0) - 1)
    equal(refused, 0, f'refused requests of {statuses}')


@suite.cases_for(SOURCES, name=lambda source: source.__name__)
def each_source_signs_an_export(source):
    place = Place()
    if source is by_instance:  # it alone knows the region, which nobody names
        place.store.region = place.givers.region = 'eu-north-1'
    with place:
        events.create(place.scratch, 'orders', count=20)
        source(place)
        place.export()
        equal(place.givers.wrong, [], 'what was wrong with the questions')
        expect(place.givers.given, 'nobody was asked')
        statuses = place.store.counters()['statuses']
        expect_signed_well(statuses)


@suite.case
def keys_that_end_in_the_middle_of_an_export_are_renewed_ahead():
    with Place(life=3) as place:
        events.create(place.scratch, 'orders', count=2000, large=2)
        by_container(place)
        size = sum(path.stat().st_size for path in (place.scratch / 'data').rglob('*.log'))
        place.givers.pause = 0.2
        # Few parts at once: their heads are to leave while the keys live that signed them, however narrow the limit is.
        narrow = ('--bwlimit', f'{max(1, size // SECONDS)}', '--part-size', '64KiB', '--concurrency', '2')
        done = place.export(*narrow, '--object-bytes', '512KiB')
        asked = len(place.givers.given)
        expect(asked >= SECONDS // 4, f'asked {asked} times in {json.loads(done.out)["seconds"]} s')
        expect(asked <= 2 * SECONDS + 4, f'asked {asked} times')
        equal(place.givers.most_at_once, 1, 'at the same time')
        statuses = place.store.counters()['statuses']
        expect_signed_well(statuses)


@suite.case
def what_the_store_calls_expired_is_renewed_at_once():
    with Place() as place:
        events.create(place.scratch, 'orders', count=2000)
        by_container(place)
        place.store.set_faults([{'operation': 'UploadPart', 'nth': 2, 'kind': 'status', 'status': 400, 'code': 'ExpiredToken'}])
        place.export('--part-size', '16KiB', '--object-bytes', '1MiB')
        equal(len(place.givers.given), 2, 'how often keys were given')


@suite.case
def a_renewal_that_fails_is_no_failure_while_the_keys_live():
    with Place(life=5) as place:
        events.create(place.scratch, 'orders', count=2000, large=2)
        by_container(place)
        size = sum(path.stat().st_size for path in (place.scratch / 'data').rglob('*.log'))
        running = place.scratch.start_sluice(
            'export', '--from', 'log:orders', '--to', 's3://bucket/a', '--quiet', '--part-size', '64KiB',
            '--bwlimit', f'{max(1, size // 8)}',
        )
        wait_for(lambda: place.givers.given, 'it asks', running)
        place.givers.refuse = 503
        wait_for(lambda: len(place.givers.asked) > 2, 'it asks again', running)
        place.givers.refuse = None
        equal(running.wait(60), 0, 'status')


@suite.case
def without_any_source_one_line_names_them_all():
    with Place() as place:
        events.create(place.scratch, 'orders', count=10)
        done = place.export(status=7)
        line = done.err.strip().splitlines()[-1]
        for part in (
            'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set', 'profile "default": no credentials in',
            'AWS_WEB_IDENTITY_TOKEN_FILE is not set', 'AWS_CONTAINER_CREDENTIALS_FULL_URI is not set',
            'AWS_EC2_METADATA_DISABLED is set',
        ):
            contains(line, part)


@suite.case
def an_instance_that_does_not_answer_is_named_with_the_others():
    with Place() as place:
        events.create(place.scratch, 'orders', count=10)
        closed = socket.create_server(('127.0.0.1', 0))
        port = closed.getsockname()[1]
        closed.close()
        place.scratch.env.update(
            AWS_EC2_METADATA_DISABLED='false', AWS_EC2_METADATA_SERVICE_ENDPOINT=f'http://127.0.0.1:{port}'
        )
        done = place.export('--retry-for', '1s', status=5)
        contains(done.err, 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set')
        contains(done.err, f'instance metadata at 127.0.0.1: no connection to 127.0.0.1:{port}')


def refused_role(place):
    by_role_of_a_profile(place)
    place.givers.refuse = 403
    return ['profile "r" (its role, by STS): STS refuses', 'AccessDenied: not you', 'r-17']


def refused_web_identity(place):
    by_web_identity(place)
    place.givers.refuse = 403
    return ['web identity (AWS_WEB_IDENTITY_TOKEN_FILE): STS refuses', 'not you, [redacted]']


def refused_container(place):
    by_container(place)
    place.givers.refuse = 403
    return ['container credentials (AWS_CONTAINER_CREDENTIALS_FULL_URI): it refuses', 'HTTP status 403']


def missing_token(place):
    by_container(place)
    (place.scratch / 'token').unlink()
    return ['token: there is no such file']


def broken_token(place):
    by_container(place)
    place.write('token', place.givers.agent_token + '\r\nX-Evil: 1')
    return ['token: control bytes in the token']


def failing_process(place):
    place.config('[default]\ncredential_process = exit 3\n')
    return ['profile "default" (its credential_process): it ended with exit status 3']


def odd_process(place):
    place.config(f'[default]\ncredential_process = echo {place.givers.agent_token}\n')
    return ['it did not print one JSON object']


def mfa(place):
    place.keys_file()
    place.config(f'[profile m]\nrole_arn={ROLE}\nsource_profile=base\nmfa_serial=arn:m\n')
    place.scratch.env['AWS_PROFILE'] = 'm'
    return ['profile "m"', 'mfa_serial', 'credential_process']


def sso(place):
    place.config('[profile s]\nsso_session=x\n')
    place.scratch.env['AWS_PROFILE'] = 's'
    return ['profile "s"', 'SSO', 'aws configure export-credentials --profile s']


def foreign_agent(place):
    place.scratch.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = 'http://192.0.2.1/container'
    return ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'not 192.0.2.1']


BAD = (
    refused_role, refused_web_identity, refused_container, missing_token, broken_token, failing_process, odd_process, mfa,
    sso, foreign_agent,
)


@suite.cases_for(BAD, name=lambda each: each.__name__)
def what_cannot_be_used_is_one_clear_line(make):
    with Place() as place:
        events.create(place.scratch, 'orders', count=10)
        parts = make(place)
        done = place.export(status=None)
        expect(done.returncode in (1, 7), f'status {done.returncode}')
        line = done.err.strip().splitlines()[-1]
        expect(line.startswith('sluice: '), line)
        for part in parts:
            contains(line, part)


@suite.case
def a_program_is_given_no_file_of_ours():
    with Place() as place:
        events.create(place.scratch, 'orders', count=10)
        keys = make_keys(900)
        tool = place.write(
            'give', f'#!/bin/sh\nls -l /proc/self/fd > {place.scratch / "seen"}\necho \'{json.dumps({"Version": 1, **keys})}\'\n',
            0o700,
        )
        place.config(f'[default]\ncredential_process = {tool}\n')
        place.export()
        seen = (place.scratch / 'seen').read_text()
        expect('socket' not in seen and 'state' not in seen, f'it was given: {seen}')


suite.run()
