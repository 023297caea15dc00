"""data -> ledger; notebook + library + data -> executed notebook -> site.

Products carry the digest of everything they depend on in their names (replica.build.keys), so times of files decide
nothing. `make book` calls this file; `snakemake --executor slurm` runs the same graph on a cluster.
"""

import sys
from pathlib import Path

from replica.build import keys

ROOT = Path(workflow.basedir)
PYTHON = sys.executable
PARAMETERS = {name: str(value) for name, value in config.items()}
ONLY = keys.chapters(ROOT)
KEY = {chapter: keys.chapter_key(ROOT, chapter, PARAMETERS) for chapter in ONLY}
LEDGER = f"_build/audit/{keys.ledger_key(ROOT)}/ledger.csv"
SITE = f"_build/sites/{keys.site_key(ROOT, KEY)}/.complete"


wildcard_constraints:
    chapter=keys.CHAPTER_NAME.pattern,
    key="[0-9a-f]{16}",


rule book:
    input:
        SITE,


rule ledger:
    output:
        LEDGER,
    shell:
        "{PYTHON} -m replica.build.site ledger {output}"


rule chapter:
    input:
        ancient("chapters/{chapter}.ipynb"),
    output:
        "_build/executed/{chapter}.{key}.ipynb",
    benchmark:
        "_build/benchmarks/{chapter}.{key}.tsv"
    params:
        values=lambda wildcards: " ".join(f"{name}={value}" for name, value in sorted(PARAMETERS.items())),
    shell:
        "{PYTHON} -m replica.build.execute {input} {output} {params.values}"


rule site:
    input:
        LEDGER,
        expand("_build/executed/{chapter_key}.ipynb", chapter_key=[f"{chapter}.{key}" for chapter, key in KEY.items()]),
    output:
        SITE,
    shell:
        "{PYTHON} -m replica.build.site build {output} {input}"
