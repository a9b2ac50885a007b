#!/usr/bin/env python3
"""quickstart: waits until a process has sent so many bytes to the simulator, then kills it with SIGKILL.

usage: watch_uploads.py ENDPOINT PID BYTES

Exit status 0: killed; 1: the process had ended before.
"""
import json
import os
import signal
import sys
import time
import urllib.request


def bytes_received(endpoint):
    with urllib.request.urlopen(endpoint + '/_sim/counters') as answer:
        return json.load(answer)['bytes_in']


def is_running(pid):
    """A child that has ended but was not waited for is a zombie: it runs no more."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def main():
    endpoint, pid, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    while is_running(pid):
        if bytes_received(endpoint) >= limit:
            os.kill(pid, signal.SIGKILL)
            return 0
        time.sleep(0.005)
    return 1


if __name__ == '__main__':
    sys.exit(main())
