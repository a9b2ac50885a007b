#!/usr/bin/env python3
"""packaging: one archive of the objects of several thin ones, as other programs can link it.

usage: join_archives.py AR OUTPUT ARCHIVE...

(link_whole of meson 1.0 miscounts the objects of a unity build whose sources fill its last file.)
"""
import os
import subprocess
import sys
import tempfile


def members(ar, archive, room):
    """The paths of an archive's objects; those of one that is not thin are unpacked below `room`."""
    listed = subprocess.run([ar, 'tP', archive], check=True, capture_output=True, text=True).stdout.split('\n')
    names = [name for name in listed if name]
    if all(os.path.exists(name) for name in names):
        return names
    folder = os.path.join(room, os.path.basename(archive))
    os.mkdir(folder)
    subprocess.run([ar, 'x', os.path.abspath(archive)], check=True, cwd=folder)
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def main():
    ar, output, *archives = sys.argv[1:]
    with tempfile.TemporaryDirectory() as room:
        objects = [name for archive in archives for name in members(ar, archive, room)]
        if os.path.exists(output):
            os.unlink(output)
        subprocess.run([ar, 'rcsD', output, *objects], check=True)


if __name__ == '__main__':
    main()
