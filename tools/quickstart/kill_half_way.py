#!/usr/bin/env python3
"""quickstart: runs a command and kills it with SIGKILL once it has sent so many bytes to the simulator.

usage: kill_half_way.py ENDPOINT BYTES COMMAND...

Exit status 0: killed; 1: the command had ended before.
"""
import json
import subprocess
import sys
import time
import urllib.request

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def bytes_received(endpoint):
    with NO_PROXY.open(endpoint + '/_sim/counters') as answer:
        return json.load(answer)['bytes_in']


def main():
    endpoint, limit, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    running = subprocess.Popen(command)
    while running.poll() is None:
        if bytes_received(endpoint) >= limit:
            running.kill()
            running.wait()
            return 0
        time.sleep(0.005)
    return 1


if __name__ == '__main__':
    sys.exit(main())
