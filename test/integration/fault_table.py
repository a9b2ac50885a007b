"""test: the table of fault cells: which request of which scene meets which fault, and what must become of it.

A line of TABLE names a row of the fault matrix, a scene (fault_scenes.py), targets (which requests), faults, hits (which of
the matching requests), and the outcome. Each combination is a cell. What a seed chooses, such as which of the later requests and after
how many bytes, is drawn when a cell is run.
"""
import dataclasses
import itertools

# ------------------------------------------------------------------------------------------ which requests

COMMITS = r'_sluice/commits/p=[0-9]+/'
# The rule's words, and how many such requests a scene makes at least: `later` is one of the second to that one.
TARGETS = {
    'create': ({'operation': 'CreateMultipartUpload'}, 4),
    'part': ({'operation': 'UploadPart'}, 18),
    'complete': ({'operation': 'CompleteMultipartUpload'}, 4),
    'abort': ({'operation': 'AbortMultipartUpload'}, 1),
    'small': ({'operation': 'PutObject', 'key': 'partition='}, 4),
    'claim': ({'operation': 'PutObject', 'key': COMMITS + '0{20}.json'}, 2),
    'commit': ({'operation': 'PutObject', 'key': COMMITS + '0*[1-9][0-9]*.json'}, 4),
    'stream.json': ({'operation': 'PutObject', 'key': '_sluice/stream.json'}, 1),
    'probe': ({'operation': 'PutObject', 'key': '_sluice/probe/'}, 40),
    'unprobe': ({'operation': 'DeleteObject', 'key': '_sluice/probe/'}, 4),
    'remove': ({'operation': 'DeleteObject', 'key': 'partition='}, 2),
    'look': ({'operation': 'HeadObject'}, 2),
    'look at data': ({'operation': 'HeadObject', 'key': 'partition='}, 2),
    'read document': ({'operation': 'GetObject', 'key': '_sluice/stream.json'}, 1),
    'read commit': ({'operation': 'GetObject', 'key': COMMITS}, 4),
    'data': ({'operation': 'GetObject', 'key': 'partition='}, 6),
    'line': ({'operation': 'GetObject', 'key': '.lines'}, 3),
    'list': ({'operation': 'ListObjectsV2'}, 2),
    'list uploads': ({'operation': 'ListMultipartUploads'}, 2),
    'list parts': ({'operation': 'ListParts'}, 1),
    'any': ({'operation': '*'}, 30),
}

# ------------------------------------------------------------------------------------------ what they meet

K = 'bytes'         # drawn by the seed: 0 up to most of a body
SILENCE = 900_000   # milliseconds: longer than a cell may take


def status(number, code, **more):
    return [{'kind': 'status', 'status': number, 'code': code, **more}]


def answer(number, body, headers=None, **more):
    return [{'kind': 'answer', 'phase': 'body', 'status': number, 'body': body, 'headers': headers or {}, **more}]


def changed(name, value):
    return [{'kind': 'set-header', 'headers': {name: value}}]


def dropped(name):
    return [{'kind': 'drop-header', 'headers': {name: ''}}]


LAUGHS = ('<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">' + ''.join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)) + ']><Error><Code>&j;</Code></Error>')


def disordered(*keys):
    entries = ''.join(f'<Contents><Key>{key}</Key><Size>1</Size></Contents>' for key in keys)
    return f'<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>{len(keys)}</KeyCount>{entries}</ListBucketResult>'


PAGE = '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>'

