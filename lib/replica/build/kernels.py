"""Numerical kernels of other processors, chosen on this one by the switches that the libraries offer.

OpenBLAS, numpy, torch, MKL, oneDNN and the C library each look at the processor and choose among several versions of
the same routine, which add in another order and so differ in the last bits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

HASWELL, NEHALEM = OTHERS = ("haswell", "nehalem")
_SWITCHES = {
    HASWELL: {
        "OPENBLAS_CORETYPE": "Haswell",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    },
    NEHALEM: {
        "OPENBLAS_CORETYPE": "Nehalem",
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
    },
}
_ACTIVE = {HASWELL: ("Haswell", "AVX2"), NEHALEM: ("Nehalem", "DEFAULT")}  # of OpenBLAS, of torch
_PROBE = """
import json, numpy, scipy.linalg, threadpoolctl, torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
blas = {pool["architecture"] for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"}
numpy_features = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
found = {"openblas": sorted(blas), "numpy": numpy_features, "torch": torch.backends.cpu.get_cpu_capability()}
print(json.dumps(found))
"""
Report = dict[str, list[str] | str]


def probe(environment: Mapping[str, str]) -> Report:
    """Kernels that numpy, scipy and torch use in a process with `environment` added to that of this one.

    Returns
    -------
    dict
        ``openblas``: architectures; ``numpy``: names of the processor's features beyond the baseline; ``torch``:
        capability.
    """
    run = subprocess.run(
        [sys.executable, "-c", _PROBE], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def _beyond_avx2(feature: str) -> bool:
    return feature == "X86_V4" or feature.startswith("AVX512")


def environment(name: str, here: Report) -> dict[str, str]:
    """Variables that switch to the kernels `name`.

    Parameters
    ----------
    name : {"haswell", "nehalem"}
    here : dict
        The plain :func:`probe`: numpy may be asked to leave out only what the processor has.
    """
    left_out = [feature for feature in here["numpy"] if name == NEHALEM or _beyond_avx2(feature)]
    return _SWITCHES[name] | ({"NPY_DISABLE_CPU_FEATURES": " ".join(left_out)} if left_out else {})


def fault(name: str, found: Report) -> str:
    """Why the kernels `name` are not active where `found` was probed; empty where they are.

    Examples
    --------
    >>> fault("haswell", {"openblas": ["Haswell"], "numpy": ["X86_V3"], "torch": "AVX2"})
    ''
    >>> fault("nehalem", {"openblas": ["Nehalem"], "numpy": ["X86_V3"], "torch": "DEFAULT"})
    'the kernels nehalem are not active here: openblas Nehalem, numpy X86_V3, torch DEFAULT'
    """
    blas, torch = _ACTIVE[name]
    surplus = [feature for feature in found["numpy"] if name == NEHALEM or _beyond_avx2(feature)]
    if found["openblas"] == [blas] and found["torch"] == torch and not surplus:
        return ""
    return f"the kernels {name} are not active here: {words(found)}"


def words(found: Report) -> str:
    """A probe as a line of text."""
    blas, features = (", ".join(found[name]) or "baseline" for name in ("openblas", "numpy"))
    return f"openblas {blas}, numpy {features}, torch {found['torch']}"
