/* Draws the explorable figures of a page from the specifications that stand in it, in the colours of the theme.
   Expressions are interpreted, not compiled, so that a policy without 'unsafe-eval' allows them. Until a figure is
   drawn, and where that fails, its static image is shown. */
(() => {
  "use strict";
  const views = new Map();

  function themeConfig() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--pst-color-text-base");
    const axis = { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink };
    return {
      background: "transparent",
      axis,
      legend: { labelColor: ink, titleColor: ink },
      title: { color: ink, subtitleColor: ink },
      text: { color: ink },
      rule: { color: ink },
      style: { "guide-label": { fill: ink }, "guide-title": { fill: ink } },
    };
  }

  const boundNames = (spec) =>
    [...(spec.params || []), ...(spec.layer || []).flatMap((layer) => layer.params || [])]
      .filter((param) => param.bind && param.bind.input)
      .map((param) => param.name);

  async function draw(figure) {
    const theme = document.documentElement.dataset.theme;
    if (figure.dataset.theme === theme) return;
    figure.dataset.theme = theme;
    const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const box = figure.querySelector(".explorable-drawing");
    const before = views.get(figure);
    const state = before ? boundNames(spec).map((name) => [name, before.view.signal(name)]) : [];
    delete spec.$schema; // written for version 5, which JupyterLab knows; version 6 reads it as well
    delete spec.title; // the caption of the figure says it
    spec.width = Math.floor(box.clientWidth);
    const options = { mode: "vega-lite", actions: false, renderer: "svg", config: themeConfig(), ast: true };
    try {
      const result = await vegaEmbed(box, spec, options);
      for (const [name, value] of state) result.view.signal(name, value);
      await result.view.runAsync();
      views.set(figure, result);
      figure.classList.add("is-drawn");
      if (before) before.finalize();
    } catch (error) {
      figure.classList.remove("is-drawn");
      console.error("an explorable figure could not be drawn", error);
    }
  }

  function follow(figure) {
    const box = figure.querySelector(".explorable-drawing");
    new ResizeObserver(() => {
      const drawn = views.get(figure);
      const width = Math.floor(box.clientWidth);
      if (drawn && width && drawn.view.width() !== width) drawn.view.width(width).resize().runAsync();
    }).observe(box);
  }

  const figures = [...document.querySelectorAll("figure.explorable")];
  let queue = Promise.resolve();
  const drawAll = () => {
    queue = queue.then(() => Promise.all(figures.map(draw)));
  };
  drawAll();
  figures.forEach(follow);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