# A member K is replaced by a number of bytes, DRAWN below by what the fault is about.
FAULTS = {
    # Refusals of the moment.
    '500': status(500, 'InternalError'),
    '503': status(503, 'SlowDown'),
    '503 amid the body': status(503, 'SlowDown', bytes=K),
    '429': status(429, 'TooManyRequests'),
    '500 but done': status(500, 'InternalError', phase='effect'),
    '503 but done': status(503, 'SlowDown', phase='effect'),
    '400 RequestTimeout': status(400, 'RequestTimeout'),
    '400 BadDigest': status(400, 'BadDigest'),
    '400 XAmzContentSHA256Mismatch': status(400, 'XAmzContentSHA256Mismatch'),
    '409': status(409, 'ConditionalRequestConflict'),
    '409 but done': status(409, 'ConditionalRequestConflict', phase='effect'),
    '412': status(412, 'PreconditionFailed'),
    '412 but done': status(412, 'PreconditionFailed', phase='effect'),
    '304 but done': status(304, 'NotModified', phase='effect'),
    '404 NoSuchUpload': status(404, 'NoSuchUpload'),
    '404 NoSuchUpload but done': status(404, 'NoSuchUpload', phase='effect'),
    '204 but not done': answer(204, ''),
    '404 NoSuchKey': status(404, 'NoSuchKey'),
    '404 NoSuchBucket': status(404, 'NoSuchBucket'),
    '400 InvalidPart': status(400, 'InvalidPart'),
    '400 InvalidPartOrder': status(400, 'InvalidPartOrder'),
    '400 EntityTooSmall': status(400, 'EntityTooSmall'),
    '400 MalformedXML': status(400, 'MalformedXML'),
    '416': status(416, 'InvalidRange'),
    # Refusals that stay.
    '403': status(403, 'AccessDenied'),
    '403 amid the body, then RST': [{'kind': 'status-reset', 'status': 403, 'code': 'AccessDenied', 'bytes': K}],
    '403 SignatureDoesNotMatch': status(403, 'SignatureDoesNotMatch'),
    '403 RequestTimeTooSkewed': status(403, 'RequestTimeTooSkewed'),
    '400 ExpiredToken': status(400, 'ExpiredToken'),
    '501': status(501, 'NotImplemented'),
    '400 unknown': status(400, 'SomethingNew'),
    '301 without Location': status(301, 'PermanentRedirect'),
    '307 to a foreign host': answer(307, '', {'Location': 'http://{foreign}/bkt/x'}),
    '400 AuthorizationHeaderMalformed': answer(
        400, '<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-east-1</Region></Error>'),
    '400 with another region': answer(
        400, '<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>'),
    # A good status with a bad answer.
    '200 with InternalError': status(200, 'InternalError'),
    '200 with SlowDown': status(200, 'SlowDown'),
    '200 with AccessDenied': status(200, 'AccessDenied'),
    '200 without a body': answer(200, ''),
    '200 without a body, but done': answer(200, '', phase='effect'),
    '200 with another document': answer(200, '<html><body>portal</body></html>'),
    '200 without an upload id': answer(200, '<InitiateMultipartUploadResult></InitiateMultipartUploadResult>'),
    '200 without ETag': dropped('ETag'),
    'spaces': [{'kind': 'spaces', 'milliseconds': 200}],
    'spaces, then InternalError': [{'kind': 'spaces', 'milliseconds': 200}, *status(200, 'InternalError')],
    'spaces, then AccessDenied': [{'kind': 'spaces', 'milliseconds': 200}, *status(200, 'AccessDenied')],
    'spaces, then nothing': [{'kind': 'spaces', 'milliseconds': 200}, {'kind': 'truncate'}],
    # Odd servers.
    '502 with HTML': answer(502, '<html>Bad Gateway</html>', {'Content-Type': 'text/html'}),
    '500 without a body': answer(500, ''),
    '503 of 1 MiB': answer(503, 'x' * (1 << 20)),
    'no HTTP': [{'kind': 'raw-answer', 'body': 'SSH-2.0-OpenSSH_9.2\r\n', 'phase': 'body'}],
    'two lengths': [{'kind': 'raw-answer', 'phase': 'body', 'body': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde'}],
    'bad chunks': [{'kind': 'raw-answer', 'phase': 'body', 'body': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n'}],
    'a head of 64 KiB': [{'kind': 'raw-answer', 'phase': 'body', 'body': 'HTTP/1.1 200 OK\r\nX-A: ' + 'a' * 65536 + '\r\n\r\n'}],
    'laughs': answer(500, LAUGHS, {'Content-Type': 'application/xml'}),
    # Connections.
    'RST at 0': [{'kind': 'reset-before', 'bytes': 0}],
    'RST at k': [{'kind': 'reset-before', 'bytes': K}],
    'FIN at 0': [{'kind': 'close-before', 'bytes': 0}],
    'FIN at k': [{'kind': 'close-before', 'bytes': K}],
    'done, then RST': [{'kind': 'reset-after'}],
    'done, then FIN': [{'kind': 'lost-answer'}],
    'answer cut': [{'kind': 'cut-answer', 'bytes': K}],
    'answer reset': [{'kind': 'reset-answer', 'bytes': K}],
    'body cut': [{'kind': 'truncate', 'bytes': K}],
    'silent': [{'kind': 'stall', 'milliseconds': SILENCE}],
    'silent amid the body': [{'kind': 'stall', 'milliseconds': SILENCE, 'bytes': K}],
    'done, then silent': [{'kind': 'stall', 'milliseconds': SILENCE, 'phase': 'effect'}],
    'answer stalls': [{'kind': 'stall-answer', 'milliseconds': SILENCE, 'bytes': K}],
    '1 B/s': [{'kind': 'slow', 'bytes': 1}],
    # Late.
    'done 600 ms after its loss': [{'kind': 'late-effect', 'milliseconds': 600}],
    'done 600 ms after a 500': [{'kind': 'late-effect', 'milliseconds': 600, 'status': 500, 'code': 'InternalError'}],
    'done when it was given up': [{'kind': 'delay', 'milliseconds': 900}],
    # Data.
    'bit': [{'kind': 'flip-bit', 'bytes': K}],
    'bit, and no checksum told': [{'kind': 'flip-bit', 'bytes': K}, *dropped('x-amz-checksum-crc64nvme')],
    'whole instead of range': [{'kind': 'ignore-range'}],
    'another range': changed('Content-Range', 'bytes 7-1000/5000000'),
    'another total': changed('Content-Range', 'bytes 0-99/100'),
    'no Content-Range': dropped('Content-Range'),
    'another ETag': changed('ETag', '"0123456789abcdef0123456789abcdef"'),
    'no ETag': dropped('ETag'),
    'gzip': changed('Content-Encoding', 'gzip'),
    'zeros': answer(206, '\0' * 65536, {'Content-Range': 'bytes 0-65535/65536', 'ETag': '"z"'}),
    # Listings.
    'page without end': answer(200, PAGE),
    'empty page that goes on': answer(200, PAGE.replace('again', 'more')),
    'page out of order': answer(200, disordered('b', 'a')),
    'page that repeats itself': answer(200, disordered('a', 'a')),
    'half a page': answer(200, '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a'),
}

# ------------------------------------------------------------------------------------------ what becomes of it


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Exit statuses of the run that meets the fault. After one that is not 0 the same command, without the fault, must end with 0."""

    statuses: tuple = (0,)
    says: str = ''        # in the line of a failure
    strays: bool = False  # what comes late may lie there unnamed until `cleanup`
    mended: bool = False  # `verify` finds damage, `repair` mends it
    twice: bool = False   # the store said that it was done, and it was not: the same command again does it


WHOLE = Outcome()
LATE = Outcome(strays=True)
GIVES_UP = Outcome((5,))
REFUSED = Outcome((7,))
FAILS = Outcome((1,))
NO_DESTINATION = Outcome((4,))
NO_SOURCE = Outcome((3,))
DAMAGED = Outcome((1,), says='damaged')
ALTERED_LATER = Outcome(mended=True)
TWICE = Outcome(twice=True)

TRANSIENT = ('500', '503', '429', '500 without a body', '502 with HTML', '400 RequestTimeout', 'RST at 0', 'FIN at 0', 'done, then RST', 'done, then FIN')
BRIEF = ('500', '503', 'RST at 0', 'done, then FIN')  # of these, where the others have been met in the same place of the client
ODD = ('no HTTP', 'two lengths', 'bad chunks', 'a head of 64 KiB', 'laughs', '503 of 1 MiB')
SILENT = ('silent', 'done, then silent')
BODY = ('RST at k', 'FIN at k', '503 amid the body')
DONE = ('500 but done', '503 but done')
ANSWER = ('answer cut', 'answer reset')
READ = ('body cut', 'answer cut', 'answer reset')
FOREIGN = ('307 to a foreign host',)

BOTH = ('first', 'later')
FIRST = ('first',)
LATER = ('later',)
EVERY = ('every',)
THRICE = ('thrice',)
ALL = ('first', 'later', 'thrice')

WRITES = ('create', 'part', 'complete', 'commit', 'claim')
WAYS_OF_READING = ('read commit', 'look', 'list')

TABLE = [
    # row, scene, targets, faults, hits, outcome
    ('F01', 'export', 'create', TRANSIENT, BOTH, WHOLE),
    ('F01', 'export', 'create', ('500', '503'), THRICE, WHOLE),
    ('F01', 'export', 'create', ('500', '503', 'RST at 0'), EVERY, GIVES_UP),
    ('F02', 'export', 'create', (*DONE, *ANSWER, 'done, then silent'), BOTH, WHOLE),
    ('F02', 'export', 'create', ('done 600 ms after its loss', 'done when it was given up'), BOTH, LATE),
    ('F03', 'export', 'create', ('200 without an upload id', '200 without a body', '200 with another document', '200 with InternalError'), BOTH, WHOLE),
    ('F05', 'export', 'part', ('503 amid the body', '503', '429'), ALL, WHOLE),
    ('F06', 'export', 'part', ('403 amid the body, then RST', '403'), BOTH, REFUSED),
    ('F07', 'export', 'part', ('RST at 0', 'RST at k', 'FIN at 0', 'FIN at k', '500', '500 without a body', '502 with HTML'), ALL, WHOLE),
    ('F07', 'export', 'part', ('RST at k', '500', 'FIN at 0'), EVERY, GIVES_UP),
    ('F08', 'export', 'part', ('200 without ETag', '200 without a body'), BOTH, WHOLE),
    ('F09', 'export', 'part', ('done, then RST', 'done, then FIN', *DONE, *ANSWER, 'done, then silent'), BOTH, WHOLE),
    ('F10', 'export', 'part', ('done 600 ms after its loss', 'done when it was given up'), BOTH, WHOLE),
    ('F11', 'export', 'part', ('bit',), BOTH, ALTERED_LATER),
    ('F12', 'export', 'part', ('400 RequestTimeout',), ALL, WHOLE),
    ('F13', 'export', 'part', ('400 BadDigest', '400 XAmzContentSHA256Mismatch'), BOTH, WHOLE),
    ('F13', 'export', 'part', ('400 BadDigest',), EVERY, Outcome((1,), says='bad digest')),
    ('F14', 'export', 'part', ('404 NoSuchUpload', '404 NoSuchUpload but done'), BOTH, WHOLE),
    ('F15', 'export', 'part', ('1 B/s', 'silent amid the body', 'silent'), BOTH, WHOLE),
    ('F17', 'export', 'complete', ('spaces',), BOTH, WHOLE),
    ('F18', 'export', 'complete', ('spaces, then InternalError', '200 with InternalError', '200 with SlowDown'), ALL, WHOLE),
    ('F19', 'export', 'complete', ('spaces, then AccessDenied', '200 with AccessDenied', '403'), BOTH, REFUSED),
    ('F20', 'export', 'complete', ('spaces, then nothing', '200 without a body', '200 without a body, but done', '200 with another document'), BOTH, WHOLE),
    ('F21', 'export', 'complete', ('done, then RST', 'done, then FIN', '404 NoSuchUpload but done', *ANSWER), ALL, WHOLE),
    ('F22', 'export', 'complete', ('404 NoSuchUpload',), BOTH, WHOLE),
    ('F23', 'export', 'complete', (*DONE, '412 but done', '304 but done', '409 but done'), BOTH, WHOLE),
    ('F25', 'export', 'complete', ('409',), ALL, WHOLE),
    ('F24', 'export', 'complete', ('412',), BOTH, WHOLE),
    ('F26', 'export', 'complete', ('400 InvalidPart', '400 InvalidPartOrder'), BOTH, WHOLE),
    ('F26', 'export', 'complete', ('400 EntityTooSmall',), BOTH, Outcome((2,), says='--part-size')),
    ('F26', 'export', 'complete', ('400 MalformedXML',), BOTH, FAILS),
    ('F28', 'export', 'complete', ('done 600 ms after its loss', 'done 600 ms after a 500'), BOTH, LATE),
    ('F01', 'export', 'complete', TRANSIENT, BOTH, WHOLE),
    ('F01', 'export', 'complete', ('500', 'RST at 0'), EVERY, GIVES_UP),

    ('F29', 'puts', 'small', (*BRIEF, *BODY, *DONE, *ANSWER, *SILENT, '200 without ETag', '409', '409 but done', '412 but done', '304 but done', '400 BadDigest'), BOTH, WHOLE),
    ('F29', 'puts', 'small', ('500', '409', 'done, then FIN'), THRICE, WHOLE),
    ('F29', 'puts', 'small', ('412',), BOTH, WHOLE),
    ('F29', 'puts', 'small', ('403', '403 amid the body, then RST'), BOTH, REFUSED),
    ('F29', 'puts', 'small', ('500', '503'), EVERY, GIVES_UP),
    ('F28', 'puts', 'small', ('done 600 ms after its loss', 'done when it was given up'), BOTH, LATE),
    ('F11', 'puts', 'small', ('bit',), BOTH, ALTERED_LATER),

    ('F29', 'puts', ('claim', 'commit'), (*TRANSIENT, *DONE, *ANSWER, *SILENT, '409', '409 but done', '412 but done', '304 but done', '200 without a body', '400 BadDigest'), BOTH, WHOLE),
    ('F29', 'puts', ('claim', 'commit'), ('500', '409', 'done, then FIN'), THRICE, WHOLE),
    ('F28', 'puts', ('claim', 'commit'), ('done 600 ms after its loss', 'done when it was given up'), BOTH, LATE),
    ('F29', 'puts', ('claim', 'commit'), ('412',), FIRST, WHOLE),
    ('F29', 'puts', 'commit', ('403',), BOTH, REFUSED),
    ('F29', 'puts', ('claim', 'commit'), ('500', 'RST at 0'), EVERY, GIVES_UP),
    ('F29', 'puts', 'stream.json', (*BRIEF, *DONE, *SILENT, '409', '412 but done'), FIRST, WHOLE),
    ('F64', 'puts', 'probe', (*BRIEF, *DONE, 'silent', '409'), LATER, WHOLE),
    ('F64', 'puts', 'unprobe', (*BRIEF, 'silent'), LATER, WHOLE),
    ('F64', 'puts', 'unprobe', ('404 NoSuchKey',), LATER, LATE),
    ('F01', 'puts', ('read document', 'read commit'), (*BRIEF, *READ, 'silent'), FIRST, WHOLE),
    ('F54', 'puts', ('read document', 'read commit'), ('200 without a body',), FIRST, DAMAGED),
    ('F43', 'puts', 'look', (*BRIEF, 'silent'), FIRST, WHOLE),
    ('F44', 'export', ('list', 'list uploads'), (*BRIEF, *ANSWER, 'silent', 'half a page', '200 without a body', '200 with another document'), FIRST, WHOLE),
    ('F44', 'export', 'list', ('page without end',), FIRST, WHOLE),
    ('F44', 'export', 'list', ('page without end', 'empty page that goes on'), EVERY, WHOLE),

    ('F48', 'resume', 'list parts', (*BRIEF, *ANSWER, 'silent', '404 NoSuchUpload', '200 without a body', 'half a page'), FIRST, WHOLE),
    ('F49', 'cancel', 'abort', (*BRIEF, *ANSWER, 'silent', '404 NoSuchUpload', '404 NoSuchUpload but done'), FIRST, WHOLE),
    ('F49', 'refused once', 'abort', (*BRIEF, 'silent', '404 NoSuchUpload'), FIRST, WHOLE),
    ('F49', ['cancel', 'refused once', 'cleanup'], 'abort', ('204 but not done',), (*FIRST, *THRICE), WHOLE),
    ('F49', ['cancel', 'cleanup'], 'abort', ('204 but not done',), EVERY, Outcome((5,), says='is still there')),

    ('F42', 'export', ('part', 'create', 'complete'), ('403',), ('from',), REFUSED),
    ('F50', 'export', ('create', 'part', 'commit'), ('403 RequestTimeTooSkewed',), BOTH, WHOLE),
    ('F51', 'export', ('part', 'commit'), ('400 ExpiredToken',), ('from',), REFUSED),
    ('F52', 'export', 'part', ('301 without Location', '400 AuthorizationHeaderMalformed', '400 with another region'), LATER,
     Outcome((1,), says='--region')),
    ('F53', 'export', ('create', 'commit'), FOREIGN, BOTH, Outcome((1,), says='redirects to')),
    ('F54', 'export', ('create', 'part', 'complete', 'commit'), ('500 without a body', '502 with HTML', '503 of 1 MiB'), LATER, WHOLE),
    ('F55', 'export', ('create', 'part', 'complete', 'commit'), ('no HTTP', 'two lengths', 'bad chunks', 'a head of 64 KiB'), LATER, WHOLE),
    ('F56', 'export', ('create', 'part', 'complete', 'commit'), ('laughs',), LATER, WHOLE),
    ('F57', 'export', 'any', ('FIN at 0', 'RST at 0'), ('later', 'thrice'), WHOLE),
    ('F63', ['export', 'import', 'listing', 'verify'], 'any', ('500', '503', 'RST at 0'), ('often',), WHOLE),
    ('F42', 'export', ('create', 'commit'), ('404 NoSuchBucket',), BOTH, NO_DESTINATION),
    ('F64', 'export', ('create', 'part'), ('501', '400 unknown'), BOTH, FAILS),

    # Reading.
    ('F32', 'import', 'data', ('whole instead of range',), BOTH, WHOLE),
    ('F33', 'import', 'data', ('another range', 'another total', 'no Content-Range'), BOTH, WHOLE),
    ('F34', 'import', 'data', ('another ETag', 'no ETag', '412'), BOTH, WHOLE),
    ('F35', 'import', 'data', ('body cut', 'answer cut', 'answer reset', 'RST at 0', 'FIN at 0'), ALL, WHOLE),
    ('F36', 'import', 'data', ('bit',), ALL[:2], WHOLE),
    ('F36', 'import', 'data', ('bit',), EVERY, DAMAGED),
    ('F37', 'import', 'data', ('zeros',), BOTH, WHOLE),
    ('F38', 'import', 'data', ('gzip',), BOTH, WHOLE),
    ('F39', 'import', 'data', ('whole instead of range',), EVERY, WHOLE),
    ('F40', 'import', 'data', ('silent', 'answer stalls', '1 B/s'), BOTH, WHOLE),
    ('F41', 'import', 'data', ('416',), BOTH, WHOLE),
    ('F42', 'import', ('data', 'read commit'), ('403',), ('from',), REFUSED),
    ('F43', 'import', 'data', ('404 NoSuchKey',), EVERY, Outcome((1,), says='missing')),
    ('F01', 'import', 'data', (*TRANSIENT, *ODD), BOTH, WHOLE),
    ('F01', 'import', 'data', ('500', '503', 'RST at 0', 'body cut'), EVERY, GIVES_UP),
    ('F01', 'import', ('read document', 'read commit'), (*BRIEF, *READ, 'silent', 'bit'), LATER, WHOLE),
    ('F54', 'import', ('read document', 'read commit'), ('200 without a body',), BOTH, DAMAGED),
    ('F36', 'import', ('read document', 'read commit'), ('bit, and no checksum told',), BOTH, DAMAGED),
    ('F36', 'import', 'read commit', ('bit',), EVERY, Outcome((5,), says='checksum')),
    ('F44', 'import', 'list', (*BRIEF, *ANSWER, 'silent', 'half a page', '200 without a body', '200 with another document'), BOTH, WHOLE),
    ('F44', 'import', 'list', ('page without end', 'empty page that goes on'), FIRST, WHOLE),
    ('F43', 'import', 'look', (*BRIEF, 'silent'), BOTH, WHOLE),
    ('F42', 'import', 'read document', ('404 NoSuchBucket',), FIRST, NO_SOURCE),
    ('F51', 'import', 'data', ('400 ExpiredToken',), ('from',), REFUSED),
    ('F53', 'import', 'data', FOREIGN, BOTH, Outcome((1,), says='redirects to')),
    ('F55', 'import', ('read commit', 'list'), ODD[:5], FIRST, WHOLE),

    ('F44', 'listing', 'list', (*BRIEF, *ANSWER, 'silent', 'half a page', '200 without a body'), FIRST, WHOLE),
    ('F44', 'listing', 'list', ('page without end', 'empty page that goes on'), EVERY, Outcome((5,), says='does not advance')),
    ('F44', ['listing', 'export', 'cleanup', 'verify'], 'list', ('page out of order', 'page that repeats itself'), FIRST, WHOLE),
    ('F44', 'export', 'list', ('page out of order', 'page that repeats itself'), EVERY, WHOLE),
    ('F44', ['listing', 'cleanup', 'verify'], 'list', ('page out of order', 'page that repeats itself'), EVERY,
     Outcome((5,), says='not in the order')),
    ('F35', 'listing', 'line', (*BRIEF, *READ, 'silent', 'answer stalls'), BOTH, WHOLE),
    ('F34', 'listing', 'line', ('another ETag',), EVERY, Outcome((1,), says='it has changed')),
    ('F34', 'listing', 'line', ('412',), FIRST, FAILS),
    ('F42', 'listing', ('line', 'list'), ('403',), ('from',), REFUSED),
    ('F38', 'listing', 'line', ('gzip',), FIRST, WHOLE),
    ('F33', 'listing', 'line', ('another range', 'no Content-Range'), FIRST, WHOLE),

    # What looks, mends and tidies up.
    ('F36', 'verify', 'data', ('bit', 'body cut', *BRIEF, 'another range'), BOTH, WHOLE),
    ('F36', 'verify', 'data', ('bit',), EVERY, Outcome((6,))),
    ('F43', 'verify', 'look at data', ('404 NoSuchKey',), ('from',), Outcome((6,))),
    ('F01', 'verify', WAYS_OF_READING, (*BRIEF, 'silent', *ANSWER), FIRST, WHOLE),
    ('F42', 'verify', ('data', 'read commit', 'list'), ('403',), ('from',), REFUSED),
    ('F01', 'verify', 'data', ('500', 'RST at 0'), EVERY, GIVES_UP),
    ('F01', 'repair', ('data', 'read commit', 'list', 'look'), ('500', 'RST at 0', 'silent'), LATER, WHOLE),
    ('F29', 'repair', ('small', 'commit'), ('500', '503', 'RST at 0', 'done, then FIN', '500 but done', '412 but done', '409'), FIRST, WHOLE),
    ('F36', 'repair', 'data', ('bit',), BOTH, WHOLE),
    ('F42', 'repair', ('small', 'list'), ('403',), ('from',), REFUSED),
    ('F42', 'repair', 'commit', ('403',), ('from',), Outcome((7,), strays=True)),
    ('F49', 'cleanup', ('abort', 'remove', 'list', 'list uploads', 'read commit'), (*BRIEF, 'silent'), FIRST, WHOLE),
    ('F49', 'cleanup', 'abort', ('404 NoSuchUpload but done',), FIRST, WHOLE),
    ('F49', 'cleanup', 'abort', ('404 NoSuchUpload',), FIRST, WHOLE),
    ('F49', 'cleanup', 'remove', ('404 NoSuchKey',), FIRST, TWICE),
    ('F42', 'cleanup', ('abort', 'remove', 'list'), ('403',), FIRST, REFUSED),

    # Other kinds of stores: `SCENE on KIND`.
    ('F64', [f'export on {kind}' for kind in ('aws', 'r2', 'b2', 'ovh', 'storj', 'minio-old', 'ceph-16', 'storagegrid', 'forgetful')],
     ('part', 'complete', 'commit'), ('done, then FIN',), FIRST, WHOLE),
    ('F64', ['export on gcs-xml', 'export on seaweedfs', 'export on v1-era'], 'probe', ('500',), FIRST, Outcome((7,), says='guarantee')),
    ('F64', ['export on fastly', 'export on refuse-conditions'], 'probe', ('500',), FIRST, Outcome((1,), says='lacks a feature')),
    ('F64', ['export on max-parts=2', 'export on min-part-size=1000000'], 'part', ('500',), FIRST, Outcome((2,), says='larger --part-size')),
    ('F64', ['export on max-parts=1000', 'export on min-part-size=100000', 'export on unquoted-etags', 'export on refuse-trailers',
             'export on refuse-checksums=400', 'export on no-url-encoding'], 'part', ('500',), FIRST, WHOLE),
    ('F64', 'puts on fastly', ('small', 'commit'), ('done, then FIN',), FIRST, WHOLE),
    ('F27', 'export on r2', 'part', ('500', 'RST at k'), BOTH, WHOLE),
    ('F04', 'export on drop-upload-metadata', 'complete', ('done, then FIN', '500 but done', '404 NoSuchUpload but done'), BOTH, WHOLE),
    ('F04', 'puts on drop-metadata', ('small', 'commit'), ('done, then FIN', '500 but done', '412 but done'), BOTH, WHOLE),
    ('F04', 'puts on drop-metadata+ignore-checksums', 'small', ('done, then FIN', '412 but done'), BOTH, WHOLE),
    ('F04', 'export on drop-upload-metadata+ignore-checksums', 'complete', ('done, then FIN', '500 but done'), BOTH, WHOLE),
    ('F46', ['export on late-listings=60s', 'resume on late-listings=60s'], ('part', 'commit'), ('500',), FIRST, WHOLE),
    ('F46', 'import on late-listings=2s', 'data', ('500',), FIRST, WHOLE),
    ('F45', ['import on no-url-encoding', 'import on v1-only', 'listing on v1-only', 'listing on no-url-encoding'], 'any', ('500',), FIRST, WHOLE),
    ('F44', ['verify on max-keys=1', 'cleanup on max-keys=1', 'import on max-keys=1', 'listing on max-keys=1'], 'list', ('500',), LATER, WHOLE),
    ('F44', [f'{scene} on {kind}' for scene in ('export', 'cleanup', 'verify', 'import', 'listing') for kind in ('refuse-v2', 'v1-only+max-keys=1')],
     'any', ('500',), FIRST, WHOLE),
    ('F57', ['export on close-connections', 'import on close-connections'], 'any', ('500',), LATER, WHOLE),

    # The process dies, sleeps, forgets, and comes back with other settings.
    ('F67', 'killed', ('create', 'part', 'complete'), ('never answered', 'done, never answered'), BOTH, WHOLE),
    ('F67', 'killed puts', ('claim', 'commit', 'small', 'stream.json'), ('never answered', 'done, never answered'), FIRST, WHOLE),
    ('F67', 'killed puts', 'probe', ('never answered', 'done, never answered'), LATER, Outcome(strays=True)),
    ('F67', 'killed puts', ('commit', 'small'), ('never answered', 'done, never answered'), LATER, WHOLE),
    ('F69', 'forgot', ('create', 'part', 'complete'), ('never answered', 'done, never answered'), BOTH, WHOLE),
    ('F69', 'forgot puts', ('claim', 'commit', 'small'), ('never answered', 'done, never answered'), BOTH, WHOLE),
    ('F77', 'changed', ('create', 'part', 'complete'), ('never answered', 'done, never answered'), BOTH, WHOLE),
    # Somebody else's object comes between our upload and its completion.
    ('F24', ['theirs', 'theirs on ignore-checksums', 'theirs on drop-metadata'], 'complete', ('held',), FIRST, Outcome((7,), says="somebody else's object")),
    ('F65', 'slept', ('create', 'part', 'complete'), ('held',), BOTH, LATE),
    ('F30', 'slept puts', ('claim', 'commit', 'small'), ('held',), BOTH, LATE),
]

FAULTS.update({
    'never answered': [{'kind': 'stall', 'phase': 'head'}],
    'done, never answered': [{'kind': 'stall', 'phase': 'effect'}],
    'held': [{'kind': 'hold'}],
})


PROFILES = ('aws', 'r2', 'b2', 'gcs-xml', 'ovh', 'storj', 'minio-old', 'ceph-16', 'seaweedfs', 'storagegrid', 'fastly', 'v1-era', 'forgetful')


@dataclasses.dataclass(frozen=True)
class Cell:
    """One target of one scene that meets one fault."""

    row: str
    scene: str
    target: str
    fault: str
    hit: str
    outcome: Outcome

    @property
    def kind(self):
        """What the simulator is told to be: a JSON scenario, or None."""
        _, _, word = self.scene.partition(' on ')
        return word and ({'profile': word} if word in PROFILES else {'quirks': word.split('+')})

    @property
    def name(self):
        return f'{self.row}/{self.scene}/{self.target}/{self.fault}@{self.hit}'.replace(' ', '_')

    def rules(self, rng, foreign):
        """The simulator's rules for it."""
        where, most = TARGETS[self.target]
        hit = {
            'first': {'nth': 1}, 'later': {'nth': rng.randrange(2, max(3, most + 1))}, 'thrice': {'nth': 1, 'count': 3},
            'often': {'nth': 1, 'count': 0, 'probability': 0.1}, 'every': {'nth': 1, 'count': 0}, 'from': {'nth': rng.randrange(1, max(2, most // 2)), 'count': 0},
        }[self.hit]
        return [{**where, **hit, **drawn(each, self, rng, foreign)} for each in FAULTS[self.fault]]


def drawn(rule, cell, rng, foreign):
    rule = dict(rule)
    if rule.get('bytes') == K:
        rule['bytes'] = bytes_of(rule['kind'], cell, rng)
    if '{foreign}' in str(rule.get('headers')):
        rule['headers'] = {name: value.format(foreign=foreign) for name, value in rule['headers'].items()}
    return rule


def bytes_of(kind, cell, rng):
    """Where in a body or an answer: its head has some 300 bytes, a document as many, a part 200 KiB."""
    if kind in ('cut-answer', 'reset-answer', 'stall-answer'):
        return rng.randrange(1, 250)
    small = cell.target not in ('part', 'data', 'small', 'line')
    return rng.choice((0, 1, rng.randrange(2, 100))) if small else rng.choice((0, 1, rng.randrange(2, 60_000), rng.randrange(60_000, 80_000)))


def cells():
    found = {}
    for row, scenes, targets, faults, hits, outcome in TABLE:
        scenes, targets = ([each] if isinstance(each, str) else each for each in (scenes, targets))
        for scene, target, fault, hit in itertools.product(scenes, targets, faults, hits):
            if hit == 'later' and TARGETS[target][1] < 2:
                continue
            cell = Cell(row, scene, target, fault, hit, outcome)
            found.setdefault((scene, target, fault, hit), cell)
    return list(found.values())


if __name__ == '__main__':
    print(len(cells()), 'cells of rows', *sorted({cell.row for cell in cells()}))
