"""test: settings that the AWS SDKs have, too: where they are found, what they change, and how wrong ones are refused."""
import events
from harness import ACCESS_KEY, SECRET_KEY, Scratch, Simulator, Suite, contains, equal, expect

suite = Suite(__file__)
TO = 's3://bucket/a'
KEYS = f'aws_access_key_id={ACCESS_KEY}\naws_secret_access_key={SECRET_KEY}\n'


def write(scratch, name, text, mode=0o600):
    path = scratch / 'home/.aws' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    scratch.env['HOME'] = str(scratch / 'home')


def operations(store, name):
    return store.counters()['operations'].get(name, {'requests': 0, 'statuses': {}, 'bytes_in': 0, 'bytes_out': 0})


@suite.case
def a_request_is_tried_as_often_as_environment_or_profile_say():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        write(scratch, 'config', '[profile often]\nmax_attempts = 2\n')
        write(scratch, 'credentials', '[often]\n' + KEYS)
        out_of_order = {'operation': 'PutObject', 'kind': 'status', 'status': 500, 'code': 'InternalError', 'count': 0}
        for env, words, tries in (({}, (), 3), ({'AWS_MAX_ATTEMPTS': '1'}, (), 1), ({'AWS_MAX_ATTEMPTS': '4'}, (), 4),
                                  ({'AWS_PROFILE': 'often'}, (), 2), ({}, ('--profile', 'often'), 2),
                                  ({'AWS_PROFILE': 'often', 'AWS_MAX_ATTEMPTS': '1'}, (), 1)):
            store.ask('DELETE', '/_sim/counters')
            store.set_faults([out_of_order])
            scratch.sluice('probe', TO, *words, env=env, status=None)
            equal(operations(store, 'PutObject')['requests'], tries, f'tries with {env} {words}')


@suite.case
def checksums_go_along_where_they_are_wanted():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet', '--profile', 'r2', '--min-part-size', '1KiB') as store:
        events.create(scratch, 'orders', count=200)
        only = {'AWS_REQUEST_CHECKSUM_CALCULATION': 'when_required'}
        # This store refuses CRC64NVME by name: only who sends it hears that.
        for n, (env, words, refused) in enumerate((
                ({}, (), True), (only, (), False), (only, ('--checksum', 'crc64nvme'), True),
                ({'AWS_REQUEST_CHECKSUM_CALCULATION': 'when_supported'}, (), True), ({}, ('--checksum', 'none'), False))):
            store.ask('DELETE', '/_sim/counters')
            scratch.sluice('export', '--from', 'log:orders', '--to', f's3://bucket/{n}', '--quiet', *words, env=env)
            statuses = operations(store, 'PutObject')['statuses']
            equal('501' in statuses or '400' in statuses, refused, f'refusals with {env} {words}: {statuses}')
            scratch.sluice('verify', f's3://bucket/{n}/orders', '--against', 'orders')


@suite.case
def the_checksum_of_an_answer_is_asked_for_where_it_is_wanted():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        events.create(scratch, 'orders', count=50)
        scratch.sluice('export', '--from', 'log:orders', '--to', TO, '--quiet')
        told = {'operation': 'GetObject', 'key': '_sluice/commits/', 'kind': 'flip-bit', 'bytes': 0, 'count': 0}
        for env, compared in (({}, True), ({'AWS_RESPONSE_CHECKSUM_VALIDATION': 'when_supported'}, True),
                              ({'AWS_RESPONSE_CHECKSUM_VALIDATION': 'when_required'}, False)):
            store.set_faults([told])
            done = scratch.sluice('import', '--from', TO + '/orders', '--to', 'log:back', '--retry-for', '1s', '--quiet', env=env, status=None)
            expect(done.returncode != 0, 'a damaged document was taken')
            # Either way the document is found to be damaged: by the client, or by what it says of itself.
            equal('the bytes that came do not have the checksum' in done.err, compared, f'{env}: {done.err}')


