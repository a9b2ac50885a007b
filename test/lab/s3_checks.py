"""test: what S3 servers are held to, one function a question. Each returns True or False, or raises for "no".

A server answers all of them; `answers_of` gives the names of those that it fails, with what was seen. Every check has a
bucket of its own prefix, so their order does not matter.
"""
import base64
import hashlib
import threading
import zlib

from s3_requests import S3

CHECKS = {}
MEBIBYTE = 1 << 20


def check(function):
    CHECKS[function.__name__] = function
    return function


class Place:
    """A bucket, and a prefix that is one check's own."""

    def __init__(self, store, bucket, name):
        self.store, self.bucket, self.name = store, bucket, name
        self.s3, self.private = S3(store), S3(store, private=True)

    def path(self, key=''):
        if isinstance(key, bytes):
            return f'/{self.bucket}/{self.name}/'.encode() + key
        return f'/{self.bucket}/{self.name}/{key}'

    def put(self, key, body=b'body', **headers):
        return self.s3('PUT', self.path(key), body, **headers)

    def get(self, key, **headers):
        return self.s3('GET', self.path(key), **headers)

    def head(self, key, **headers):
        return self.s3('HEAD', self.path(key), **headers)

    def delete(self, key, **headers):
        return self.s3('DELETE', self.path(key), **headers)

    def list(self, version=2, **query):
        query = {name.replace('_', '-'): value for name, value in query.items()}
        query['prefix'] = f'{self.name}/' + query.get('prefix', '')
        if version == 2:
            query['list-type'] = '2'
        return self.s3('GET', f'/{self.bucket}', query=query)

    def keys(self, answer):
        return [key[len(self.name) + 1:] for key in answer.elements('Key')]

    def begin(self, key, **headers):
        answer = self.s3('POST', self.path(key), query={'uploads': ''}, **headers)
        return answer.element('UploadId')

    def part(self, key, upload, number, body, **headers):
        return self.s3('PUT', self.path(key), body, query={'partNumber': str(number), 'uploadId': upload}, **headers)

    def complete(self, key, upload, parts, **headers):
        listed = ''.join(
            f'<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>' for number, etag in parts
        )
        document = f'<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>'.encode()
        return self.s3('POST', self.path(key), document, query={'uploadId': upload}, **headers)

    def upload(self, key, bodies, **headers):
        """All parts of an upload that stays open: its id and parts."""
        upload = self.begin(key, **headers)
        return upload, [(n, self.part(key, upload, n, body).headers['etag']) for n, body in enumerate(bodies, 1)]


# ---------------------------------------------------------------------------------------------- objects


@check
def an_object_comes_back(at):
    return at.put('a').status == 200 and at.get('a').body == b'body'


@check
def an_empty_object_comes_back(at):
    return at.put('a', b'').status == 200 and at.get('a').body == b'' and at.head('a').headers['content-length'] == '0'


@check
def a_missing_key_is_named(at):
    answer = at.get('missing')
    return answer.status == 404 and answer.code == 'NoSuchKey' and at.head('missing').status == 404


@check
def a_missing_bucket_is_named(at):
    answer = at.s3('GET', '/no-such-bucket-here/a')
    return answer.status == 404 and answer.code == 'NoSuchBucket'


@check
def deleting_what_is_not_there_succeeds(at):
    return at.delete('missing').status == 204


@check
def a_deleted_object_is_gone(at):
    at.put('a')
    return at.delete('a').status == 204 and at.get('a').status == 404


@check
def an_overwritten_object_is_new_at_once(at):
    at.put('a', b'old')
    at.put('a', b'new')
    return at.get('a').body == b'new'


@check
def a_range_is_partial(at):
    at.put('a', b'0123456789')
    answer = at.get('a', range='bytes=2-4')
    return answer.status == 206 and answer.body == b'234' and answer.headers['content-range'] == 'bytes 2-4/10'


@check
def a_range_beyond_the_end_is_416(at):
    at.put('a', b'0123456789')
    answer = at.get('a', range='bytes=10-12')
    return answer.status == 416 and answer.code == 'InvalidRange'


@check
def a_range_may_be_a_suffix(at):
    at.put('a', b'0123456789')
    return at.get('a', range='bytes=-3').body == b'789'


