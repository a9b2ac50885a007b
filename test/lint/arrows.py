"""test: with the real flags of each room, it finds the headers of the rooms below it and no others."""
import subprocess

from house import SEES, of_room, public_headers


def visible(compilation, headers):
    """Which of the headers this compilation can include."""
    text = '\n'.join(f'#if __has_include(<{name}>)\nvisible {name}\n#endif' for name in headers)
    answer = subprocess.run(
        [*compilation.flags(), '-E', '-P', '-x', 'c++', '-'],
        cwd=compilation.folder, input=text, capture_output=True, text=True, check=True,
    )
    return {line.split()[1] for line in answer.stdout.splitlines() if line.startswith('visible ')}


def check(source, build):
    findings = []
    headers = {room: public_headers(source, room) for room in SEES}
    every = [name for names in headers.values() for name in names]
    for room, sees in SEES.items():
        for core in (True, False):
            compilation = of_room(build, room, core)
            if compilation is None:
                continue
            found = visible(compilation, every)
            half = f'{room} ({"core" if core else "io"})'
            for other, names in headers.items():
                for name in names:
                    if name in found and other not in sees:
                        findings.append(f'{half} can include <{name}> of {other}, against the arrows')
                    elif name not in found and other == room:
                        findings.append(f'{half} cannot include its own <{name}>: the check sees nothing')
    return findings
