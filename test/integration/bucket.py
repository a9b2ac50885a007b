"""test: a bucket seen by a stranger: objects put, read, listed and removed with signed requests of its own."""
import datetime
import hashlib
import hmac
import json
import re
import urllib.error
import urllib.parse
import urllib.request


class Bucket:
    """One bucket of a harness Simulator."""

    def __init__(self, store, name):
        self.store, self.name = store, name

    def put(self, key, data):
        self._ask('PUT', key, data)

    def get(self, key):
        return self._ask('GET', key)

    def delete(self, key):
        self._ask('DELETE', key)

    def objects(self, below=''):
        """Keys with what the simulator knows of each."""
        found = self.store.ask('GET', '/_sim/objects')
        return {each['key']: each for each in found if each['bucket'] == self.name and each['key'].startswith(below)}

    def keys(self, below=''):
        return sorted(self.objects(below))

    def modified(self, below=''):
        """Keys with the time that the listing shows; compares as text."""
        page = self._ask('GET', '', query={'list-type': '2', 'prefix': below}).decode()
        return dict(re.findall(r'<Key>([^<]*)</Key>.*?<LastModified>([^<]*)</LastModified>', page, re.DOTALL))

    def listed(self, below=''):
        """The entries of the store's listing, as they are written there."""
        page = self._ask('GET', '', query={'list-type': '2', 'prefix': below}).decode()
        return re.findall(r'<Contents>.*?</Contents>', page, re.DOTALL)

    def begin_upload(self, key):
        self._ask('POST', key, b'', {'uploads': ''})

    def abort_upload(self, upload):
        """`upload` as the simulator's list of uploads has it."""
        self._ask('DELETE', upload['key'], b'', {'uploadId': upload['upload_id']})

    def uploads(self):
        return sorted(each['key'] for each in self.store.uploads())

    def _ask(self, method, key, data=b'', query=None):
        path = '/' + urllib.parse.quote(f'{self.name}/{key}', safe='/-._~')
        words = '&'.join(f'{urllib.parse.quote(k, safe="")}={urllib.parse.quote(v, safe="")}' for k, v in sorted((query or {}).items()))
        host = urllib.parse.urlsplit(self.store.url).netloc
        now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
        digest = hashlib.sha256(data).hexdigest()
        headers = {'host': host, 'x-amz-content-sha256': digest, 'x-amz-date': now}
        signed = ';'.join(sorted(headers))
        head = ''.join(f'{name}:{headers[name]}\n' for name in sorted(headers))
        canonical = '\n'.join((method, path, words, head, signed, digest))
        scope = f'{now[:8]}/{self.store.region}/s3/aws4_request'
        text = '\n'.join(('AWS4-HMAC-SHA256', now, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key_of = ('AWS4' + self.store.secret_key).encode()
        for word in (now[:8], self.store.region, 's3', 'aws4_request'):
            key_of = hmac.new(key_of, word.encode(), hashlib.sha256).digest()
        signature = hmac.new(key_of, text.encode(), hashlib.sha256).hexdigest()
        headers['authorization'] = (
            f'AWS4-HMAC-SHA256 Credential={self.store.access_key}/{scope},SignedHeaders={signed},Signature={signature}'
        )
        url = self.store.url + path + (f'?{words}' if words else '')
        body = data if method in ('PUT', 'POST') else None
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with no_proxy.open(request, timeout=30) as answer:
            return answer.read()


def listed(scratch, prefix):
    """What `sluice ls` says of the export below `prefix`."""
    return json.loads(scratch.sluice('ls', prefix, '--json').out)['objects']
