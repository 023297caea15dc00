"""data -> ledger; notebook + library + data -> executed notebook -> site.

Products carry the digest of everything they depend on in their names (replica.build.keys), so times of files decide
nothing. `make book` calls this file; `snakemake --executor slurm` runs the same graph on a cluster.
"""

import sys
from pathlib import Path

from replica.build import keys, lock

lock.end_together()
ROOT = Path(workflow.basedir)
PYTHON = sys.executable
PARAMETERS = {name: str(value) for name, value in config.items()}
ONLY = keys.chapters(ROOT)
KEY = {chapter: keys.chapter_key(ROOT, chapter, PARAMETERS) for chapter in ONLY}
EXECUTED = [f"_build/executed/{chapter}.{key}.ipynb" for chapter, key in KEY.items()]
LEDGER = f"_build/audit/{keys.ledger_key(ROOT)}/ledger.csv"
SITE = f"_build/sites/{keys.site_key(ROOT, KEY)}"
# Seconds on one core of the chapters that take long; they start first, so that no core waits for the last one.
SECONDS = {
    "03-hvac-load-prediction": 80,
    "13-labor-income-share": 36,
    "20-lego-co-creation": 34,
    "19-marketing-3d-idpt": 32,
    "18-ai-stock-investment": 29,
    "15-digital-trade-rules": 27,
    "16-green-supply-chain": 26,
    "08-supplier-quality": 22,
    "11-rural-finance": 21,
    "22-industrial-digitalization": 22,
    "14-government-debt": 21,
    "12-cost-management-big-data": 20,
}


wildcard_constraints:
    chapter=keys.CHAPTER_NAME.pattern,
    key="[0-9a-f]{16}",


rule book:
    input:
        LEDGER,
        EXECUTED,
        f"{SITE}.sha256",


rule ledger:
    output:
        LEDGER,
    shell:
        "{PYTHON:q} -m replica.build.site ledger {output:q}"


rule chapter:
    input:
        ancient("chapters/{chapter}.ipynb"),
    output:
        "_build/executed/{chapter}.{key}.ipynb",
    priority:
        lambda wildcards: SECONDS.get(wildcards.chapter, 0)
    benchmark:
        "_build/benchmarks/{chapter}.{key}.tsv"
    params:
        values=[f"{name}={value}" for name, value in sorted(PARAMETERS.items())],
    shell:
        "{PYTHON:q} -m replica.build.execute {input:q} {output:q} {params.values:q}"


rule site:
    input:
        ancient(LEDGER),
        ancient(EXECUTED),
    output:
        f"{SITE}.sha256",
    shell:
        "{PYTHON:q} -m replica.build.site site {SITE:q} {input:q}"
