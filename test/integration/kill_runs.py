"""test: SIGKILL at random moments of exports and imports: nothing lost, doubled or altered, no upload left open."""
from harness import Suite
from killing import SEED, Killing, runs

suite = Suite(__file__)
RUNS = runs(16, 5)


@suite.case
def random_kills_lose_double_and_alter_nothing():
    print(f'# seed {SEED}, {RUNS} runs', flush=True)
    with Killing(count=1200, large=4) as life:
        for run in range(RUNS):
            form, codec = life.encoding()
            second, second_codec = life.encoding()
            stream = life.stream_for(form, second)
            place, other = f's3://bkt/run{run}', f's3://bkt/run{run}-second'
            print(f'# run {run}: {form} {codec}, {second} {second_codec}', flush=True)
            life.trouble()
            life.killed_until_done(
                ('export', '--from', f'log:{stream}', '--to', f'{place}?format={form}&codec={codec}', '--to',
                 f'{other}?format={second}&codec={second_codec}', *life.sizes()),
            )
            life.calm()
            life.is_whole(place, stream)
            life.is_whole(other, stream)
            life.trouble()
            life.comes_back(place, form, stream)
            life.calm()
            life.forget()
        print(f'# {life.kills} kills', flush=True)


suite.run()
