"""test: S3 requests signed by a few lines of this file's own: what servers are asked with, whoever wrote them."""
import hashlib
import hmac
import http.client
import re
import ssl
import time
from urllib.parse import quote, urlsplit

UNSIGNED = 'UNSIGNED-PAYLOAD'


def quoted(text, safe=''):
    """Percent-encoded from bytes or text."""
    return quote(text, safe=safe + '~')


class Answer:
    """Status, headers (lower case) and body of one answer."""

    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def code(self):
        """The error code of the document, or None."""
        return self.element('Code')

    def element(self, name):
        found = self.elements(name)
        return found[0] if found else None

    def elements(self, name):
        """The texts of all elements of that name; entities are resolved."""
        texts = re.findall(f'<{name}>([^<]*)</{name}>', self.body.decode(errors='replace'))
        for entity, plain in (('&lt;', '<'), ('&gt;', '>'), ('&quot;', '"'), ('&#34;', '"'), ('&apos;', "'"), ('&#39;', "'"), ('&amp;', '&')):
            texts = [text.replace(entity, plain) for text in texts]
        return texts

    def __repr__(self):
        return f'{self.status} {self.code or ""}'.strip()


class S3:
    """One server (anything with url, access_key, secret_key, region), one connection at a time.

    With `private`, by TLS where the server has a `tls_url`, known by the certificate in its `ca`.
    """

    def __init__(self, store, secret_key=None, access_key=None, skew=0, private=False):
        url = private and getattr(store, 'tls_url', None)
        parts = urlsplit(url or store.url)
        self.host, self.port = parts.hostname, parts.port
        self.trust = ssl.create_default_context(cafile=store.ca) if url else None
        self.region = getattr(store, 'region', 'us-east-1')
        self.access_key = access_key or store.access_key
        self.secret_key = secret_key or store.secret_key
        self.skew = skew
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def _scope(self, date):
        return f'{date[:8]}/{self.region}/s3/aws4_request'

    def _signature(self, date, canonical):
        scope = self._scope(date)
        text = f'AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}'
        key = ('AWS4' + self.secret_key).encode()
        for step in scope.split('/'):
            key = hmac.digest(key, step.encode(), 'sha256')
        return hmac.digest(key, text.encode(), 'sha256').hex()

    def _date(self):
        return time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(time.time() + self.skew))

    def presigned(self, method, path, valid=60):
        """Path and query of a request that anybody may make."""
        date = self._date()
        query = {
            'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': f'{self.access_key}/{self._scope(date)}',
            'X-Amz-Date': date, 'X-Amz-Expires': str(valid), 'X-Amz-SignedHeaders': 'host',
        }
        text = '&'.join(f'{quoted(name)}={quoted(value)}' for name, value in sorted(query.items()))
        path = quoted(path, '/')
        canonical = f'{method}\n{path}\n{text}\nhost:{self.host}:{self.port}\n\nhost\n{UNSIGNED}'
        return f'{path}?{text}&X-Amz-Signature={self._signature(date, canonical)}'

    def raw(self, method, target, headers=None, body=b''):
        """One request as it is given."""
        if self.connection is None:
            self.connection = (
                http.client.HTTPSConnection(self.host, self.port, timeout=60, context=self.trust) if self.trust
                else http.client.HTTPConnection(self.host, self.port, timeout=60)
            )
        try:
            self.connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in (headers or {'host': f'{self.host}:{self.port}'}).items():
                self.connection.putheader(name, value)
            self.connection.endheaders(body or None)
            response = self.connection.getresponse()
            answer = Answer(response, response.read())
            if response.will_close:
                self.close()
            return answer
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def __call__(self, method, path, body=b'', query=None, payload=UNSIGNED, **headers):
        """A signed request. `headers` are named with _ for -; `path` is bytes or text, not encoded yet."""
        date = self._date()
        sent = {name.replace('_', '-'): value for name, value in headers.items()}
        sent.update({'host': f'{self.host}:{self.port}', 'x-amz-date': date, 'x-amz-content-sha256': payload})
        text = '&'.join(f'{quoted(name)}={quoted(value)}' for name, value in sorted((query or {}).items()))
        path = quoted(path, '/')
        names = sorted(sent)
        canonical = '\n'.join((
            method, path, text, *(f'{name}:{sent[name]}' for name in names), '', ';'.join(names), payload,
        ))
        sent['authorization'] = (
            f'AWS4-HMAC-SHA256 Credential={self.access_key}/{self._scope(date)}, SignedHeaders={";".join(names)}, '
            f'Signature={self._signature(date, canonical)}'
        )
        if method in ('PUT', 'POST'):
            sent['content-length'] = str(len(body))
        target = path + ('?' + text if text else '')
        for attempt in (1, 2):  # a connection that was kept may be gone
            kept = self.connection is not None
            try:
                return self.raw(method, target, sent, body)
            except (OSError, http.client.HTTPException):
                if not kept or attempt == 2:
                    raise
        return None