@suite.case
def values_that_cannot_be_used_are_refused_in_one_line_that_names_them():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        write(scratch, 'config', '[profile odd]\nmax_attempts = many\n')
        write(scratch, 'credentials', '[odd]\n' + KEYS)
        for env, name in (({'AWS_MAX_ATTEMPTS': '0'}, 'AWS_MAX_ATTEMPTS "0": must be a number from 1 to 1000'),
                          ({'AWS_REQUEST_CHECKSUM_CALCULATION': 'no'}, 'AWS_REQUEST_CHECKSUM_CALCULATION "no"'),
                          ({'AWS_RESPONSE_CHECKSUM_VALIDATION': '1'}, 'AWS_RESPONSE_CHECKSUM_VALIDATION "1"'),
                          ({'AWS_PROFILE': 'odd'}, 'profile "odd", max_attempts "many"')):
            done = scratch.sluice('ls', TO, env=env, status=2)
            contains(done.err, name)
            equal(done.err.count('\n'), 1, f'lines of {done.err!r}')
        equal(store.counters()['requests'], {}, 'requests')


@suite.case
def a_file_with_secrets_that_others_can_read_is_warned_of():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--quiet') as store:
        for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'):
            scratch.env.pop(name)
        events.create(scratch, 'orders', count=10)
        for n, mode in enumerate((0o600, 0o644, 0o400, 0o660)):
            write(scratch, 'credentials', '[default]\n' + KEYS, mode)
            done = scratch.sluice('export', '--from', 'log:orders', '--to', f's3://bucket/{n}')
            path = scratch / 'home/.aws/credentials'
            equal(f'chmod 600 {path}' in done.err, bool(mode & 0o077), f'{mode:o}: {done.err}')
            expect(SECRET_KEY not in done.err, 'the secret is told')


@suite.case
def parts_are_signed_as_they_are_sent_where_the_store_takes_that():
    with Scratch() as scratch:
        for quirks, chunked in (((), False), (('ignore-checksums',), True), (('ignore-checksums', 'refuse-chunks'), False)):
            words = [word for quirk in quirks for word in ('--quirk', quirk)]
            with Simulator(scratch, '--bucket', 'bucket', '--quiet', '--min-part-size', '1KiB', *words) as store:
                name = f'orders{len(quirks)}'
                events.create(scratch, name, count=3000)
                scratch.sluice('export', '--from', f'log:{name}', '--to', TO, '--part-size', '5MiB', '--quiet')
                objects = [each for each in store.ask('GET', '/_sim/objects') if 'partition=' in each['key']]
                received = operations(store, 'UploadPart')['bytes_in'] + operations(store, 'PutObject')['bytes_in']
                payload = sum(each['size'] for each in objects)
                expect(payload > 3 << 20, f'{payload} bytes are too few to tell')
                # Each chunk of 64 KiB at most has a head of 85 bytes: that is more than all that is sent to probe.
                equal(received - payload > payload // 65536 * 85, chunked, f'{quirks}: {received} bytes came for {payload}')
                scratch.sluice('verify', f'{TO}/{name}', '--against', name)


@suite.case
def a_warning_about_the_settings_is_told_once_however_often_they_are_read():
    with Scratch() as scratch, Simulator(scratch, '--bucket', 'bucket', '--min-part-size', '1KiB', '--quiet') as store:
        events.create(scratch, 'orders', count=50)
        del scratch.env['AWS_ACCESS_KEY_ID'], scratch.env['AWS_SECRET_ACCESS_KEY']
        write(scratch, 'credentials', '[default]\n' + KEYS, mode=0o644)
        places = ('s3://bucket/a', 's3://bucket/b')
        export = ('export', '--from', 'orders', '--to', places[0], '--to', places[1], '--threads', '2', '--quiet')
        for words in (export, ('plan', *export), ('verify', *(f'{each}/orders' for each in places)),
                      ('import', '--from', f'{places[0]}/orders', '--to', 'back', '--threads', '2', '--quiet')):
            told = scratch.sluice(*words).err
            equal(told.count('holds secret keys'), 1, f'warnings of {words[0]}: {told}')


suite.run()
