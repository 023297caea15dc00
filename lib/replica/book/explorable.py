"""Explorable figures: Vega-Lite specifications that work in the static page and in JupyterLab, without a server."""

from __future__ import annotations

import copy
import json
from typing import Any

from replica.book.style import with_scheme

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
MIME = "application/vnd.vegalite.v5+json"

_COMPOSED = ("hconcat", "vconcat", "concat", "facet", "repeat", "spec")
_CONFIG = {
    "background": None,
    "font": "system-ui, sans-serif",
    "axis": {"labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "grid": False, "labelLimit": 120},
    "legend": {"labelFontSize": 13, "titleFontSize": 13, "orient": "top", "titleFontWeight": "normal", "columns": 2},
    "title": {"fontSize": 15, "anchor": "start", "subtitleFontSize": 13},
    "view": {"stroke": None},
    "range": {"category": ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]},
    "mark": {"color": "#0072B2"},
    "line": {"strokeWidth": 2.5},
}


def _check_sliders(params: list[dict[str, Any]]) -> None:
    bound = [param for param in params if isinstance(param.get("bind"), dict) and "input" in param["bind"]]
    if not bound:
        raise ValueError("chart_or_spec: has no parameter bound to an input, so a reader cannot explore it")
    for param in bound:
        bind, name = param["bind"], param.get("name")
        if not str(bind.get("name", "")).strip():
            raise ValueError(f"chart_or_spec: parameter {name!r} has no label (bind name)")
        if "value" not in param:
            raise ValueError(f"chart_or_spec: parameter {name!r} has no start value")
        if bind["input"] == "range" and not {"min", "max", "step"} <= bind.keys():
            raise ValueError(f"chart_or_spec: slider {name!r} needs min, max and step")


def specification(chart_or_spec: Any, alt: str, title: str, label: str) -> dict[str, Any]:
    """Vega-Lite specification of an explorable, checked and ready for the page.

    Parameters
    ----------
    chart_or_spec : altair.Chart, altair.LayerChart or dict
        One view or layers; several views side by side do not fit a phone.
    alt : str
        Text alternative; becomes, after the kind of the data, the description of the graphic.
    title, label : str
        Title and kind of the data, for viewers that show the graphic alone; the site sets its own caption.

    Returns
    -------
    dict
        The specification under the version 5 schema, which JupyterLab can render, in the colours of the book.

    Raises
    ------
    ValueError
        If the chart is composed of several views, has no labelled input with a start value, or is not JSON.
    """
    spec = chart_or_spec.to_dict() if hasattr(chart_or_spec, "to_dict") else copy.deepcopy(chart_or_spec)
    if not isinstance(spec, dict) or not {"mark", "layer"} & spec.keys():
        composed = sorted(set(_COMPOSED) & spec.keys()) if isinstance(spec, dict) else []
        reason = f"several views ({composed[0]}) do not fit a phone" if composed else "expected a chart or a dict"
        raise ValueError(f"chart_or_spec: {reason}")
    try:
        json.dumps(spec, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"chart_or_spec: not valid JSON ({error})") from None
    inner = [param for layer in spec.get("layer", []) for param in layer.get("params", [])]
    _check_sliders(spec.get("params", []) + inner)
    spec["$schema"] = SCHEMA
    spec["description"] = f"{label}. {alt}"
    spec["title"] = {"text": title, "subtitle": label}
    spec["config"] = _CONFIG | {k: v for k, v in spec.get("config", {}).items() if k != "view"}
    if not isinstance(spec.get("width"), int | float):
        spec["width"] = 560
    spec.setdefault("height", 320)
    spec.setdefault("autosize", {"type": "fit-x", "contains": "padding"})
    return spec


def still_image(spec: dict[str, Any]) -> str:
    """An explorable at its start values as SVG, in the colours of the page's scheme.

    Parameters
    ----------
    spec : dict
        What :func:`specification` returns.
    """
    import vl_convert

    spec = copy.deepcopy(spec)
    for name in ("$schema", "title"):  # drawn by the version that draws it in the page; the caption says the title
        spec.pop(name, None)
    ink = {"fill": "currentColor"}
    axis = {name: "currentColor" for name in ("labelColor", "titleColor", "domainColor", "tickColor")}
    config = spec["config"]
    config["axis"] = config.get("axis", {}) | axis
    config["legend"] = config.get("legend", {}) | {"labelColor": "currentColor", "titleColor": "currentColor"}
    config |= {"text": {"color": "currentColor"}, "rule": {"color": "currentColor"}}
    config["style"] = {"guide-label": ink, "guide-title": ink}
    return with_scheme(vl_convert.vegalite_to_svg(spec))