@check
def metadata_is_kept(at):
    at.put('a', x_amz_meta_token='t 1', content_type='text/odd')
    headers = at.head('a').headers
    return headers.get('x-amz-meta-token') == 't 1' and headers.get('content-type') == 'text/odd'


@check
def etags_are_quoted(at):
    etag = at.put('a').headers['etag']
    return etag.startswith('"') and etag.endswith('"') and at.head('a').headers['etag'] == etag


@check
def etags_are_md5(at):
    return at.put('a').headers['etag'].strip('"') == hashlib.md5(b'body').hexdigest()


@check
def odd_keys_are_kept_byte_by_byte(at):
    for key in (b'a b', b'a+b', b'a%2Bb', 'ä€'.encode(), b"~!*'();&=$,@", b'a?b#c'):
        if at.put(key, key).status != 200 or at.get(key).body != key:
            return False
    return True


@check
def double_slashes_are_kept(at):
    at.put('a//b', b'two')
    return at.get('a//b').body == b'two' and at.get('a/b').status == 404


@check
def a_put_without_length_is_refused(at):
    date = at.s3._date()
    answer = at.s3.raw('PUT', at.path('a'), {'host': f'{at.s3.host}:{at.s3.port}', 'x-amz-date': date, 'transfer-encoding': 'chunked'}, b'4\r\nbody\r\n0\r\n\r\n')
    at.s3.close()
    return answer.status in (400, 403, 411, 501)


@check
def tags_are_kept(at):
    at.put('a')
    document = b'<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>'
    md5 = base64.b64encode(hashlib.md5(document).digest()).decode()
    if at.s3('PUT', at.path('a'), document, query={'tagging': ''}, content_md5=md5).status != 200:
        return False
    answer = at.s3('GET', at.path('a'), query={'tagging': ''})
    return answer.elements('Key') == ['k'] and answer.elements('Value') == ['v']


@check
def a_copy_is_made_by_the_store(at):
    at.put('a', b'copied', x_amz_meta_token='1')
    answer = at.s3('PUT', at.path('b'), x_amz_copy_source=at.path('a'))
    copied = at.get('b')
    return answer.status == 200 and copied.body == b'copied' and copied.headers.get('x-amz-meta-token') == '1'


@check
def many_objects_are_removed_at_once(at):
    for key in ('a', 'b'):
        at.put(key)
    document = '<Delete>' + ''.join(f'<Object><Key>{at.name}/{key}</Key></Object>' for key in 'abc') + '</Delete>'
    md5 = base64.b64encode(hashlib.md5(document.encode()).digest()).decode()
    answer = at.s3('POST', f'/{at.bucket}', document.encode(), query={'delete': ''}, content_md5=md5)
    return answer.status == 200 and '<Error>' not in answer.body.decode() and at.get('a').status == 404


# ---------------------------------------------------------------------------------------------- conditions


@check
def put_if_none_match_is_412_where_something_is(at):
    at.put('a', b'first')
    answer = at.put('a', b'second', if_none_match='*')
    return answer.status == 412 and at.get('a').body == b'first'


