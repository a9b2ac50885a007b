"""test: a bucket on Ceph RGW, a real S3 server, for the scripts of this folder."""
import contextlib
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'lab'))

import ceph  # noqa: E402 (lab/)
from harness import contains, expect, skip  # noqa: E402


def ask(scratch, store, method, target):
    """With curl's own signing: nothing of ours vouches for itself."""
    return scratch.run(
        'curl', '-sS', '--fail-with-body', '-X', method, '--aws-sigv4', f'aws:amz:{store.region}:s3', '--user',
        f'{store.access_key}:{store.secret_key}', '-H', f'x-amz-content-sha256: {hashlib.sha256(b"").hexdigest()}',
        f'{store.url}/{target}',
    ).out


@contextlib.contextmanager
def archive(scratch, room=4 << 30, on_disk=False):
    """A gateway with the empty bucket `archive`, which `scratch` uses, and in which no upload may be left open.

    `room` is what it can hold, in bytes of memory, or of temporary files. Where Ceph cannot be started, the case is skipped.
    """
    why = ceph.missing()
    if why:
        skip(why)
    with ceph.Ceph(room, on_disk=on_disk) as store:
        scratch.use(store)
        ask(scratch, store, 'PUT', 'archive')
        yield store
        uploads = ask(scratch, store, 'GET', 'archive?uploads=')
        contains(uploads, 'ListMultipartUploadsResult', 'the answer of the server')
        expect('<UploadId>' not in uploads, f'no upload is left open: {uploads}')
