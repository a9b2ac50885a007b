"""test: cells of what is asked × what goes wrong × when: whole in the end, or the documented status, one line, and then whole.

    python3 test/integration/fault_cells.py BUILD [WORD ...]

Without words a sample is run, with words every cell whose name contains one of them, with SLUICE_FAULT_SEEDS=N every cell N times, on
SLUICE_FAULT_JOBS processes. SLUICE_FAULT_SEED is the first seed (1). The cells stand in fault_table.py, what they run in fault_scenes.py.
"""
import hashlib
import multiprocessing
import os
import random
import sys
import time
import traceback

import fault_table
from fault_scenes import SCENES, Place
from harness import build_folder, one_line

SAMPLE = 45


def chosen(words, seeds):
    """Cells with their seeds, in an order that has nothing to do with the table's."""
    cells = sorted(fault_table.cells(), key=lambda cell: hashlib.sha256(cell.name.encode()).digest())
    first = int(os.environ.get('SLUICE_FAULT_SEED', '1'))
    if words:
        cells = [cell for cell in cells if any(word in cell.name for word in words)]
    elif not seeds:
        # Always the same ones, of all scenes; what waits for silence is left to the others.
        waits = ('silent', 'stalls', 'B/s', '600 ms', 'given up')
        cells = [cell for cell in cells if cell.hit != 'every' and not any(word in cell.fault for word in waits)][:SAMPLE]
    return [(cell, seed) for seed in range(first, first + max(1, seeds)) for cell in cells]


def verdict(place, cell, seed):
    """None when the cell holds; else what does not."""
    try:
        SCENES[cell.scene.partition(' on ')[0]](place, cell, seed).run(random.Random(f'{cell.name}/{seed}'))
        return None
    except Exception as why:  # noqa: BLE001 - a cell's own mistake is a red cell, too
        if os.environ.get('SLUICE_FAULT_TRACE'):
            traceback.print_exc()
        return one_line(f'{type(why).__name__}: {why}')


def work(tasks, results):
    """One process: cells until there are none. After a red one everything is begun anew, for what it has left could turn others red."""
    task = tasks.get()
    while task:
        with Place() as place:
            while task:
                began = time.monotonic()
                why = verdict(place, *task)
                results.put((*task, why, time.monotonic() - began))
                task = tasks.get()
                if why:
                    break
    results.put(None)


def main():
    build_folder()
    seeds = int(os.environ.get('SLUICE_FAULT_SEEDS', '0'))
    jobs = int(os.environ.get('SLUICE_FAULT_JOBS', '2' if seeds else '1'))
    todo = chosen(sys.argv[2:], seeds)
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    for task in [*todo, *[None] * jobs]:
        tasks.put(task)
    workers = [multiprocessing.Process(target=work, args=(tasks, results)) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    passed = failed = ended = 0
    while ended < jobs:
        result = results.get()
        if result is None:
            ended += 1
            continue
        cell, seed, why, took = result
        passed, failed = passed + (why is None), failed + (why is not None)
        print(f'@case {"failed" if why else "passed"} fault_cells/{cell.name}/{seed} {why or ""}'.rstrip(), flush=True)
        if took > 5:
            print(f'# {took:.1f} s', flush=True)
    for worker in workers:
        worker.join()
    print(f'@counts {passed} {failed} 0 of {len(todo)}', flush=True)
    sys.exit(1 if failed or not passed else 0)


if __name__ == '__main__':
    main()
