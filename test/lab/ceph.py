"""test: a Ceph object gateway of one node on 127.0.0.1, from Debian's packages, in a folder of its own.

A monitor, one OSD that keeps its data in memory or on disk, and a gateway with S3 and (when asked) TLS. About two seconds
to start.
Everything is reached by process id again, and ends with the `with` block.
"""
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

PROGRAMS = ('ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'ceph-authtool', 'monmaptool')


def missing():
    """Why it cannot be started here; empty when it can."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f'Ceph is not installed ({", ".join(absent)})'
    return '' if os.geteuid() == 0 else 'Ceph is started as root only'


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


CONFIGURATION = '''
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
run_dir = {folder}/run
admin_socket = {folder}/run/$cluster-$name.asok
log_file = {folder}/log/$name.log
pid_file = {folder}/pid/$name
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
keyring = {folder}/keyring
osd_objectstore = {keeps}
memstore_device_bytes = {room}
bluestore_block_size = {room}
bluestore_fsck_quick_fix_on_mount = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
osd_crush_chooseleaf_type = 0
auth_allow_insecure_global_id_reclaim = false
mon_data_avail_crit = 1
osd_memory_target = 939524096
paxos_propose_interval = 0.02
paxos_min_wait = 0.005
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1{tls}
rgw_dns_name = localhost
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
'''


class Ceph:
    """`url`, `access_key`, `secret_key` and `region` are what a client needs; `room` is what it holds, in bytes: of memory, or,
    for what is larger than that, of the file system of temporary files.

    With `tls`, it is reached at `tls_url` too, with the certificate in the file `ca`, which signs itself (by openssl).
    """

    region = 'us-east-1'

    def __init__(self, room=4 << 30, tls=False, on_disk=False):
        self.room, self.tls, self.on_disk = room, tls, on_disk
        self.access_key = 'AKID' + secrets.token_hex(8).upper()
        self.secret_key = secrets.token_urlsafe(30)
        in_memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) and not on_disk else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='sluice-ceph-', dir=in_memory))
        self.url = self.tls_url = self.ca = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(command)}: {done.stderr[-800:]}')
        return done.stdout

    def _start(self):
        for name in ('mon', 'osd', 'rgw', 'run', 'log', 'pid'):
            (self.folder / name).mkdir()
        fsid, port, v1, v2 = str(uuid.uuid4()), free_port(), free_port(), free_port()
        tls = self._make_tls() if self.tls else ''
        configuration = self.folder / 'ceph.conf'
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder, room=self.room, fsid=fsid, port=port, v1=v1, v2=v2, tls=tls,
                keeps='bluestore' if self.on_disk else 'memstore',
            )
        )
        c = ('-c', str(configuration))
        keyring = str(self.folder / 'keyring')
        self._run('ceph-authtool', '--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *')
        everything = ('--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *')
        self._run('ceph-authtool', keyring, '--gen-key', '-n', 'client.admin', *everything)
        self._run('ceph-authtool', keyring, '--gen-key', '-n', 'client.rgw', *everything)
        self._run(
            'ceph-authtool', keyring, '--gen-key', '-n', 'osd.0', '--cap', 'mon', 'allow profile osd', '--cap', 'osd',
            'allow *',
        )
        monmap = str(self.folder / 'monmap')
        addresses = f'[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]'
        self._run('monmaptool', '--create', '--addv', 'a', addresses, '--fsid', fsid, monmap)
        self._run('ceph-mon', *c, '-i', 'a', '--mkfs', '--monmap', monmap, '--keyring', keyring)
        self._run('ceph-mon', *c, '-i', 'a')
        osd = str(uuid.uuid4())
        self._run('ceph', *c, 'osd', 'new', osd)
        self._run('ceph-osd', *c, '-i', '0', '--mkfs', '--osd-uuid', osd)
        self._run('ceph-osd', *c, '-i', '0')
        self._run(
            'radosgw-admin', *c, 'user', 'create', '--uid=tester', '--display-name=tester',
            f'--access-key={self.access_key}', f'--secret-key={self.secret_key}',
        )
        self._run('radosgw', *c, '-n', 'client.rgw')
        self.url = f'http://127.0.0.1:{port}'
        self._wait_for_answer()

    def _make_tls(self):
        """What the gateway is told of TLS."""
        both, port = self.folder / 'tls.pem', free_port()
        self._run(
            'openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
            'subjectAltName=IP:127.0.0.1', '-keyout', str(self.folder / 'key.pem'), '-out', str(both),
        )
        self.ca = str(self.folder / 'ca.pem')
        shutil.copy(both, self.ca)
        both.write_text(both.read_text() + (self.folder / 'key.pem').read_text())
        self.tls_url = f'https://127.0.0.1:{port}'
        return f' ssl_endpoint=127.0.0.1:{port} ssl_certificate={both}'

    def _wait_for_answer(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + 60
        while True:
            try:
                opener.open(self.url, timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _stop(self):
        """Ends the daemons that wrote their process ids into our folder, and no other."""
        ids = []
        for name in ('client.rgw', 'osd.0', 'mon.a'):
            try:
                ids.append(int((self.folder / 'pid' / name).read_text()))
            except (OSError, ValueError):
                continue
        for with_signal in (signal.SIGTERM, signal.SIGKILL):
            for each in ids:
                if self._is_ours(each):
                    os.kill(each, with_signal)
            until = time.monotonic() + 3
            while any(self._is_ours(each) for each in ids) and time.monotonic() < until:
                time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_ours(self, process):
        try:
            return str(self.folder).encode() in pathlib.Path(f'/proc/{process}/cmdline').read_bytes()
        except OSError:
            return False