@check
def of_sixteen_conditional_puts_one_wins(at):
    statuses = []

    def contend(n):
        statuses.append(S3(at.store)('PUT', at.path('race'), b'%d' % n, if_none_match='*').status)

    threads = [threading.Thread(target=contend, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses.count(200) == 1


@check
def put_if_match_takes_the_right_etag_only(at):
    etag = at.put('a', b'first').headers['etag']
    wrong = at.put('a', b'wrong', if_match='"00000000000000000000000000000000"')
    right = at.put('a', b'second', if_match=etag)
    return wrong.status == 412 and right.status == 200 and at.get('a').body == b'second'


@check
def put_if_match_on_nothing_is_404(at):
    return at.put('never', if_match='"00000000000000000000000000000000"').status == 404


@check
def a_read_with_a_wrong_if_match_is_412(at):
    etag = at.put('a').headers['etag']
    return at.get('a', if_match='"0"', range='bytes=0-1').status == 412 and at.get('a', if_match=etag).status == 200


@check
def a_read_of_what_is_known_is_304(at):
    etag = at.put('a').headers['etag']
    return at.get('a', if_none_match=etag).status == 304


@check
def complete_if_none_match_is_412_where_something_is(at):
    at.put('a', b'first')
    upload, parts = at.upload('a', [b'second'])
    answer = at.complete('a', upload, parts, if_none_match='*')
    return answer.status == 412 and at.get('a').body == b'first'


@check
def delete_if_match_takes_the_right_etag_only(at):
    at.put('a')
    return at.delete('a', if_match='"00000000000000000000000000000000"').status == 412 and at.get('a').status == 200


# ---------------------------------------------------------------------------------------------- integrity


@check
def a_wrong_sha256_of_the_payload_is_refused(at):
    answer = at.s3('PUT', at.path('a'), b'body', payload=hashlib.sha256(b'other').hexdigest())
    return answer.status == 400 and at.get('a').status == 404


@check
def a_wrong_content_md5_is_refused(at):
    md5 = base64.b64encode(hashlib.md5(b'other').digest()).decode()
    return at.put('a', content_md5=md5).code == 'BadDigest' and at.get('a').status == 404


@check
def a_crc32_is_taken(at):
    crc = base64.b64encode(zlib.crc32(b'body').to_bytes(4, 'big')).decode()
    return at.put('a', x_amz_checksum_crc32=crc).status == 200 and at.get('a').body == b'body'


@check
def a_wrong_crc32_is_refused(at):
    crc = base64.b64encode(zlib.crc32(b'other').to_bytes(4, 'big')).decode()
    return at.put('a', x_amz_checksum_crc32=crc).status in (400, 501) and at.get('a').status == 404


@check
def a_sha256_checksum_is_told(at):
    sum256 = base64.b64encode(hashlib.sha256(b'body').digest()).decode()
    at.put('a', x_amz_checksum_sha256=sum256)
    return at.head('a', x_amz_checksum_mode='ENABLED').headers.get('x-amz-checksum-sha256') == sum256


@check
def an_unsigned_trailer_is_taken_and_verified(at):
    def send(key, data):
        crc = base64.b64encode(zlib.crc32(data).to_bytes(4, 'big')).decode()
        framed = b'4\r\nbody\r\n0\r\nx-amz-checksum-crc32:' + crc.encode() + b'\r\n\r\n'
        return at.s3(
            'PUT', at.path(key), framed, payload='STREAMING-UNSIGNED-PAYLOAD-TRAILER', content_encoding='aws-chunked',
            x_amz_decoded_content_length='4', x_amz_trailer='x-amz-checksum-crc32',
        ).status

    return send('a', b'body') == 200 and at.get('a').body == b'body' and send('b', b'othe') == 400


# ---------------------------------------------------------------------------------------------- keys of customers


def customer_key(byte):
    key = bytes([byte]) * 32
    name = 'x_amz_server_side_encryption_customer_'
    return {
        name + 'algorithm': 'AES256', name + 'key': base64.b64encode(key).decode(),
        name + 'key_md5': base64.b64encode(hashlib.md5(key).digest()).decode(),
    }


@check
def a_customers_key_is_needed_to_read(at):
    ask, path = at.private, at.path('a')
    stored = ask('PUT', path, b'body', **customer_key(1))
    right, wrong, none = (ask('GET', path, **key) for key in (customer_key(1), customer_key(2), {}))
    head = ask('HEAD', path, **customer_key(1))
    if stored.status != 200 or right.body != b'body' or head.status != 200:
        raise ValueError(f'PUT: {stored}, GET: {right}, HEAD: {head}')
    if wrong.status not in (400, 403) or none.status not in (400, 403):
        raise ValueError(f'with another key: {wrong}, with none: {none}')
    return True


@check
def an_upload_may_have_a_customers_key(at):
    ask, path = at.private, at.path('a')
    begun = ask('POST', path, query={'uploads': ''}, **customer_key(1))
    upload = begun.element('UploadId')
    part = ask('PUT', path, b'body', query={'partNumber': '1', 'uploadId': upload}, **customer_key(1))
    other = ask('PUT', path, b'body', query={'partNumber': '2', 'uploadId': upload}, **customer_key(2))
    joined = at.complete('a', upload, [(1, part.headers['etag'])])
    back = ask('GET', path, **customer_key(1))
    if joined.status != 200 or back.body != b'body':
        raise ValueError(f'completion: {joined}, GET: {back}')
    if other.status not in (400, 403):
        raise ValueError(f'a part with another key: {other}')
    return ask('GET', path).status in (400, 403)


# ---------------------------------------------------------------------------------------------- signatures


@check
def a_wrong_secret_is_refused(at):
    answer = S3(at.store, secret_key='wrong')('GET', at.path('a'))
    return answer.status == 403 and answer.code == 'SignatureDoesNotMatch'


@check
def an_unknown_key_is_refused(at):
    return S3(at.store, access_key='AKIANOBODYNOBODY0000')('GET', at.path('a')).status in (403, 404)


@check
def an_old_date_is_refused(at):
    answer = S3(at.store, skew=-3600)('GET', at.path('a'))
    return answer.status == 403 and answer.code == 'RequestTimeTooSkewed'


@check
def an_unsigned_request_is_refused(at):
    at.put('a')
    return at.s3.raw('GET', at.path('a')).status == 403


@check
def a_presigned_url_is_good_for_its_request_only(at):
    at.put('a')
    at.put('b')
    target = at.s3.presigned('GET', at.path('a'))
    other = target.replace('/a?', '/b?')
    return at.s3.raw('GET', target).body == b'body' and at.s3.raw('GET', other).status == 403


# ---------------------------------------------------------------------------------------------- listings


def put_all(at, keys):
    for key in keys:
        at.put(key)
    return sorted(keys)


@check
def a_listing_shows_at_once_what_was_put(at):
    at.put('a')
    return at.keys(at.list()) == ['a']


@check
def pages_of_version_two_follow_each_other(at):
    keys, seen, token = put_all(at, [f'k{n}' for n in range(7)]), [], None
    for _ in range(9):
        answer = at.list(max_keys='3', **({'continuation_token': token} if token else {}))
        seen += at.keys(answer)
        token = answer.element('NextContinuationToken')
        if not token:
            break
    return seen == keys


@check
def pages_of_version_one_follow_each_other(at):
    keys, seen = put_all(at, [f'k{n}' for n in range(7)]), []
    for _ in range(9):
        answer = at.list(version=1, max_keys='3', **({'marker': f'{at.name}/{seen[-1]}'} if seen else {}))
        seen += at.keys(answer)
        if answer.element('IsTruncated') != 'true':
            break
    return seen == keys


@check
def a_listing_begins_after_a_key(at):
    put_all(at, ['a', 'b', 'c'])
    return at.keys(at.list(start_after=f'{at.name}/b')) == ['c']


@check
def a_delimiter_makes_common_prefixes(at):
    put_all(at, ['a', 'd/1', 'd/2', 'e'])
    answer = at.list(delimiter='/')
    return at.keys(answer) == ['a', 'e'] and f'{at.name}/d/' in answer.elements('Prefix')


@check
def listed_keys_can_be_url_encoded(at):
    at.put('a b+c')
    answer = at.list(encoding_type='url')
    return answer.element('EncodingType') == 'url' and at.keys(answer)[0] in ('a+b%2Bc', 'a%20b%2Bc')


# ---------------------------------------------------------------------------------------------- multipart


@check
def a_multipart_upload_becomes_an_object(at):
    bodies = [b'a' * 5 * MEBIBYTE, b'tail']
    upload, parts = at.upload('a', bodies, x_amz_meta_token='1')
    done = at.complete('a', upload, parts)
    return done.status == 200 and at.get('a').body == b''.join(bodies)


@check
def metadata_of_an_upload_is_kept(at):
    upload, parts = at.upload('a', [b'part'], x_amz_meta_token='1')
    at.complete('a', upload, parts)
    return at.head('a').headers.get('x-amz-meta-token') == '1'


@check
def parts_may_have_different_sizes(at):
    upload, parts = at.upload('a', [b'a' * 5 * MEBIBYTE, b'b' * (5 * MEBIBYTE + 1), b'tail'])
    return at.complete('a', upload, parts).status == 200


@check
def small_parts_are_refused(at):
    upload, parts = at.upload('a', [b'small', b'tail'])
    return at.complete('a', upload, parts).code == 'EntityTooSmall'


@check
def a_wrong_part_is_refused(at):
    upload, parts = at.upload('a', [b'part'])
    wrong = at.complete('a', upload, [(1, '"00000000000000000000000000000000"')])
    missing = at.complete('a', upload, [(2, parts[0][1])])
    return wrong.code == 'InvalidPart' and missing.code == 'InvalidPart'


@check
def parts_out_of_order_are_refused(at):
    upload, parts = at.upload('a', [b'a' * 5 * MEBIBYTE, b'tail'])
    return at.complete('a', upload, parts[::-1]).code == 'InvalidPartOrder'


@check
def a_part_sent_again_replaces_the_first(at):
    upload, _ = at.upload('a', [b'first'])
    again = at.part('a', upload, 1, b'second')
    at.complete('a', upload, [(1, again.headers['etag'])])
    return at.get('a').body == b'second'


@check
def parts_are_listed_page_by_page(at):
    upload, parts = at.upload('a', [b'1', b'2', b'3'])
    first = at.s3('GET', at.path('a'), query={'uploadId': upload, 'max-parts': '2'})
    marker = first.element('NextPartNumberMarker')
    rest = at.s3('GET', at.path('a'), query={'uploadId': upload, 'part-number-marker': marker or '0'})
    return first.elements('PartNumber') == ['1', '2'] and rest.elements('PartNumber') == ['3']


@check
def open_uploads_are_listed(at):
    upload = at.begin('a')
    answer = at.s3('GET', f'/{at.bucket}', query={'uploads': '', 'prefix': at.name + '/'})
    return answer.elements('UploadId') == [upload]


@check
def an_aborted_upload_is_gone(at):
    upload, parts = at.upload('a', [b'part'])
    gone = at.s3('DELETE', at.path('a'), query={'uploadId': upload})
    return gone.status == 204 and at.complete('a', upload, parts).code == 'NoSuchUpload' and at.get('a').status == 404


@check
def a_second_completion_finds_no_upload(at):
    upload, parts = at.upload('a', [b'part'])
    at.complete('a', upload, parts)
    return at.complete('a', upload, parts).code == 'NoSuchUpload'


@check
def the_answer_to_a_completion_has_the_etag(at):
    upload, parts = at.upload('a', [b'part'])
    told = at.complete('a', upload, parts).element('ETag')
    return bool(told) and told == at.head('a').headers['etag']


@check
def a_part_is_copied_by_the_store(at):
    at.put('from', b'0123456789')
    upload = at.begin('a')
    copied = at.s3('PUT', at.path('a'), query={'partNumber': '1', 'uploadId': upload}, x_amz_copy_source=at.path('from'), x_amz_copy_source_range='bytes=2-5')
    if copied.status != 200:
        return False
    at.complete('a', upload, [(1, copied.element('ETag'))])
    return at.get('a').body == b'2345'


# ---------------------------------------------------------------------------------------------- versions


@check
def versions_are_kept_and_marked(at):
    """In a bucket of its own: versioning cannot be taken back."""
    bucket = f'versioned-{at.name}'.replace('_', '-')[:40].strip('-')
    at.s3('PUT', f'/{bucket}')
    on = at.s3('PUT', f'/{bucket}', b'<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>', query={'versioning': ''})
    if on.status != 200:
        return False
    at = Place(at.store, bucket, 'v')
    first = at.put('a', b'1').headers.get('x-amz-version-id')
    second = at.put('a', b'2').headers.get('x-amz-version-id')
    marker = at.delete('a')
    old = at.s3('GET', at.path('a'), query={'versionId': first or 'none'})
    listed = at.s3('GET', f'/{bucket}', query={'versions': '', 'prefix': 'v/'})
    gone = at.get('a').status
    back = at.s3('DELETE', at.path('a'), query={'versionId': marker.headers.get('x-amz-version-id', 'none')})
    return (
        bool(first) and first != second and marker.headers.get('x-amz-delete-marker') == 'true' and old.body == b'1'
        and gone == 404 and len(listed.elements('VersionId')) == 3 and back.status == 204 and at.get('a').body == b'2'
    )


def failures_of(store, bucket='conformance', only=None):
    """What the server does not do: {name of the check: what was seen}. The bucket is made."""
    S3(store)('PUT', f'/{bucket}')
    failed = {}
    for name, function in CHECKS.items():
        if only and name not in only:
            continue
        try:
            if not function(Place(store, bucket, name)):
                failed[name] = 'no'
        except Exception as why:  # noqa: BLE001 - a server may answer anything
            failed[name] = f'{type(why).__name__}: {why}'
    return failed
