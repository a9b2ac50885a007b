"""test: what DuckDB, pyarrow or Spark find in the folder of an export, which they are pointed at as a whole.

    lake_reader.py duckdb|pyarrow|spark CODEC FOLDER

Prints a JSON list, one entry per partition: its number, events, first and last sequence, sum of the numbers in the values.
Run by a Python that has the tool, which may be another one than that of the tests.
"""
import json
import sys

ENDS = {'none': 'ndjson', 'gzip': 'ndjson.gz', 'zstd': 'ndjson.zst'}


def by_duckdb(codec, folder):
    import duckdb

    return duckdb.sql(
        f'''SELECT partition, count(*), min(sequence), max(sequence), sum(CAST(json_extract(value, '$.n') AS BIGINT))
            FROM read_json('{folder}/*/*.{ENDS[codec]}', hive_partitioning = true,
                           columns = {{sequence: 'BIGINT', timestamp: 'TIMESTAMP', key: 'VARCHAR', value: 'VARCHAR'}})
            GROUP BY partition ORDER BY partition'''
    ).fetchall()


def by_pyarrow(_, folder):
    import pyarrow.dataset

    found = {}
    events = pyarrow.dataset.dataset(folder, format='json', partitioning='hive')
    for row in events.to_table(columns=['partition', 'sequence', 'value']).to_pylist():
        found.setdefault(row['partition'], []).append((row['sequence'], json.loads(row['value'])['n']))
    return [
        (partition, len(rows), min(rows)[0], max(rows)[0], sum(n for _, n in rows))
        for partition, rows in sorted(found.items())
    ]


def by_spark(_, folder):
    from pyspark.sql import SparkSession, functions

    session = (
        SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false')
        .config('spark.driver.bindAddress', '127.0.0.1').config('spark.driver.host', '127.0.0.1').getOrCreate()
    )
    number = functions.get_json_object('value', '$.n').cast('long')
    rows = (
        session.read.json(folder).groupBy('partition')
        .agg(functions.count('*'), functions.min('sequence'), functions.max('sequence'), functions.sum(number))
        .orderBy('partition').collect()
    )
    return [tuple(row) for row in rows]


tool, of_codec, place = sys.argv[1:]
print(json.dumps({'duckdb': by_duckdb, 'pyarrow': by_pyarrow, 'spark': by_spark}[tool](of_codec, place)))
